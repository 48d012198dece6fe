"""A shop with two branches, people of some roles in it, and rules as a manager would set them."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.models import Branch, Person
from app.access.rules import set_branches, set_row_rule, set_sights
from app.core.database import db
from app.core.limits import Sight
from app.core.permissions import everything_granted
from app.core.transaction import transaction

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


def sight(role: str, screen: str, **sights: Sight) -> None:
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
