"""An LDAP directory that knows passwords: asked for accounts that have none here, by a bind as the person.

Kebu looks the person up first, as itself, and takes the one entry found; then it binds as that entry with what was
typed. Where nothing may be asked, a bind as nobody takes the same time. Nothing is read but that an entry exists.
"""

from __future__ import annotations

import functools
import logging
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError
from config import Settings, is_loopback

log = logging.getLogger(__name__)

_SECONDS = 4
_SUCCESS, _MORE_THAN_ASKED = 0, 4
_BUSY, _AWAY = 51, 52


class DirectoryDown(KebuError):
    """The directory does not answer, or refuses Kebu itself."""

    status = 503
    code = "directory-down"
    message = _l(
        "The company's directory doesn't answer. Please try again, or ask for a password of this shop."
    )


def is_used() -> bool:
    """Say whether there is a directory."""
    return bool(_settings().ldap_url)


def is_right(user_name: str, password: str) -> bool:
    """Say whether the directory has one such person with this password; '' is never right and costs the same.

    Raises `DirectoryDown`.
    """
    from ldap3.core.exceptions import LDAPException  # noqa: PLC0415 - only shops with a directory wait for it

    try:
        entry = _entry_of(user_name)
        # By RFC 4513 a bind without a password succeeds as nobody: it would let anybody in.
        asked = entry and password
        nobody = f"{_settings().ldap_user_attribute}={secrets.token_hex(16)},{_settings().ldap_base}"
        return _binds(entry if asked else nobody, password if asked else secrets.token_hex(16)) and bool(
            asked
        )
    except (LDAPException, OSError, ValueError) as error:
        log.warning("The directory could not be asked: %s.", type(error).__name__)
        raise DirectoryDown from None


def _entry_of(user_name: str) -> str:
    """Return the name of the one entry that a user name has; '' for none or several."""
    from ldap3 import NO_ATTRIBUTES, SUBTREE  # noqa: PLC0415 - only shops with a directory wait for it
    from ldap3.utils.conv import escape_filter_chars  # noqa: PLC0415 - the same

    settings = _settings()
    with _opened(settings.ldap_bind_dn, settings.ldap_bind_password) as connection:
        if not connection.bind():
            log.warning("The directory refuses Kebu itself.")
            raise DirectoryDown
        connection.search(
            settings.ldap_base,
            f"({settings.ldap_user_attribute}={escape_filter_chars(user_name)})",
            SUBTREE,
            attributes=NO_ATTRIBUTES,
            size_limit=2,
            time_limit=_SECONDS,
        )
        if connection.result["result"] not in (_SUCCESS, _MORE_THAN_ASKED):
            log.warning("The directory refuses to look for people.")
            raise DirectoryDown
        found = [each["dn"] for each in connection.response if each["type"] == "searchResEntry"]
    return str(found[0]) if len(found) == 1 else ""


def _binds(entry: str, password: str) -> bool:
    with _opened(entry, password) as connection:
        right = bool(connection.bind())
        if connection.result["result"] in (_BUSY, _AWAY):
            raise DirectoryDown
        return right and connection.result["result"] == _SUCCESS


@contextmanager
def _opened(name: str, password: str) -> Iterator[Any]:
    """Lend a connection that nobody is bound by yet, encrypted unless the directory is on this machine."""
    import ldap3  # noqa: PLC0415 - only shops with a directory wait for it

    address = urlsplit(_settings().ldap_url)
    host, encrypted = address.hostname or "", address.scheme == "ldaps"
    server = ldap3.Server(
        host,
        port=address.port or (636 if encrypted else 389),
        use_ssl=encrypted,
        tls=_checking_tls()(validate=ssl.CERT_REQUIRED),
        get_info=ldap3.NONE,
        connect_timeout=_SECONDS,
    )
    connection = ldap3.Connection(
        server,
        user=name or None,
        # As bytes ldap3 sends it as it is: it would prepare a text, and of soft hyphens nothing is left.
        password=password.encode("utf-8", "surrogatepass") or None,
        authentication=ldap3.SIMPLE if name else ldap3.ANONYMOUS,
        receive_timeout=_SECONDS,
        auto_referrals=False,
        check_names=False,
    )
    try:
        connection.open(read_server_info=False)
        if not encrypted and not is_loopback(host):
            connection.start_tls(read_server_info=False)
        yield connection
    finally:
        connection.unbind()


@functools.cache
def _checking_tls() -> Any:
    """Return ldap3's TLS with Python's own check of certificate and name in place of its copy of an old one."""
    import ldap3  # noqa: PLC0415 - only shops with a directory wait for it

    class CheckingTls(ldap3.Tls):
        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT002 - ldap3's signature
            context = ssl.create_default_context()
            connection.socket = context.wrap_socket(
                connection.socket,
                server_hostname=connection.server.host,
                do_handshake_on_connect=do_handshake,
            )

    return CheckingTls


def _settings() -> Settings:
    settings: Settings = current_app.config["KEBU_SETTINGS"]
    return settings
