"""The page on which a person looks after the own account."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import refresh
from flask_login import current_user

from app.access.accounts import change_own_password, change_own_profile
from app.access.doors import door
from app.access.forms import Form, Pick, Secret
from app.access.language import offered_languages
from app.access.passwords import check_password, hash_password
from app.access.roles import role_label, roles_of
from app.access.signing.attempts import TooManyTries
from app.access.signing.proving import prove_password, shortest_password
from app.access.signing.sessions import open_session
from app.access.step_up import require_step_up
from app.core.errors import Invalid
from app.core.fields import Email, Field, FieldProblem, Text, YesNo

PROFILE = "/profile/"
_THEMES = (("auto", _l("As the device")), ("light", _l("Light")), ("dark", _l("Dark")))


def themes() -> list[tuple[str, str]]:
    """Return the themes to choose from."""
    return [(code, str(label)) for code, label in _THEMES]


def profile_fields() -> tuple[Field, ...]:
    """Return the inputs of the profile form."""
    return (
        Text("full_name", _l("Full name"), required=True, max_length=64),
        Email("email", _l("E-mail")),
        Pick(
            "language",
            _l("Language"),
            options=offered_languages,
            help=_l("Empty: what the browser asks for."),
        ),
        Pick("theme", _l("Theme"), options=themes),
        YesNo(
            "single_keys",
            _l("Single letters are shortcuts"),
            help=_l("Switch this off if you speak to your computer or often hit keys by accident."),
        ),
    )


def password_fields() -> tuple[Field, ...]:
    """Return the inputs of the password form."""
    return (
        Secret("old", _l("Present password"), required=True, autocomplete="current-password"),
        Secret(
            "new",
            _l("New password"),
            required=True,
            help=_("At least %(least)d characters.", least=shortest_password(current_user.id)),
        ),
        Secret("again", _l("New password once more"), required=True),
    )


def _present() -> dict[str, Any]:
    return {
        "full_name": current_user.full_name,
        "email": current_user.address,
        "language": current_user.language,
        "theme": current_user.theme or "auto",
        "single_keys": current_user.single_keys,
    }


class ProfileView(BaseView):
    """Name, address, language and theme of the person at the screen."""

    route_base = "/profile"
    default_view = "profile"

    @expose("/", methods=["GET", "POST"])
    @door()
    def profile(self) -> Any:
        """Show or save what a person may say about himself."""
        form = Form(profile_fields(), _present())
        if request.method == "GET":
            return _page(form, Form(password_fields()))
        try:
            values = form.read(request.form)
            if (values["email"] or "").lower() != current_user.address:
                # Links and codes go there: a screen left alone must not be enough to redirect them.
                require_step_up()
            change_own_profile(
                values["full_name"],
                values["email"] or "",
                values["language"],
                values["theme"],
                single_keys=values["single_keys"],
            )
        except Invalid as refusal:
            form.note(refusal)
            return _page(form, Form(password_fields())), 422
        refresh()
        flash(_("Your profile is saved."), "success")
        return redirect(PROFILE)


class PasswordView(BaseView):
    """The own password."""

    route_base = "/profile/password"
    default_view = "password"

    @expose("/", methods=["GET", "POST"])
    @door()
    def password(self) -> Any:
        """Replace the own password by a new one, asking for the present one."""
        form = Form(password_fields())
        if request.method == "GET":
            return redirect(PROFILE)
        try:
            values = form.read(request.form)
            _replace(values["old"], values["new"], values["again"])
        except Invalid as refusal:
            form.note(refusal)
            return _page(Form(profile_fields(), _present()), form), 422
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _page(Form(profile_fields(), _present()), form), refusal.status
        open_session(current_user.id, current_user.language, current_user.amr, proved=True)
        flash(_("Your new password is in force."), "success")
        return redirect(PROFILE)


def _replace(old: str, new: str, again: str) -> None:
    stored = prove_password(current_user.id, old)
    if not stored:
        raise Invalid({"old": _("This is not your present password.")})
    try:
        least = shortest_password(current_user.id)
        check_password(new, current_user.username, current_user.full_name, least=least)
    except FieldProblem as problem:
        raise Invalid({"new": problem.message}) from problem
    if new != again:
        raise Invalid({"again": _("The two new passwords differ.")})
    if new == old:
        raise Invalid({"new": _("This is your present password.")})
    change_own_password(stored, hash_password(new))


def _page(form: Form, password_form: Form) -> str:
    return render_template(
        "access/profile.html",
        form=form,
        password_form=password_form,
        username=current_user.username,
        roles=[role_label(role.name) for role in roles_of(current_user.id)],
    )
