"""A shop of three branches, for the tests of where somebody works."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access import accounts
from app.access.confining import branches_of
from app.access.models import Branch
from app.access.passwords import hash_password
from app.access.roles import add_role
from app.access.rules import set_branches
from app.core.database import db
from app.core.keys import encode_token
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from tests.access.accounts import role_number, token
from tests.access.conftest import PASSWORD, House, person_number, post

BRANCHES_RIGHTS = ("access:branch:list", "access:branch:show", "access:branch:add", "access:branch:edit")


@dataclass
class Places:
    """A shop with three branches: Main branch, North and South."""

    app: Flask
    main: uuid.UUID
    north: uuid.UUID
    south: uuid.UUID

    def number(self, username: str) -> int:
        """Return the number of an account."""
        return person_number(self.app, username)

    def confine(self, username: str, *branches: uuid.UUID) -> None:
        """Confine somebody, as the program itself."""
        with self.app.app_context():
            number = self.number(username)
            with everything_granted():
                set_branches(number, branches)
            db.session.remove()

    def works_in(self, username: str) -> frozenset[uuid.UUID]:
        """Return where somebody works, empty for everywhere."""
        number = self.number(username)
        with self.app.app_context():
            found = branches_of(number)
            db.session.remove()
        return found


def three_branches(app: Flask) -> Places:
    with app.app_context():
        with transaction():
            db.session.add_all([Branch(name="North"), Branch(name="South")])
        keys = {branch.name: branch.id for branch in db.session.scalars(select(Branch).limit(9))}
        db.session.remove()
    return Places(app, keys["Main branch"], keys["North"], keys["South"])


@pytest.fixture
def places(house: House) -> Places:
    """The shop on SQLite."""
    return three_branches(house.app)


@pytest.fixture
def places_on(house_on: House) -> Iterator[Places]:
    """The shop on each database, with an application context for verbs."""
    made = three_branches(house_on.app)
    with house_on.app.app_context():
        yield made
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def chief(places: Places) -> FlaskClient:
    """A browser of somebody who looks after accounts, and works in North and South alone."""
    with places.app.app_context():
        make_chief(places)
        db.session.remove()
    browser = places.app.test_client()
    answer = post(browser, "/login/", {"username": "chief", "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def make_chief(places: Places) -> None:
    """Make an account that may do to accounts what a manager of some branches does."""
    names = {f"access:user:{verb}" for verb in ("list", "add", "edit", "reset")}
    with everything_granted():
        add_role("Chief", {*names, *BRANCHES_RIGHTS})
        add_role("Helper", BRANCHES_RIGHTS)
    accounts.create_account("chief", hash_password(PASSWORD), "Chief", "Chief")
    accounts.create_account("helper", hash_password(PASSWORD), "Helper", "Helper")
    places.confine("chief", places.north, places.south)


def tokens(*branches: uuid.UUID) -> list[str]:
    """Return what boxes of branches send."""
    return [encode_token([branch]) for branch in branches]


def edit_address(places: Places, username: str) -> str:
    """Return the address of an account's form."""
    return f"/users/{token(places.app, username)}/edit"


def filled(places: Places, **more: Any) -> dict[str, Any]:
    """Return the clerk's form as it stands, with other answers."""
    roles = [str(role_number(places.app, "Clerk"))]
    return {"full_name": "Zhang Wei", "roles": roles, "active": "1", **more}
