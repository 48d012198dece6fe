"""The pages of the shop itself: first run, settings, and the end of the sample."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import flash, redirect, render_template, request, session
from flask_appbuilder import BaseView, expose
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.accounts import find_person
from app.access.addresses import HOME
from app.access.doors import FIRST_RUN, door, stands_open
from app.access.errors import AlreadyOpen
from app.access.first_run import Opening, clear_sample, code_matches, forget_code, open_shop, was_opened
from app.access.forms import Form, Pick, Radios, Secret, UserName
from app.access.grants import OWNERSHIP
from app.access.language import offered_languages, select_locale
from app.access.passwords import SHORTEST_OF_OWNERS, check_password, check_username, hash_password
from app.access.shop import load_shop
from app.access.shop_settings import ShopDraft, change_shop, currencies, profiles, settings_row, time_zones
from app.access.signing.attempts import FIRST_RUN as FIRST_RUN_TRIES
from app.access.signing.attempts import TooManyTries, take_try
from app.access.signing.gate import go_on
from app.access.signing.tokens import network
from app.core.database import db
from app.core.errors import Conflict, Invalid
from app.core.fields import Field, FieldProblem, Text, WholeNumber, YesNo
from app.core.fields.base import half_width
from app.core.kernel import kernel

SETTINGS = "/access/shop/edit"
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class TimeOfDay(Field):
    """A wall-clock time in hours and minutes."""

    widget: ClassVar[str] = "text"

    def parse_text(self, text: str) -> datetime.time:
        match = _CLOCK.fullmatch(half_width(text))
        if match is None:
            raise FieldProblem(_("This is not a time of day, such as 04:00."))
        return datetime.time(int(match[1]), int(match[2]))

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [value.strftime("%H:%M")]


def shop_fields() -> tuple[Field, ...]:
    """Return the inputs that the first run and the settings page share."""
    return (
        Text("name", _l("Name of the shop"), required=True, max_length=80),
        Radios("profile", _l("Kind of shop"), required=True, options=profiles),
        Pick("time_zone", _l("Time zone"), required=True, options=time_zones),
        Pick("currency", _l("Currency"), required=True, options=currencies),
    )


def settings_fields() -> tuple[Field, ...]:
    """Return the inputs of the settings page."""
    return (
        *shop_fields(),
        Pick(
            "language",
            _l("Language"),
            required=True,
            options=offered_languages,
            help=_l("For people who have not chosen one themselves."),
        ),
        TimeOfDay(
            "day_starts",
            _l("The business day starts at"),
            required=True,
            help=_l("Open past midnight? With 04:00 a sale at 01:30 counts for the day before."),
        ),
        YesNo(
            "shares_customers",
            _l("All branches share the customers"),
            help=_l(
                "Who works in certain branches only sees the customers of all of them, but no other records."
            ),
        ),
        WholeNumber(
            "reveals_a_day",
            _l("Masked values one person may reveal a day"),
            required=True,
            most=1_000,
            help=_l("Each reveal asks for a reason and stands in the journal. 0: nobody reveals anything."),
        ),
    )


def opening_fields() -> tuple[Field, ...]:
    """Return the inputs of the first-run page."""
    return (
        Pick("language", _l("Language"), required=True, options=offered_languages),
        *shop_fields(),
        Text("branch", _l("Name of the first branch"), required=True, max_length=80),
        Text("full_name", _l("Your full name"), required=True, max_length=64),
        UserName(
            "username",
            _l("User name"),
            required=True,
            help=_l("For signing in: letters and digits."),
        ),
        Secret("password", _l("Password"), required=True, help=_l("At least 15 characters.")),
        Text(
            "code",
            _l("Set-up code"),
            required=True,
            max_length=40,
            help=_l("The terminal shows it at start."),
        ),
    )


class FirstRunView(BaseView):
    """The page that opens a shop, once."""

    route_base = "/first-run"
    default_view = "open"

    @expose("/", methods=["GET", "POST"])
    @stands_open("nobody has an account yet; the set-up code is the key")
    def open(self) -> Any:
        """Show the form, or open the shop and sign its owner in."""
        shop = load_shop()
        if shop.is_open:
            return redirect(HOME)
        defaults = {
            "language": select_locale(),
            "profile": shop.profile,
            "time_zone": str(shop.zone),
            "currency": shop.currency,
            "branch": _("Main branch"),
        }
        form = Form(opening_fields(), defaults)
        if request.method == "GET":
            return _first_run_page(form)
        try:
            number = open_shop(_opening(form.read(request.form)))
        except AlreadyOpen as refusal:
            flash(refusal.message, "warning")
            return redirect("/login/")
        except Invalid as refusal:
            form.note(refusal)
            return _first_run_page(form), 422
        except TooManyTries as refusal:
            form.errors[""] = str(refusal)
            return _first_run_page(form), refusal.status
        forget_code(kernel().home)
        session.clear()
        # The owner's account needs a second factor: one page more, and the shop is open.
        return go_on(find_person(number), HOME)

    @expose("/clear-sample", methods=["POST"])
    @door(OWNERSHIP, step_up=True)
    def clear_sample(self) -> Any:
        """Remove the sample's records and go on to the settings of the owner's own shop."""
        clear_sample()
        flash(
            _("The sample is cleared. Now say what your shop is called, and choose a new password."),
            "success",
        )
        return redirect(SETTINGS)


class ShopView(BaseView):
    """The shop's settings."""

    route_base = "/access/shop"
    default_view = "edit"

    @expose("/edit", methods=["GET", "POST"])
    @door("access:shop:edit")
    def edit(self) -> Any:
        """Show or save the settings."""
        row = settings_row()
        form = Form(settings_fields(), {name: getattr(row, name) for name in ShopDraft.__dataclass_fields__})
        if request.method == "GET":
            return _settings_page(form, row.row_version)
        try:
            draft = ShopDraft(**form.read(request.form))
            change_shop(_whole(request.form.get("row_version", "")), draft)
        except Invalid as refusal:
            form.note(refusal)
            return _settings_page(form, _whole(request.form.get("row_version", ""))), refusal.status
        except Conflict as refusal:
            form.errors[""] = refusal.message
            db.session.rollback()
            return _settings_page(form, settings_row().row_version), refusal.status
        with force_locale(select_locale()):
            flash(_("The shop's settings are saved."), "success")
        return redirect(SETTINGS)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _opening(values: dict[str, Any]) -> Opening:
    """Return what the form's values describe; raise `Invalid` for a wrong code, name or password, `AlreadyOpen`."""
    take_try((FIRST_RUN_TRIES, network()))
    if not code_matches(kernel().home, values.pop("code")):
        if was_opened():  # The code went with it: somebody else was a moment quicker.
            raise AlreadyOpen
        raise Invalid({"code": _("This is not the code that the terminal shows.")})
    try:
        values["username"] = check_username(values["username"])
    except FieldProblem as problem:
        raise Invalid({"username": problem.message}) from problem
    try:
        password = check_password(
            values.pop("password"), values["username"], values["full_name"], least=SHORTEST_OF_OWNERS
        )
    except FieldProblem as problem:
        raise Invalid({"password": problem.message}) from problem
    return Opening(**values, password_hash=hash_password(password))


def _first_run_page(form: Form) -> str:
    return render_template("access/first_run.html", form=form, action=FIRST_RUN)


def _settings_page(form: Form, version: int) -> str:
    return render_template("access/shop.html", form=form, action=SETTINGS, version=version)
