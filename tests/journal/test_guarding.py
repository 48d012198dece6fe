"""Whatever writes behind the session's back is refused, or says why there is nothing to tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, insert, text, update

from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.journal.chaining import ENTRY
from app.journal.guarding import targets
from app.journal.models import JournalEntry
from app.people.models import Customer, Tag, customer_tag
from tests.factories.people import make_customer

ROW = {
    "id": uuid7(),
    "name": "x",
    "colour": "grey",
    "created_at": utc_now(),
    "changed_at": utc_now(),
    "row_version": 1,
}


def _bulk_update(made: Any) -> None:
    db.session().bulk_update_mappings(Customer, [{"id": made.id, "name": "x", "row_version": 1}])


def _bulk_insert(_made: Any) -> None:
    db.session().bulk_insert_mappings(Tag, [{**ROW, "colour": "GREY"}])


def _raw(statement: Any) -> Callable[[Any], None]:
    return lambda _made: db.session.connection().execute(statement)


WAYS: dict[str, Callable[[Any], None]] = {
    "text": lambda _made: db.session.execute(text("UPDATE people_customer SET name = 'x'")),
    "lower case": lambda _made: db.session.execute(text("update people_customer set name = 'x'")),
    "text with a comment": _raw(text("/* note */ UPDATE /* it */ people_customer SET name = 'x'")),
    "deleting text": _raw(text("DELETE FROM people_customer")),
    "inserting text": _raw(text("INSERT INTO people_tag (id, name) VALUES ('1', 'x')")),
    "core update": _raw(update(Customer.__table__).values(name="x")),
    "core delete": _raw(delete(customer_tag)),
    "core insert": _raw(insert(Tag.__table__).values(ROW)),
    "driver's own": lambda _made: db.session.connection().exec_driver_sql(
        "UPDATE people_customer SET name = 'x'"
    ),
    "bulk_update_mappings": _bulk_update,
    "bulk_insert_mappings": _bulk_insert,
    "orm insert": lambda _made: db.session.execute(insert(Tag), [ROW]),
    "journal": _raw(text("DELETE FROM journal_entry")),
    "journal's head": _raw(text("UPDATE journal_chain SET place = 1")),
    "journal's keys": _raw(text("DELETE FROM journal_person_key")),
    "journal's insert": lambda _made: db.session.execute(
        insert(ENTRY).values(id=uuid7(), moment=utc_now(), subject="x", record="x", verb="added", reason="")
    ),
    "an entry added to the session": lambda _made: _added(),
}


def _added() -> None:
    db.session.add(JournalEntry(subject="x", record="x", verb="added", sealed_reason=""))
    db.session.flush()


@pytest.mark.parametrize("way", WAYS)
def test_a_write_that_the_listener_does_not_hear_is_refused(app_on: Flask, way: str) -> None:
    made = make_customer()

    with pytest.raises(ProgrammingError, match="journal"), transaction():
        WAYS[way](made)

    assert db.session.get_one(Customer, made.id).name == "王芳"


def test_raw_statements_that_say_why_are_let_through(app_on: Flask) -> None:
    made = make_customer()

    with transaction():
        statement = text("UPDATE people_customer SET wechat = 'x'").execution_options(unjournalled="a test")
        db.session.connection().execute(statement)

    assert db.session.get_one(Customer, made.id).wechat == "x"


def test_what_only_reads_is_let_through(app_on: Flask) -> None:
    make_customer()

    rows = db.session.execute(text("SELECT name FROM people_customer WHERE name <> 'UPDATE people_tag SET'"))

    assert rows.one() == ("王芳",)


def test_after_a_flush_that_failed_the_guard_is_awake_again(app_on: Flask) -> None:
    make_customer(code="taken")

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"), transaction():
        db.session.add(Customer(name="x", code="taken"))

    with pytest.raises(ProgrammingError, match="journal"), transaction():
        db.session.execute(text("UPDATE people_customer SET name = 'x'"))


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("SELECT 1 FROM a FOR UPDATE", set()),
        ("UPDATE a, b SET a.x = b.x", {"a", "b"}),
        ('UPDATE "main"."a" SET x = 1', {"main", "a"}),
        ("WITH c AS (DELETE FROM a RETURNING *) SELECT * FROM c", {"a"}),
        ("REPLACE INTO `a` VALUES (1)", {"a"}),
        ("REPLACE a VALUES (1)", {"a"}),
        ("TRUNCATE TABLE b, a", {"a", "b"}),
        ("INSERT OR REPLACE INTO a SELECT * FROM c", {"a"}),
        ("MERGE INTO a USING b ON x WHEN MATCHED THEN DELETE", {"a"}),
        ("COPY a FROM STDIN", {"a"}),
        ("LOAD DATA INFILE 'x' INTO TABLE a", {"a"}),
        ("SELECT 'x'; DELETE FROM a", {"a"}),
        (r"SELECT 'it\'s', 'x\'; DELETE FROM a", {"a"}),
        ("/*! DELETE FROM a */", {"a"}),
        ("DO $$ BEGIN UPDATE a SET x = 1; END $$", {"a"}),
    ],
)
def test_a_statement_names_what_it_changes(statement: str, names: set[str]) -> None:
    assert names <= targets(statement)
    assert names or targets(statement) == set()
