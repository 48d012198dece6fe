"""The guided page: a database is connected, seen, chosen from, published, paused and let go of in a browser."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from app.adoption.models import AdoptedColumn, AdoptedSource, AdoptedTable
from app.core.database import db
from app.core.kernel import kernel
from tests.adoption.adopting import let_go
from tests.support.databases import BACKENDS
from tests.support.whole_house import FreshClient

SECRET = "n0body-s3es-th1s"


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


def inputs_of(address: str, **more: Any) -> dict[str, Any]:
    """Return what a person types to connect the database at an address."""
    url = make_url(address)
    kind = url.get_backend_name()
    typed = {"name_en": "Till", "name_zh": "收银", "read_only": "no", "kind": kind}
    if kind == "sqlite":
        return {**typed, "path": url.database, **more}
    whole = url.render_as_string(hide_password=False)
    return {**typed, "address": whole, **more}


def count(model: Any) -> int:
    """Return how many rows of a model there are."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_database_is_connected_seen_chosen_from_and_published(
    owner: FlaskClient, real_database: Callable[[str, str], str], backend: str
) -> None:
    answer = owner.post("/databases/connect", data=inputs_of(real_database("chinook", backend)))
    assert answer.status_code == 302, answer.text
    assert answer.location == "/databases/till/"
    assert owner.get("/till/customer/").status_code == 404

    page = owner.get("/databases/till/")
    assert page.status_code == 200
    assert "Propose screens" in page.text
    assert owner.post("/databases/till/look").status_code == 302

    page = owner.get("/databases/till/")
    keys = re.findall(r'name="shown" value="(\w+)"[^>]*for Customer"', page.text, re.IGNORECASE)
    asked = re.findall(r'name="asked" value="(\w+)"', page.text)
    assert len(keys) == 1
    sent = {"asked": asked, "shown": keys, "locked": [], "then": "publish"}
    assert owner.post("/databases/till/choose", data=sent).status_code == 302

    assert owner.get("/till/customer/").status_code == 200
    assert owner.get("/till/invoice/").status_code == 404


def test_a_second_look_at_the_same_time_declares_nothing_twice(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    owner.post("/databases/connect", data=inputs_of(real_database("chinook", "sqlite")))
    owner.post("/databases/till/look")
    before = count(AdoptedTable)

    assert owner.post("/databases/till/look").status_code == 302
    assert count(AdoptedTable) == before


def test_a_paused_database_keeps_everything_and_comes_back(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    publish_chinook(owner, real_database)
    assert owner.get("/till/customer/").status_code == 200

    owner.post("/databases/till/pause")
    assert owner.get("/till/customer/").status_code == 404

    owner.post("/databases/till/choose", data={"then": "publish"})
    assert owner.get("/till/customer/").status_code == 200


def test_letting_go_forgets_the_declaration_and_the_rights_and_leaves_the_file(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    address = real_database("chinook", "sqlite")
    before = Path(str(make_url(address).database)).read_bytes()
    publish_chinook(owner, real_database)

    assert owner.post("/databases/till/let-go").status_code == 302
    assert owner.get("/till/customer/").status_code == 404
    assert owner.get("/databases/till/").status_code == 404
    assert [count(each) for each in (AdoptedSource, AdoptedTable, AdoptedColumn)] == [0, 0, 0]
    assert Path(str(make_url(address).database)).read_bytes() == before
    assert owner.get("/").status_code == 200


def test_nothing_is_published_where_nothing_is_ticked(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    owner.post("/databases/connect", data=inputs_of(real_database("chinook", "sqlite")))
    owner.post("/databases/till/look")
    owner.post("/databases/till/choose", data={"then": "none"})

    owner.post("/databases/till/choose", data={"then": "publish"})
    assert "Choose at least one table" in owner.get("/databases/till/").text
    assert owner.get("/till/customer/").status_code == 404


def test_a_database_is_renamed_and_made_read_only(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    publish_chinook(owner, real_database)
    sent = {"name_en": "Old till", "name_zh": "老收银", "read_only": "yes"}
    assert owner.post("/databases/till/settings", data=sent).status_code == 302

    assert "Old till" in owner.get("/databases/").text
    assert owner.get("/till/customer/add").status_code in (403, 404)


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
@pytest.mark.parametrize(
    ("changed", "beside"),
    [
        ({"password": SECRET, "user": "nobody_here"}, "password"),
        ({"host": "no-such-host.invalid"}, "host"),
        ({"host": "a b@c"}, "host"),
        ({"database": "x?local_infile=1"}, "database"),
        ({"address": f"postgresql://u:{SECRET}@h:port/x"}, "address"),
    ],
    ids=["user", "unknown host", "no host", "no database", "no address"],
)
def test_what_is_wrong_is_said_beside_its_input_and_the_password_is_not_shown(
    owner: FlaskClient, new_database: Callable[[str], str], backend: str, changed: dict[str, str], beside: str
) -> None:
    url = make_url(new_database(backend))
    typed = {
        "name_en": "Till",
        "read_only": "no",
        "kind": backend,
        "host": url.host or "localhost",
        "port": str(url.port or ""),
        "database": url.database,
        "user": url.username or "somebody",
        "password": SECRET,
    }
    answer = owner.post("/databases/connect", data={**typed, **changed})
    assert answer.status_code == 422
    assert f'id="e-{beside}"' in answer.text
    assert 'value="Till"' in answer.text
    assert SECRET not in answer.text
    assert count(AdoptedSource) == 0


def test_files_of_kebu_and_what_is_no_database_are_refused_without_saying_what_exists(
    owner: FlaskClient, tmp_path: Path
) -> None:
    text_file = tmp_path / "notes.txt"
    text_file.write_text("no database, but long enough to be read as one" * 40)
    link = tmp_path / "harmless.db"
    link.symlink_to(kernel().home)
    refused = {}
    for path in (text_file, tmp_path / "missing.db", link / "keys", kernel().home / "x.db", "../shop.db"):
        answer = owner.post("/databases/connect", data=inputs_of(f"sqlite:///{path}", path=str(path)))
        assert answer.status_code == 422
        said = re.search(r'id="e-path">([^<]+)', answer.text)
        refused[str(path)] = said[1] if said else ""
    assert refused[str(text_file)] == refused[str(tmp_path / "missing.db")] != ""
    assert "Kebu itself" in refused[str(link / "keys")]
    assert "whole path" in refused["../shop.db"]


def test_a_database_in_which_a_kebu_lives_is_refused(owner: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE adoption_source (id INTEGER PRIMARY KEY)")
    connection.close()
    answer = owner.post("/databases/connect", data=inputs_of(f"sqlite:///{path}"))
    assert answer.status_code == 422
    assert "Kebu itself" in answer.text


def test_whoever_tries_too_often_waits(owner: FlaskClient, tmp_path: Path) -> None:
    typed = inputs_of(f"sqlite:///{tmp_path / 'missing.db'}")
    answers = [owner.post("/databases/connect", data=typed).status_code for _try in range(22)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_five_hundred_tables_are_paged_and_found_by_name(owner: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "wide.db"
    connection = sqlite3.connect(path)
    for number in range(500):
        connection.execute(f"CREATE TABLE thing_{number:03} (id INTEGER PRIMARY KEY, name TEXT)")
    connection.commit()
    connection.close()
    owner.post("/databases/connect", data=inputs_of(f"sqlite:///{path}"))
    owner.post("/databases/till/look")

    page = owner.get("/databases/till/")
    assert page.text.count('name="shown"') == 50
    assert len(page.data) < 80_000
    assert "thing_499" in owner.get("/databases/till/?page=9").text
    assert owner.get("/databases/till/?q=thing_321").text.count('name="shown"') == 1


@pytest.mark.parametrize(
    "path", ["/databases/nobody/", "/databases/nobody/settings", "/databases/nobody/address"]
)
def test_a_database_that_is_not_there_is_not_found(owner: FlaskClient, path: str) -> None:
    assert owner.get(path).status_code == 404


def test_hostile_ticks_change_nothing(owner: FlaskClient, real_database: Callable[[str, str], str]) -> None:
    publish_chinook(owner, real_database)
    sent = {"asked": ["x", "00", "f" * 32], "shown": ["'; --"], "locked": ["\x00"]}
    assert owner.post("/databases/till/choose", data=sent).status_code == 302
    assert owner.get("/till/customer/").status_code == 200


def publish_chinook(owner: FlaskClient, real_database: Callable[[str, str], str]) -> None:
    """Adopt chinook whole through the pages."""
    owner.post("/databases/connect", data=inputs_of(real_database("chinook", "sqlite")))
    owner.post("/databases/till/look")
    owner.post("/databases/till/choose", data={"then": "all"})
    owner.post("/databases/till/choose", data={"then": "publish"})


@pytest.mark.parametrize(
    "path", ["/databases/", "/databases/connect", "/databases/till/", "/databases/till/settings"]
)
def test_a_clerk_gets_to_none_of_the_pages(shop_app: Flask, sign_in: Any, path: str) -> None:
    clerk = sign_in(FreshClient(shop_app), "Clerk")
    assert clerk.get(path).status_code == 403


def test_a_new_password_is_tried_before_it_is_kept(
    owner: FlaskClient, real_database: Callable[[str, str], str], tmp_path: Path
) -> None:
    publish_chinook(owner, real_database)
    answer = owner.post(
        "/databases/till/address", data={"kind": "sqlite", "path": str(tmp_path / "missing.db")}
    )
    assert answer.status_code == 422
    assert owner.get("/till/customer/").status_code == 200


def test_what_was_broken_off_after_connecting_is_gone_on_with_or_let_go_of(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    owner.post("/databases/connect", data=inputs_of(real_database("chinook", "sqlite")))
    assert "being prepared" in owner.get("/databases/").text

    assert owner.post("/databases/till/let-go").status_code == 302
    assert count(AdoptedSource) == 0
