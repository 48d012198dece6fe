"""What adopting costs: from an address to published screens, for 60, 300 and 500 tables, beside SQLAlchemy's own look.

    .venv/bin/python benchmarks/adopting.py

Fills a SQLite file with tables of 12 columns, each linked to the one before, then
times in one process: reflecting all of it by `MetaData.reflect` (the baseline), looking and judging, proposing, writing
the declaration down with its permissions, the first publication, and one after a label was changed. Prints seconds, and
megabytes after the first and after twenty publications.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import config
from app import create_app, make_ready
from app.adoption.connecting import open_adopted, parse
from app.adoption.declaring import Wish, holding_roles, look
from app.adoption.models import AdoptedColumn
from app.adoption.reflecting import sketch
from app.adoption.written.adopting import adopt_as_written
from app.core import schema
from app.core.database import db
from app.core.kernel import kernel
from app.core.permissions import everything_granted
from app.core.transaction import transaction

SIZES = (60, 300, 500)
PUBLICATIONS = 20


def fill(engine: Engine, count: int) -> None:
    """Make the tables, each with 20 rows."""
    with engine.begin() as connection:
        for number in range(count):
            columns = ", ".join(f"field_{each} VARCHAR(40)" for each in range(9))
            former = f"shop_table_{number - 1}" if number else f"shop_table_{number}"
            connection.execute(
                text(
                    f"CREATE TABLE shop_table_{number} (id INTEGER PRIMARY KEY, name VARCHAR(60), "
                    f"parent_id INTEGER REFERENCES {former} (id), {columns})"
                )
            )
            for row in range(20):
                connection.execute(
                    text(f"INSERT INTO shop_table_{number} (id, name) VALUES (:id, :name)"),
                    {"id": row, "name": f"Row {row}"},
                )


def timed(name: str, act: Callable[[], Any]) -> Any:
    """Do something and print how many seconds it took."""
    began = time.perf_counter()
    made = act()
    print(f"  {name:42} {time.perf_counter() - began:7.2f} s")
    return made


def megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def published() -> int:
    """Ask for the screens as a request does; return how many there are."""
    count = len(kernel().declared_screens)
    db.session.remove()
    return count


def relabelled(number: int) -> int:
    """Change a word of the declaration and publish it."""
    with transaction():
        column = db.session.scalars(select(AdoptedColumn).limit(1)).one()
        column.label_en = f"Name {number}"
    return published()


def measure(address: str, count: int) -> None:
    """Measure one database of so many tables."""
    print(f"{count} tables")
    engine = create_engine(address)
    fill(engine, count)
    timed("MetaData.reflect (baseline)", lambda: MetaData().reflect(engine))
    opened = open_adopted(address, read_only=True)
    found = timed("look and judge", lambda: sketch(opened))
    found, proposed = timed("propose relations, words and roles", lambda: look(opened, found))
    used = timed("try which roles hold", lambda: holding_roles(opened, found, proposed))
    opened.dispose()
    with tempfile.TemporaryDirectory() as folder:
        settings = config.load({"KEBU_HOME": folder, "KEBU_DATABASE_URL": f"sqlite:///{folder}/kebu.db"})
        schema.upgrade(settings.database_url)
        app = make_ready(create_app(settings))
        with app.app_context():
            with everything_granted():
                wish = Wish(parse(address), "bench")
                timed(
                    "declare, publish, write permissions",
                    lambda: adopt_as_written(wish, (found, proposed, used)),
                )
            timed("publish after a word was changed", lambda: relabelled(0))
            first = megabytes()
            for number in range(PUBLICATIONS):
                relabelled(number + 1)
            print(f"  {'memory after 1 and 21 publications':42} {first:5.0f} and {megabytes():5.0f} MB")
    engine.dispose()


def main() -> None:
    """Measure every size."""
    for count in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            measure(f"sqlite:///{folder}/shop.db", count)


if __name__ == "__main__":
    main()
