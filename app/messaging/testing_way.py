"""A test message: sent at once, past the outbox, so that the person at the page gets the server's answer."""

from __future__ import annotations

import dataclasses

from app.core.keys import uuid7
from app.core.permissions import require
from app.messaging.failures import NotSent
from app.messaging.letters import checked_recipient
from app.messaging.models import Channel
from app.messaging.sending_settings import EDIT, outlets
from app.messaging.texts import write_mail, write_sms

# A person waits at the page.
SECONDS = 8.0
TEST_CODE = "123456"


def send_test(channel: Channel, to: str, language: str) -> None:
    """Send a test message by the settings as they are saved; raise `NotSent` or `Forbidden`."""
    require(EDIT)
    provider, usable = outlets().provider(channel), checked_recipient(channel, to)
    if provider is None or not usable:
        raise NotSent("unreachable" if usable else "bad-address")
    if channel is Channel.MAIL:
        letter = write_mail("test", usable, language, {})
    else:
        letter = write_sms("code", usable, language, {"code": TEST_CODE, "minutes": "10"})
    hurried = dataclasses.replace(provider, timeout=SECONDS)
    hurried.send(letter, hurried.new_reference(uuid7().hex))
