"""What an account may do decides what a table's verdict is; the right to read is enough to look."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url

from app.adoption.verdicts import Kind, verdict
from tests.adoption.looking import look


@contextmanager
def reader_on(backend: str, url: str, grants: list[str]) -> Iterator[URL]:
    """Make an account with these rights and give its address; it is gone afterwards."""
    name, password = f"kebu_reader_{secrets.token_hex(4)}", secrets.token_hex(8)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    account = name if backend == "postgresql" else f"{name}@'%%'"
    with engine.connect() as connection:
        made = "LOGIN PASSWORD" if backend == "postgresql" else "IDENTIFIED BY"
        what = "ROLE" if backend == "postgresql" else "USER"
        connection.exec_driver_sql(f"CREATE {what} {account} {made} '{password}'")
        try:
            for grant in grants:
                connection.exec_driver_sql(f"{grant} TO {account}")
            yield make_url(url).set(username=name, password=password)
        finally:
            if backend == "postgresql":
                connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP {what} {account}")
    engine.dispose()


def all_of(backend: str, url: str, right: str) -> list[str]:
    if backend == "postgresql":
        return [f'GRANT {right} ON ALL TABLES IN SCHEMA "{schema}"' for schema in ("public", "分店 two")] + [
            'GRANT USAGE ON SCHEMA "分店 two"'
        ]
    return [f"GRANT {right} ON `{make_url(url).database}`.*"]


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_the_right_to_read_suffices_to_see_everything(backend: str, zoo: Callable[[str], str]) -> None:
    url = zoo(backend)
    whole = look(url)

    with reader_on(backend, url, all_of(backend, url, "SELECT")) as address:
        found = look(address)

    assert [(table.schema, table.name, table.kind) for table in found.tables] == [
        (table.schema, table.name, table.kind) for table in whole.tables
    ]
    for seen, known in zip(found.tables, whole.tables, strict=True):
        assert [(each.name, str(each.type)) for each in seen.columns] == [
            (each.name, str(each.type)) for each in known.columns
        ], seen.name
        assert (seen.key, seen.relations, seen.rows, bool(seen.problem)) == (
            known.key,
            known.relations,
            known.rows,
            bool(known.problem),
        )
        if not seen.problem:
            assert seen.rights == {"select"}
            assert verdict(seen).kind is not Kind.EDITABLE


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_each_right_counts(backend: str, new_database: Callable[[str], str]) -> None:
    url = new_database(backend)
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in ("full", "no_delete", "no_update", "reading", "some", "hidden"):
            connection.exec_driver_sql(f"CREATE TABLE {name}_one (id INTEGER PRIMARY KEY, phone VARCHAR(20))")
    engine.dispose()
    place = "" if backend == "postgresql" else f"`{make_url(url).database}`."
    grants = [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {place}full_one",
        f"GRANT SELECT, INSERT, UPDATE ON {place}no_delete_one",
        f"GRANT SELECT, INSERT ON {place}no_update_one",
        f"GRANT SELECT ON {place}reading_one",
        f"GRANT SELECT (id) ON {place}some_one",
    ]
    # MariaDB hides a table from who has no right at all on it; this one is seen and can't be read.
    grants.append(f"GRANT INSERT ON {place}hidden_one")

    with reader_on(backend, url, grants) as address:
        found = {table.name: table for table in look(address).tables}

    kinds = {name: verdict(table).kind.value for name, table in found.items()}
    assert kinds == {
        "full_one": "editable",
        "no_delete_one": "editable",
        "no_update_one": "read-only",
        "reading_one": "read-only",
        "some_one": "read-only",
        "hidden_one": "refused",
    }
    assert [column.name for column in found["some_one"].columns] == ["id"]
    assert "UPDATE" in str(verdict(found["no_update_one"]).mend)
    assert "DELETE" in str(verdict(found["no_delete_one"]).mend)


def test_a_sqlite_file_that_can_not_be_written_is_read_only(
    zoo: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who runs the tests may be one whom no file refuses; so the answer of the system is what is changed.
    monkeypatch.setattr("app.adoption.reading_sqlite.os.access", lambda _path, _mode: False)

    kinds = {verdict(table).kind for table in look(zoo("sqlite")).tables}

    assert kinds == {Kind.READ_ONLY, Kind.REFUSED}


@pytest.mark.mariadb
def test_rights_that_come_by_a_role_count(new_database: Callable[[str], str]) -> None:
    url = new_database("mariadb")
    role = f"kebu_role_{secrets.token_hex(4)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE member (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(f"CREATE ROLE {role}")
        try:
            connection.exec_driver_sql(
                f"GRANT SELECT, INSERT, UPDATE ON `{make_url(url).database}`.* TO {role}"
            )
            with reader_on("mariadb", url, [f"GRANT {role}"]) as address:
                account = f"'{address.username}'@'%%'"
                connection.exec_driver_sql(f"SET DEFAULT ROLE {role} FOR {account}")

                (table,) = look(address).tables
        finally:
            connection.exec_driver_sql(f"DROP ROLE {role}")
    engine.dispose()
    assert table.rights == {"select", "insert", "update"}
