"""Old entries go to a signed file, and the chain goes on from a checkpoint."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.kernel import kernel
from app.journal.archiving import Broken, archive, look, verify_archive
from app.journal.chaining import CHAIN, ENTRY
from app.journal.models import SHOP_CHAIN
from app.journal.verifying import verify
from tests.factories.people import make_tag
from tests.journal.tampering import change, rows_of, stolen_database

TOMORROW = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def no_files(app_on: Flask) -> Iterator[None]:
    """Leave neither archives nor anchors in the home that all tests share."""
    yield
    for path in kernel().home.glob("journal-*"):
        path.unlink()


def faults() -> list[tuple[str, int, str]]:
    """Return what a whole walk finds."""
    with db.engine.connect() as connection:
        return [(each.chain, each.place, each.why) for each in verify(connection).faults]


def old_entries() -> int:
    """Write five entries now and two the day after tomorrow; return the place of the last old one."""
    for number in range(5):
        make_tag(name=f"old {number}")
    place = db.session.scalar(select(CHAIN.c.place).where(CHAIN.c.name == SHOP_CHAIN))
    db.session.rollback()
    with frozen_at(utc_now() + 2 * TOMORROW):
        for number in range(2):
            make_tag(name=f"new {number}")
    assert isinstance(place, int)
    return place


def test_old_entries_go_to_a_file_and_the_chain_stays_whole(app_on: Flask) -> None:
    place = old_entries()
    with db.engine.connect() as connection:
        (old,) = look(connection, utc_now() + TOMORROW)
    assert (old.chain, old.place, old.count) == (SHOP_CHAIN, place, place)

    path = archive(old)

    assert verify_archive(path) == place
    assert faults() == []
    with db.engine.connect() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        assert [row["place"] for row in rows] == [place + 1, place + 2, place + 3]
        assert rows[-1]["kind"] == "journal:archived"
        assert look(connection, utc_now() + TOMORROW) == []


def test_an_archive_that_was_changed_is_found(app_on: Flask) -> None:
    old_entries()
    with db.engine.connect() as connection:
        (old,) = look(connection, utc_now() + TOMORROW)
    path = archive(old)
    path.write_text(path.read_text(encoding="utf-8").replace("people_tag", "people_tug"), encoding="utf-8")

    with pytest.raises(Broken, match="changed"):
        verify_archive(path)


def test_a_chain_that_is_not_whole_is_not_archived(app_on: Flask) -> None:
    place = old_entries()
    with stolen_database() as connection:
        change(connection, rows_of(connection, SHOP_CHAIN)[1], subject="x")
    with db.engine.connect() as connection:
        (old,) = look(connection, utc_now() + TOMORROW)

    with pytest.raises(Broken, match="place 2: changed"):
        archive(old)

    with db.engine.connect() as connection:
        assert len(rows_of(connection, SHOP_CHAIN)) == place + 2


def test_a_forged_checkpoint_is_found(app_on: Flask) -> None:
    old_entries()
    with stolen_database() as connection:
        row = rows_of(connection, SHOP_CHAIN)[3]
        forged = {"archived_place": 4, "archived_mac": row["mac"], "archived_sign": row["mac"]}
        connection.execute(update(CHAIN).values(forged))
        connection.execute(ENTRY.delete().where(ENTRY.c.chain == SHOP_CHAIN, ENTRY.c.place <= 4))

    assert faults() == [(SHOP_CHAIN, 4, "checkpoint forged")]
