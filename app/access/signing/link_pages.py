"""The pages of one-time links: choosing a password by one, and asking for one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.addresses import HOME
from app.access.doors import stands_open
from app.access.forms import Form, Secret, UserName
from app.access.models import Person
from app.access.passwords import check_password, hash_password
from app.access.signing.attempts import TooManyTries
from app.access.signing.gate import go_on
from app.access.signing.links import INVITATION, forgotten, opened_link, use_link
from app.access.signing.proving import shortest_password
from app.core.errors import Invalid, NotFound
from app.core.fields import FieldProblem
from app.core.kernel import kernel


def new_password_fields(least: int) -> tuple[Secret, Secret]:
    """Return the two inputs of a new password."""
    return (
        Secret(
            "password",
            _l("New password"),
            required=True,
            help=_("At least %(least)d characters.", least=least),
        ),
        Secret("again", _l("New password once more"), required=True),
    )


class LinkView(BaseView):
    """What one-time links lead to; not their address but the form on the page changes anything."""

    route_base = ""
    default_view = "forgotten"

    @expose("/link/<secret>", methods=["GET", "POST"])
    @stands_open("the link is the key")
    def link(self, secret: str) -> Any:
        """Ask for a new password, or set it and go on as after any right password."""
        try:
            person, purpose = opened_link(secret)
        except NotFound:
            return render_template("access/signing/link_over.html"), 404
        form = Form(new_password_fields(shortest_password(person.id)))
        if request.method == "GET":
            return _page(form, person, purpose, secret)
        try:
            values = form.read(request.form)
            hashed = _checked(values, person)
        except Invalid as refusal:
            form.note(refusal)
            return _page(form, person, purpose, secret), 422
        use_link(secret, person.id, hashed)
        return go_on(person, HOME)

    @expose("/login/forgotten/", methods=["GET", "POST"])
    @stands_open("who forgot the password can't sign in")
    def forgotten(self) -> Any:
        """Ask whose password is forgotten, and answer everybody the same."""
        form = Form((UserName("username", _l("User name or e-mail"), required=True, max_length=320),))
        if request.method == "GET" or "mail" not in kernel().channels:
            return _forgotten_page(form)
        try:
            forgotten(form.read(request.form)["username"])
        except Invalid:
            return _forgotten_page(form), 422
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _forgotten_page(form), refusal.status
        flash(_("If an account with an e-mail address has this name, a link is on its way."), "info")
        return redirect("/login/")


def _checked(values: dict[str, Any], person: Person) -> str:
    least = shortest_password(person.id)
    try:
        password = check_password(values["password"], person.username, person.full_name, least=least)
    except FieldProblem as problem:
        raise Invalid({"password": problem.message}) from problem
    if password != values["again"]:
        raise Invalid({"again": _("The two new passwords differ.")})
    return hash_password(password)


def _page(form: Form, person: Person, purpose: str, secret: str) -> str:
    return render_template(
        "access/signing/link.html",
        form=form,
        action=f"/link/{secret}",
        username=person.username,
        name=person.full_name or person.username,
        invited=purpose == INVITATION,
    )


def _forgotten_page(form: Form) -> str:
    return render_template("access/signing/forgotten.html", form=form, by_mail="mail" in kernel().channels)
