"""A shop of three branches, for the tests of where somebody works."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Flask
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
from tests.access.conftest import PASSWORD, person_number

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
