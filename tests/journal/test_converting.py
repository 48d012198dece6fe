"""Entries of before there were chains are sealed and chained, and a killed conversion goes on where it was."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, text

import config
from app import create_app
from app.core import schema
from app.core.database import db, writing
from app.core.keys import Key, encode_token, uuid7
from app.core.schema import plain_engine
from app.journal import converting
from app.journal.chaining import EXTENSION, Unconverted
from app.journal.converting import prepare
from app.journal.models import JournalEntry
from app.journal.reading import history
from app.journal.verifying import verify
from tests.support.databases import BACKENDS
from tests.test_migrations import go_to

COUNT = 25
BEFORE = "0011"
_ENTRY = text(
    "INSERT INTO journal_entry (id, moment, subject, record, verb, old_values, new_values, reason) "
    "VALUES (:id, '2026-01-02 03:04:05', :subject, :record, :verb, :old, :new, :reason)"
).bindparams(bindparam("id", type_=Key()))


@pytest.fixture(params=BACKENDS)
def old_shop(
    request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path: Path
) -> dict[str, str]:
    """The settings of a shop whose journal is of the version before, with entries of a customer and a gone pet."""
    url = new_database(request.param)
    go_to(url, BEFORE)
    customer, pet = encode_token([uuid7()]), encode_token([uuid7()])
    owner = {"uuid": str(uuid7())}
    rows = [entry("people_customer", customer, "changed", {"name": f"王{number}"}) for number in range(COUNT)]
    rows += [
        entry("pets_pet", pet, "changed", {"name": "旺财"}),
        entry("pets_pet", pet, "deleted", None, {"name": "旺财", "owner_id": owner}),
        entry("people_tag", encode_token([uuid7()]), "added", {"name": "VIP"}),
    ]
    engine = plain_engine(url)
    token = writing.set(True)
    try:
        with engine.begin() as connection:
            connection.execute(_ENTRY, rows)
    finally:
        writing.reset(token)
        engine.dispose()
    schema.upgrade(url)
    return {"KEBU_HOME": str(tmp_path), "KEBU_DATABASE_URL": url, "customer": customer, "pet": pet}


def entry(subject: str, record: str, verb: str, new: Any, old: Any = None) -> dict[str, Any]:
    """Return an old entry's row, in the open."""
    values = [None if each is None else json.dumps(each, ensure_ascii=False) for each in (old, new)]
    return {
        "id": uuid7(),
        "subject": subject,
        "record": record,
        "verb": verb,
        "old": values[0],
        "new": values[1],
        "reason": "春天",
    }


def application(shop: dict[str, str]) -> Any:
    """Return the shop's application."""
    return create_app(config.load({name: value for name, value in shop.items() if name.startswith("KEBU")}))


def killed_in_the_third_chunk(shop: dict[str, str]) -> None:
    """Convert in small chunks and die in the middle of the third; runs in a process of its own."""
    converting.CHUNK = 5
    sealing, chunks = converting._seal, []

    def seal_or_die(*arguments: Any) -> None:
        chunks.append(1)
        sealing(*arguments)
        if len(chunks) == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    converting._seal = seal_or_die
    with application(shop).app_context():
        prepare()


def test_old_entries_are_sealed_and_chained_also_after_a_kill(old_shop: dict[str, str]) -> None:
    child = multiprocessing.get_context("spawn").Process(target=killed_in_the_third_chunk, args=(old_shop,))
    child.start()
    child.join(timeout=120)
    assert child.exitcode == -signal.SIGKILL
    app = application(old_shop)

    with app.app_context():
        try:
            waiting = db.session.query(JournalEntry).filter(JournalEntry.place.is_(None)).count()
            db.session.rollback()
            assert waiting == COUNT + 3 - 10
            assert prepare() == waiting
            assert prepare() == 0
            check(old_shop)
        finally:
            db.session.remove()
            db.engine.dispose()


def check(shop: dict[str, str]) -> None:
    """Assert that everything can be read, in order, and lies nowhere in the open."""
    with db.engine.connect() as connection:
        verdict = verify(connection)
        assert (verdict.is_whole, verdict.rows) == (True, COUNT + 3)
        raw = str(connection.exec_driver_sql("SELECT * FROM journal_entry").all())
    assert not any(word in raw for word in ("王", "旺财", "春天", "VIP"))
    told = history("people_customer", shop["customer"], limit=100).entries
    assert [json.loads(str(each.after))["name"] for each in told] == [
        f"王{number}" for number in reversed(range(COUNT))
    ]
    assert {each.reason for each in told} == {"春天"}
    pets = history("pets_pet", shop["pet"]).entries
    assert {each.key.subject if each.key else "" for each in pets} == {"people_customer"}


def test_nothing_is_written_while_old_entries_wait(old_shop: dict[str, str]) -> None:
    from app.core.transaction import transaction
    from app.people.models import Tag

    app = application(old_shop)
    with app.app_context():
        try:
            assert app.extensions[EXTENSION] == {}
            with pytest.raises(Unconverted, match="migrate"), transaction():
                db.session.add(Tag(name="new"))
        finally:
            db.session.remove()
            db.engine.dispose()
