"""Upgrades of the program keep what a manager made, and the check of the schema looks past it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import app as program
from app.core import schema
from app.core.database import writing
from app.core.migration import all_tables, options
from app.core.schema import SCRIPTS
from app.shaping.models import Kind
from app.shaping.plans import Settings
from tests.factories.shaping import make_field, make_type
from tests.support.databases import BACKENDS
from tests.support.whole_house import WholeHouse, sign_in_as

LATER = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{before}"
def upgrade():
    with op.batch_alter_table("people_customer", recreate="auto") as batch_op:
        batch_op.alter_column("wechat", existing_type=sa.String(60), type_=sa.String(80))
        batch_op.add_column(sa.Column("later", sa.Integer))
"""


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, new_database: Callable[[str], str], tmp_path: Path) -> Any:
    """A shop of its own whose tables may be changed."""
    made = WholeHouse(new_database(request.param), tmp_path)
    yield made
    made.close()


def everything(engine: sqlalchemy.Engine) -> list[dict[str, Any]]:
    """Return every customer's own values and every index of the table."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM people_customer")).mappings()]


def test_a_later_migration_that_copies_the_table_keeps_fields_values_links_and_indexes(
    house: Any, tmp_path: Path
) -> None:
    with house.app.app_context():
        noun = make_type(house.app)
        names = {
            kind: make_field(house.app, kind, is_unique=kind is Kind.TEXT)
            for kind in (Kind.TEXT, Kind.MONEY, Kind.CHOICES, Kind.NUMBER)
        }
        link = make_field(house.app, Kind.LINK, settings=Settings(to=f"own:{noun}"))
    client = sign_in_as(house.app.test_client(), "Owner")
    course = client.post(f"/own/{noun}/add", data={"name": "拉花"}).headers["Location"].rpartition("/")[2]
    typed = {names[Kind.TEXT]: "A1", names[Kind.MONEY]: "2.5", names[Kind.NUMBER]: "1.25", link: course,
             names[Kind.CHOICES]: ["red"]}  # fmt: skip
    page = client.post("/people/customer/add", data={"name": "王伟", **typed}).headers["Location"]
    url = house.app.config["KEBU_SETTINGS"].database_url
    engine = schema.plain_engine(url)
    before, indexes = (
        everything(engine),
        {each["name"] for each in inspect(engine).get_indexes("people_customer")},
    )
    folder = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = schema.state(engine).revisions[0]
    (folder / "versions" / "9999_later.py").write_text(LATER.format(before=head), encoding="utf-8")

    schema.upgrade(url, folder)

    after = everything(engine)
    assert [{**row, "later": None} for row in before] == after
    assert {each["name"] for each in inspect(engine).get_indexes("people_customer")} >= indexes
    keys = inspect(engine).get_foreign_keys("people_customer")
    assert any(key["constrained_columns"] == [f"{link}_id"] for key in keys)
    engine.dispose()
    document = client.get(f"/api/v1{page}").json
    assert document[names[Kind.NUMBER]] == "1.25"
    assert document[link]["title"] == "拉花"


def test_the_check_of_the_schema_and_drafts_of_migrations_look_past_own_fields(house: Any) -> None:
    with house.app.app_context():
        make_type(house.app)
        make_field(house.app, Kind.LINK)
        make_field(house.app, Kind.TEXT, is_unique=True)
    engine = schema.plain_engine(house.app.config["KEBU_SETTINGS"].database_url)
    token = writing.set(True)

    with engine.connect() as connection:
        found = options(connection)
        found.pop("render_item")
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=found), all_tables(program)
        )
    writing.reset(token)
    engine.dispose()

    assert differences == []
    assert not any(name.startswith("own_") for name in all_tables(program).tables)
