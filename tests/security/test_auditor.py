"""What the auditor does with the journal: takes out what was found, and finds it as fast among very many entries."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, insert

from app.core.clock import frozen_at, utc_now
from app.core.database import db, writing
from app.core.keys import encode_token, keys_at, uuid7
from app.journal.chaining import CHAIN, ENTRY, key_name
from app.journal.models import Verb
from app.journal.searching import Search, search
from app.journal.values import load
from tests.factories.people import make_customer
from tests.journal.test_auditing import happenings
from tests.support.databases import less_on_servers
from tests.support.statements import recorded
from tests.support.whole_house import FreshClient

PAGE = "/journal/"
MANY = 200_000
AT_ONCE = 5_000


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(app_on))
    return client


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_was_found_leaves_as_a_file_that_is_told_to_the_byte(owner: FlaskClient, kind: str) -> None:
    made = make_customer(name="=1+1", phone="15400000001")
    make_customer(name="李雷")
    token = encode_token([made.id])

    answer = owner.get(f"{PAGE}export.{kind}?record={token}")

    text = answer.data.decode("utf-8-sig")
    rows = json.loads(text) if kind == "json" else list(csv.DictReader(io.StringIO(text, newline="")))
    (row,) = rows
    assert (row["kind"], row["subject"], row["record"]) == ("added", "people_customer", token)
    assert "154 0000 0001" in str(row["changes"])
    # One in sixty-four begins with +, which a spreadsheet must not take for a formula.
    assert len(row["seal"].removeprefix("'")) == 44
    assert not any(str(value).startswith("=") for value in row.values())
    (entry,) = happenings("journal:exported")
    facts = load(entry.after) or {}
    assert (facts["rows"], facts["by"]) == (1, {"json": ["record"]})
    assert facts["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert facts["file"] in answer.headers["Content-Disposition"]
    assert token not in str(facts)


def test_everything_that_was_found_is_in_the_file_page_after_page(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(25):
        make_customer(name=f"n{number}")
    monkeypatch.setattr("app.panel.journal_export.ENTRIES_AT_ONCE", 10)

    rows = owner.get(f"{PAGE}export.json?subject=people_customer").json

    assert len(rows) == 25
    assert [row["place"] for row in rows] == sorted((row["place"] for row in rows), reverse=True)


def test_a_file_never_holds_a_part_only(owner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make_customer(name=f"n{number}")
    monkeypatch.setattr("app.panel.journal_export.MOST_ENTRIES", 4)

    answer = owner.get(f"{PAGE}export.csv?subject=people_customer")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="people_customer" selected' in answer.text, "what was asked is kept"
    assert happenings("journal:exported") == []


def test_the_file_asks_for_the_right_and_who_is_there(app: Flask, sign_in: Any) -> None:
    clerk, owner = sign_in(FreshClient(app), "Clerk"), sign_in(FreshClient(app))

    with frozen_at(utc_now() + datetime.timedelta(minutes=29)):
        late = owner.get(f"{PAGE}export.csv")

    assert clerk.get(f"{PAGE}export.csv").status_code == 403
    assert FreshClient(app).get(f"{PAGE}export.csv").status_code == 302
    assert late.location.startswith("/step-up/")
    assert owner.get(f"{PAGE}export.exe").status_code == 404
    assert owner.get(f"{PAGE}export.csv?since=x").status_code == 422
    assert happenings("journal:exported") == []


# --- Very many entries ----------------------------------------------------------------------------------

BATCH, BRANCH = uuid7(), uuid7()
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def entry(number: int, key: bytes) -> dict[str, Any]:
    """Return one of very many entries: a person in a thousand, a batch of fifty, an address in two hundred."""
    return {
        "id": uuid.UUID(bytes=key),
        "moment": START + datetime.timedelta(minutes=number),
        "actor_id": number % 1000,
        "subject": "people_customer",
        "record": f"u{number % 5000}",
        "verb": Verb.HAPPENED if number % 10 == 0 else Verb.CHANGED,
        "old_values": None,
        "new_values": None,
        "reason": "",
        "batch_id": BATCH if 1000 <= number < 1050 else None,
        "undoes_id": None,
        "kind": "panel:export" if number % 1000 == 0 else "access:sign_in" if number % 10 == 0 else "",
        "session_id": "",
        "address": f"192.0.2.{number % 200}",
        "branch_id": BRANCH if number % 400 == 0 else None,
        "key_id": None,
        "chain": "many",
        "place": number + 1,
        "mac": "x" * 44,
    }


@pytest.fixture
def many_entries(app_on: Flask) -> Engine:
    """Two hundred thousand entries, put there by somebody who holds the database."""
    many = less_on_servers(MANY, 50_000)
    engine: Engine = db.engine
    token = writing.set(True)
    own = {"journal_itself": True}
    try:
        with engine.begin() as connection:
            head = {"name": "many", "born": uuid7(), "place": many, "mac": "x" * 44, "key_name": key_name()}
            head |= {"archived_place": 0, "archived_mac": "", "archived_sign": ""}
            connection.execute(insert(CHAIN).values(head).execution_options(**own))
            for first in range(0, many, AT_ONCE):
                numbers = range(first, first + AT_ONCE)
                keys = keys_at([START + datetime.timedelta(minutes=number) for number in numbers])
                rows = [entry(number, key) for number, key in zip(numbers, keys, strict=True)]
                connection.execute(insert(ENTRY).execution_options(**own), rows)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            kind = engine.dialect.name
            connection.exec_driver_sql(
                "ANALYZE TABLE journal_entry" if kind in ("mysql", "mariadb") else "ANALYZE"
            )
    finally:
        writing.reset(token)
    return engine


DAY = datetime.timedelta(days=1)
ASKED = {
    "everything": Search(),
    "a day": Search(since=START + 30 * DAY, until=START + 31 * DAY),
    "a person": Search(actor_id=7),
    "a kind": Search(what="panel:export"),
    "a record": Search(subject="people_customer", record="u17"),
    "a batch": Search(batch_id=BATCH),
    "a branch": Search(branch_id=BRANCH),
    "an address": Search(address="192.0.2.9"),
    "a person in a week": Search(actor_id=7, since=START + 30 * DAY, until=START + 37 * DAY),
    "changes": Search(what="changed"),
    "a table": Search(subject="people_customer"),
}


@contextmanager
def remembered(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Keep what is sent: statements with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(statement: str, values: Any) -> list[str]:
    """Return the steps of the database's plan in which the journal's entries are read."""
    connection = db.session.connection()
    kind = connection.dialect.name
    explain = "EXPLAIN QUERY PLAN" if kind == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {statement}", values).mappings().all()
    if kind == "sqlite":
        return [str(row["detail"]) for row in rows if "journal_entry" in str(row["detail"])]
    if kind == "postgresql":
        return [str(next(iter(row.values()))) for row in rows if " on journal_entry" in str(row)]
    return [f"{row['type']} key={row['key']}" for row in rows if row["table"] == "journal_entry"]


def is_by_index(step: str) -> bool:
    """Say whether a step of a plan reads by an index, not the whole table."""
    if "key=" in step:
        return "key=None" not in step
    # PostgreSQL may also collect places by an index first, and read the rows in their order afterwards.
    return "Index" in step or "Bitmap Heap Scan" in step or ("USING" in step and "INDEX" in step)


def test_every_search_goes_by_an_index_in_one_statement_whatever_the_number_of_entries(
    many_entries: Engine,
) -> None:
    for name, wish in ASKED.items():
        db.session.rollback()
        with recorded(many_entries) as counted, remembered(many_entries) as sent:
            page = search(wish)
            older = search(wish, page.next) if page.next is not None else page

        steps = [step for statement, values in sent for step in plan(statement, values)]
        assert len(counted) == (2 if page.next is not None else 1), name
        assert counted.rows <= 2 * 51, name
        assert steps, name
        assert all(map(is_by_index, steps)), (name, steps)
        assert page.entries, name
        assert not {each.id for each in page.entries} & {
            each.id for each in older.entries if older is not page
        }
