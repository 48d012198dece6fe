"""Whatever is done to the journal by somebody without the key is found, and the first bad entry named."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.core.crypto import Keyring
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.schema import plain_engine
from app.core.transaction import transaction
from app.journal.anchoring import FILE, anchor
from app.journal.chaining import CHAIN, ENTRY, ForeignKey
from app.journal.checking import check_all, check_new, health
from app.journal.converting import prepare
from app.journal.models import SHOP_CHAIN, JournalEntry
from app.journal.person_keys import destroy_keys
from app.journal.verifying import Verdict, verify
from app.people.models import Customer
from tests.factories.people import make_customer, make_tag
from tests.journal.tampering import change, put, remove, renumber, rows_of, set_head, stolen_database
from tests.support.databases import in_threads

MANY = 12


@pytest.fixture(autouse=True)
def no_anchors(app_on: Flask) -> Iterator[None]:
    """Every test begins and ends without anchors: the databases of all tests share a home."""
    file = kernel().home / FILE
    file.unlink(missing_ok=True)
    yield
    file.unlink(missing_ok=True)


def walk() -> Verdict:
    """Verify everything."""
    with db.engine.connect() as connection:
        return verify(connection)


def found() -> list[tuple[str, int, str]]:
    """Return the faults as plain tuples."""
    return [(each.chain, each.place, each.why) for each in walk().faults]


def grow(count: int = MANY) -> int:
    """Write entries into the shop's chain and return the place of the last."""
    for number in range(count):
        make_tag(name=f"{uuid7()}"[:30] + str(number))
    place = db.session.scalar(select(CHAIN.c.place).where(CHAIN.c.name == SHOP_CHAIN))
    db.session.rollback()
    assert isinstance(place, int)
    return place


def test_an_untouched_journal_is_whole(app_on: Flask) -> None:
    last = grow()

    verdict = walk()

    assert verdict.is_whole
    assert verdict.rows == last
    with db.engine.connect() as connection:
        assert [row["place"] for row in rows_of(connection, SHOP_CHAIN)] == list(range(1, last + 1))


CONTENT = {
    "moment": None,
    "actor_id": 4711,
    "subject": "pets_pet",
    "record": "x",
    "verb": "deleted",
    "old_values": "AAAA",
    "new_values": "AAAA",
    "reason": "forged",
    "batch_id": uuid7(),
    "undoes_id": uuid7(),
    "kind": "access:sign_in",
    "session_id": "0" * 16,
    "address": "203.0.113.9",
    "branch_id": uuid7(),
    "key_id": uuid7(),
    "mac": base64.b64encode(bytes(32)).decode(),
}


@pytest.mark.parametrize("column", CONTENT)
def test_a_changed_value_is_found(app: Flask, column: str) -> None:
    (kernel().home / FILE).unlink(missing_ok=True)
    last = grow()
    with stolen_database() as connection:
        row = rows_of(connection, SHOP_CHAIN)[last - 5]
        value = CONTENT[column] if column != "moment" else row["moment"].replace(year=2001)
        change(connection, row, **{column: value})

    assert found() == [(SHOP_CHAIN, last - 4, "changed")]


def test_a_deleted_entry_is_found(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        remove(connection, rows_of(connection, SHOP_CHAIN)[last - 5])

    assert found() == [(SHOP_CHAIN, last - 4, "missing")]


def test_a_deleted_entry_is_found_when_the_rest_moves_up(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        remove(connection, rows[last - 5])
        renumber(connection, rows[last - 4 :], -1)
        set_head(connection, SHOP_CHAIN, last - 1, rows[-1]["mac"])

    assert [each[:2] for each in found()] == [(SHOP_CHAIN, last - 4)]


def test_two_entries_in_each_other_s_place_are_found(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        first, second = rows[last - 6], rows[last - 3]
        change(connection, first, place=-1)
        change(connection, second, place=first["place"])
        change(connection, first, place=second["place"])

    assert found() == [(SHOP_CHAIN, last - 5, "reordered")]


def test_an_inserted_entry_is_found(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        renumber(connection, rows[last - 5 :], 1)
        put(connection, {**rows[last - 5], "id": uuid7()})
        set_head(connection, SHOP_CHAIN, last + 1, rows[-1]["mac"])

    assert found() == [(SHOP_CHAIN, last - 4, "inserted")]


def test_an_entry_appended_without_the_key_is_found(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        row = rows_of(connection, SHOP_CHAIN)[-1]
        put(connection, {**row, "id": uuid7(), "place": last + 1})
        set_head(connection, SHOP_CHAIN, last + 1, row["mac"])

    assert found() == [(SHOP_CHAIN, last + 1, "changed")]


def test_entries_cut_off_at_the_end_are_missed_by_the_head(app_on: Flask) -> None:
    last = grow()
    with stolen_database() as connection:
        for row in rows_of(connection, SHOP_CHAIN)[-3:]:
            remove(connection, row)

    assert found() == [(SHOP_CHAIN, last - 2, "truncated")]


def test_entries_cut_off_with_their_head_are_missed_by_the_anchor(app_on: Flask) -> None:
    last = grow()
    with db.engine.connect() as connection:
        anchor(connection)
    with stolen_database() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        for row in rows[-3:]:
            remove(connection, row)
        set_head(connection, SHOP_CHAIN, last - 3, rows[-4]["mac"])

    assert found() == [(SHOP_CHAIN, last - 2, "truncated behind anchor")]


def test_a_chain_that_is_gone_altogether_is_missed_by_the_anchor(app_on: Flask) -> None:
    grow()
    with db.engine.connect() as connection:
        anchor(connection)
    with stolen_database() as connection:
        for row in rows_of(connection, SHOP_CHAIN):
            remove(connection, row)
        connection.execute(CHAIN.delete())

    assert found() == [(SHOP_CHAIN, 1, "chain missing")]


def test_an_entry_without_a_chain_is_found(app_on: Flask) -> None:
    grow()
    with stolen_database() as connection:
        row = rows_of(connection, SHOP_CHAIN)[-1]
        put(connection, {**row, "id": uuid7(), "place": None, "chain": ""})

    faults = found()
    with stolen_database() as connection:
        connection.execute(ENTRY.delete().where(ENTRY.c.place.is_(None)))

    assert faults == [("", 0, "not chained")]


def test_a_forged_anchor_counts_for_nothing(app_on: Flask) -> None:
    grow()
    with db.engine.connect() as connection:
        (line, *_more) = anchor(connection)
    forged = line.replace('"ended":false', '"ended":true')
    (kernel().home / FILE).write_text(f"{forged}\nnothing\n[]\n", encoding="utf-8")

    assert forged != line
    assert found() == []


def test_a_check_reads_only_what_is_new_and_the_health_line_tells_what_it_found(app_on: Flask) -> None:
    grow()
    assert check_all(db.engine).is_whole
    assert health() == "whole"
    assert check_new(db.engine).rows == 0
    last = grow(2)
    with stolen_database() as connection:
        change(connection, rows_of(connection, SHOP_CHAIN)[-1], reason="forged")

    assert check_new(db.engine).rows == 0
    assert health() == f"shop {last}: changed"


STATEMENTS = (
    "UPDATE journal_entry SET subject = 'x'",
    "DELETE FROM journal_entry",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_itself_refuses_to_change_what_is_written(app_on: Flask, statement: str) -> None:
    last = grow(1)

    refused_by_the_database(statement)

    assert walk().rows == last


def refused_by_the_database(statement: str, **values: Any) -> None:
    """Send a statement over a connection that no guard watches."""
    engine = plain_engine(db.engine.url)
    try:
        with (
            pytest.raises(DBAPIError, match="never changed or deleted"),
            engine.begin() as connection,
        ):
            connection.execute(text(statement), values)
    finally:
        engine.dispose()


def test_the_databases_refuse_to_replace_and_to_truncate(app_on: Flask) -> None:
    grow(1)
    names = ", ".join(column.name for column in ENTRY.columns)
    kind = db.engine.dialect.name
    if kind == "postgresql":
        refused_by_the_database("TRUNCATE journal_entry")
        return
    verb = "INSERT OR REPLACE INTO" if kind == "sqlite" else "REPLACE INTO"
    refused_by_the_database(f"{verb} journal_entry ({names}) SELECT {names} FROM journal_entry LIMIT 1")


def test_each_branch_has_a_chain_of_its_own(app_on: Flask) -> None:
    branch = uuid7()

    with on_occasion(branch_id=branch):
        made = make_tag(name="of the branch")

    query = select(JournalEntry).where(JournalEntry.record == encode_token([made.id]))
    entry = db.session.scalars(query).one()
    assert (entry.chain, entry.place, entry.branch_id) == (encode_token([branch]), 1, branch)
    assert walk().is_whole


def test_many_writers_on_one_chain_leave_no_gap_and_wait_for_each_other(app_on: Flask) -> None:
    before = grow(1)

    def write_some(name: str) -> None:
        with app_on.app_context():
            for number in range(10):
                make_customer(name=f"{name}{number}")
            db.session.remove()

    failures = in_threads([lambda name=name: write_some(name) for name in "abcdef"])  # type: ignore[misc]

    assert failures == []
    verdict = walk()
    assert verdict.is_whole
    assert verdict.rows == before + 60


MARKERS = ("王小红的标记", "13900007777", "marker@example.com", "很难伺候")


def test_personal_values_lie_nowhere_in_the_journal_s_tables(app_on: Flask) -> None:
    name, phone, email, notes = MARKERS
    with on_occasion(reason=f"because {notes}"):
        made = make_customer(name=name, phone=phone, email=email, notes=notes)
    with transaction():
        db.session.get_one(Customer, made.id).phone = None

    with db.engine.connect() as connection:
        for table in ("journal_entry", "journal_chain", "journal_person_key"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):
                raw = b"|".join(
                    each if isinstance(each, bytes) else str(each).encode() for each in row if each
                )
                for marker in MARKERS:
                    assert marker.encode() not in raw
                    assert base64.b64encode(marker.encode()).rstrip(b"=")[:-1] not in raw


def test_erasing_a_person_makes_the_values_unreadable_and_keeps_the_chain(app_on: Flask) -> None:
    made, other = make_customer(name="王芳"), make_customer(name="李静")
    query = select(JournalEntry).where(JournalEntry.record == encode_token([made.id]))
    assert "王芳" in str(db.session.scalars(query).one().after)
    db.session.rollback()

    with transaction():
        assert destroy_keys(db.session(), ("people_customer", encode_token([made.id]))) == 1

    entry = db.session.scalars(query).one()
    assert (entry.unreadable, entry.before, entry.after) == ("erased", None, "{}")
    kept = select(JournalEntry).where(JournalEntry.record == encode_token([other.id]))
    assert "李静" in str(db.session.scalars(kept).one().after)
    assert walk().is_whole


def test_a_value_moved_to_another_entry_does_not_open(app_on: Flask) -> None:
    one, other = (encode_token([make_tag(name=name).id]) for name in "一二")
    with stolen_database() as connection:
        rows = {row["record"]: row for row in rows_of(connection, SHOP_CHAIN)}
        moved = rows[one]["new_values"]
        change(connection, rows[other], new_values=moved)

    query = select(JournalEntry).where(JournalEntry.record == other)
    entry = db.session.scalars(query).one()
    assert (entry.unreadable, entry.after) == ("damaged", "{}")


def test_another_instance_key_neither_starts_nor_writes(app_on: Flask, monkeypatch: Any) -> None:
    last = grow(1)
    monkeypatch.setattr(kernel(), "keys", Keyring(lambda: bytes(32)))

    with pytest.raises(ForeignKey, match=r"instance\.key"):
        prepare()
    with pytest.raises(ForeignKey):
        make_tag(name="never")

    monkeypatch.undo()
    db.session.rollback()
    assert walk().rows == last
    assert walk().is_whole


def test_the_head_can_not_be_written_but_by_the_journal(app_on: Flask) -> None:
    with pytest.raises(ProgrammingError, match="only the journal"), transaction():
        db.session.connection().execute(update(CHAIN).values(place=1).execution_options(unjournalled="why"))
