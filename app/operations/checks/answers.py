"""Checks of answers: a page of our own is asked for as a browser over HTTPS would, and what came back is read."""

from __future__ import annotations

from contextvars import Context
from http.cookies import SimpleCookie
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.test import Client, TestResponse

from app.core.checks import Check, Finding, green, red

PAGE = "/login/"
_WANTED = {
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("DENY", "SAMEORIGIN"),
    "Referrer-Policy": ("same-origin", "no-referrer", "strict-origin-when-cross-origin"),
    "Cache-Control": ("no-store",),
}
_POLICY = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")


def answer() -> TestResponse:
    """Return what the sign-in page (or the first run's) answers to a stranger over HTTPS."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way
    hosts = app.config["TRUSTED_HOSTS"] or ("localhost",)
    base = f"https://{hosts[0].lstrip('.')}"

    def ask() -> TestResponse:
        return Client(app).get(PAGE, base_url=base, follow_redirects=True)

    # A request from outside knows nothing of the one that is being answered now.
    return Context().run(ask)


def headers() -> Finding:
    """Look at the headers that keep other sites and browsers' guesses away."""
    found = answer().headers
    wrong = [name for name, good in _WANTED.items() if found.get(name, "") not in good]
    policy = found.get("Content-Security-Policy", "")
    if any(part not in policy for part in _POLICY) or "unsafe" in policy or "*" in policy:
        wrong.append("Content-Security-Policy")
    if "max-age=" not in found.get("Strict-Transport-Security", ""):
        wrong.append("Strict-Transport-Security")
    if wrong:
        return red(
            _("Pages lack protection by these headers: %(names)s.", names=", ".join(sorted(wrong))),
            _("Look for what takes them off: a change of the program, or something in front of it."),
        )
    return green(_("Pages carry every header that keeps other sites out."))


def cookies() -> Finding:
    """Look at whether a browser keeps the session's cookie to itself."""
    name = f"__Host-{current_app.config['SESSION_COOKIE_NAME']}"
    session = _session_cookie(answer(), name)
    if session is None or not (session["secure"] and session["httponly"]) or session["path"] != "/":
        return red(
            _("The cookie of a session could be read by scripts or sent without HTTPS."),
            _("Look for what changes it: settings of the web framework, or something in front of it."),
        )
    if session["samesite"].lower() not in ("lax", "strict"):
        return red(
            _("The cookie of a session is sent along when other sites call."),
            _("Set SESSION_COOKIE_SAMESITE back to Lax."),
        )
    return green(_("The cookie of a session is for this site alone, and no script can read it."))


def _session_cookie(response: TestResponse, name: str) -> Any:
    for line in response.headers.getlist("Set-Cookie"):
        read = SimpleCookie(line)
        if name in read:
            return read[name]
    return None


CHECKS = (
    Check("operations:headers", _l("Protection of pages"), headers),
    Check("operations:cookies", _l("Cookies"), cookies),
)
