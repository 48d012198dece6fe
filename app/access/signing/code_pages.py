"""The second step of signing in: a code from the app, from mail or a text message, or from paper."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.accounts import find_person
from app.access.addresses import HOME, safe_next
from app.access.doors import stands_open
from app.access.forms import Form, OneTimeCode
from app.access.models import Person
from app.access.signing.attempts import TooManyTries
from app.access.signing.factors import ANY, TOTP, factor_of, needed_factor
from app.access.signing.gate import CODE_PAGE, ENROL_PAGE, enter, may_trust
from app.access.signing.mobiles import mobile_of
from app.access.signing.proving import BY_APP, ON_PAPER, SENT, amr_after, prove_code
from app.access.signing.sent_codes import SMS, forgive_sending, send_code, ways_to_send
from app.access.signing.sessions import CODE, ENROL, Pending, go_to_stage, pending
from app.core.errors import Invalid
from app.core.fields import YesNo
from app.core.masking import mask_phone
from app.core.transaction import transaction


def code_fields(way: str, *, trusting: bool) -> tuple[Any, ...]:
    """Return the inputs of the code step."""
    helps = {
        BY_APP: _l("Six digits from the app on your phone."),
        SENT: _l("Six digits; they hold for five minutes."),
        ON_PAPER: _l("One of the ten codes that you kept. Each works once."),
    }
    label = _l("Code on paper") if way == ON_PAPER else _l("One-time code")
    code = OneTimeCode("code", label, required=True, digits=way != ON_PAPER, help=helps[way])
    trust = YesNo(
        "trust",
        _l("Remember this counter for 30 days"),
        help=_l("Then the password is enough here. Not on a device that others use."),
    )
    return (code, trust) if trusting else (code,)


class CodeView(BaseView):
    """The page between password and shop."""

    route_base = "/login/code"
    default_view = "code"

    @expose("/", methods=["GET", "POST"])
    @stands_open("the password was right, nobody is present yet")
    def code(self) -> Any:
        """Ask for the code, or take it."""
        waiting = pending()
        if waiting is None or waiting.stage != CODE:
            return redirect("/login/")
        person = find_person(waiting.person_id)
        way = _way(person, request.values.get("way", ""))
        form = Form(code_fields(way, trusting=way != ON_PAPER and may_trust(person.id)))
        if request.method == "GET":
            return _page(form, person, way)
        try:
            values = form.read(request.form)
        except Invalid:
            return _page(form, person, way), 422
        try:
            right = prove_code(person.id, waiting.digest, way, values["code"])
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _page(form, person, way), refusal.status
        if not right:
            form.errors["code"] = _("This code is not right, or it was used before. Wait for the next one.")
            form.texts["code"] = []
            return _page(form, person, way), 401
        return _proved(waiting, way, trusted=bool(values.get("trust")))

    @expose("/send", methods=["POST"])
    @stands_open("the password was right, nobody is present yet")
    def send(self) -> Any:
        """Send a code, by mail or as a text message as the person chose."""
        waiting = pending()
        if waiting is None or waiting.stage != CODE:
            return redirect("/login/")
        person = find_person(waiting.person_id)
        ways = ways_to_send(person)
        chosen = request.form.get("by") or next(iter(ways), "")
        if chosen not in ways:
            return redirect(CODE_PAGE)
        try:
            send_code(person, waiting.digest, chosen)
        except TooManyTries as refusal:
            flash(str(refusal), "warning")
        else:
            flash(_("A code is on its way."), "info")
        return redirect(f"{CODE_PAGE}?way={SENT}")


def _proved(waiting: Pending, way: str, *, trusted: bool) -> Any:
    goal = safe_next(session.get("goal"), HOME)
    person = find_person(waiting.person_id)
    if way == ON_PAPER:
        # Whoever needs paper has no phone: the next page sets up another one, or goes on without.
        with transaction():
            go_to_stage(waiting.digest, ENROL, amr_after(waiting.amr, way))
        return redirect(ENROL_PAGE)
    if way == SENT:
        forgive_sending(person)
    trusted = trusted and may_trust(person.id)
    return enter(person, goal, amr_after(waiting.amr, way), proved=True, waiting=waiting, trusted=trusted)


def _way(person: Person, asked: str) -> str:
    factor = factor_of(person.id)
    usual = BY_APP if factor is not None and factor.kind == TOTP else SENT
    allowed = {usual, ON_PAPER} | ({SENT} if ways_to_send(person) else set())
    return asked if asked in allowed else usual


def _senders(person: Person) -> list[tuple[str, str]]:
    """Return the ways to send a code, each with what its button says."""
    return [
        (
            way,
            _("Send a code by text message to %(number)s", number=mask_phone(mobile_of(person)))
            if way == SMS
            else _("Send me a code by mail"),
        )
        for way in ways_to_send(person)
    ]


def _page(form: Form, person: Person, way: str) -> str:
    factor = factor_of(person.id)
    return render_template(
        "access/signing/code.html",
        form=form,
        way=way,
        has_app=factor is not None and factor.kind == TOTP,
        senders=_senders(person),
        name=person.full_name or person.username,
        only_app=needed_factor(person.id) not in ("no", ANY),
    )
