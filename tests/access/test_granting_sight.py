"""Nobody shows others what he does not see himself: fields, rows and branches count like rights."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select

from app.access import accounts
from app.access.accounts import Account, add_account, change_account, find_person
from app.access.acting import acting_as
from app.access.errors import HoldsMore
from app.access.models import Branch
from app.access.passwords import hash_password
from app.access.roles import add_role, change_role, roles_of
from app.access.rules import branches_of, set_branches, set_row_rule, set_sights
from app.core.database import db
from app.core.limits import Sight
from app.core.transaction import transaction
from tests.access.accounts import role_number
from tests.access.conftest import PASSWORD, House, person_number
from tests.access.test_roles import held

CUSTOMER = "people:customer"
RIGHTS = ("people:customer:list", "people:customer:show", "people:customer:add", "people:customer:edit")
ADMINISTERING = tuple(
    f"access:{noun}:{verb}" for noun in ("user", "role") for verb in ("list", "add", "edit")
)
MINE = '{"all":[["source","any","referral"]]}'
OTHERS = '{"all":[["source","any","walk_in"]]}'


@pytest.fixture
def house_with_chief(house: House) -> Iterator[Flask]:
    """A shop with a chief who gives out accounts and roles, and a role for others that holds no more rights."""
    with house.app.app_context():
        with as_owner(house.app):
            add_role("Chief", {*RIGHTS, *ADMINISTERING})
            add_role("Helper", RIGHTS)
        accounts.create_account("chief", hash_password(PASSWORD), "Chief", "Chief")
        accounts.create_account("helper", hash_password(PASSWORD), "Helper", "Helper")
        db.session.remove()
        yield house.app
        db.session.rollback()
        db.session.remove()


@contextmanager
def as_chief(app: Flask) -> Iterator[None]:
    with acting_as(person_number(app, "chief")):
        yield


@contextmanager
def as_owner(app: Flask) -> Iterator[None]:
    with acting_as(person_number(app, "owner")):
        yield


def give_helper_to_clerk(app: Flask) -> None:
    clerk = find_person(person_number(app, "clerk"))
    shown, number = accounts.account_of(clerk), clerk.id
    db.session.rollback()
    change_account(number, shown, Account("Z", roles=shown.roles | {role_number(app, "Helper")}))


def test_who_sees_as_much_gives_the_role(house_with_chief: Flask) -> None:
    with as_chief(house_with_chief):
        number = add_account(
            "puppet", Account("P", roles=frozenset({role_number(house_with_chief, "Helper")}))
        )

        assert [role.name for role in roles_of(number)] == ["Helper"]


FIELDS: dict[str, tuple[Sight, Sight]] = {
    "masked and visible": (Sight.MASKED, Sight.VISIBLE),
    "hidden and visible": (Sight.HIDDEN, Sight.VISIBLE),
    "hidden and masked": (Sight.HIDDEN, Sight.MASKED),
}


@pytest.mark.parametrize("case", FIELDS)
@pytest.mark.parametrize(
    "deed",
    [
        lambda app: add_account("puppet", Account("P", roles=frozenset({role_number(app, "Helper")}))),
        lambda app: set_sights(role_number(app, "Chief"), CUSTOMER, {"phone": Sight.VISIBLE}),
        lambda app: set_sights(role_number(app, "Chief"), CUSTOMER, {"phone": None, "email": Sight.VISIBLE}),
        lambda app: change_account(
            person_number(app, "helper"),
            accounts.account_of(find_person(person_number(app, "helper"))),
            Account("Renamed", roles=frozenset({role_number(app, "Helper")})),
        ),
    ],
    ids=["gives a role", "opens the own role", "opens another field", "changes who sees more"],
)
def test_who_sees_less_of_a_field_opens_it_to_nobody(
    house_with_chief: Flask, case: str, deed: Callable[[Flask], object]
) -> None:
    own, helpers = FIELDS[case]
    app = house_with_chief
    with as_owner(app):
        set_sights(role_number(app, "Chief"), CUSTOMER, {"phone": own, "email": own})
        set_sights(role_number(app, "Helper"), CUSTOMER, {"phone": helpers})

    with as_chief(app), pytest.raises(HoldsMore):
        deed(app)


@pytest.mark.parametrize("helpers", [None, OTHERS])
def test_who_is_confined_to_some_rows_gives_no_role_that_sees_others(
    house_with_chief: Flask, helpers: str | None
) -> None:
    app = house_with_chief
    with as_owner(app):
        set_row_rule(role_number(app, "Chief"), CUSTOMER, MINE)
        set_row_rule(role_number(app, "Helper"), CUSTOMER, helpers)

    for deed in (
        lambda: add_account("puppet", Account("P", roles=frozenset({role_number(app, "Helper")}))),
        lambda: set_row_rule(role_number(app, "Chief"), CUSTOMER, None),
        lambda: add_role("Puppet", {"people:customer:list"}),
    ):
        with as_chief(app), pytest.raises(HoldsMore):
            deed()


def test_equal_rows_may_be_given(house_with_chief: Flask) -> None:
    app = house_with_chief
    with as_owner(app):
        for role in ("Chief", "Helper"):
            set_row_rule(role_number(app, role), CUSTOMER, MINE)

    with as_chief(app):
        number = add_account("puppet", Account("P", roles=frozenset({role_number(app, "Helper")})))

        assert [role.name for role in roles_of(number)] == ["Helper"]


def test_granting_more_rights_to_a_role_that_sees_more_is_refused(house_with_chief: Flask) -> None:
    app = house_with_chief
    with as_owner(app):
        add_role("Seer", {"people:customer:show"})
        set_sights(role_number(app, "Seer"), CUSTOMER, {"phone": Sight.VISIBLE})
    seer, names = role_number(app, "Seer"), held(app, "Seer")

    with as_chief(app), pytest.raises(HoldsMore):
        change_role(seer, "Seer", names, names | {"people:customer:list"})


def two_branches() -> list[uuid.UUID]:
    with transaction():
        db.session.add(Branch(name="North"))
    return list(db.session.scalars(select(Branch.id).order_by(Branch.name)))


def test_who_works_in_some_branches_makes_accounts_for_them_alone(house_with_chief: Flask) -> None:
    app = house_with_chief
    here, there = two_branches()
    with as_owner(app):
        set_branches(person_number(app, "chief"), [here])
    helper = frozenset({role_number(app, "Helper")})

    with as_chief(app):
        made = add_account("puppet", Account("P", roles=helper))
        for wider in ([], [there], [here, there]):
            with pytest.raises(HoldsMore):
                set_branches(made, wider)

    assert branches_of(made) == {here}


def test_who_works_in_some_branches_changes_nobody_of_others(house_with_chief: Flask) -> None:
    app = house_with_chief
    here, there = two_branches()
    with as_owner(app):
        set_branches(person_number(app, "chief"), [here])
        set_branches(person_number(app, "helper"), [there])

    with as_chief(app), pytest.raises(HoldsMore):
        shown = accounts.account_of(find_person(person_number(app, "helper")))
        change_account(person_number(app, "helper"), shown, Account("Renamed", roles=shown.roles))
    with as_chief(app), pytest.raises(HoldsMore):
        give_helper_to_clerk(app)
