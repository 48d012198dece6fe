"""The page of how the shop sends: mail server, provider of text messages, and a test message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.access.doors import door
from app.access.forms import Form, FormInput, Pick, Secret, UserName
from app.access.language import select_locale
from app.core.choices import Choices
from app.core.database import db
from app.core.errors import Conflict, Invalid
from app.core.fields import Email, Field, Phone, Text, WholeNumber
from app.messaging.failures import NotSent, failure_words
from app.messaging.models import Channel, MessagingSettings, Security, SmsProvider
from app.messaging.sending_settings import (
    EDIT,
    change_settings,
    given_server,
    outlets,
    settings_row,
    unreadable_secrets,
)
from app.messaging.testing_way import send_test

SETTINGS = "/messaging/settings/"
STORED = _l("Leave it empty to keep the stored one. It is kept locked and never shown.")
_MAIL, _SMS, _KEEPING = "mail", "sms", "keeping"


def _options(choices: type[Choices]) -> Any:
    return lambda: [(each.value, each.label) for each in choices]


def setting_fields() -> dict[str, tuple[Field, ...]]:
    """Return the inputs of the page by the card they stand in."""
    kept = WholeNumber(
        "days_kept",
        _l("Days for which sent messages stay in the list"),
        required=True,
        least=1,
        most=3650,
        help=_l("What they said is forgotten as soon as they are sent."),
    )
    return {_MAIL: _mail_fields(), _SMS: _sms_fields(), _KEEPING: (kept,)}


def _mail_fields() -> tuple[Field, ...]:
    return (
        Text(
            "smtp_host",
            _l("Mail server"),
            max_length=253,
            help=_l("Such as smtp.example.com. Your mail provider tells it."),
        ),
        WholeNumber("smtp_port", _l("Port"), required=True, least=1, most=65535),
        Pick("smtp_security", _l("Encryption"), required=True, options=_options(Security)),
        Email(
            "sender",
            _l("Sender's address"),
            help=_l("What people see as the sender. The server must accept it."),
        ),
        UserName("smtp_user", _l("User name at the server"), max_length=254),
        Secret("smtp_password", _l("Password at the server"), help=STORED),
    )


def _sms_fields() -> tuple[Field, ...]:
    chosen = ("sms_provider", (SmsProvider.ALIYUN.value,))
    return (
        Pick("sms_provider", _l("Who sends text messages"), required=True, options=_options(SmsProvider)),
        UserName("sms_key", _l("AccessKey ID"), max_length=128, visible_when=chosen),
        Secret("sms_secret", _l("AccessKey Secret"), help=STORED, visible_when=chosen),
        Text(
            "sms_sign",
            _l("Signature"),
            max_length=64,
            help=_l("As the provider approved it."),
            visible_when=chosen,
        ),
        Text(
            "sms_template",
            _l("Template for codes"),
            max_length=64,
            help=_l("Its number, such as SMS_123456789. The template has one variable: ${code}."),
            visible_when=chosen,
        ),
    )


class MessagingSettingsView(BaseView):
    """How the shop sends."""

    route_base = SETTINGS.rstrip("/")
    default_view = "edit"

    @expose("/", methods=["GET", "POST"])
    @door(EDIT)
    def edit(self) -> Any:
        """Show or save the settings."""
        row = settings_row()
        form = _form(row)
        if request.method == "GET":
            return _page(form, _version(row))
        try:
            change_settings(_whole(request.form.get("row_version", "")), form.read(request.form))
        except Invalid as refusal:
            form.note(refusal)
            return _page(form, _whole(request.form.get("row_version", ""))), refusal.status
        except Conflict as refusal:
            form.errors[""] = refusal.message
            db.session.rollback()
            return _page(form, _version(settings_row())), refusal.status
        flash(_("The settings are saved. Send a test message now."), "success")
        return redirect(SETTINGS)

    @expose("/test", methods=["POST"])
    @door(EDIT)
    def test(self) -> Any:
        """Send a test message at once and say what came of it."""
        channel = Channel.SMS if request.form.get("channel") == Channel.SMS else Channel.MAIL
        form, row = _test_form(channel), settings_row()
        page = _form(row)
        try:
            to = form.read(request.form)[f"{channel}_to"]
            send_test(channel, to, select_locale())
        except Invalid:
            return _page(page, _version(row), {channel: form}), 422
        except NotSent as failure:
            form.errors[f"{channel}_to"] = _told(failure)
            return _page(page, _version(row), {channel: form}), 422
        flash(_("The server has taken the test message. Look whether it arrives."), "success")
        return redirect(SETTINGS)


def _told(failure: NotSent) -> str:
    lead = _("The test message did not go.")
    return f"{lead} {failure_words(failure.code, failure.answer)}"


def _form(row: MessagingSettings | None) -> Form:
    every = [entry for group in setting_fields().values() for entry in group]
    found = row or MessagingSettings(
        smtp_port=587, smtp_security=Security.STARTTLS, sms_provider=SmsProvider.NONE, days_kept=30
    )
    return Form(
        every, {entry.name: getattr(found, entry.name) for entry in every if entry.widget != "password"}
    )


def _test_form(channel: Channel) -> Form:
    name = f"{channel}_to"
    if channel is Channel.MAIL:
        return Form((Email(name, _l("Send a test message to"), required=True),), {name: current_user.address})
    return Form((Phone(name, _l("Send a test message to"), required=True),))


def _page(form: Form, version: int, tests: dict[Channel, Form] | None = None) -> str:
    ways, row = outlets(), settings_row()
    groups = {
        card: [_input(form, entry.name, row) for entry in group] for card, group in setting_fields().items()
    }
    tested = {each: (tests or {}).get(each) or _test_form(each) for each in ways.sending}
    return render_template(
        "messaging/settings.html",
        form=form,
        groups=groups,
        version=version,
        action=SETTINGS,
        given=given_server(),
        has_mail=ways.mail is not None,
        unreadable=row is not None and unreadable_secrets(row),
        tests=[(each.value, str(each.label), found.inputs[0]) for each, found in tested.items()],
    )


def _input(form: Form, name: str, row: MessagingSettings | None) -> FormInput:
    """Return an input; those of a provider show only when it is chosen, and then they are needed."""
    has_secret = row is not None and row.sms_secret is not None
    needed = name in ("sms_key", "sms_sign", "sms_template") or (name == "sms_secret" and not has_secret)
    return replace(form.input(name), required=True) if needed else form.input(name)


def _version(row: MessagingSettings | None) -> int:
    return row.row_version if row is not None else 0


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
