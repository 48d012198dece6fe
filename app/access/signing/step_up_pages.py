"""The page that asks once more who is there, and leads back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.access.addresses import safe_next
from app.access.doors import door
from app.access.forms import Form, OneTimeCode, Secret
from app.access.signing.attempts import TooManyTries
from app.access.signing.directory import DirectoryDown
from app.access.signing.factors import TOTP, factor_of
from app.access.signing.oidc import label
from app.access.signing.proving import BY_APP, prove_code, prove_presence
from app.access.signing.sessions import note_step_up
from app.core.errors import Invalid
from app.core.transaction import transaction


class StepUpView(BaseView):
    """Prove once more: by the app where there is one, else by the password."""

    route_base = "/step-up"
    default_view = "step_up"

    @expose("/", methods=["GET", "POST"])
    @door()
    def step_up(self) -> Any:
        """Ask, or go on to where the person wanted to go."""
        goal = safe_next(request.values.get("next"))
        factor = factor_of(current_user.id)
        by_app = factor is not None and factor.kind == TOTP
        form = Form(_fields(by_app=by_app))
        if request.method == "GET":
            return _page(form, goal)
        try:
            typed = form.read(request.form)["proof"]
            if not _is_right(typed, by_app=by_app):
                wrong = _("This code is not right, or it was used before. Wait for the next one.")
                raise Invalid({"proof": wrong if by_app else _("This is not your present password.")})
        except Invalid as refusal:
            form.note(refusal)
            form.texts["proof"] = []
            return _page(form, goal), 422
        except (TooManyTries, DirectoryDown) as refusal:
            form.errors[""] = str(refusal)
            return _page(form, goal), refusal.status
        with transaction():
            note_step_up(current_user.session_digest)
        return redirect(goal)


def _fields(*, by_app: bool) -> tuple[Any, ...]:
    if by_app:
        return (
            OneTimeCode(
                "proof", _l("One-time code"), required=True, help=_l("Six digits from the app on your phone.")
            ),
        )
    return (Secret("proof", _l("Password"), required=True, autocomplete="current-password"),)


def _is_right(typed: str, *, by_app: bool) -> bool:
    if by_app:
        return prove_code(current_user.id, current_user.session_digest, BY_APP, typed)
    return prove_presence(current_user.id, typed)


def _page(form: Form, goal: str) -> str:
    factor = factor_of(current_user.id)
    by_app = factor is not None and factor.kind == TOTP
    # Who came through a provider may have no password here: the provider asks again.
    outside = label() if current_user.amr.startswith("oidc") and not by_app else ""
    return render_template("access/signing/step_up.html", form=form, next=goal, outside=outside)
