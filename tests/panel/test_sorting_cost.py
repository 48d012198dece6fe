"""What a page of a list sorted by several fields costs at 40,000 rows: a few index ranges, wherever it lies."""

from __future__ import annotations

import datetime
import itertools
import json
import random
import re
from collections.abc import Iterator
from typing import Any, Self

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, text

from app.access.models import Branch
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.panel.ordering import mixtures, offered, order_text
from app.panel.reading import Question, Reader
from app.people.models import Channel, Contact, ContactKind, ContactState, Customer, Source
from app.pets.models import Pet, Species, Vaccination
from tests.support.databases import BACKENDS

ROWS = 40_000
CHUNK = 5_000
PLACES = 3
LISTS = ("people:customer", "people:contact", "pets:pet", "pets:vaccination")
MOST_STATEMENTS = {1: 3, 2: 7, 3: 13}
# Rows looked at for a page, or steps of SQLite's machine: a table that is read or sorted takes a hundred times as much.
MOST_ROWS = 1_500
MOST_STEPS = 40_000
# A page that is fetched by its keys is put in order, and a group that the database believes to be small may be.
MOST_SORTED = 150
FIRST_DAY = datetime.date(2024, 1, 1)


def many(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Add all these rows."""
    while chunk := list(itertools.islice(rows, CHUNK)):
        adding = insert(model).execution_options(unjournalled="rows by the ten thousand, made for a test")
        db.session.execute(adding, chunk)


def fill(chance: random.Random) -> None:
    """Add 40,000 rows to each list: few sources and states, many names, and a third of the days empty."""
    branches = [Branch(name=f"Branch {number}") for number in range(4)]
    db.session.add_all(branches)
    db.session.flush()
    homes = [None, *(branch.id for branch in branches)]
    days = [None] * 200 + [FIRST_DAY + datetime.timedelta(days=number) for number in range(400)]
    states = [ContactState.DONE] * 8 + [*ContactState]
    keys = [uuid7() for _row in range(ROWS)]
    many(Customer, ({"id": key, "name": name, "name_key": name, "source": chance.choice([None, *Source]),
                     "branch_id": chance.choice(homes)}
                    for key in keys for name in (f"陈{chance.randrange(20_000):05}",)))  # fmt: skip
    many(Contact, ({"customer_id": key, "kind": ContactKind.INQUIRY, "channel": Channel.PHONE, "subject": "?",
                    "state": chance.choice(states), "due_on": chance.choice(days)} for key in keys))  # fmt: skip
    pets = [uuid7() for _row in range(ROWS)]
    many(Pet, ({"id": key, "owner_id": owner, "name": name, "name_key": name, "species": chance.choice([*Species])}
               for key, owner in zip(pets, keys, strict=True)
               for name in (f"旺{chance.randrange(3_000)}",)))  # fmt: skip
    many(Vaccination, ({"pet_id": key, "vaccine": f"疫苗{chance.randrange(8)}", "given_on": FIRST_DAY,
                        "due_on": chance.choice(days)} for key in pets))  # fmt: skip


@pytest.fixture(scope="module", params=BACKENDS)
def big_shop(request: pytest.FixtureRequest, whole_houses: Any) -> Iterator[Flask]:
    """A shop with 40,000 rows in each list, made once a database."""
    house = whole_houses(request.param)
    with house.app.app_context():
        with transaction():
            fill(random.Random(20_260_302))
        if request.param != "sqlite":
            # A young shop's SQLite has no statistics; the servers gather theirs in the background.
            for name in LISTS:
                table = kernel().screens[name].model.__tablename__
                words = "ANALYZE" if request.param == "postgresql" else "ANALYZE TABLE"
                db.session.execute(text(f"{words} {table}")).close()
            db.session.commit()
        yield house.app
        db.session.remove()
    house.restorer.restore()


@pytest.fixture(scope="module")
def places(big_shop: Flask) -> dict[str, list[Any]]:
    """A few records somewhere in each list."""
    found = {}
    chance = random.Random(7)
    for name in LISTS:
        model = kernel().screens[name].model
        at = (chance.randrange(ROWS) for _place in range(PLACES))
        found[name] = [
            db.session.scalars(select(model).order_by(model.id).offset(n).limit(1)).one() for n in at
        ]
    return found


class Meter:
    """Notes every statement with its values, so that the database can be asked what it took."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any]] = []

    def __enter__(self) -> Self:
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_trouble: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().startswith("SELECT"):
            self.statements.append((statement, values))

    def cost(self) -> tuple[int, list[str]]:
        """Return how many rows (on SQLite: steps) the statements took, and those that read or sort a whole table."""
        ask = {"sqlite": _ask_sqlite, "postgresql": _ask_postgresql}.get(db.engine.dialect.name, _ask_mariadb)
        answers = [ask(statement, values) for statement, values in self.statements]
        return sum(taken for taken, _fault in answers), [fault for _taken, fault in answers if fault]


def _is_by_key(statement: str) -> bool:
    """Say whether a statement fetches a page's rows by their keys; so many may be sorted."""
    return re.search(r"\.id IN \(", statement) is not None


def _ask_sqlite(statement: str, values: Any) -> tuple[int, str]:
    driver = db.session.connection().connection.driver_connection
    plan = " | ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    sorts = "TEMP B-TREE" in plan and not _is_by_key(statement)
    reads = re.search(r"SCAN (people|pets)_\w+(?! USING)(?: \||$)", plan)
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 100
        return 0

    driver.set_progress_handler(step, 100)
    driver.execute(statement, values).fetchall()
    driver.set_progress_handler(None, 0)
    return steps, plan if sorts or reads else ""


def _ask_postgresql(statement: str, values: Any) -> tuple[int, str]:
    asked = f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}"
    answer = db.session.connection().exec_driver_sql(asked, values).scalar_one()
    nodes = list(_nodes((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]))
    taken = sum(
        int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in nodes
        if "Scan" in node["Node Type"]
    )
    sorted_rows = [node["Plans"][0]["Actual Rows"] for node in nodes if "Sort" in node["Node Type"]]
    return taken, statement if any(rows > MOST_SORTED for rows in sorted_rows) else ""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _ask_mariadb(statement: str, values: Any) -> tuple[int, str]:
    before = _counters()
    db.session.connection().exec_driver_sql(statement, values).all()
    taken = {name: number - before[name] for name, number in _counters().items()}
    read = sum(number for name, number in taken.items() if name.startswith("Handler_read"))
    return read, statement if taken["Sort_rows"] > MOST_SORTED else ""


def _counters() -> dict[str, int]:
    asked = "SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler_read%%' OR Variable_name = 'Sort_rows'"
    return {name: int(number) for name, number in db.session.connection().exec_driver_sql(asked).all()}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_takes_a_few_index_ranges_at_any_depth_and_in_any_direction(
    big_shop: Flask, places: dict[str, list[Any]], name: str
) -> None:
    screen = kernel().screens[name]
    most = MOST_STEPS if db.engine.dialect.name == "sqlite" else MOST_ROWS
    assert db.session.scalar(select(func.count()).select_from(screen.model)) == ROWS
    dear = []
    for order in (each for names in offered(screen) for each in mixtures(names)):
        reader = Reader(Question(screen, order=order), screen.columns)
        cursors = [reader.cursor_of(place) for place in places[name]]
        for wish in ({}, *({"after": each} for each in cursors), *({"before": each} for each in cursors)):
            with Meter() as meter:
                assert reader.page(**wish).records
            meter.statements = [each for each in meter.statements if "customer_tag" not in each[0]]
            taken, faults = meter.cost()
            if faults or taken > most or len(meter.statements) > MOST_STATEMENTS[len(order)]:
                dear.append((order_text(order), wish, len(meter.statements), taken, faults))

    assert dear == []
