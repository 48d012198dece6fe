"""One command, one transaction: everything or nothing, and nobody else's work is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.database import db, writing
from app.core.errors import Forbidden, ProgrammingError
from app.core.transaction import command, on_rollback, transaction
from tests.core.models import Thing
from tests.support.databases import in_threads

THREADS, ADDS = 8, 15


def names() -> list[str | None]:
    """Return the names of all things, as a new transaction sees them."""
    db.session.rollback()
    return list(db.session.scalars(select(Thing.name).order_by(Thing.name).limit(200)))


@command(None)
def add(name: str) -> Thing:
    """Add a thing; anybody may."""
    thing = Thing(name=name)
    db.session.add(thing)
    return thing


@command("test:thing:add")
def add_permitted(name: str) -> Thing:
    """Add a thing with permission."""
    return add(name)


@command(None)
def add_two(first: str, second: str) -> None:
    """Add two things or none."""
    add(first)
    db.session.flush()
    add(second)
    db.session.flush()


@command(None)
def call_what_is_forbidden(name: str) -> None:
    """Add a thing and then do what the person may not."""
    add(name)
    add_permitted("forbidden")


@pytest.fixture
def grant(core_app: Flask) -> Callable[..., None]:
    """Return `grant(*names)`: let the present person hold exactly these permissions."""
    kernel = core_app.extensions["kebu"]

    def grant_names(*granted: str) -> None:
        kernel.granted_names = lambda: frozenset(granted)

    yield grant_names
    kernel.granted_names = None


def test_a_command_commits_at_its_end(core_app: Flask) -> None:
    add("one")

    assert names() == ["one"]
    assert writing.get() is False


def test_an_error_undoes_the_whole_command(core_app: Flask) -> None:
    add("taken")

    with pytest.raises(IntegrityError):
        add_two("new", "taken")

    assert names() == ["taken"]
    assert writing.get() is False


def test_a_command_within_a_command_joins_its_transaction(core_app: Flask) -> None:
    commits = []
    event.listen(db.engine, "commit", commits.append)

    add_two("one", "two")

    assert names() == ["one", "two"]
    assert len(commits) == 1


def test_without_the_permission_nothing_happens(core_app: Flask, grant: Callable[..., None]) -> None:
    grant("test:thing:edit", "test:thing:adds", "other:thing:add")

    with pytest.raises(Forbidden):
        add_permitted("one")

    assert names() == []


def test_with_the_permission_the_command_runs(core_app: Flask, grant: Callable[..., None]) -> None:
    grant("test:thing:add")

    add_permitted("one")

    assert names() == ["one"]


def test_a_stranger_is_granted_nothing(core_app: Flask) -> None:
    with pytest.raises(Forbidden):
        add_permitted("one")


def test_a_command_within_a_command_asks_for_its_own_permission(
    core_app: Flask, grant: Callable[..., None]
) -> None:
    grant("test:thing:show")

    with pytest.raises(Forbidden):
        call_what_is_forbidden("one")

    assert names() == []


def test_a_command_says_which_permission_it_needs() -> None:
    assert add_permitted.permission == "test:thing:add"  # type: ignore[attr-defined]
    assert add_permitted.__name__ == "add_permitted"


def test_transactions_do_not_nest(core_app: Flask) -> None:
    with pytest.raises(ProgrammingError, match="inside another"), transaction(), transaction():
        pass

    assert writing.get() is False


@pytest.mark.parametrize("kind", ["new", "dirty", "deleted"])
def test_what_was_changed_before_the_transaction_is_not_slipped_into_it(core_app: Flask, kind: str) -> None:
    add("old")
    thing = db.session.scalars(select(Thing).limit(1)).one()
    match kind:
        case "new":
            db.session.add(Thing(name="stray"))
        case "dirty":
            thing.name = "changed"
        case "deleted":
            db.session.delete(thing)

    with pytest.raises(ProgrammingError, match="before the transaction"):
        add("one")

    assert names() == ["old"]


def test_a_command_sees_what_others_committed_since_the_page_was_read(core_app: Flask) -> None:
    add("one")
    thing = db.session.scalars(select(Thing).limit(1)).one()
    db.session.rollback()
    assert thing.name == "one"
    change_count_elsewhere(core_app)

    with transaction():
        seen = db.session.get_one(Thing, thing.id).count

    assert seen == 1


def change_count_elsewhere(app: Flask) -> None:
    """Let another thread add one to every count."""

    def change() -> None:
        with app.app_context():
            add_one()

    assert in_threads([change]) == []


@command(None)
def add_one() -> None:
    """Read the count, then write one more: the classic race."""
    thing = db.session.scalars(select(Thing).with_for_update().limit(1)).one()
    thing.count = thing.count + 1


def test_what_the_database_can_not_undo_is_undone_in_reverse_order(core_app: Flask) -> None:
    undone: list[str] = []

    with pytest.raises(ZeroDivisionError), transaction():
        on_rollback(lambda: undone.append("first"))
        on_rollback(lambda: undone.append("second"))
        raise ZeroDivisionError
    with transaction():
        on_rollback(lambda: undone.append("never"))

    assert undone == ["second", "first"]
    with pytest.raises(ProgrammingError):
        on_rollback(lambda: undone.append("outside"))


def race(app: Flask, step: Callable[[], None]) -> list[BaseException]:
    """Let eight threads take fifteen steps each, all at once."""

    def steps() -> None:
        with app.app_context():
            for _ in range(ADDS):
                step()

    return in_threads([steps] * THREADS)


def test_eight_writers_at_once_lose_nothing(core_app: Flask) -> None:
    add("counter")

    failures = race(core_app, add_one)

    db.session.rollback()
    assert failures == []
    assert db.session.scalar(select(Thing.count)) == THREADS * ADDS


def test_eight_threads_that_look_before_they_add_add_everything(core_app: Flask) -> None:
    @command(None)
    def look_and_add() -> None:
        count = db.session.scalar(select(func.count()).select_from(Thing)) or 0
        db.session.add(Thing(note=f"after {count}"))

    failures = race(core_app, look_and_add)

    db.session.rollback()
    assert failures == []
    assert db.session.scalar(select(func.count()).select_from(Thing)) == THREADS * ADDS


def test_a_deferred_sqlite_transaction_would_have_failed(sqlite_core: Flask) -> None:
    """The reason for the write lock at BEGIN: read, let another writer commit, write, and SQLite gives up at once."""
    add("counter")

    db.session.rollback()
    assert db.session.scalar(select(Thing.count)) == 0
    change_count_elsewhere(sqlite_core)

    with pytest.raises(OperationalError, match="locked"):
        db.session.execute(text("UPDATE test_thing SET count = 1"))
    db.session.rollback()

    assert db.session.scalar(select(Thing.count)) == 1
