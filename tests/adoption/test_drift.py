"""Drift: other programs alter tables while pages are asked for; nothing that was said is lost, and no page fails."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.engine import make_url

from app.access.acting import acting_as
from app.access.models import Person
from app.adoption.drift_noting import is_due, look_at, look_for_drift, present_drift
from app.adoption.drift_taking import DriftChanged, offers_of, take_up
from app.adoption.models import AdoptedColumn, AdoptedLook, AdoptedSource, AdoptedTable
from app.adoption.publishing import publisher
from app.core.checks import Light
from app.core.database import db
from app.core.keys import encode_token
from app.journal.models import JournalEntry
from tests.adoption.adopting import adopted, let_go
from tests.support.databases import BACKENDS
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

TOKEN = encode_token([1])
MEMBER = "CREATE TABLE member (id INTEGER PRIMARY KEY, name VARCHAR(20), mood VARCHAR(20), points INTEGER)"


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


@pytest.fixture
def member(owner: FlaskClient, new_database: Callable[[str], str], backend: str) -> Iterator[Engine]:
    """A database with members, adopted as `club`; its own program's way to it is returned."""
    engine = create_engine(make_url(new_database(backend)))
    _run(engine, MEMBER, "INSERT INTO member VALUES (1, 'Anna', 'merry', 3)")
    adopted(engine.url.render_as_string(hide_password=False), name="club")
    assert "merry" in owner.get("/club/member/").text
    yield engine
    engine.dispose()


def _run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))


def _look() -> bool:
    """Look as the worker does."""
    source = db.session.scalar(select(AdoptedSource.id).where(AdoptedSource.code == "club"))
    db.session.rollback()
    assert source is not None
    return look_at(source)


def _offers() -> dict[tuple[str, str], str]:
    """Return the token of each difference by its kind and name."""
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == "club"))
    assert source is not None
    drift = present_drift(source)
    assert drift is not None
    offers = {(each.sort, each.name or each.table): each.token for each in offers_of(drift)}
    db.session.rollback()
    return offers


def _column(name: str) -> AdoptedColumn:
    db.session.rollback()
    row = db.session.scalar(select(AdoptedColumn).where(AdoptedColumn.name == name))
    assert row is not None
    return row


def _acting() -> Any:
    number = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    db.session.rollback()
    return acting_as(number)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_unchanged_database_costs_one_look_and_writes_nothing(member: Engine) -> None:
    first, second = _look(), _look()
    version = db.session.scalar(select(AdoptedLook.row_version))

    assert (first, second, version) == (True, False, 1)
    assert _offers() == {}
    assert look_for_drift().light is Light.GREEN


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_new_column_is_told_of_and_shown_once_it_is_taken_up(member: Engine, owner: FlaskClient) -> None:
    _look()
    sketch = publisher().opened["club"].sketch
    _run(member, "ALTER TABLE member ADD COLUMN luck VARCHAR(20)", "UPDATE member SET luck = 'golden'")

    assert _look()
    page = owner.get("/adoption/drift/club")
    assert publisher().opened["club"].sketch is not sketch, "every process looks anew"
    assert "luck" in page.text
    assert "golden" not in owner.get(f"/club/member/{TOKEN}").text
    assert look_for_drift().light is Light.YELLOW
    answer = owner.post("/adoption/drift/club/take", data={"offer": [_offers()["column", "luck"]]})

    assert answer.status_code == 302
    assert "golden" in owner.get(f"/club/member/{TOKEN}").text
    assert _column("luck").position > _column("points").position
    assert _offers() == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_renamed_column_keeps_all_that_was_said_of_it(member: Engine, owner: FlaskClient) -> None:
    _look()
    row = _column("mood")
    row.label_en, row.choices = "Humour", "merry=very merry"
    table = db.session.get(AdoptedTable, row.table_id)
    assert table is not None
    table.title_column, table.sort, table.alive = "mood", "-mood", "mood <> 'mood'"
    db.session.commit()
    before = row.id
    _run(member, "ALTER TABLE member RENAME COLUMN mood TO moods")

    _look()
    owner.get("/club/member/")
    assert _column("mood").is_parked
    with _acting():
        take_up("club", [_offers()["renamed", "moods"]])

    kept = _column("moods")
    assert (kept.id, kept.label_en, kept.is_parked) == (before, "Humour", False)
    table = db.session.get(AdoptedTable, kept.table_id)
    assert table is not None
    assert (table.title_column, table.sort, table.alive) == ("moods", "-moods", "moods <> 'mood'")
    assert "very merry" in owner.get(f"/club/member/{TOKEN}").text
    assert _offers() == {}
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(2)).all()
    assert entries[0].batch_id is not None, "one batch, by a person"


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_column_that_goes_and_comes_again_is_parked_and_taken_back(
    member: Engine, owner: FlaskClient
) -> None:
    _run(member, "ALTER TABLE member DROP COLUMN mood")
    _look()
    parked = _column("mood").is_parked
    page = owner.get("/club/member/")
    _run(member, "ALTER TABLE member ADD COLUMN mood VARCHAR(20)", "UPDATE member SET mood = 'calm'")
    _look()

    assert parked
    assert page.status_code == 200
    assert not _column("mood").is_parked
    assert "calm" in owner.get("/club/member/").text


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_another_type_is_used_at_once_and_told_until_somebody_says_yes(
    member: Engine, owner: FlaskClient, backend: str
) -> None:
    change = "ALTER COLUMN points TYPE VARCHAR(9)" if backend == "postgresql" else "MODIFY points VARCHAR(9)"
    _look()
    _run(member, f"ALTER TABLE member {change}", "UPDATE member SET points = 'many'")

    _look()

    assert "many" in owner.get("/club/member/").text
    offers = _offers()
    assert list(offers) == [("type", "points")]
    with _acting():
        take_up("club", offers.values())
    assert _offers() == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_table_that_is_dropped_and_made_again_is_as_it_was(member: Engine, owner: FlaskClient) -> None:
    _look()
    _column("mood").label_en = "Humour"
    db.session.commit()
    _run(member, "DROP TABLE member")

    first = owner.get("/club/member/")
    gone = owner.get("/club/member/")
    _look()
    listed = owner.get("/adoption/drift/club")
    _run(member, MEMBER, "INSERT INTO member VALUES (1, 'Berta', 'calm', 4)")
    _look()
    back = owner.get("/club/member/")

    assert first.status_code == 503
    assert gone.status_code == 404
    assert "Tables that are no more" in listed.text
    assert "Berta" in back.text and "Humour" in back.text


@pytest.mark.parametrize("backend", BACKENDS)
def test_new_and_renamed_tables_are_taken_up(member: Engine, owner: FlaskClient) -> None:
    _look()
    _run(
        member,
        "ALTER TABLE member RENAME TO members",
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, place VARCHAR(20))",
        "INSERT INTO visit VALUES (1, 'garden')",
    )
    _look()
    owner.get("/club/")
    offers = _offers()

    with _acting():
        take_up("club", [offers["table", "visit"], offers["renamed_table", "members"]])

    assert "garden" in owner.get("/club/visit/").text
    assert "merry" in owner.get("/club/member/").text, "its address is what it was"
    assert _offers() == {}


@pytest.mark.parametrize("backend", BACKENDS)
def test_adding_says_which_new_column_needs_a_value(member: Engine, owner: FlaskClient, backend: str) -> None:
    _look()
    if backend == "sqlite":
        # SQLite adds no such column; its programs make the table anew.
        _run(
            member,
            "DROP TABLE member",
            MEMBER.replace("points INTEGER", "points INTEGER, luck VARCHAR(9) NOT NULL"),
            "INSERT INTO member (id, name, luck) VALUES (1, 'Anna', 'x')",
        )
    else:
        _run(
            member,
            "ALTER TABLE member ADD COLUMN luck VARCHAR(9)",
            "UPDATE member SET luck = 'x'",
            "ALTER TABLE member ALTER COLUMN luck SET NOT NULL"
            if backend == "postgresql"
            else "ALTER TABLE member MODIFY luck VARCHAR(9) NOT NULL",
        )
    _look()

    form = form_of(owner.get("/club/member/add").text)
    refused = owner.post("/club/member/add", data={**form.to_dict(), "id": "2", "name": "Cora"})
    edited = owner.post(
        f"/club/member/{TOKEN}/edit",
        data={**form_of(owner.get(f"/club/member/{TOKEN}/edit").text).to_dict(), "name": "Dora"},
    )
    with _acting():
        take_up("club", [_offers()["column", "luck"]])
    form = form_of(owner.get("/club/member/add").text)
    added = owner.post("/club/member/add", data={**form.to_dict(), "id": "2", "name": "Cora", "luck": "y"})

    assert refused.status_code == 422
    assert "needs a value for luck" in refused.text
    assert "Cora" in refused.text, "what was typed is kept"
    assert edited.status_code == 302
    assert added.status_code == 302


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_no_more_on_offer_is_refused_and_nothing_is_done(member: Engine, owner: FlaskClient) -> None:
    _look()
    _run(member, "ALTER TABLE member ADD COLUMN luck VARCHAR(20)")
    _look()
    token = _offers()["column", "luck"]

    answer = owner.post("/adoption/drift/club/take", data={"offer": [token, "ffff"]})

    assert answer.status_code == 409
    assert "changed again" in answer.text
    assert ("column", "luck") in _offers()
    with _acting(), pytest.raises(DriftChanged):
        take_up("club", ["nonsense"])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_ticked_at_first_can_be_taken_up_as_it_stands(member: Engine, owner: FlaskClient) -> None:
    _run(
        member, "ALTER TABLE member RENAME COLUMN mood TO moods", "ALTER TABLE member ADD COLUMN luck INTEGER"
    )
    _look()
    page = owner.get("/adoption/drift/club").text
    ticked = re.findall(r'name="offer" value="(\w+)"[^>]*checked', page)
    offers = _offers()

    both = owner.post(
        "/adoption/drift/club/take", data={"offer": [offers["renamed", "moods"], offers["column", "moods"]]}
    )
    answer = owner.post("/adoption/drift/club/take", data={"offer": ticked})

    assert both.status_code == 409
    assert "tick one of them" in both.text
    assert answer.status_code == 302
    assert "Changes in adopted databases" not in owner.get("/").text
    assert _offers() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_owners_see_on_their_home_page_what_waits(member: Engine, owner: FlaskClient) -> None:
    quiet = owner.get("/").text
    _run(member, "ALTER TABLE member ADD COLUMN luck INTEGER")
    _look()

    told = owner.get("/").text

    assert "Changes in adopted databases" not in quiet
    assert "Changes in adopted databases" in told
    assert "/adoption/drift/club" in told


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_worker_looks_when_the_minutes_are_over_and_not_before(
    member: Engine, shop_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_app.extensions.pop("kebu_adoption_looked_at", None)
    now = time.monotonic()
    minutes = shop_app.config["KEBU_SETTINGS"].adopted_look_minutes
    due = []
    for later in (0, 60 * minutes - 1, 60 * minutes + 1):
        monkeypatch.setattr("app.adoption.drift_noting.time.monotonic", lambda later=later: now + later)
        due.append(is_due())

    assert due == [True, False, True]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_database_that_is_away_has_not_changed(member: Engine, owner: FlaskClient, backend: str) -> None:
    _look()
    source = db.session.scalar(select(AdoptedSource))
    assert source is not None
    source.only_schema = "nowhere"
    db.session.commit()

    assert not _look()
    assert not _column("mood").is_parked
    assert "does not answer" in owner.get("/adoption/drift/club").text


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_column_that_goes_under_load_fails_no_page(
    member: Engine, owner: FlaskClient, shop_app: Flask, backend: str
) -> None:
    _look()
    statuses: list[int] = []
    dropped, failures = threading.Event(), []

    def ask(path: str) -> None:
        client = FreshClient(shop_app)
        try:
            for cookie in owner._cookies.values():
                client.set_cookie(cookie.key, cookie.value, domain=cookie.domain, path=cookie.path)
            after = 0
            while after < 4:
                statuses.append(client.get(path).status_code)
                after += dropped.is_set()
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [
        threading.Thread(target=ask, args=(path,))
        for path in ("/club/member/", f"/club/member/{TOKEN}/edit", f"/club/member/{TOKEN}")
    ]
    for thread in threads:
        thread.start()
    _run(member, "ALTER TABLE member DROP COLUMN mood")
    dropped.set()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert set(statuses) <= {200, 503}
    assert owner.get("/club/member/").status_code == 200
    assert "Anna" in owner.get(f"/club/member/{TOKEN}").text
