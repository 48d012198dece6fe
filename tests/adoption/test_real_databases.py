"""Databases that others made: every table and view of Chinook, Northwind and mall gets a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, inspect

from app.adoption.connecting import open_adopted
from app.adoption.reflecting import sketch
from app.adoption.sketches import DatabaseSketch
from app.adoption.verdicts import verdict
from tests.support.real_databases import EVERY_ONE

every_one = pytest.mark.parametrize(("name", "backend"), EVERY_ONE)
EDITABLE_AND_NOT = {
    ("chinook", "sqlite"): (11, 0),
    ("chinook", "postgresql"): (11, 0),
    ("chinook", "mariadb"): (11, 0),
    ("northwind", "sqlite"): (13, 16),
    ("northwind", "postgresql"): (14, 0),
    ("mall", "mariadb"): (75, 1),
}


@pytest.fixture
def looked_at(
    real_database: Callable[[str, str], str],
) -> Callable[[str, str], tuple[Engine, DatabaseSketch]]:
    """Return a function that gives a read-only engine on a real database, and its sketch."""

    def of(name: str, backend: str) -> tuple[Engine, DatabaseSketch]:
        engine = open_adopted(real_database(name, backend), read_only=True)
        return engine, sketch(engine)

    return of


@every_one
def test_every_table_and_view_gets_a_verdict(
    name: str, backend: str, looked_at: Callable[[str, str], tuple[Engine, DatabaseSketch]]
) -> None:
    engine, found = looked_at(name, backend)
    catalogue = inspect(engine)
    known = {*catalogue.get_table_names(), *catalogue.get_view_names()}
    engine.dispose()

    kinds = Counter(verdict(table).kind.value for table in found.tables)

    assert {table.name for table in found.tables} == known
    assert (kinds["editable"], kinds["read-only"]) == EDITABLE_AND_NOT[name, backend]
    assert kinds["refused"] == 0
    assert all(table.rows is not None for table in found.tables if table.kind == "table")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql", "mariadb"])
def test_the_relations_of_chinook_are_the_same_on_every_database(
    backend: str, looked_at: Callable[[str, str], tuple[Engine, DatabaseSketch]]
) -> None:
    engine, found = looked_at("chinook", backend)
    engine.dispose()

    def plain(text: str) -> str:
        return text.replace("_", "").lower()

    relations = {
        (plain(table.name), plain(each.columns[0]), plain(each.table))
        for table in found.tables
        for each in table.relations
    }
    assert relations == {
        ("album", "artistid", "artist"),
        ("customer", "supportrepid", "employee"),
        ("employee", "reportsto", "employee"),
        ("invoice", "customerid", "customer"),
        ("invoiceline", "invoiceid", "invoice"),
        ("invoiceline", "trackid", "track"),
        ("playlisttrack", "playlistid", "playlist"),
        ("playlisttrack", "trackid", "track"),
        ("track", "albumid", "album"),
        ("track", "genreid", "genre"),
        ("track", "mediatypeid", "mediatype"),
    }


@pytest.mark.mariadb
def test_mall_has_no_declared_relation_and_comments_on_nearly_everything(
    looked_at: Callable[[str, str], tuple[Engine, DatabaseSketch]],
) -> None:
    engine, found = looked_at("mall", "mariadb")
    engine.dispose()

    status = found.table("", "oms_order").column("status")

    assert sum(len(table.relations) for table in found.tables) == 0
    assert status.comment == "订单状态：0->待付款；1->待发货；2->已发货；3->已完成；4->已关闭；5->无效订单"
