"""Samples of an adopted database: few rows, no secrets, nothing changed, and no waiting."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app.adoption.proposing.sampling import LONGEST_TEXT, _interrupted, sample
from tests.adoption.proposing_support import adopt
from tests.support.databases import BACKENDS
from tests.support.real_databases import run_script
from tests.support.statements import recorded

SCRIPT = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(40), password VARCHAR(40), story TEXT, born DATE);
INSERT INTO people VALUES (1, 'Ann', 'hunter2', NULL, '1990-01-02');
INSERT INTO people VALUES (2, 'Bob', 'hunter3', '{long}', NULL);
INSERT INTO people VALUES (3, 'Cid', 'hunter4', 'short', '2001-02-03');
""".replace("{long}", "x" * 1000)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sample_holds_the_newest_rows_without_secrets_and_without_long_texts(
    backend: str, new_database: Callable[[str], str]
) -> None:
    address = new_database(backend)
    run_script(address, SCRIPT)
    adopted = adopt(address)
    with recorded(adopted.engine) as statements:
        rows = sample(adopted.engine, adopted.sketch, rows=2)["", "people"]
    with adopted.engine.connect() as connection:
        assert sample(connection, adopted.sketch, rows=2)["", "people"] == rows
    adopted.engine.dispose()
    assert [row["id"] for row in rows] == [3, 2]
    assert all(set(row) == {"id", "name", "story", "born"} for row in rows)
    assert len(rows[1]["story"]) == LONGEST_TEXT
    reads = [each for each in map(str, statements) if "people" in each]
    assert reads and all("LIMIT" in each and "password" not in each for each in reads)


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_table_that_does_not_answer_in_time_has_no_rows_and_the_others_are_read(
    backend: str, new_database: Callable[[str], str]
) -> None:
    address = new_database(backend)
    run_script(
        address, SCRIPT + "CREATE TABLE toys (id INTEGER PRIMARY KEY);\nINSERT INTO toys VALUES (7);\n"
    )
    adopted = adopt(address)
    locking = create_engine(address)
    lock = (
        "LOCK TABLE people IN ACCESS EXCLUSIVE MODE"
        if backend == "postgresql"
        else "LOCK TABLES people WRITE"
    )
    setting = "SHOW statement_timeout" if backend == "postgresql" else "SELECT @@SESSION.max_statement_time"
    with adopted.engine.connect() as connection:
        before = connection.execute(text(setting)).scalar_one()
    with locking.connect() as other:
        other.execute(text(lock))
        found = sample(adopted.engine, adopted.sketch, seconds=0.2)
        if backend == "mariadb":
            other.execute(text("UNLOCK TABLES"))
    with adopted.engine.connect() as connection:
        assert connection.execute(text(setting)).scalar_one() == before
    locking.dispose()
    adopted.engine.dispose()
    assert found["", "people"] == ()
    assert [dict(row) for row in found["", "toys"]] == [{"id": 7}]


def test_sqlite_is_interrupted_when_it_takes_too_long_and_works_on_afterwards() -> None:
    engine = create_engine("sqlite://")
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
    with engine.connect() as connection:
        with pytest.raises(OperationalError), _interrupted(connection, 0.05):
            connection.execute(endless)
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_value_that_its_column_s_type_can_t_read_costs_nothing_but_its_table_s_sample(
    new_database: Callable[[str], str],
) -> None:
    address = new_database("sqlite")
    run_script(
        address,
        "CREATE TABLE odd (id INTEGER PRIMARY KEY, price NUMERIC(10,2), at DATETIME);"
        "INSERT INTO odd VALUES (1, 'cheap', '0000-00-00');"
        "CREATE TABLE good (id INTEGER PRIMARY KEY);INSERT INTO good VALUES (1);",
    )
    adopted = adopt(address)
    assert adopted.proposal.table("", "odd") is not None
    found = sample(adopted.engine, adopted.sketch)
    adopted.engine.dispose()
    assert len(found["", "good"]) == 1
