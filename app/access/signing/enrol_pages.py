"""Setting up a second factor: for those who must have one right after the password, for others from the profile."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import redirect, render_template, request, session
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import update

from app.access.accounts import find_person
from app.access.addresses import HOME, safe_next
from app.access.doors import stands_open
from app.access.forms import Form, OneTimeCode
from app.access.models import Person
from app.access.shop import load_shop
from app.access.signing.attempts import CODES_BY_PAIR, CODES_BY_PERSON, TooManyTries, forgive, take_try
from app.access.signing.devices import distrust, keep_device
from app.access.signing.factors import (
    TOTP,
    factor_of,
    lock_offered,
    new_totp_secret,
    open_offered,
    otpauth_uri,
    put_factor,
    step_of,
)
from app.access.signing.gate import ENROL_PAGE, enter
from app.access.signing.notices import notify
from app.access.signing.proving import BY_APP, amr_after
from app.access.signing.sessions import ENROL, Pending, close_pending, end_sessions, open_session, pending
from app.access.signing.statements import met
from app.access.signing.tables import SignInSession
from app.access.signing.tokens import network
from app.access.step_up import require_step_up
from app.access.telling import tell
from app.core.database import db
from app.core.errors import Invalid
from app.core.transaction import transaction

SECURITY = "/profile/security/"


def enrol_fields() -> tuple[OneTimeCode]:
    """Return the one input of the set-up."""
    return (OneTimeCode("code", _l("Code from the app"), required=True, help=_l("Six digits.")),)


class EnrolView(BaseView):
    """The page with the square to scan."""

    route_base = "/login/enrol"
    default_view = "enrol"

    @expose("/", methods=["GET", "POST"])
    @stands_open("the password was right, nobody is present yet")
    def enrol(self) -> Any:
        """Show the square, or take the first code and show the codes for paper."""
        waiting = pending()
        if waiting is not None and waiting.stage == ENROL:
            return _enrol(waiting.digest, find_person(waiting.person_id), waiting)
        if not current_user.is_authenticated:
            return redirect("/login/")
        if factor_of(current_user.id) is not None:
            require_step_up()
        return _enrol(current_user.session_digest, find_person(current_user.id), None)

    @expose("/later", methods=["POST"])
    @stands_open("the password was right, nobody is present yet")
    def later(self) -> Any:
        """Go on with a code from paper: the phone is only somewhere else."""
        waiting = pending()
        if waiting is None or waiting.stage != ENROL or "recovery" not in waiting.amr:
            return redirect("/login/")
        goal = safe_next(session.get("goal"), HOME)
        return enter(find_person(waiting.person_id), goal, waiting.amr, proved=True, waiting=waiting)


def _enrol(digest: str, person: Person, waiting: Pending | None) -> Any:
    form = Form(enrol_fields())
    secret = _offered(digest, waiting)
    if request.method == "GET":
        return _page(form, person, secret, waiting)
    try:
        code = form.read(request.form)["code"]
        step = _tried(person.id, secret, code)
    except Invalid as refusal:
        form.note(refusal)
        return _page(form, person, secret, waiting), 422
    except TooManyTries as refusal:
        form.errors[""] = str(refusal)
        return _page(form, person, secret, waiting), refusal.status
    goal = safe_next(session.get("goal"), HOME) if waiting is not None else SECURITY
    codes = _keep(person, secret, step, waiting)
    if codes is None:
        return redirect("/login/")
    return recovery_page(codes, person, goal)


def _tried(person_id: int, secret: str, code: str) -> int:
    counted = ((CODES_BY_PAIR, f"{person_id}|{network()}"), (CODES_BY_PERSON, str(person_id)))
    take_try(*counted)
    step = step_of(secret, code)
    if step is None:
        raise Invalid({"code": _("This code is not right. Is the phone's clock set automatically?")})
    forgive(*counted)
    return step


def _keep(person: Person, secret: str, step: int, waiting: Pending | None) -> list[str] | None:
    """Keep the factor, end every session and begin this one anew; None when another request was first."""
    with transaction():
        if waiting is not None and not close_pending(waiting.digest):
            return None
        codes = put_factor(person.id, TOTP, secret, step)
        end_sessions(person.id)
        distrust(person.id)
        first = waiting.amr if waiting is not None else current_user.amr
        open_session(person.id, person.language, amr_after(first, BY_APP), proved=True)
        keep_device(person.id, trusted=False)
        tell("access:factor_enrolled", person_id=person.id)
        notify(person, "factor_changed")
    return codes


def _offered(digest: str, waiting: Pending | None) -> str:
    """Return the secret that this session sets up; the same when the page is loaded again."""
    row = SignInSession
    if waiting is not None:
        locked = waiting.offered
    else:
        locked = db.session.query(row.offered).filter(row.digest == digest).limit(1).scalar()
    if locked is not None:
        return open_offered(locked, digest)
    secret = new_totp_secret()
    with transaction():
        mine = update(row).where(row.digest == digest, row.offered.is_(None))
        if met(mine.values(offered=lock_offered(secret, digest))):
            return secret
    return open_offered(db.session.query(row.offered).filter(row.digest == digest).limit(1).scalar(), digest)


def square(text: str) -> Markup:
    """Return a QR code as a drawing within the page, dark on white in every theme."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, border=3, omitsize=True, light="#fff", dark="#000"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by us, holds numbers only  # nosec B704


def recovery_page(codes: list[str], person: Person, goal: str) -> str:
    """Return the page that shows the codes for paper, this once."""
    return render_template(
        "access/signing/recovery.html",
        codes=codes,
        goal=goal,
        text="\r\n".join([f"{load_shop().name} · {person.username}", "", *codes, ""]),
    )


def _page(form: Form, person: Person, secret: str, waiting: Pending | None) -> str:
    uri = otpauth_uri(secret, person.username, load_shop().name)
    return render_template(
        "access/signing/enrol.html",
        form=form,
        square=square(uri),
        uri=uri,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        action=ENROL_PAGE,
        must=waiting is not None and "recovery" not in waiting.amr,
        may_go_on=waiting is not None and "recovery" in waiting.amr,
    )
