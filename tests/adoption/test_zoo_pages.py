"""The panel over the whole zoo: every shape is looked at, every editable one edited, deleted, undone and exported."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, inspect, select
from werkzeug.datastructures import MultiDict

from app.adoption.mapping import MappedTable
from app.adoption.publishing import publisher
from app.core.database import db
from app.core.fields import Link
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.outside import engine_of
from app.journal.models import JournalEntry
from tests.adoption.adopting import adopted, let_go
from tests.adoption.zoo import build, shapes_of
from tests.support.databases import BACKENDS
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

CODE = "zoo"
LONG_AGO = datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)
CANT = "Nothing was taken back"
# Files are not kept in the journal, and PostgreSQL gives no number twice that it always gives itself.
NEVER_BACK = ("photo", "museum", "always")


@pytest.fixture(scope="module", params=BACKENDS)
def zoo_address(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """A zoo whose animals may be touched."""
    url = new_database(request.param)
    build(url, request.param, shapes_of(request.param))
    return url


@pytest.fixture
def zoo_app(app: Flask, zoo_address: str) -> Iterator[Flask]:
    """A shop that has adopted the zoo."""
    assert adopted(zoo_address, name=CODE) == CODE
    yield app
    let_go()


@pytest.fixture
def owner(zoo_app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner, whose menu now knows the zoo."""
    client: FlaskClient = sign_in(FreshClient(zoo_app))
    assert client.get("/").status_code == 200
    return client


def tables() -> list[MappedTable]:
    """Return every mapped table of the zoo."""
    return publisher().opened[CODE].tables


def stored(engine: Engine, mapped: MappedTable) -> list[Any]:
    """Return all rows as the driver gives them, in no order."""
    # What a trigger renews at each change is no part of a row that came back.
    columns = [column for column in mapped.model.__table__.c if column.name != "changed"]
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).limit(500)).all()
        return sorted(map(repr, rows))


def difference(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """Return the rows that are only in the one or the other, short."""
    return [row[:160] for row in before if row not in after][:2], [
        row[:160] for row in after if row not in before
    ][:2]


def entries(mapped: MappedTable) -> int:
    """Return how many entries the journal has of a table's records."""
    db.session.rollback()
    query = select(func.count()).select_from(JournalEntry)
    return (
        db.session.scalar(
            query.where(JournalEntry.subject == mapped.wanted.screen_name, JournalEntry.kind == "")
        )
        or 0
    )


def first_token(mapped: MappedTable) -> str:
    """Return the token of some row, '' where the table is empty."""
    keys = list(inspect(mapped.model).primary_key)
    row = db.session.execute(select(*keys).limit(1)).first()
    db.session.rollback()
    return "" if row is None else encode_token(list(row))


def looks(client: FlaskClient, mapped: MappedTable) -> Iterator[str]:
    """Yield what goes wrong when a table is only looked at."""
    slice_name, _colon, noun = mapped.wanted.screen_name.partition(":")
    path, token = f"/{slice_name}/{noun}/", first_token(mapped)
    pages = [
        path,
        f"{path}?q=a",
        f"{path}export.csv",
        f"{path}export.json",
        f"/api/v1{path}".rstrip("/"),
        f"{path}pick?q=a",
    ]
    if token:
        pages += [f"{path}{token}", f"{path}{token}/history", f"{path}{token}/print"]
    for page in pages:
        answer = client.get(page)
        if answer.status_code != 200:
            yield f"{page}: {answer.status_code}"
    width = len(inspect(mapped.model).primary_key)
    for part in (
        -1,
        2**62,
        "no such key",
        "",
        b"\xff\x00",
        Decimal("0.5"),
        LONG_AGO,
        LONG_AGO.date(),
        None,
        True,
    ):
        answer = client.get(f"{path}{encode_token([part] * width)}")
        if answer.status_code not in (200, 404):
            yield f"{path} by {part!r}: {answer.status_code}"


def saves(client: FlaskClient, engine: Engine, mapped: MappedTable) -> Iterator[str]:
    """Yield what goes wrong when a row is opened and saved untouched."""
    slice_name, _colon, noun = mapped.wanted.screen_name.partition(":")
    token = first_token(mapped)
    if not token or "edit" not in kernel().screens[mapped.wanted.screen_name].verbs:
        return
    path = f"/{slice_name}/{noun}/{token}/edit"
    before, known = stored(engine, mapped), entries(mapped)
    page = client.get(path)
    if page.status_code != 200:
        yield f"{path}: {page.status_code}"
        return
    answer = client.post(path, data=form_of(page.text))
    if answer.status_code != 302:
        yield f"{path}: saving gave {answer.status_code}"
    if stored(engine, mapped) != before:
        yield f"{path}: a row changed"
    if entries(mapped) != known:
        yield f"{path}: an entry was written"


def editable(mapped: MappedTable) -> bool:
    """Say whether rows of the table can be written."""
    return "edit" in kernel().screens[mapped.wanted.screen_name].verbs


def last_entry(mapped: MappedTable) -> JournalEntry | None:
    """Return the newest entry about a table's records."""
    db.session.rollback()
    query = select(JournalEntry).where(
        JournalEntry.subject == mapped.wanted.screen_name, JournalEntry.kind == ""
    )
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).first()


def undo(client: FlaskClient, mapped: MappedTable) -> str:
    """Take the newest change of the table's records back; return what the page says then."""
    entry = last_entry(mapped)
    assert entry is not None, mapped.wanted.screen_name
    answer = client.post(f"/journal/entry/{encode_token([entry.id])}/undo", follow_redirects=True)
    assert answer.status_code == 200, mapped.wanted.screen_name
    return answer.text


def changes(mapped: MappedTable, form: MultiDict[str, str]) -> Iterator[MultiDict[str, str]]:
    """Yield the form with one input after the other changed to something else that may be good."""
    screen = kernel().screens[mapped.wanted.screen_name]
    for name, entry in screen.fields.items():
        if entry.read_only or name not in form or isinstance(entry, Link):
            continue
        for value in ("7", "Kebu", "2024-05-06", "2024-05-06T07:08", "07:08:09", "1", "0"):
            if form[name] != value:
                changed = MultiDict(form)
                changed.setlist(name, [value])
                yield changed


def lives(client: FlaskClient, engine: Engine, mapped: MappedTable) -> Iterator[str]:
    """Yield what goes wrong when a row is changed and that is taken back."""
    path, token = f"/{mapped.wanted.screen_name.replace(':', '/')}/", first_token(mapped)
    if not token:
        return
    before = stored(engine, mapped)
    form = form_of(client.get(f"{path}{token}/edit").text)
    for changed in itertools.islice(changes(mapped, form), 40):
        known = entries(mapped)
        answer = client.post(f"{path}{token}/edit", data=changed)
        if answer.status_code not in (302, 409, 422):
            yield f"{path}{token}: changing gave {answer.status_code}"
        if stored(engine, mapped) != before:
            if entries(mapped) != known + 1:
                yield f"{path}: {entries(mapped) - known} entries for a change"
            undo(client, mapped)
            if stored(engine, mapped) != before:
                yield f"{path}: a change did not come back: {difference(before, stored(engine, mapped))}"
            break
        if entries(mapped) != known:
            yield f"{path}: an entry without a change"


def dies(client: FlaskClient, engine: Engine, mapped: MappedTable) -> Iterator[str]:
    """Yield what goes wrong when a row is deleted and that is taken back."""
    path, token = f"/{mapped.wanted.screen_name.replace(':', '/')}/", first_token(mapped)
    if not token or "delete" not in kernel().screens[mapped.wanted.screen_name].verbs:
        return
    before, known = stored(engine, mapped), entries(mapped)
    answer = client.post(f"{path}{token}/delete")
    # 409: rows of another table name this one.
    if answer.status_code not in (302, 409):
        yield f"{path}: deleting gave {answer.status_code}"
    if len(stored(engine, mapped)) < len(before):
        if entries(mapped) != known + 1:
            yield f"{path}: {entries(mapped) - known} entries for a deletion"
        said = undo(client, mapped)
        if stored(engine, mapped) != before and not (
            CANT in said and mapped.wanted.sketch.name in NEVER_BACK
        ):
            yield f"{path}: what was deleted did not come back: {difference(before, stored(engine, mapped))}"


def test_a_change_and_a_deletion_are_on_record_and_come_back(owner: FlaskClient) -> None:
    engine = engine_of(CODE)
    faults = [
        fault
        for mapped in tables()
        if editable(mapped)
        for lived in (lives, dies)
        for fault in lived(owner, engine, mapped)
    ]

    assert "\n".join(faults) == ""


def test_every_table_is_looked_at_without_a_fault(owner: FlaskClient) -> None:
    assert "\n".join(fault for mapped in tables() for fault in looks(owner, mapped)) == ""


def test_saving_an_untouched_row_changes_nothing(owner: FlaskClient) -> None:
    engine = engine_of(CODE)

    assert "\n".join(fault for mapped in tables() for fault in saves(owner, engine, mapped)) == ""
