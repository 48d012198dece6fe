"""Responses around every page: security headers, errors in the person's language, and the health check."""

from __future__ import annotations

import datetime
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Request, Response, current_app, jsonify, redirect, render_template, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from app.access.addresses import came_from
from app.access.doors import stands_open
from app.access.language import html_language, select_locale
from app.access.signing.attempts import TooManyTries
from app.access.signing.gate import step_up_page
from app.access.step_up import StepUpWanted
from app.core import schema
from app.core.database import db
from app.core.errors import Invalid, KebuError, NotFound
from app.core.kernel import kernel
from app.panel.assets import YEAR
from app.panel.signed_in import NotSignedIn
from app.version import VERSION

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_LASTING = ("/static/", "/assets/")
RENEWED_EVERY = datetime.timedelta(minutes=10)


class SignedSession(SecureCookieSession):
    """A session that knows when its cookie was signed; None for a new one."""

    signed_at: datetime.datetime | None = None


class SecureOverTls(SecureCookieSessionInterface):
    """Flask's signed cookie, Secure over HTTPS; on plain loopback HTTP a browser would refuse to keep such a one.

    A cookie that says nothing new is signed and sent anew every ten minutes, not with each of a page's requests.
    """

    session_class = SignedSession
    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of cookies, made once: the key does not change while the program runs."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SignedSession | None:
        """Return the session of the request's cookie; an empty one where it is missing, too old or not ours."""
        serializer, cookie = self.get_signing_serializer(app), request.cookies.get(self.get_cookie_name(app))
        if serializer is None:
            return None
        try:
            lifetime = int(app.permanent_session_lifetime.total_seconds())
            content, signed_at = serializer.loads(cookie or "", max_age=lifetime, return_timestamp=True)
        except BadSignature:
            return SignedSession()
        session = SignedSession(content)
        session.signed_at = signed_at
        return session

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Say whether the cookie goes out: when the session changed, or a lasting one was signed some time ago."""
        if session.modified or not session.permanent:
            return super().should_set_cookie(app, session)
        signed_at = getattr(session, "signed_at", None)
        return signed_at is None or datetime.datetime.now(datetime.UTC) - signed_at >= RENEWED_EVERY

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name: over HTTPS one that no other host and no other path can set."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        """Say whether this response's cookie is Secure."""
        return request.is_secure


def install_responses(app: Flask) -> None:
    """Give every response its headers and every failure its page."""
    app.before_request(_refuse_control_signs)
    app.after_request(_add_headers)
    app.register_error_handler(KebuError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_trouble)
    app.register_error_handler(Exception, _unexpected)
    app.add_url_rule("/healthz", "healthz", healthz)


def _refuse_control_signs() -> None:
    """Answer 404 to an address with a control sign: nothing has one in its name, and PostgreSQL fails on a NUL."""
    if any(sign < " " for sign in request.path):
        raise NotFound()


def _add_headers(response: Response) -> Response:
    present = {name.lower() for name, _value in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if request.path.startswith(_LASTING):
        if "v" in request.args:
            # The address carries the content's hash: other content has another address.
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        # Pages carry people's data: nothing of them stays in a shared browser's cache.
        response.headers["Cache-Control"] = "no-store"
    return response


@stands_open("monitors have no account")
def healthz() -> Any:
    """Say whether the program is well, for monitors and load balancers; carries no data of the shop."""
    try:
        state = str(schema.state(db.engine).status)
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        state = "unreachable"
    well = state == schema.Status.CURRENT
    more = {name: ask() for name, ask in kernel().health.items()} if well else {}
    body = jsonify(status="ok" if well else "degraded", version=VERSION, database=state, **more)
    return body, 200 if well else 503


def wants_json() -> bool:
    """Say whether the caller is a program: the API's addresses, or a request that accepts JSON and no page."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes["text/html"] == 0


def problem(status: int, code: str, detail: str, errors: Any = None) -> Response:
    """Return a problem document (RFC 9457): stable `code`, message in the person's language, errors by field."""
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = {name: str(message) for name, message in errors.items()}
    response = jsonify(body)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response


def error_page(status: int, title: str, message: str, hint: str = "") -> Any:
    """Return the page of a failure."""
    language = html_language(select_locale())
    page = {"status": status, "title": title, "message": message, "hint": hint, "html_lang": language}
    return render_template("error.html", page=page), status


def _refused(error: KebuError) -> Any:
    if wants_json():
        response = problem(error.status, error.code, str(error), getattr(error, "errors", None))
        if error.status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, TooManyTries):
            response.headers["Retry-After"] = str(error.seconds)
        return response
    if isinstance(error, StepUpWanted):
        return redirect(step_up_page(came_from()))
    if isinstance(error, NotSignedIn):
        target = request.full_path if request.method == "GET" and request.path != "/" else ""
        return redirect("/login/" + (f"?{urlencode({'next': target.rstrip('?')})}" if target else ""))
    hint = " ".join(str(message) for message in error.errors.values()) if isinstance(error, Invalid) else ""
    return error_page(error.status, _title(error.status), str(error), hint)


def _title(status: int) -> str:
    titles = {
        403: _("Not for your role"),
        404: _("Nothing here"),
        405: _("Not this way"),
        409: _("Someone was quicker"),
        413: _("Too large"),
        422: _("Please check what was entered"),
        429: _("Too many tries"),
        503: _("One moment, please"),
    }
    return titles.get(status, _("This did not work"))


def _stale_form(_error: CSRFError) -> Any:
    message = _(
        "This form was open too long or you have signed in anew. Go back, reload the page and send it again."
    )
    if wants_json():
        return problem(400, "csrf", message)
    return error_page(400, _("Please send this again"), message)


def _http_error(error: HTTPException) -> Any:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    messages = {
        404: _("There is nothing here. It may have been deleted, or the address is mistyped."),
        405: _("This address can't be used in this way."),
        413: _("That is larger than this shop accepts. Choose a smaller file."),
        429: _("Please wait a minute and try again."),
    }
    message = messages.get(status, _("The request could not be understood."))
    if not wants_json():
        return error_page(status, _title(status), message)
    response = problem(status, "http", message)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _database_trouble(error: OperationalError) -> Any:
    db.session.rollback()
    current_app.logger.error("the database did not answer: %s", type(error.orig).__name__)
    message = _(
        "The database is busy or can't be reached. Nothing was changed; please try again in a moment."
    )
    if wants_json():
        return problem(503, "database", message)
    return error_page(503, _title(503), message)


def _unexpected(error: Exception) -> Any:
    """Log what happened under a number that the person can read out; show nothing of it."""
    db.session.rollback()
    number = secrets.token_hex(4)
    current_app.logger.error("unexpected failure %s", number, exc_info=error)
    message = _(
        "Something unexpected happened. Nothing was saved. Tell your manager this number: %(number)s.",
        number=number,
    )
    if wants_json():
        return problem(500, "unexpected", message)
    return error_page(500, _("This should not have happened"), message)
