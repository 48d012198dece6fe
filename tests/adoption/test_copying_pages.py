"""Copying by its pages: who may, what stays hidden, and a process that is killed in the middle."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adoption.models import AdoptedRole, Role
from app.core.database import db
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.limits import Sight
from app.core.transaction import transaction
from app.panel.importing import starting
from app.panel.importing.models import Import, ImportState
from app.panel.importing.origins import copied_fields, source_of
from app.people.models import Customer
from tests.adoption.adopting import adopted, let_go
from tests.adoption.copying import as_owner, begun, looked_at, make_pet_shop, member, pet
from tests.panel.importing.tables import everything, make_writable, outcome
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


@pytest.fixture
def owner(shop_app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(shop_app))
    return client


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_from_the_export_page_to_customers_and_back(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 6)] + [member(9, phone="nonsense")], [pet(1, 1)])
    adopted(address, name="old")
    assert "/old/member/copy" in owner.get("/old/member/export").text
    assert "/copy" not in owner.get("/people/customer/export").text

    begin = owner.get("/old/member/copy")
    answer = owner.post(
        "/old/member/copy", data={**form_of(begin.text).to_dict(), "target": "people:customer"}
    )
    assert answer.status_code == 302, plain(answer.text)[:1500]
    columns = owner.get(answer.location)
    assert "会员1" in columns.text
    assert "Read the rows anew" in columns.text
    checked = owner.post(answer.location, data=form_of(columns.text).to_dict())
    page = owner.get(checked.location)
    assert "5 to be added 0 to be changed 0 the same already 1 refused" in plain(page.text)
    assert "nonsense" in owner.get(checked.location + "/refused.csv").text
    owner.post(checked.location + "/write", data={"mode": "accepted"})
    done = plain(owner.get(checked.location).text)
    assert "The import is finished." in done
    undone = owner.post(checked.location + "/undo")

    assert undone.status_code == 302
    db.session.rollback()
    left = (
        select(func.count())
        .select_from(Customer)
        .where(Customer.name.like("会员%"), Customer.deleted_at.is_(None))
    )
    assert db.session.scalar(left) == 0


def test_nothing_chosen_or_nothing_found_is_told_beside_the_form(
    owner: FlaskClient, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1)], [])
    adopted(address, name="old")

    without = owner.post(
        "/old/member/copy", data={"target": "access:person", "join.0": "c_1", "join.1": "<script>"}
    )
    empty = owner.post("/old/member/copy?f.c_1=nobody", data={"target": "people:customer"})
    unknown = owner.get("/old/member/copy?f.nothing=1")

    assert without.status_code == 422
    assert "Please choose what the rows are to become." in without.text
    assert empty.status_code == 422
    assert "No row meets the conditions." in empty.text
    assert unknown.status_code == 200
    assert owner.get("/people/customer/copy").status_code == 404
    assert owner.get("/old/nothing/copy").status_code == 404


def test_who_may_not_import_or_not_export_does_not_copy(
    shop_app: Flask, new_database: Callable[[str], str], sign_in: Any
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1)], [])
    adopted(address, name="old")
    clerk = sign_in(FreshClient(shop_app), "Clerk")

    assert clerk.get("/old/member/copy").status_code in (403, 404)
    assert clerk.post("/old/member/copy", data={"target": "people:customer"}).status_code in (403, 404)
    assert FreshClient(shop_app).get("/old/member/copy").status_code in (302, 401)


def test_masked_and_hidden_columns_are_not_copied_even_when_masked_meanwhile(
    shop_app: Flask, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1)], [])
    adopted(address, name="old")
    screen = kernel().screens["old:member"]
    item = db.session.get_one(Import, begun("old:member", "people:customer"))
    origin = item.origin
    db.session.rollback()
    cut = screen.limited({"c_2": Sight.MASKED, "c_3": Sight.HIDDEN})

    assert {each.name for each in copied_fields(screen)} == {"id", "c_1", "c_2", "c_3"}
    assert {each.name for each in copied_fields(cut)} == {"id", "c_1"}
    assert origin is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(kernel()), "screens", {"old:member": cut})
        with pytest.raises(Invalid, match=""):
            source_of(origin, everything)
    with pytest.raises(Invalid, match=""):
        source_of(origin, lambda name: not name.endswith(":export"))


def test_a_role_says_which_columns_make_a_name(shop_app: Flask, new_database: Callable[[str], str]) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1)], [])
    adopted(address, name="old")
    with transaction():
        role = db.session.scalars(select(AdoptedRole).where(AdoptedRole.role == Role.CUSTOMERS)).one()
        role.columns = 'key = id\nname = concat("生日", "姓名")\nphone = "手机"'

    found = looked_at("old:member", "people:customer")

    mapping = db.session.get_one(Import, found.key).mapping
    db.session.rollback()
    assert mapping.uses[-1].field == "name"
    with as_owner():
        starting.start(
            kernel().screens["people:customer"], found.key, db.session.get_one(Import, found.key).mode
        )
    assert (
        db.session.scalar(select(Customer.name).where(Customer.phone == "13800000001")) == "1990-03-05 会员1"
    )


def test_killed_while_reading_and_while_writing_it_loses_and_doubles_nothing(
    shop_app: Flask, new_database: Callable[[str], str], whole_houses: Callable[[str], Any]
) -> None:
    whole_houses(db.engine.dialect.name).restorer.suspect_everything()
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 1_301)], [])
    adopted(address, name="old")
    db.session.rollback()
    present = db.session.scalar(select(func.count()).select_from(Customer))
    key = begun("old:member", "people:customer")

    reading = mortal(shop_app, str(key), "check", [30, 60, 90])
    checked = outcome(key)
    make_writable(key)
    writing = mortal(shop_app, str(key), "write", [30, 60, 90])

    assert any("killed" in line for line in reading)
    assert any("killed" in line for line in writing)
    assert checked.counts == (1_300, 0, 0, 0)
    assert outcome(key).state is ImportState.DONE
    assert outcome(key).counts == (1_300, 0, 0, 0)
    assert db.session.scalar(select(func.count()).select_from(Customer)) == present + 1_300
    db.session.rollback()
    assert looked_at("old:member", "people:customer").counts == (0, 0, 1_300, 0)


def mortal(app: Flask, key: str, step: str, moments: list[int]) -> list[str]:
    """Let the copy be killed at these moments of the house's database, one after the other, and then finish."""
    home, url = str(app.extensions["kebu"].home), str(app.config["SQLALCHEMY_DATABASE_URI"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.panel.importing.mortal", home, url, key, step, ",".join(map(str, moments))],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()
