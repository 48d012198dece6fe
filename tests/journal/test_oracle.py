"""Whatever ways of writing are taken in whatever order, the journal tells exactly what became of the tables."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy import select

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import KebuError
from app.core.kernel import Kernel, kernel
from app.core.keys import decode_token, encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.journal.batches import undo_batch
from app.journal.coverage import plan_of
from app.journal.models import JournalEntry
from app.journal.putting_back import current
from app.journal.undoing import Outcome, undo_entry
from app.journal.values import load
from app.panel import removing
from app.panel.writing import Draft, find, read_json, save
from app.people.models import Contact, Customer, Tag
from app.people.services import take_contact_step
from app.pets.models import Pet

MODELS = (Tag, Customer, Contact, Pet)
STEPS = 40
Rows = dict[tuple[str, str], Mapping[str, Any]]


class Everything(frozenset):  # type: ignore[type-arg]
    """All permissions there are."""

    def __contains__(self, _name: object) -> bool:
        return True


@pytest.fixture(autouse=True)
def everything_allowed(app_on: Flask) -> Iterator[None]:
    """Whoever acts may do everything."""
    found: Kernel = app_on.extensions["kebu"]
    before = found.granted_names
    found.granted_names = Everything
    yield
    found.granted_names = before


def tables() -> Rows:
    """Return every row as the journal would write it, by table and token."""
    db.session.rollback()
    found: Rows = {}
    for model in MODELS:
        plan = plan_of(inspect_mapper(model))
        assert plan is not None
        for record in db.session.scalars(select(model)):
            values = {name: current(plan, record, name) for name in (*plan.columns, *plan.links)}
            found[plan.subject, encode_token([record.id])] = values
    return found


def entries() -> list[JournalEntry]:
    """Return the entries about these tables, oldest first."""
    names = [model.__tablename__ for model in MODELS]
    query = select(JournalEntry).where(JournalEntry.subject.in_(names)).order_by(JournalEntry.id)
    return list(db.session.scalars(query))


def difference(before: Rows, after: Rows) -> dict[tuple[str, str], Any]:
    """Return what changed between two states: per record what it was and became, of what differs."""
    found: dict[tuple[str, str], Any] = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            found[key] = (old, new)
        elif old != new:
            names = [name for name in new if old[name] != new[name]]
            found[key] = ({name: old[name] for name in names}, {name: new[name] for name in names})
    return found


@dataclass
class Shop:
    """Does things at random through the panel's own ways of writing."""

    chance: random.Random
    done: list[str] = field(default_factory=list)

    def screen(self, name: str) -> Screen:
        """Return a screen by name."""
        return kernel().screens[name]

    def some(self, model: type[Any], *, in_trash: bool = False) -> Any:
        """Return the key of a record, in use or in the trash; None when there is none."""
        query = select(model.id).order_by(model.id)
        if hasattr(model, "deleted_at"):
            query = query.where(model.deleted_at.is_not(None) if in_trash else model.deleted_at.is_(None))
        keys = db.session.scalars(query).all()
        db.session.rollback()
        return self.chance.choice(keys) if keys else None

    def token(self, model: type[Any]) -> str:
        """Return the token of some record in use, '' for none."""
        key = self.some(model)
        return "" if key is None else encode_token([key])

    def body(self, name: str) -> dict[str, Any]:
        """Return what somebody might send for a record."""
        word = f"{self.chance.choice('王李张刘陈')}{self.chance.randrange(10_000)}"
        if name == "people:tag":
            return {"name": word, "colour": self.chance.choice(["grey", "red"]), "notes": None}
        if name == "people:customer":
            tags = {self.token(Tag) for _number in range(self.chance.randrange(3))} - {""}
            return {
                "name": word,
                "phone": f"154{self.chance.randrange(10**8):08}",
                "birth_date": self.chance.choice(["2000-02-29", None]),
                "tags": [{"id": each} for each in sorted(tags)],
            }
        if name == "people:contact":
            return {
                "customer": {"id": self.token(Customer)},
                "kind": "inquiry",
                "channel": "phone",
                "subject": word,
                "amount": self.chance.choice([None, {"amount": "12.50"}]),
            }
        return {
            "name": word,
            "owner": {"id": self.token(Customer)},
            "species": "dog",
            "weight": self.chance.choice([None, "3.25"]),
        }

    def step(self) -> None:
        """Do one thing; what a rule refuses is no thing."""
        name = self.chance.choice(
            ["people:tag", "people:customer", "people:customer", "people:contact", "pets:pet"]
        )
        ways = [
            self.add,
            self.add,
            self.edit,
            self.edit,
            self.remove,
            self.restore,
            self.purge,
            self.take_step,
        ]
        way = self.chance.choice(ways)
        try:
            way(self.screen(name))
            self.done.append(way.__name__)
        except KebuError:
            db.session.rollback()

    def add(self, screen: Screen) -> None:
        """Add a record."""
        save(screen, read_json(screen, self.body(screen.name)))

    def edit(self, screen: Screen) -> None:
        """Change a record."""
        key = self.some(screen.model)
        if key is not None:
            record = find(screen, (key,))
            draft = read_json(screen, self.body(screen.name), record)
            save(screen, Draft(values=draft.values, errors=draft.errors), (key,), record.row_version)

    def remove(self, screen: Screen) -> None:
        """Delete a record as its page does."""
        if (key := self.some(screen.model)) is not None:
            removing.remove(screen, (key,))

    def restore(self, screen: Screen) -> None:
        """Take a record out of the trash."""
        if screen.has_trash and (key := self.some(screen.model, in_trash=True)) is not None:
            removing.restore(screen, (key,))

    def purge(self, screen: Screen) -> None:
        """Delete a record for good."""
        if screen.has_trash and (key := self.some(screen.model, in_trash=True)) is not None:
            removing.purge(screen, (key,))

    def take_step(self, _screen: Screen) -> None:
        """Take a step with a contact."""
        if (key := self.some(Contact)) is not None:
            take_contact_step(key, self.chance.choice(["start", "finish", "drop", "reopen"]))


def begun(seed: int) -> Shop:
    """Return a shop in which a few things have happened already."""
    shop = Shop(random.Random(seed))
    for name in (
        "people:tag",
        "people:tag",
        "people:customer",
        "people:customer",
        "people:contact",
        "pets:pet",
    ):
        shop.add(shop.screen(name))
    return shop


@pytest.mark.parametrize("seed", range(3))
def test_the_journal_tells_what_became_of_the_tables(app_on: Flask, seed: int) -> None:
    shop = begun(seed)
    before, known = tables(), len(entries())

    for _number in range(STEPS):
        shop.step()
        after, all_entries = tables(), entries()
        written = {
            (each.subject, each.record): (load(each.before), load(each.after)) for each in all_entries[known:]
        }
        assert written == difference(before, after), shop.done[-1]
        before, known = after, len(all_entries)

    assert len(set(shop.done)) >= 5


@pytest.mark.parametrize("seed", range(3, 5))
def test_taking_everything_back_one_by_one_restores_equal_rows(app_on: Flask, seed: int) -> None:
    shop = begun(seed)
    before, known = tables(), len(entries())
    for _number in range(STEPS):
        shop.step()
    made = [each.id for each in entries()[known:]]

    outcomes = [undo_entry(each).outcome for each in reversed(made)]

    assert set(outcomes) == {Outcome.RESTORED}
    after = tables()
    assert {key: row for key, row in after.items() if key in before} == before
    left = {key: row for key, row in after.items() if key not in before}
    assert all(row["deleted_at"] is not None for row in left.values()), "what was added is in the trash"


@pytest.mark.parametrize("seed", range(5, 7))
def test_taking_everything_back_as_one_batch_restores_equal_rows(app_on: Flask, seed: int) -> None:
    shop = begun(seed)
    before = tables()
    batch = uuid7()
    with on_occasion(batch_id=batch):
        for _number in range(STEPS):
            shop.step()

    progress = undo_batch(batch)

    assert set(progress.outcomes) == {Outcome.RESTORED}
    after = tables()
    assert {key: row for key, row in after.items() if key in before} == before
    assert all(row["deleted_at"] is not None for key, row in after.items() if key not in before)


def test_a_transaction_of_many_steps_that_fails_leaves_no_trace(app_on: Flask) -> None:
    shop = begun(9)
    before, known = tables(), len(entries())

    with pytest.raises(RuntimeError), transaction():
        for key in [decode_token(token)[0] for subject, token in before if subject == "people_customer"]:
            db.session.get_one(Customer, key).wechat = "lost"
        db.session.add(Tag(name="Never"))
        db.session.flush()
        raise RuntimeError

    assert tables() == before
    assert len(entries()) == known
    assert shop.done == []
