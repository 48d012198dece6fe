"""The pages on which an owner or manager looks after other people's accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from babel.lists import format_list
from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import or_, select

from app.access.accounts import (
    Account,
    account_of,
    add_account,
    change_account,
    find_person,
    reset_factor,
)
from app.access.confining import branches_by_person
from app.access.doors import door
from app.access.errors import BranchesBeyond, HoldsMore, LastOwner, OwnBranches
from app.access.forms import Form, Pick, Picks, UserName, require_same
from app.access.language import offered_languages
from app.access.models import Person
from app.access.passwords import check_username, normal_name
from app.access.preferences import branch_key
from app.access.roles import list_roles, role_label, role_names_by_person
from app.access.shop import branch_choices
from app.access.signing.factors import factor_of
from app.access.signing.links import (
    INVITATION,
    LASTS,
    RESET,
    asks_elsewhere,
    is_mailed,
    make_invitation,
    make_link,
)
from app.access.signing.mobiles import MobileNumber
from app.access.signing.tokens import mac_of
from app.access.work_fields import BOXES, own_work_values, read_works_in, work_fields, work_values
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.fields import Email, Field, FieldProblem, Text, YesNo, clean_line
from app.core.keys import decode_token, encode_token
from app.core.permissions import granted

USERS = "/users/"
PAGE_SIZE = 50


def person_token(person: Person) -> str:
    """Return the opaque token that stands for an account in addresses."""
    return encode_token([person.id])


def person_number(token: str) -> int:
    """Return the account number of a token; raise `NotFound`."""
    parts = decode_token(token)
    if len(parts) != 1 or type(parts[0]) is not int or not 0 < parts[0] < 2**31:
        raise NotFound
    return parts[0]


def role_options() -> list[tuple[str, str]]:
    """Return the roles to choose from."""
    return [(str(role.id), role_label(role.name)) for role in list_roles()]


def user_fields(
    branches: list[tuple[str, str]] | None = None, work: tuple[Field, ...] = (), mobile: str = ""
) -> tuple[Field, ...]:
    """Return the inputs of an account, the user name and password apart.

    `work` are the inputs for where it works, `mobile` is the number kept so far.
    """
    return (
        Text("full_name", _l("Full name"), required=True, max_length=64),
        Email("email", _l("E-mail")),
        MobileNumber(
            "mobile",
            _l("Mobile number"),
            kept=mobile,
            help=_l("For sign-in codes by text message. Owners and administrators use the app instead."),
        ),
        Picks(
            "roles",
            _l("Roles"),
            options=role_options,
            help=_l("A person may do what any of the roles allows."),
        ),
        *work,
        Pick("branch", _l("Branch"), options=lambda: branches or list(branch_choices())),
        Pick(
            "language",
            _l("Language"),
            options=offered_languages,
            help=_l("Empty: what the browser asks for."),
        ),
        YesNo("active", _l("May sign in")),
    )


def new_user_fields() -> tuple[Field, ...]:
    """Return the inputs of a new account."""
    name = UserName(
        "username",
        _l("User name"),
        required=True,
        help=_l("For signing in: letters and digits."),
    )
    return (name, *user_fields(work=work_fields()))


def _account(values: dict[str, Any], branch_kept: Any = None) -> Account:
    """Return the account that the form's values describe; an unchanged closed branch stays."""
    token = values["branch"]
    kept = branch_kept is not None and token == encode_token([branch_kept])
    return Account(
        full_name=values["full_name"],
        email=values["email"] or "",
        active=values["active"],
        roles=frozenset(int(number) for number in values["roles"]),
        branch_id=(branch_kept if kept else branch_key(token)) if token else None,
        language=values["language"],
        works_in=read_works_in(values),
        mobile=values["mobile"] or "",
    )


def _values(account: Account) -> dict[str, Any]:
    return {
        "full_name": account.full_name,
        "email": account.email,
        "roles": {str(number) for number in account.roles},
        "branch": encode_token([account.branch_id]) if account.branch_id else None,
        "language": account.language,
        "mobile": account.mobile,
        "active": account.active,
        **work_values(account.works_in or ()),
    }


def stamp(account: Account) -> str:
    """Return a fingerprint of an account as shown, which tells at saving whether it is still the same."""
    parts = (
        account.full_name,
        account.email,
        account.active,
        sorted(account.roles),
        account.branch_id,
        account.language,
        sorted(str(branch) for branch in account.works_in or ()),
        # A plain digest of a number could be found by trying.
        mac_of("mobile stamp", account.mobile),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def people_page(query: str, after: str, before: str) -> tuple[list[Person], bool, bool]:
    """Return one page of accounts by user name, and whether there are pages before and after it."""
    statement = select(Person)
    text = clean_line(query)[:100]
    if text:
        typed = normal_name(text)
        statement = statement.where(
            or_(
                Person.username.contains(typed, autoescape=True),
                Person.full_name.icontains(text, autoescape=True),
            )
        )
    backwards = bool(before)
    mark = before or after
    if mark:
        name = select(Person.username).where(Person.id == person_number(mark)).scalar_subquery()
        statement = statement.where(Person.username < name if backwards else Person.username > name)
    order = Person.username.desc() if backwards else Person.username
    found = list(db.session.scalars(statement.order_by(order).limit(PAGE_SIZE + 1)))
    more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        return rows[::-1], more, True
    return rows, bool(mark), more


class UsersView(BaseView):
    """Accounts: list, add, edit, and the ways back in."""

    route_base = "/users"
    default_view = "list"

    @expose("/")
    @door("access:user:list")
    def list(self) -> Any:
        """The accounts, page by page."""
        query = request.args.get("q", "")
        people, earlier, later = people_page(
            query, request.args.get("after", ""), request.args.get("before", "")
        )
        roles = role_names_by_person(person.id for person in people)
        places = _places(person.id for person in people)
        rows = [
            (person, person_token(person), roles.get(person.id, []), places.get(person.id, ""))
            for person in people
        ]
        return render_template(
            "access/users.html",
            rows=rows,
            query=query,
            branches=dict(branch_choices()),
            branch_token=lambda person: encode_token([person.branch_id]) if person.branch_id else "",
            previous_url=url_for(".list", q=query or None, before=rows[0][1]) if earlier and rows else "",
            next_url=url_for(".list", q=query or None, after=rows[-1][1]) if later and rows else "",
            can_add=granted("access:user:add"),
            can_edit=granted("access:user:edit"),
        )

    @expose("/add", methods=["GET", "POST"])
    @door("access:user:add", step_up=True)
    def add(self) -> Any:
        """The form for a new account."""
        form = Form(new_user_fields(), {"active": True, **own_work_values()})
        if request.method == "GET":
            return render_template("access/user_form.html", form=form, person=None)
        try:
            values = form.read(request.form)
            account = _account(values)
            number = add_account(_username(values["username"]), account)
        except (Invalid, HoldsMore) as refusal:
            return _refused(form, refusal, None), refusal.status
        return _link_page(number, make_invitation(number), INVITATION)

    @expose("/<token>/edit", methods=["GET", "POST"])
    @door("access:user:edit", step_up=True)
    def edit(self, token: str) -> Any:
        """The form of an account."""
        person = find_person(person_number(token))
        shown = account_of(person)
        form = Form(
            user_fields(_branches_with(shown), _work_fields(person, shown), shown.mobile), _values(shown)
        )
        if request.method == "GET":
            return _edit_page(form, person, stamp(shown))
        try:
            account = _account(form.read(request.form), shown.branch_id)
            require_same(request.form.get("stamp"), stamp(shown))
            change_account(person.id, shown, account)
        except (Invalid, HoldsMore, OwnBranches, LastOwner, Conflict) as refusal:
            db.session.rollback()
            person = find_person(person_number(token))
            return _refused(form, refusal, person), refusal.status
        flash(_("The account is saved."), "success")
        return redirect(USERS)

    @expose("/<token>/link", methods=["GET", "POST"])
    @door("access:user:reset", step_up=True)
    def link(self, token: str) -> Any:
        """Make the link with which somebody chooses a new password, and show it this once."""
        person = find_person(person_number(token))
        if person.id == current_user.id:
            # An unattended screen must not be enough: the own password asks for the present one.
            return redirect("/profile/")
        if request.method == "GET":
            return _ways_back_page(person)
        purpose = RESET if person.password else INVITATION
        return _link_page(person.id, make_link(person.id, purpose), purpose)

    @expose("/<token>/factor", methods=["POST"])
    @door("access:user:reset", step_up=True)
    def factor(self, token: str) -> Any:
        """Take somebody's second factor away, because the phone and the codes are lost."""
        person = find_person(person_number(token))
        if person.id == current_user.id:
            return redirect("/profile/security/")
        name = person.full_name or person.username
        reset_factor(person.id)
        flash(
            _("%(name)s signs in with the password next time and sets up a new phone.", name=name), "success"
        )
        return redirect(f"{USERS}{token}/edit")


def _ways_back_page(person: Person) -> str:
    return render_template(
        "access/user_link.html",
        person=person,
        token=person_token(person),
        has_factor=factor_of(person.id) is not None,
    )


def _link_page(person_id: int, address: str, purpose: str) -> str:
    person = find_person(person_id)
    return render_template(
        "access/user_link_made.html",
        person=person,
        address=address,
        invited=purpose == INVITATION,
        mailed=is_mailed(person, purpose),
        elsewhere=asks_elsewhere(person),
        days=LASTS[purpose].days,
    )


def _branches_with(shown: Account) -> list[tuple[str, str]]:
    """Return the branches to choose from, with the account's own one even when it is closed."""
    choices = list(branch_choices())
    own = encode_token([shown.branch_id]) if shown.branch_id else ""
    if own and own not in dict(choices):
        choices.append((own, _("(closed branch)")))
    return choices


def _work_fields(person: Person, shown: Account) -> tuple[Field, ...]:
    # Where somebody works himself, somebody else decides.
    return () if person.id == current_user.id else work_fields(shown.works_in or frozenset())


def _places(people: Iterable[int]) -> dict[int, str]:
    """Return in words where those of `people` work who are confined to branches."""
    names = dict(branch_choices())
    found = {}
    for person_id, branches in branches_by_person(people).items():
        called = sorted(names[token] for each in branches if (token := encode_token([each])) in names)
        unnamed = [_("other branches")] if len(called) < len(branches) else []
        found[person_id] = _(
            "only %(branches)s", branches=format_list([*called, *unnamed], locale=get_locale() or "en")
        )
    return found


def _username(text: str) -> str:
    try:
        return check_username(text)
    except FieldProblem as problem:
        raise Invalid({"username": problem.message}) from problem


Refusal = Invalid | HoldsMore | OwnBranches | Conflict


def _note(form: Form, refusal: Refusal) -> None:
    place = BOXES if isinstance(refusal, BranchesBeyond) else ""
    form.note(refusal if isinstance(refusal, Invalid) else Invalid({place: refusal.message}))


def _refused(form: Form, refusal: Refusal, person: Person | None) -> str:
    _note(form, refusal)
    if person is None:
        return render_template("access/user_form.html", form=form, person=None)
    # With the account's present fingerprint: who saves again after the warning means it.
    return _edit_page(form, person, stamp(account_of(person)))


def _edit_page(form: Form, person: Person, shown: str) -> str:
    return render_template(
        "access/user_form.html",
        form=form,
        person=person,
        token=person_token(person),
        stamp=shown,
        can_reset=granted("access:user:reset"),
    )
