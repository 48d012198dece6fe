"""Profile › security: the second factor, the browsers and the sessions of the person at the screen."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_login import current_user

from app.access.accounts import find_person, forget_factor
from app.access.doors import door
from app.access.errors import FactorNeeded
from app.access.signing.devices import distrust, this_device, trusted_devices
from app.access.signing.enrol_pages import SECURITY, recovery_page
from app.access.signing.factors import NO, factor_of, needed_factor, new_recovery_codes, recovery_codes_left
from app.access.signing.mobiles import mobile_of
from app.access.signing.sent_codes import may_get_texts
from app.access.signing.sessions import end_session, end_sessions, open_session, sessions_of
from app.access.telling import tell
from app.core.errors import NotFound
from app.core.masking import mask_phone
from app.core.transaction import transaction

MARK = 32


class SecurityView(BaseView):
    """What protects the own account."""

    route_base = "/profile/security"
    default_view = "security"

    @expose("/")
    @door()
    def security(self) -> Any:
        """Show the factor, the trusted browsers and the sessions."""
        number = current_user.id
        person = find_person(number)
        mobile = mobile_of(person)
        return render_template(
            "access/signing/security.html",
            factor=factor_of(number),
            codes_left=recovery_codes_left(number),
            may_remove=needed_factor(number) == NO,
            mobile=mask_phone(mobile) if mobile else "",
            may_get_texts=may_get_texts(person),
            sessions=sessions_of(number),
            this_session=current_user.session_digest,
            devices=trusted_devices(number),
            this_device=this_device(),
            mark=MARK,
            moment=lambda moment: format_datetime(moment, "short"),
        )

    @expose("/codes", methods=["POST"])
    @door(step_up=True)
    def codes(self) -> Any:
        """Replace the codes for paper."""
        person = find_person(current_user.id)
        if factor_of(person.id) is None:
            raise NotFound
        with transaction():
            codes = new_recovery_codes(person.id)
            tell("access:factor_enrolled", person_id=person.id, how="recovery")
        return recovery_page(codes, person, SECURITY)

    @expose("/remove", methods=["POST"])
    @door(step_up=True)
    def remove(self) -> Any:
        """Do without a second factor, where the roles allow it."""
        person = find_person(current_user.id)
        if needed_factor(person.id) != NO:
            raise FactorNeeded
        with transaction():
            forget_factor(find_person(person.id))
            open_session(person.id, person.language, current_user.amr.partition(" ")[0], proved=True)
        flash(_("From now on your password is enough."), "success")
        return redirect(SECURITY)

    @expose("/end", methods=["POST"])
    @door()
    def end(self) -> Any:
        """End one session."""
        mark = _mark()
        if current_user.session_digest.startswith(mark):
            raise NotFound
        if not end_session(current_user.id, mark):
            raise NotFound
        flash(_("That sign-in has ended."), "success")
        return redirect(SECURITY)

    @expose("/end-others", methods=["POST"])
    @door()
    def end_others(self) -> Any:
        """End every session but this one."""
        with transaction():
            end_sessions(current_user.id, but=current_user.session_digest)
            tell("access:session_ended", person_id=current_user.id)
        flash(_("You are signed in here only."), "success")
        return redirect(SECURITY)

    @expose("/distrust", methods=["POST"])
    @door()
    def distrust(self) -> Any:
        """Ask one browser for the second factor again."""
        if not distrust(current_user.id, _mark()):
            raise NotFound
        flash(_("That browser asks for a code again."), "success")
        return redirect(SECURITY)


def _mark() -> str:
    mark = request.form.get("mark", "")
    if len(mark) != MARK or not mark.isascii() or not mark.isalnum():
        raise NotFound
    return mark
