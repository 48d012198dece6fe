"""Migrations lead to what the models say, keep every row on the way, and never stop half-way."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import re
import shutil
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, inspect, text

import app
from app.core import schema
from app.core.database import TABLE_OPTIONS, writing
from app.core.migration import all_tables, options
from app.core.schema import SCRIPTS, SchemaError, Status, plain_engine
from tests.support.databases import BACKENDS

REVISIONS = [script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()][::-1]
TEXT = "王小明 🐕 'x'"
# What a migration changes on purpose: {revision it starts from: {"table.column", …}}.
CHANGED_ON_PURPOSE: dict[str, set[str]] = {}


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """An empty database on each of the three."""
    return new_database(request.param)


def go_to(url: str, revision: str, scripts: Path = SCRIPTS) -> None:
    """Bring the database up or down to a revision."""
    configuration = Config()
    configuration.set_main_option("script_location", str(scripts))
    configuration.set_main_option("path_separator", "os")
    engine = plain_engine(url)
    token = writing.set(True)
    try:
        with engine.connect() as connection:
            configuration.attributes["connection"] = connection
            down = revision == "base"
            (command.downgrade if down else command.upgrade)(configuration, revision)
            connection.commit()
    finally:
        writing.reset(token)
        engine.dispose()


def read(url: str, question: Callable[[Connection], Any]) -> Any:
    """Return the answer to a question about the database."""
    engine = plain_engine(url)
    try:
        with engine.connect() as connection:
            return question(connection)
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    """Return the names of all tables but Alembic's own."""
    return read(url, lambda connection: set(inspect(connection).get_table_names())) - {"alembic_version"}


def test_the_migrations_lead_to_what_the_models_say(url: str) -> None:
    schema.upgrade(url)
    metadata = all_tables(app)

    def differences(connection: Connection) -> list[Any]:
        found = options(connection)
        found.pop("render_item")
        return compare_metadata(MigrationContext.configure(connection, opts=found), metadata)

    assert read(url, differences) == []
    assert tables(url) == set(metadata.tables)


def test_the_migrations_make_every_check_that_the_models_want(url: str) -> None:
    schema.upgrade(url)

    def checks(connection: Connection) -> dict[str, set[str]]:
        inspector = inspect(connection)
        return {
            name: {str(check["name"]) for check in inspector.get_check_constraints(name)}
            for name in metadata.tables
        }

    metadata = all_tables(app)
    wanted = {
        name: {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, sqlalchemy.CheckConstraint)
        }
        for name, table in metadata.tables.items()
    }
    assert sum(map(len, wanted.values())) > 10
    assert read(url, checks) == wanted


def test_every_text_on_mariadb_compares_by_code_point(new_database: Callable[[str], str]) -> None:
    url = new_database("mariadb")
    schema.upgrade(url)

    found = read(
        url,
        lambda connection: connection.execute(
            text("SELECT table_name, engine, table_collation FROM information_schema.tables "
                 "WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'")
        ).all(),
    )  # fmt: skip

    wrong = [row for row in found if (row[1], row[2]) != ("InnoDB", TABLE_OPTIONS["mysql_collate"])]
    assert len(found) > 10
    assert wrong == []


def test_going_back_leaves_nothing_and_going_forth_again_works(url: str) -> None:
    schema.upgrade(url)
    fill(url)

    go_to(url, "base")
    left = tables(url)
    after = schema.upgrade(url)

    assert left == set()
    assert after.status is Status.CURRENT


@pytest.mark.parametrize("start", REVISIONS)
def test_an_upgrade_from_every_version_keeps_every_row(url: str, start: str) -> None:
    go_to(url, start)
    before = fill(url)
    assert len(before) > 10

    after_state = schema.upgrade(url)

    assert after_state.status is Status.CURRENT
    after = all_rows(url)
    meant = CHANGED_ON_PURPOSE.get(start, set())
    for table, rows in before.items():
        assert table in after or table in meant, f"{table} is gone"
        for old, new in zip(rows, after.get(table, []), strict=True):
            kept = {name: new.get(name, "gone") for name in old if f"{table}.{name}" not in meant}
            assert kept == {name: old[name] for name in kept}


def fill(url: str) -> dict[str, list[dict[str, Any]]]:
    """Put a row into every table there is, by what the database itself says of its columns; return all rows."""
    engine = plain_engine(url)
    metadata = MetaData()
    token = writing.set(True)
    try:
        metadata.reflect(engine)
        with engine.begin() as connection:
            keys: dict[tuple[str, str], Any] = {}
            for table in metadata.sorted_tables:
                if table.name == "alembic_version":
                    continue
                fixed = fixed_values(connection, table)
                row = {column.name: sample(table, column, keys, fixed) for column in table.columns}
                connection.execute(table.insert().values(row))
                keys |= {(table.name, name): value for name, value in row.items()}
    finally:
        writing.reset(token)
        engine.dispose()
    return all_rows(url)


def fixed_values(connection: Connection, table: Table) -> dict[str, str]:
    """Return by column the first value that a check constraint admits (`state IN ('open', …)`, `single = 1`)."""
    found = {name: json.dumps({"kept": TEXT}) for name in json_texts(connection, table)}
    for check in inspect(connection).get_check_constraints(table.name):
        condition = re.sub(r"::[a-z ]+(\[\])?|[()`\"\[\]]|ARRAY", "", str(check["sqltext"]))
        one_of = re.match(r"(\w+)\s*(?:IN|in|= ANY)\s*'([^']*)'", condition)
        exactly = re.match(r"(\w+)\s*=\s*(\d+)$", condition.strip())
        match = one_of or exactly
        if match:
            found[match[1]] = match[2]
    return found


def json_texts(connection: Connection, table: Table) -> list[str]:
    """Return the columns that MariaDB keeps as text and checks to be JSON; SQLAlchemy reflects neither."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return []
    checks = connection.execute(
        text("SELECT check_clause FROM information_schema.check_constraints "
             "WHERE constraint_schema = DATABASE() AND table_name = :name"),
        {"name": table.name},
    ).scalars()  # fmt: skip
    return [match[1] for clause in checks if (match := re.search(r"json_valid\(`(\w+)`\)", clause))]


def sample(  # noqa: PLR0911, C901 - one line a type
    table: Table, column: Column[Any], keys: dict[tuple[str, str], Any], fixed: dict[str, str]
) -> Any:
    """Return a value that the column takes."""
    for foreign in column.foreign_keys:
        if foreign.column.table.name == table.name:
            return None
        return keys[foreign.column.table.name, foreign.column.name]
    given = fixed.get(column.name)
    length = getattr(column.type, "length", None)
    python_type = type(column.type).__name__
    if python_type in ("UUID", "Uuid"):
        return uuid.UUID(int=7)
    if isinstance(column.type, sqlalchemy.LargeBinary | sqlalchemy.types._Binary):
        return uuid.UUID(int=7).bytes
    if isinstance(column.type, sqlalchemy.Boolean):
        return True
    if isinstance(column.type, sqlalchemy.Integer):
        return int(given or 1)
    if isinstance(column.type, sqlalchemy.Numeric):
        return Decimal(1)
    if isinstance(column.type, sqlalchemy.DateTime):
        zone = datetime.UTC if getattr(column.type, "timezone", False) else None
        return datetime.datetime(2026, 3, 5, 1, 2, 3, tzinfo=zone)
    if isinstance(column.type, sqlalchemy.Date):
        return datetime.date(2026, 3, 5)
    if isinstance(column.type, sqlalchemy.Time):
        return datetime.time(4, 0)
    if isinstance(column.type, sqlalchemy.JSON):
        return {"kept": TEXT}
    if isinstance(column.type, sqlalchemy.String):
        return given if given is not None else f"{column.name[:2]}{TEXT}"[:length]
    raise AssertionError(f"say here what a {python_type} may hold ({table.name}.{column.name})")


def all_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in a fixed order."""

    def rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for name in inspect(connection).get_table_names():
            if name != "alembic_version":
                result = connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
                found[name] = sorted((dict(row) for row in result), key=repr)
        return found

    answer: dict[str, list[dict[str, Any]]] = read(url, rows)
    return answer


def migrate_in_a_process(url: str) -> str:
    """Upgrade and return the state's name; runs in a process of its own."""
    return schema.upgrade(url).status.value


def test_two_processes_migrate_at_once_and_both_find_it_done(url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        states = pool.map(migrate_in_a_process, [url] * 2)

    assert states == ["current"] * 2
    assert tables(url) == set(all_tables(app).tables)


FAILING = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{before}"
def upgrade():
    op.create_table("people_half", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("people_customer", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Integer))
    op.execute("SELECT * FROM there_is_no_such_table")
"""
COPYING = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{before}"
def upgrade():
    with op.batch_alter_table("people_customer", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("extra", sa.Integer))
"""
ORPHANING = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{before}"
def upgrade():
    op.execute("DELETE FROM people_customer")
"""


@pytest.fixture
def one_more(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that copies the migrations and adds one at their end."""

    def add(source: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text_of_it = source.format(before=REVISIONS[-1])
        (folder / "versions" / "9999_one_more.py").write_text(text_of_it, encoding="utf-8")
        return folder

    return add


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_migration_that_fails_leaves_everything_as_it_was(
    backend: str, new_database: Callable[[str], str], one_more: Callable[[str], Path]
) -> None:
    url = new_database(backend)
    schema.upgrade(url)
    before = fill(url)

    with pytest.raises(SchemaError):
        schema.upgrade(url, one_more(FAILING))

    assert all_rows(url) == before
    assert schema.state(url).status is Status.CURRENT
    assert "people_half" not in tables(url)


def test_a_table_is_copied_on_sqlite_without_losing_what_points_to_it(
    new_database: Callable[[str], str], one_more: Callable[[str], Path]
) -> None:
    url = new_database("sqlite")
    schema.upgrade(url)
    before = fill(url)

    schema.upgrade(url, one_more(COPYING))

    after = all_rows(url)
    assert after.pop("people_customer") == [{**before.pop("people_customer")[0], "extra": None}]
    assert after == before


def test_a_migration_that_leaves_rows_pointing_to_nothing_is_undone(
    new_database: Callable[[str], str], one_more: Callable[[str], Path]
) -> None:
    url = new_database("sqlite")
    schema.upgrade(url)
    before = fill(url)

    with pytest.raises(Exception, match="foreign keys"):
        schema.upgrade(url, one_more(ORPHANING))

    assert all_rows(url) == before


def test_migrations_form_one_line_and_say_what_they_do() -> None:
    directory = ScriptDirectory(str(SCRIPTS))

    assert len(directory.get_heads()) == 1
    for script in directory.walk_revisions():
        assert re.fullmatch(r"\d{4}", script.revision)
        assert Path(script.path).name.startswith(script.revision + "_")
        assert script.doc.endswith(".")
        assert not script.is_merge_point
