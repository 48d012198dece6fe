"""How the shop sends: from the program's settings or the page, remembered under the access version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.memory import Remembered
from app.access.version import bump_version, present_version
from app.core.crypto import Damaged
from app.core.database import db
from app.core.errors import Conflict, Invalid
from app.core.kernel import kernel
from app.core.transaction import command
from app.messaging.aliyun import ENDPOINT, Aliyun
from app.messaging.models import DAYS_KEPT, Channel, MessagingSettings, Security, SmsProvider
from app.messaging.smtp import LOOPBACK, MailServer

EDIT = "messaging:settings:edit"
PURPOSE = "messaging"
MEMORY = "kebu_messaging"
# Where a test's own provider listens; no setting, because nobody else has one.
SMS_ENDPOINT = "KEBU_SMS_ENDPOINT"
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|::1")
_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True)
class Outlets:
    """Who sends mail and text messages; None where nobody does, and the terminal shows them instead."""

    mail: MailServer | None = None
    sms: Aliyun | None = None
    sms_on_trial: bool = False
    days_kept: int = DAYS_KEPT

    def provider(self, channel: Channel) -> MailServer | Aliyun | None:
        """Return who sends by this way."""
        return self.mail if channel is Channel.MAIL else self.sms

    @property
    def sending(self) -> tuple[Channel, ...]:
        """The ways by which the worker sends."""
        return tuple(each for each in Channel if self.provider(each) is not None)

    @property
    def offered(self) -> frozenset[str]:
        """The ways by which people can be reached (`kernel().channels`); on trial the owner reads the terminal."""
        return frozenset(self.sending) | ({Channel.SMS} if self.sms_on_trial else set())


def outlets() -> Outlets:
    """Return who sends at this moment."""
    memory: Remembered[Outlets] = current_app.extensions[MEMORY]
    key = (0, present_version())
    known = memory.get(key)
    if known is None:
        known = _read()
        memory.keep(key, known)
    return known


def offered_channels() -> frozenset[str]:
    """Return the ways by which people can be reached."""
    return outlets().offered


def settings_row() -> MessagingSettings | None:
    """Return what the page said last; None when nobody has saved it yet."""
    query = select(MessagingSettings).limit(1).execution_options(populate_existing=True)
    row: MessagingSettings | None = db.session.scalar(query)
    return row


def given_server() -> MailServer | None:
    """Return the mail server that the program's own settings name; it goes before the page's."""
    text: str = current_app.config["KEBU_SETTINGS"].smtp_url
    if not text:
        return None
    address, query = urlsplit(text), dict(parse_qsl(urlsplit(text).query))
    security = Security.TLS if address.scheme == "smtps" else Security(query.get("security", "starttls"))
    return MailServer(
        host=address.hostname or "",
        port=address.port or _PORTS[security],
        security=security,
        sender=query["from"],
        user=unquote(address.username or ""),
        password=unquote(address.password or ""),
    )


def _read() -> Outlets:
    row = settings_row()
    if row is None:
        return Outlets(mail=given_server())
    return Outlets(
        mail=given_server() or _mail_server(row),
        sms=_sms_account(row),
        sms_on_trial=row.sms_provider is SmsProvider.TERMINAL,
        days_kept=row.days_kept,
    )


def _mail_server(row: MessagingSettings) -> MailServer | None:
    password = _opened("smtp_password", row.smtp_password)
    if not row.smtp_host or password is None:
        return None
    return MailServer(row.smtp_host, row.smtp_port, row.smtp_security, row.sender, row.smtp_user, password)


def _sms_account(row: MessagingSettings) -> Aliyun | None:
    secret = _opened("sms_secret", row.sms_secret)
    if row.sms_provider is not SmsProvider.ALIYUN or not secret:
        return None
    endpoint = current_app.config.get(SMS_ENDPOINT, ENDPOINT)
    return Aliyun(row.sms_key, secret, row.sms_sign, row.sms_template, endpoint)


def _opened(name: str, locked: bytes | None) -> str | None:
    """Return a stored password; '' when there is none, None when it does not open and must be typed anew."""
    if locked is None:
        return ""
    try:
        return kernel().keys.unlock(PURPOSE, locked, f"messaging_settings.{name}").decode()
    except Damaged:
        return None


def unreadable_secrets(row: MessagingSettings) -> bool:
    """Say whether a stored password was locked under another key."""
    return None in (_opened("smtp_password", row.smtp_password), _opened("sms_secret", row.sms_secret))


@command(EDIT)
def change_settings(version: int, values: Mapping[str, Any]) -> None:
    """Save the page's values as seen at row `version` (0: none yet); an empty password leaves the stored one.

    Raises `Conflict` when somebody saved since, `Invalid` for what can't work.
    """
    bump_version()
    row = settings_row()
    if (row.row_version if row is not None else 0) != version:
        raise Conflict
    row = row or MessagingSettings(single=1, smtp_security=Security.STARTTLS, sms_provider=SmsProvider.NONE)
    plain = dict(values)
    secrets = {name: plain.pop(name) for name in ("smtp_password", "sms_secret")}
    _check(row, plain, secrets)
    for name, value in plain.items():
        setattr(row, name, value or "" if name not in ("smtp_port", "days_kept") else value)
    for name, owner in (("smtp_password", row.smtp_user), ("sms_secret", row.sms_key)):
        if secrets[name]:
            place = f"messaging_settings.{name}"
            setattr(row, name, kernel().keys.lock(PURPOSE, secrets[name].encode(), place))
        elif not owner:
            setattr(row, name, None)
    db.session.add(row)
    db.session.flush()


def _check(row: MessagingSettings, plain: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
    errors: dict[str, Any] = {}
    missing = _("Please fill this in.")
    if plain["smtp_host"] and not _HOST.fullmatch(plain["smtp_host"]):
        errors["smtp_host"] = _("This is not the name of a server, such as smtp.example.com.")
    if plain["smtp_host"] and not plain["sender"]:
        errors["sender"] = missing
    if plain["smtp_security"] == Security.NONE and plain["smtp_host"] not in ("", None, *LOOPBACK):
        errors["smtp_security"] = _(
            "Without encryption anybody on the way reads the mail. Choose STARTTLS or TLS."
        )
    # Whoever may change the server must not have the stored password sent to one of his own.
    moved = (row.smtp_host or "", row.smtp_port, row.smtp_user or "") != (
        plain["smtp_host"] or "",
        plain["smtp_port"],
        plain["smtp_user"] or "",
    )
    if plain["smtp_user"] and not secrets["smtp_password"] and (moved or row.smtp_password is None):
        errors["smtp_password"] = _("Type the password: server, port or user name have changed.")
    if plain["sms_provider"] == SmsProvider.ALIYUN:
        wanted = ("sms_key", "sms_sign", "sms_template")
        errors |= {name: missing for name in wanted if not plain[name]}
        if not secrets["sms_secret"] and (row.sms_secret is None or row.sms_key != plain["sms_key"]):
            errors["sms_secret"] = missing
    if errors:
        raise Invalid(errors)
