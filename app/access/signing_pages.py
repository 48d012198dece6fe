"""The pages of signing in and out, and the small posts that choose language, theme and branch."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, session
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user

from app.access import preferences
from app.access.addresses import safe_next
from app.access.doors import door, stands_open
from app.access.forms import Form, Secret, UserName
from app.access.signing.attempts import TooManyTries
from app.access.signing.directory import DirectoryDown
from app.access.signing.gate import go_on
from app.access.signing.oidc import label
from app.access.signing.sessions import end_this_session
from app.access.signing_in import authenticate
from app.core.errors import Invalid

_THEME_SECONDS = 365 * 24 * 3600


def sign_in_fields() -> tuple[UserName, Secret]:
    """Return the two inputs of the sign-in form."""
    return (
        UserName("username", _l("User name"), required=True, max_length=320, autocomplete="username"),
        Secret("password", _l("Password"), required=True, autocomplete="current-password"),
    )


class SignInView(BaseView):
    """The sign-in page."""

    route_base = ""
    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    @stands_open("signing in")
    def login(self) -> Any:
        """Show the form, or sign in and go where the person wanted to go."""
        target = safe_next(request.values.get("next"))
        if current_user.is_authenticated:
            return redirect(target)
        form = Form(sign_in_fields())
        if request.method == "GET":
            return _sign_in_page(form, target)
        try:
            values = form.read(request.form)
        except Invalid:
            return _sign_in_page(form, target), 422
        try:
            person = authenticate(values["username"], values["password"])
        except (TooManyTries, DirectoryDown) as refusal:
            form.errors[""] = str(refusal)
            return _sign_in_page(form, target), refusal.status
        if person is None:
            form.errors[""] = _("User name and password don't match. Please try again.")
            return _sign_in_page(form, target), 401
        return go_on(person, target, "pwd" if person.password else "ldap")


class SignOutView(BaseView):
    """The way out, by POST only: no picture on another site can sign anybody out."""

    route_base = ""
    default_view = "logout"

    @expose("/logout/", methods=["POST"])
    @stands_open("signing out")
    def logout(self) -> Any:
        """End the session."""
        end_this_session()
        logout_user()
        session.clear()
        response = redirect("/login/")
        # What anybody typed and did not save (ADR 23); the theme and the menu's width are cookies and stay.
        response.headers["Clear-Site-Data"] = '"storage"'
        return response


class PreferencesView(BaseView):
    """The three switches of the top bar."""

    route_base = "/preferences"
    default_view = "language"

    @expose("/language", methods=["POST"])
    @stands_open("a stranger chooses the language too")
    def language(self) -> Any:
        """Speak another language."""
        preferences.choose_language(request.form.get("language", ""))
        return redirect(safe_next(request.form.get("next")))

    @expose("/theme", methods=["POST"])
    @stands_open("a stranger chooses the theme too")
    def theme(self) -> Any:
        """Look light, dark or as the device does; a stranger's choice lives in a cookie of this browser."""
        theme = request.form.get("theme", "")
        preferences.choose_theme(theme)
        response = make_response(redirect(safe_next(request.form.get("next"))))
        response.set_cookie(
            "theme", theme, max_age=_THEME_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
        )
        return response

    @expose("/branch", methods=["POST"])
    @door()
    def branch(self) -> Any:
        """Work in another branch."""
        preferences.choose_branch(request.form.get("branch", ""))
        flash(_("Lists now show what belongs to the branch you chose."), "info")
        return redirect(safe_next(request.form.get("next")))


def _sign_in_page(form: Form, target: str) -> str:
    return render_template("access/sign_in.html", form=form, next=target, outside=label())
