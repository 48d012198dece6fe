"""A thousand random operations over every way of writing: replayed, the journal gives the tables; then it is attacked.

Where `tests/journal/test_oracle.py` asks the verbs behind the pages, here half of the ways are those of a browser or
a program: forms, rows in forms, cells, bulk edits, imports, the API, undo and saved views.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from app.core.database import db
from app.core.errors import KebuError
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.journal.anchoring import FILE, anchor
from app.journal.chaining import CHAIN
from app.journal.models import SHOP_CHAIN, JournalEntry, Verb
from app.journal.undoing import undo_entry
from app.journal.values import load
from app.journal.verifying import verify
from app.panel.saved_view_models import View
from app.people.models import Contact, Customer
from tests.journal.tampering import change, put, remove, renumber, rows_of, set_head, stolen_database
from tests.journal.test_oracle import (  # noqa: F401 - the fixture lets whoever acts do everything
    MODELS,
    Shop,
    begun,
    everything_allowed,
    tables,
)
from tests.panel.importing.tables import csv_bytes, imported
from tests.panel.row_forms import new_row, opened, send
from tests.support.databases import less_on_servers
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

OPERATIONS, IN_A_ROUND = 1_000, 50
State = dict[tuple[str, str], dict[str, Any]]
BASE = re.compile(r'name="cell.base" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Hands:
    """Writes by every way there is; what a rule refuses is no thing."""

    def __init__(self, shop: Shop, client: FlaskClient) -> None:
        self.shop, self.client, self.chance = shop, client, shop.chance
        self.done: Counter[str] = Counter()
        ways: list[Callable[[], bool]] = [
            *(
                self.form_add,
                self.form_edit,
                self.rows_in_a_form,
                self.cell,
                self.bulk_edit,
                self.bulk_action,
            ),
            *(
                self.take_in,
                self.api_post,
                self.api_patch,
                self.api_delete,
                self.api_bulk,
                self.workflow_step,
            ),
            *(self.undo, self.save_view),
        ]
        self.slow = [(way.__name__, way) for way in ways]
        verbs = (shop.add, shop.edit, shop.edit, shop.remove, shop.restore, shop.purge, shop.take_step)
        self.quick = [(f"verb {each.__name__}", each) for each in verbs]

    def step(self) -> None:
        """Do one thing."""
        if self.chance.random() < 0.3:
            name, way = self.chance.choice(self.slow)
            if way():
                self.done[name] += 1
            return
        name, verb = self.chance.choice(self.quick)
        screen = self.shop.screen(
            self.chance.choice(["people:tag", "people:customer", "people:contact", "pets:pet"])
        )
        try:
            verb(screen)
            self.done[name] += 1
        except KebuError:
            db.session.rollback()

    def word(self) -> str:
        """Return some name."""
        return f"{self.chance.choice('王李张刘陈')}{self.chance.randrange(100_000)}"

    def customer(self) -> str:
        """Return the address of a customer in use, '' for none."""
        token = self.shop.token(Customer)
        return f"/people/customer/{token}" if token else ""

    def form_add(self) -> bool:
        """Add a tag by its form."""
        inputs = form_of(self.client.get("/people/tag/add").text)
        inputs["name"] = self.word()
        return bool(self.client.post("/people/tag/add", data=inputs).status_code == 302)

    def form_edit(self) -> bool:
        """Change a customer by the form."""
        if not (address := self.customer()):
            return False
        return bool(
            send(self.client, address, opened(self.client, address), wechat=self.word()).status_code == 302
        )

    def rows_in_a_form(self) -> bool:
        """Change a customer and add a pet to it in one form."""
        if not (address := self.customer()):
            return False
        form = opened(self.client, address)
        row = new_row(40, name=self.word())
        return bool(send(self.client, address, form, notes=self.word(), **row).status_code == 302)

    def cell(self) -> bool:
        """Change one cell of the list."""
        if not (address := self.customer()):
            return False
        base = BASE.search(self.client.get(f"{address}/cell/name").text)
        if base is None:
            return False
        values = {"cell.base": base[1], "name": self.word()}
        return bool(self.client.patch(f"{address}/cell/name", data=values).status_code == 200)

    def _bulk(self, path: str, **form: Any) -> bool:
        look = self.client.post(path, data={"bulk.step": "look", **form})
        if 'class="bulk-do"' not in look.text:
            return False
        data: dict[str, list[str]] = {"bulk.step": ["do"]}
        for name, value in HIDDEN.findall(look.text[look.text.index('class="bulk-do"') :]):
            data.setdefault(name, []).append(value)
        return bool(self.client.post(path, data=data).status_code == 302)

    def bulk_edit(self) -> bool:
        """Give many customers one value."""
        values = {"bulk.what": "edit", "op.notes": "set", "notes": self.word(), "bulk.all": "1"}
        return self._bulk("/people/customer/bulk", **values)

    def bulk_action(self) -> bool:
        """Finish many contacts at once."""
        return self._bulk("/people/contact/bulk", **{"bulk.what": "do:finish", "bulk.all": "1"})

    def take_in(self) -> bool:
        """Take in a spreadsheet."""
        rows = [
            ["name", "phone"],
            *([self.word(), f"155{self.chance.randrange(10**8):08}"] for _row in range(2)),
        ]
        return imported(csv_bytes(rows)).insert == 2

    def api_post(self) -> bool:
        """Add a tag by the API."""
        body = {"name": self.word(), "colour": "red"}
        return bool(self.client.post("/api/v1/people/tag", json=body).status_code == 201)

    def _document(self) -> tuple[str, int]:
        rows = self.client.get("/api/v1/people/customer?limit=20&fields=name").json["data"]
        row = self.chance.choice(rows) if rows else {"id": "", "row_version": 0}
        return row["id"], row["row_version"]

    def api_patch(self) -> bool:
        """Change a customer by the API."""
        token, version = self._document()
        body = {"row_version": version, "notes": self.word()}
        return bool(
            token and self.client.patch(f"/api/v1/people/customer/{token}", json=body).status_code == 200
        )

    def api_delete(self) -> bool:
        """Delete a customer by the API."""
        token, _version = self._document()
        return bool(token and self.client.delete(f"/api/v1/people/customer/{token}").status_code == 204)

    def api_bulk(self) -> bool:
        """Do several things by one call of the API."""
        token, version = self._document()
        operations: list[dict[str, Any]] = [
            {"op": "add", "record": {"name": self.word(), "phone": f"156{self.chance.randrange(10**8):08}"}},
            {"op": "change", "id": token, "record": {"row_version": version, "wechat": self.word()}},
        ]
        answer = self.client.post("/api/v1/people/customer/bulk", json={"operations": operations})
        return bool(answer.status_code == 200)

    def workflow_step(self) -> bool:
        """Take a step with a contact by its page."""
        key = self.shop.some(Contact)
        step = self.chance.choice(["start", "finish", "drop", "reopen"])
        if key is None:
            return False
        address = f"/people/contact/{encode_token([key])}"
        version = db.session.scalar(select(Contact.row_version).where(Contact.id == key))
        db.session.rollback()
        return bool(
            self.client.post(f"{address}/do/{step}", data={"row_version": version}).status_code == 302
        )

    def undo(self) -> bool:
        """Take one of the last changes back."""
        names = [model.__tablename__ for model in MODELS]
        query = (
            select(JournalEntry.id).where(JournalEntry.subject.in_(names)).order_by(JournalEntry.id.desc())
        )
        keys = db.session.scalars(query.limit(20)).all()
        db.session.rollback()
        try:
            undo_entry(self.chance.choice(keys))
        except KebuError:
            db.session.rollback()
            return False
        return True

    def save_view(self) -> bool:
        """Keep a list's address under a name."""
        values = {"name": self.word(), "visibility": "mine", "position": "1", "arguments": "q=x"}
        return bool(self.client.post("/views/people/customer/add", data=values).status_code == 303)


def state() -> State:
    """Return every row of the watched tables by attribute."""
    return {key: dict(row) for key, row in tables().items()}


def replay(found: State, entries: list[JournalEntry]) -> None:
    """Do to a state what the entries tell; each must find what it says was there before."""
    for entry in entries:
        key = (entry.subject, entry.record)
        before, after = load(entry.before), load(entry.after)
        if entry.verb is Verb.ADDED:
            assert key not in found, entry.record
            found[key] = dict(after or {})
        elif entry.verb is Verb.DELETED:
            assert found.pop(key) == before
        else:
            assert {name: found[key][name] for name in before or {}} == before
            found[key] |= after or {}


def entries_after(last: Any) -> list[JournalEntry]:
    """Return what was written about the watched tables since an entry, oldest first."""
    names = [model.__tablename__ for model in MODELS]
    query = select(JournalEntry).where(JournalEntry.subject.in_(names), JournalEntry.kind == "")
    if last is not None:
        query = query.where(JournalEntry.id > last)
    return list(db.session.scalars(query.order_by(JournalEntry.id)))


@pytest.fixture
def hands(app_on: Flask, sign_in: Any) -> Iterator[Hands]:
    """A shop in which things have begun, and a browser to write with."""
    (kernel().home / FILE).unlink(missing_ok=True)
    yield Hands(begun(4711), sign_in(FreshClient(app_on)))
    (kernel().home / FILE).unlink(missing_ok=True)


def test_after_a_thousand_operations_the_replayed_journal_is_the_tables_and_no_change_of_it_goes_unseen(
    hands: Hands,
) -> None:
    found, written = state(), entries_after(None)
    last = written[-1].id
    views = len(db.session.scalars(select(View.id)).all())

    for _round in range(less_on_servers(OPERATIONS, 600) // IN_A_ROUND):
        for _number in range(IN_A_ROUND):
            hands.step()
        written = entries_after(last)
        replay(found, written)
        last = written[-1].id if written else last
        assert found == state()

    assert set(hands.done) >= {name for name, _way in hands.slow}, hands.done
    assert len(db.session.scalars(select(View.id)).all()) == views + hands.done["save_view"]
    db.session.rollback()
    assert_no_change_of_the_journal_goes_unseen(hands.chance)


def faults() -> list[tuple[str, int]]:
    """Return where a whole walk finds something."""
    with db.engine.connect() as connection:
        return [(each.chain, each.place) for each in verify(connection).faults]


def assert_no_change_of_the_journal_goes_unseen(chance: random.Random) -> None:
    """Change, delete, move, insert and cut off entries, one at a time, and find each at its place."""
    assert faults() == []
    with db.engine.connect() as connection:
        anchor(connection)
    with stolen_database() as connection:
        rows = rows_of(connection, SHOP_CHAIN)
        for row in chance.sample(rows[:-2], 4):
            place = row["place"]
            column = chance.choice(["subject", "record", "address", "mac", "session_id"])
            change(connection, row, **{column: "forged"})
            assert_found(connection, place)
            change(connection, row, **{column: row[column]})
            remove(connection, row)
            assert_found(connection, place)
            put(connection, row)
        swap(connection, rows[-9], rows[-4])
        assert_found(connection, rows[-9]["place"])
        swap(connection, {**rows[-9], "place": rows[-4]["place"]}, {**rows[-4], "place": rows[-9]["place"]})
        insert_one(connection, rows)
        cut_off(connection, rows)
        connection.commit()
    assert faults() == [], "everything was put back"


def assert_found(connection: Connection, place: int) -> None:
    """Assert that the first bad entry is named."""
    connection.commit()
    assert faults() == [(SHOP_CHAIN, place)]


def swap(connection: Connection, one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Let two entries change places."""
    first, second = dict(one), dict(other)
    change(connection, first, place=-1)
    change(connection, second, place=first["place"])
    change(connection, first, place=second["place"])


def insert_one(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Push an entry in before the last five, with a head that fits; then take it out again."""
    pushed, head = {**rows[-5], "id": uuid7()}, rows[-1]
    renumber(connection, rows[-5:], 1)
    put(connection, pushed)
    set_head(connection, SHOP_CHAIN, head["place"] + 1, head["mac"])
    connection.commit()
    assert faults()[0] == (SHOP_CHAIN, rows[-5]["place"])
    remove(connection, pushed)
    renumber(connection, [{**row, "place": row["place"] + 1} for row in rows[-5:]], -1)
    set_head(connection, SHOP_CHAIN, head["place"], head["mac"])


def cut_off(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Cut off the last three entries, then their head with them; then put all of it back."""
    for row in rows[-3:]:
        remove(connection, row)
    assert_found(connection, rows[-3]["place"])
    set_head(connection, SHOP_CHAIN, rows[-4]["place"], rows[-4]["mac"])
    assert_found(connection, rows[-3]["place"])
    for row in rows[-3:]:
        put(connection, row)
    set_head(connection, SHOP_CHAIN, rows[-1]["place"], rows[-1]["mac"])


def test_a_whole_older_state_of_the_journal_does_not_pass_for_the_present_one(app_on: Flask) -> None:
    shop = begun(3)
    anchors: Path = kernel().home / FILE
    anchors.unlink(missing_ok=True)
    with stolen_database() as connection:
        old_rows = rows_of(connection, SHOP_CHAIN)
        old_head = dict(connection.execute(select(CHAIN).where(CHAIN.c.name == SHOP_CHAIN)).mappings().one())
    shop.add(shop.screen("people:tag"))
    db.session.rollback()
    with db.engine.connect() as connection:
        anchor(connection)

    with stolen_database() as connection:
        for row in rows_of(connection, SHOP_CHAIN)[len(old_rows) :]:
            remove(connection, row)
        set_head(connection, SHOP_CHAIN, old_head["place"], old_head["mac"])

    assert faults() == [(SHOP_CHAIN, old_head["place"] + 1)]
    anchors.unlink(missing_ok=True)
