"""The guided way: connect, look through, choose and name, publish; pause and let go. On three databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.core.database import db
from app.core.keys import encode_token
from app.journal.models import JournalEntry
from tests.adoption.adopting import let_go
from tests.support.databases import BACKENDS
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

CONNECT = "/adoption/connect/"


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


def typed(address: str, **more: str) -> dict[str, str]:
    """Return what a person types for an address."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return {"kind": "sqlite", "file": str(url.database), **more}
    kind = "postgresql" if url.get_backend_name() == "postgresql" else "mariadb"
    return {
        "kind": kind,
        "host": str(url.host),
        "port": str(url.port),
        "database": str(url.database),
        "user": str(url.username),
        "password": str(url.password or ""),
        **more,
    }


def connect(browser: FlaskClient, data: dict[str, str]) -> TestResponse:
    """Send the page's form."""
    form = form_of(browser.get(CONNECT).text)
    return browser.post(CONNECT, data={**form.to_dict(), **data})


def source() -> AdoptedSource:
    """Return the only adopted database, as it is now."""
    db.session.rollback()
    return db.session.scalars(select(AdoptedSource)).one()


def do(browser: FlaskClient, action: str) -> int:
    """Press a button on the database's page; return the status of the answer."""
    page = f"/adoption/source/{encode_token([source().id])}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert token is not None
    return browser.post(f"{page}/do/{action}", data={"csrf_token": token[1]}).status_code


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_connected_is_seen_by_nobody_before_it_is_published(
    backend: str, owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    answer = connect(owner, typed(real_database("chinook", backend), name="music"))
    page = owner.get(answer.headers["Location"])
    before = owner.get("/music/customer/").status_code
    published = do(owner, "publish")

    assert (answer.status_code, page.status_code) == (302, 200)
    assert "11 editable" in re.sub(r"\s+", " ", page.text)
    assert (before, published) == (404, 302)
    assert owner.get("/music/customer/").status_code == 200
    assert owner.get("/api/v1/music/customer").status_code == 200


def test_what_is_chosen_and_named_shows_at_once_and_is_on_record(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    connect(owner, typed(real_database("chinook", "sqlite"), name="music"))
    do(owner, "publish")
    table = db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "Customer")).one()
    column = db.session.scalars(
        select(AdoptedColumn).where(AdoptedColumn.table_id == table.id, AdoptedColumn.name == "Company")
    ).one()
    places = f"/adoption/table/{encode_token([table.id])}", f"/adoption/column/{encode_token([column.id])}"
    db.session.rollback()

    for page, said in zip(places, ({"label_en": "Listener"}, {"label_en": "Works for"}), strict=True):
        form = form_of(owner.get(f"{page}/edit").text).to_dict()
        assert owner.post(f"{page}/edit", data={**form, **said}).status_code == 302

    shown = owner.get("/music/customer/add").text
    assert "Listener" in shown
    assert "Works for" in shown
    assert "Listener" in owner.get(f"{places[0]}/history").text


def test_a_table_that_is_not_ticked_has_no_screen(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    connect(owner, typed(real_database("chinook", "sqlite"), name="music"))
    do(owner, "publish")
    table = db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "Employee")).one()
    page = f"/adoption/table/{encode_token([table.id])}/edit"
    db.session.rollback()

    form = form_of(owner.get(page).text).to_dict()
    form.pop("is_shown")
    assert owner.post(page, data=form).status_code == 302

    assert owner.get("/music/employee/").status_code == 404
    assert owner.get("/music/customer/").status_code == 200


WRONG = {
    "password": ("postgresql", {"user": "nobody-here", "password": "wrong-sesame"}, "user and password"),
    "host": ("postgresql", {"host": "no-such-host.invalid"}, "There is no host"),
    "port": ("mariadb", {"host": "127.0.0.1", "port": "1"}, "check host and port"),
    "database": ("mariadb", {"database": "no_such_database"}, "There is no database"),
    "no user": ("mariadb", {"user": ""}, "Please fill this in"),
    "schema": ("postgresql", {"schema": "no_such_schema"}, "no_such_schema"),
    "file": ("sqlite", {"file": "/nowhere/at/all.db"}, "There is no file"),
    "kind": ("sqlite", {"kind": "oracle"}, "choose one of the list"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_beside_its_input_and_only_the_password_is_typed_again(
    name: str, owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    backend, changed, told = WRONG[name]

    answer = connect(owner, {**typed(real_database("chinook", backend), name="music"), **changed})

    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="music"' in answer.text
    assert "wrong-sesame" not in answer.text
    db.session.rollback()
    assert db.session.scalar(select(AdoptedSource.id)) is None


def test_pausing_hides_its_screens_and_keeps_what_was_said(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    connect(owner, typed(real_database("chinook", "sqlite"), name="music"))
    do(owner, "publish")
    do(owner, "pause")

    assert owner.get("/music/customer/").status_code == 404
    assert db.session.scalar(select(AdoptedTable.id).limit(1)) is not None
    do(owner, "publish")
    assert owner.get("/music/customer/").status_code == 200


def test_letting_go_forgets_what_was_said_keeps_the_journal_and_touches_nothing_there(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    address = real_database("chinook", "sqlite")
    connect(owner, typed(address, name="music"))
    do(owner, "publish")
    token = encode_token([1])
    form = form_of(owner.get(f"/music/artist/{token}/edit").text).to_dict()
    owner.post(f"/music/artist/{token}/edit", data={**form, "Name": "AC/DC!"})
    do(owner, "pause")
    assert do(owner, "let-go") == 302

    db.session.rollback()
    for model in (AdoptedSource, AdoptedTable, AdoptedColumn, AdoptedRole):
        assert db.session.scalar(select(model.id).limit(1)) is None
    kept = select(JournalEntry).where(JournalEntry.subject == "music:artist")
    assert len(db.session.scalars(kept).all()) == 1
    gone = select(JournalEntry.verb).where(JournalEntry.subject == "adoption_source")
    assert "deleted" in [str(each) for each in db.session.scalars(gone)]
    db.session.rollback()
    assert connect(owner, typed(address, name="music")).status_code == 302


def test_who_may_not_adopt_gets_neither_page_nor_button(
    owner: FlaskClient, shop_app: Flask, sign_in: Any, real_database: Callable[[str, str], str]
) -> None:
    connect(owner, typed(real_database("chinook", "sqlite"), name="music"))
    page = f"/adoption/source/{encode_token([source().id])}"
    manager = sign_in(FreshClient(shop_app), "Manager")

    assert manager.get(CONNECT).status_code == 403
    assert manager.post(CONNECT, data=typed("sqlite:////tmp/x.db")).status_code in (400, 403)
    assert manager.get(page).status_code == 403
    assert manager.post(f"{page}/do/publish").status_code in (400, 403)
    assert source().is_used is False
