"""A shop with two branches, people of some roles in it, and rules as a manager would set them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.models import Branch, Person
from app.access.permission_sync import declared_permissions
from app.access.roles import add_role
from app.access.rules import set_branches, set_row_rule, set_sights
from app.access.signing.factors import NO
from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.limits import Sight
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from tests.panel.limits.attack import SCREENS, Shop

ATTACKER = "Attacker"
CUSTOMER = "people:customer"
CONTACT = "people:contact"


def role_number(name: str) -> int:
    """Return the number of a role."""
    found = db.session.scalar(select(Role.id).where(Role.name == name).limit(1))
    assert found is not None, name
    return int(found)


def person_number(username: str) -> int:
    """Return the number of an account."""
    found = db.session.scalar(select(Person.id).where(Person.username == username).limit(1))
    assert found is not None, username
    return int(found)


def make_branch(name: str) -> uuid.UUID:
    """Return the key of a new branch."""
    with transaction():
        branch = Branch(name=name)
        db.session.add(branch)
    return branch.id


def sight(role: str, screen: str, /, **sights: Sight) -> None:
    """Decide what a role sees, as the program itself."""
    with everything_granted():
        set_sights(role_number(role), screen, sights)


def rows(role: str, screen: str, where: str | None) -> None:
    """Confine a role to rows, as the program itself."""
    with everything_granted():
        set_row_rule(role_number(role), screen, where)


def confine(username: str, *branches: uuid.UUID) -> None:
    """Confine a person to branches, as the program itself."""
    with everything_granted():
        set_branches(person_number(username), branches)


@pytest.fixture
def acting(app: Flask) -> Callable[..., object]:
    """Return `acting(role)`: the block runs on behalf of a new person with that role."""
    from app.access import accounts
    from app.access.acting import acting_as

    def act(role: str) -> object:
        username = f"{role.lower()}-acting"
        found = db.session.scalar(select(Person.id).where(Person.username == username))
        number = found or accounts.create_account(username, "x", role, role)
        db.session.rollback()
        return acting_as(number)

    return act


@pytest.fixture(params=sorted(SCREENS))
def screen(request: pytest.FixtureRequest) -> Screen:
    """Each declared screen in turn; a new one is attacked without a line here."""
    return SCREENS[request.param]


def attacker(app: Flask, sign_in: Any, screen: Screen, *, adds: bool = True) -> FlaskClient:
    """Return the browser of somebody with every right there is, but for the owner's and the limits of the test."""
    names = set(declared_permissions()) - (set() if adds else {screen.permission("add")})
    with everything_granted():
        add_role(ATTACKER, names, NO)
    db.session.rollback()
    return sign_in(app.test_client(), ATTACKER)


def marked(screen: Screen, branch: Any = None) -> Shop:
    """Return a shop with a marked record of this screen and of all that link to it."""
    shop = Shop()
    shop.make(screen.name, branch)
    for name, other in SCREENS.items():
        if any(getattr(each, "to", "") == screen.name for each in other.fields.values()):
            shop.make(name, branch)
    db.session.rollback()
    return shop


def none(found: list[Any]) -> None:
    """Fail with all that was found."""
    assert not found, "\n".join(str(each) for each in found[:12])


def out_of_reach(screen: Screen) -> None:
    """Put every record of a screen out of the attacker's reach."""
    required = next(
        (each for each in screen.fields.values() if each.required and isinstance(each, fields.Text)),
        next(iter(screen.fields.values())),
    )
    rows(ATTACKER, screen.name, f'{{"all":[["{required.name}","empty"]]}}')
