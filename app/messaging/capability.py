"""The manifest of messaging: the outbox with its page, how the shop sends, and the errand of the worker."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.events import SecurityMail, SecurityText
from app.access.memory import Remembered
from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.permissions import Permission
from app.messaging.checks import CHECKS
from app.messaging.clearing import CLEARING, DAILY_CLEARING
from app.messaging.handlers import write_security_mail, write_security_text
from app.messaging.message_pages import MESSAGES, MessagesView
from app.messaging.outbox import LIST, RETRY
from app.messaging.sending import SENDING
from app.messaging.sending_settings import EDIT, MEMORY, offered_channels
from app.messaging.settings_pages import SETTINGS, MessagingSettingsView


def install(app: Flask) -> None:
    """Tell the program by which ways people can be reached, and show the pages."""
    kernel: Kernel = app.extensions["kebu"]
    app.extensions[MEMORY] = Remembered(4)
    kernel.open_channels = offered_channels
    for view in (MessagesView, MessagingSettingsView):
        app.extensions["appbuilder"].add_view_no_menu(view)


CAPABILITY = Capability(
    "messaging",
    _l("Messages"),
    needs=("access", "panel", "operations"),
    icon="envelope",
    order=940,
    pages=(
        MenuPage(_l("Message log"), MESSAGES, LIST, "envelope"),
        MenuPage(_l("Mail and text messages"), SETTINGS, EDIT, "send"),
    ),
    permissions=(
        Permission(LIST, _l("See which messages were sent")),
        Permission(RETRY, _l("Send messages again")),
        Permission(EDIT, _l("Set how mail and text messages are sent")),
    ),
    jobs=(CLEARING,),
    recurring=(DAILY_CLEARING,),
    errands=(SENDING,),
    checks=CHECKS,
    handlers={SecurityMail: write_security_mail, SecurityText: write_security_text},
    install=install,
)
