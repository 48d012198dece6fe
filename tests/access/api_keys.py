"""What the tests of API keys share: keys made on the page, and calls as a program sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.acting import acting_as
from app.access.api_keys.tables import ApiKey
from app.access.authority import role_names
from app.access.roles import change_role
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from tests.access.conftest import House, enter, person_number, post

CUSTOMERS = "/api/v1/people/customer"
READING = ("people:customer:list", "people:customer:show")
WRITING = (*READING, "people:customer:add", "people:customer:edit", "people:customer:delete")
SHOWN = re.compile(r"kebu_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def ask_for_key(browser: FlaskClient, name: str = "ERP", scopes: Iterable[str] = READING, **more: str) -> Any:
    """Send the form of a new key; without `last_day` with the day that it proposes."""
    page = browser.get("/api-keys/add").get_data(as_text=True)
    day = re.search(r'name="last_day"[^>]*value="([^"]+)"', page)
    assert day is not None, "the form proposes no day"
    data = {"name": name, "scopes": list(scopes), "last_day": day[1], "branch": "", **more}
    return post(browser, "/api-keys/add", data)


def make_key(browser: FlaskClient, name: str = "ERP", scopes: Iterable[str] = READING, **more: str) -> str:
    """Make a key on the page and return its text."""
    answer = ask_for_key(browser, name, scopes, **more)
    return shown_key(answer)


def shown_key(answer: Any) -> str:
    """Return the key that a page shows."""
    found = SHOWN.search(answer.get_data(as_text=True))
    assert found is not None, f"the page ({answer.status_code}) shows no key"
    return found[0]


def call(app: Flask, key: str, address: str = CUSTOMERS, method: str = "GET", **more: Any) -> Any:
    """Call as a program does: with the key, without cookies."""
    headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
    return app.test_client().open(address, method=method, headers=headers, **more)


def row_of(app: Flask, key: str) -> ApiKey:
    """Return what the database keeps of a key."""
    with app.app_context():
        row = db.session.scalar(select(ApiKey).where(ApiKey.public_id == key.split("_")[1]))
        assert row is not None
        db.session.expunge(row)
        db.session.remove()
    return row


def page_of(app: Flask, key: str) -> str:
    """Return the address under which a key's pages stand."""
    return f"/api-keys/{encode_token([row_of(app, key).id])}"


def owner_of(house: House) -> FlaskClient:
    browser = house.app.test_client()
    assert enter(browser, "owner").status_code == 302
    return browser


def change_rights(
    app: Flask, name: str, add: AbstractSet[str] = frozenset(), take: AbstractSet[str] = frozenset()
) -> None:
    owner = person_number(app, "owner")
    with app.app_context():
        with acting_as(owner):
            role = db.session.scalar(select(Role).where(Role.name == name))
            assert role is not None
            number, held = role.id, role_names(role)
            change_role(number, name, held, (held | add) - take)
        db.session.remove()


def sql(app: Flask, statement: Any) -> None:
    with app.app_context(), transaction():
        db.session.execute(statement.execution_options(synchronize_session=False, unjournalled="a test"))


def entries(app: Flask, kind: str) -> list[JournalEntry]:
    with app.app_context():
        found = list(db.session.scalars(select(JournalEntry).where(JournalEntry.kind == kind)))
        for each in found:
            assert each.after
        db.session.expunge_all()
        db.session.remove()
    return found
