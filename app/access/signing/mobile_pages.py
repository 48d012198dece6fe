"""Profile › security › mobile number: the number to which codes go, proved by a code before it counts."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.access.accounts import change_own_mobile, find_person
from app.access.doors import door
from app.access.forms import Form, OneTimeCode
from app.access.models import Person
from app.access.signing.attempts import TooManyTries
from app.access.signing.enrol_pages import SECURITY
from app.access.signing.mobiles import MobileNumber
from app.access.signing.proving import SENT, prove_code
from app.access.signing.sent_codes import SMS, may_get_texts, number_to_prove, proved_number, send_code
from app.core.errors import Invalid, NotFound
from app.core.masking import mask_phone

MOBILE = "/profile/security/mobile/"
CONFIRM = f"{MOBILE}code"


class MobileView(BaseView):
    """The own mobile number: it counts once a code that was sent there is typed."""

    route_base = "/profile/security/mobile"
    default_view = "number"

    @expose("/", methods=["GET", "POST"])
    @door(step_up=True)
    def number(self) -> Any:
        """Ask for a number, or send a code to it."""
        person = _who_may_get_texts()
        label, told = _l("Mobile number"), _l("A code is sent there, which you type on the next page.")
        form = Form((MobileNumber("mobile", label, required=True, help=told),))
        if request.method == "GET":
            return _page(form, MOBILE, _("Send a code"))
        try:
            number = form.read(request.form)["mobile"]
            send_code(person, current_user.session_digest, SMS, number)
        except Invalid:
            return _page(form, MOBILE, _("Send a code")), 422
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _page(form, MOBILE, _("Send a code")), refusal.status
        flash(_("A code is on its way."), "info")
        return redirect(CONFIRM)

    @expose("/code", methods=["GET", "POST"])
    @door(step_up=True)
    def code(self) -> Any:
        """Ask for the code that was sent to the new number, or keep the number."""
        person = _who_may_get_texts()
        number = number_to_prove(current_user.session_digest)
        if not number:
            flash(_("No code is on its way to a new number, or it is over. Send another one."), "warning")
            return redirect(MOBILE)
        told = _("Six digits, sent to %(number)s; they hold for five minutes.", number=mask_phone(number))
        form = Form((OneTimeCode("code", _l("One-time code"), required=True, help=told),))
        if request.method == "GET":
            return _page(form, CONFIRM, _("Go on"))
        try:
            typed = form.read(request.form)["code"]
            right = prove_code(person.id, current_user.session_digest, SENT, typed)
            number = proved_number(current_user.session_digest) if right else ""
            if not number:
                raise Invalid({"code": _("This code is not right, or it was used before.")})
        except Invalid as refusal:
            form.note(refusal)
            form.texts["code"] = []
            return _page(form, CONFIRM, _("Go on")), 422
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _page(form, CONFIRM, _("Go on")), refusal.status
        change_own_mobile(number)
        flash(_("Sign-in codes can go to %(number)s now.", number=mask_phone(number)), "success")
        return redirect(SECURITY)

    @expose("/remove", methods=["POST"])
    @door(step_up=True)
    def remove(self) -> Any:
        """Take the number away."""
        change_own_mobile("")
        flash(_("The mobile number is removed."), "success")
        return redirect(SECURITY)


def _who_may_get_texts() -> Person:
    person = find_person(current_user.id)
    if not may_get_texts(person):
        raise NotFound
    return person


def _page(form: Form, action: str, submit: str) -> str:
    return render_template("access/signing/mobile.html", form=form, action=action, submit=submit)
