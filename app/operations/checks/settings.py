"""Checks of settings: how the program was started."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.checks import Check, Finding, green, red, yellow
from config import SHORTEST_SECRET, Settings, is_loopback

_FEWEST_SIGNS = 10


def _settings() -> Settings:
    found: Settings = current_app.config["KEBU_SETTINGS"]
    return found


def debug() -> Finding:
    """Look at whether failures show the program's inside."""
    if current_app.debug:
        return red(
            _("The debug mode is on: a failure shows the program's inside to whoever meets it."),
            _("Start Kebu with `python3 run.py serve`, and unset FLASK_DEBUG."),
        )
    if _settings().log_level == "DEBUG":
        return yellow(_("The log says more than it should in daily work."), _("Set KEBU_LOG_LEVEL=INFO."))
    return green(_("The debug mode is off."))


def secret_key() -> Finding:
    """Look at the key that signs cookies."""
    key = str(current_app.config["SECRET_KEY"] or "")
    if len(key) < SHORTEST_SECRET or len(set(key)) < _FEWEST_SIGNS:
        return red(
            _("The key that signs cookies is short or easy to guess."),
            _("Unset KEBU_SECRET_KEY: Kebu then makes one by chance. Everybody signs in anew."),
        )
    return green(_("The key that signs cookies was made by chance and is long enough."))


def trusted_hosts() -> Finding:
    """Look at the names under which the shop may be called."""
    hosts = current_app.config["TRUSTED_HOSTS"] or ()
    if not hosts or "*" in hosts:
        return red(
            _("Kebu answers under any name, so a link in a mail could be made to lead elsewhere."),
            _("Name the shop's address in KEBU_TRUSTED_HOSTS, such as kebu.example.com."),
        )
    return green(_("Kebu answers only under: %(names)s.", names=", ".join(hosts)))


def plain_http() -> Finding:
    """Look at whether passwords cross a network readable."""
    settings = _settings()
    if settings.plain_http or not (is_loopback(settings.host) or settings.trusted_proxies):
        return red(
            _("Other devices reach Kebu without HTTPS: passwords cross the network readable."),
            _(
                "Put a proxy with HTTPS in front and unset KEBU_PLAIN_HTTP: the handbook's page on signing in says how."
            ),
        )
    return green(_("Passwords cross no network without HTTPS."))


def proxies() -> Finding:
    """Look at whether somebody can pretend to be the proxy."""
    settings = _settings()
    if settings.trusted_proxies and not is_loopback(settings.host):
        return yellow(
            _(
                "A proxy is believed, and Kebu can be reached past it: an address in the journal could be made up."
            ),
            _(
                "Set KEBU_HOST=127.0.0.1 if the proxy runs on this machine; else let a firewall admit the proxy alone."
            ),
        )
    if settings.trusted_proxies:
        return green(_("The proxy in front is believed, and Kebu can't be reached past it."))
    return green(_("No proxy stands in front, and none is believed."))


CHECKS = (
    Check("operations:debug", _l("Debug mode"), debug, needs_tables=False),
    Check("operations:secret_key", _l("Key of the cookies"), secret_key, needs_tables=False),
    Check("operations:trusted_hosts", _l("Names of the server"), trusted_hosts, needs_tables=False),
    Check("operations:plain_http", _l("Encrypted connection"), plain_http, needs_tables=False),
    Check("operations:proxies", _l("Proxies in front"), proxies, needs_tables=False),
)
