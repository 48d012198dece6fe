"""The schema: its state is told truly, and many processes may migrate at once, on three databases."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy

from app.core import schema
from app.core.schema import SchemaError, Status
from tests.support.databases import BACKENDS

ENVIRONMENT = """
from alembic import context
context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = """
import time
import sqlalchemy as sa
from alembic import op
revision, down_revision = {revision!r}, {before!r}
def upgrade():
    op.create_table({table!r}, sa.Column("id", sa.Integer, primary_key=True))
    time.sleep(0.2)  # so that processes without a lock would surely meet
"""


def make_scripts(folder: Path, count: int) -> Path:
    """Make a folder of so many small migrations."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(ENVIRONMENT, encoding="utf-8")
    for number in range(count):
        text = REVISION.format(
            revision=f"r{number}", before=f"r{number - 1}" if number else None, table=f"table_{number}"
        )
        (folder / "versions" / f"r{number}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """An empty database of its own on each of the three."""
    return new_database(request.param)


def tables(url: str) -> set[str]:
    engine = schema.plain_engine(url)
    try:
        return set(sqlalchemy.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_a_database_goes_from_empty_over_behind_to_current_and_newer(url: str, tmp_path: Path) -> None:
    old, new = make_scripts(tmp_path / "old", 1), make_scripts(tmp_path / "new", 2)

    empty = schema.state(url, new)
    first = schema.upgrade(url, old)
    behind = schema.state(url, new)
    second = schema.upgrade(url, new)
    newer = schema.state(url, old)

    assert (empty.status, empty.revisions, empty.newest) == (Status.EMPTY, (), ("r1",))
    assert (first.status, first.revisions) == (Status.CURRENT, ("r0",))
    assert (behind.status, behind.revisions) == (Status.BEHIND, ("r0",))
    assert (second.status, second.revisions) == (Status.CURRENT, ("r1",))
    assert (newer.status, newer.revisions) == (Status.NEWER, ("r1",))
    assert tables(url) == {"table_0", "table_1"}
    with pytest.raises(SchemaError, match="newer than this program"):
        schema.upgrade(url, old)


def _upgrade(arguments: tuple[str, str]) -> str:
    url, scripts = arguments
    return schema.upgrade(url, Path(scripts)).status.value


def test_many_processes_migrate_at_once_and_each_migration_runs_once(url: str, tmp_path: Path) -> None:
    scripts = make_scripts(tmp_path / "scripts", 3)

    with multiprocessing.get_context("spawn").Pool(4) as pool:
        statuses = pool.map(_upgrade, [(url, str(scripts))] * 8, chunksize=1)

    assert statuses == ["current"] * 8
    assert tables(url) == {"table_0", "table_1", "table_2"}


def test_a_database_with_strange_tables_is_not_touched(url: str, tmp_path: Path) -> None:
    engine = schema.plain_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE till (amount INTEGER)"))
    engine.dispose()

    with pytest.raises(SchemaError, match="till"):
        schema.upgrade(url, make_scripts(tmp_path / "scripts", 1))

    assert tables(url) == {"till"}


def test_an_interrupted_first_migration_is_told_from_a_stranger_s_tables(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(sqlalchemy.text("CREATE TABLE people_tag (id INTEGER)"))

    found = schema.state(engine)
    engine.dispose()

    assert found.status is schema.Status.BROKEN
    assert "interrupted" in found.reason


def test_a_failing_migration_is_one_line_without_its_values(tmp_path: Path) -> None:
    scripts = make_scripts(tmp_path / "scripts", 1)
    (scripts / "versions" / "bad.py").write_text(
        "from alembic import op\nrevision, down_revision = 'bad', 'r0'\n"
        "def upgrade():\n    op.execute(\"INSERT INTO nowhere VALUES ('13800001111')\")\n",
        encoding="utf-8",
    )

    with pytest.raises(SchemaError, match="The migration failed") as caught:
        schema.upgrade(f"sqlite:///{tmp_path}/kebu.db", scripts)

    assert "13800001111" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_to_ask_for_the_state_makes_no_file(tmp_path: Path) -> None:
    assert schema.state(f"sqlite:///{tmp_path}/kebu.db").status is Status.EMPTY
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "hint"), [(b"no database at all" * 99, "not a SQLite database"), (b"", "")]
)
def test_a_broken_file_is_told_from_an_empty_one(content: bytes, hint: str, tmp_path: Path) -> None:
    (tmp_path / "kebu.db").write_bytes(content)

    found = schema.state(f"sqlite:///{tmp_path}/kebu.db")

    assert found.status is (Status.BROKEN if hint else Status.EMPTY)
    assert hint in found.reason


def test_a_damaged_file_and_a_missing_folder_are_broken(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "kebu.db")
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.commit()
    connection.close()
    path = tmp_path / "kebu.db"
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 3000)

    assert schema.state(f"sqlite:///{path}").status is Status.BROKEN
    assert "cannot be opened" in schema.state(f"sqlite:///{tmp_path}/nowhere/kebu.db").reason
