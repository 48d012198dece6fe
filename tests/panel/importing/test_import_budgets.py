"""What a chunk of an import asks of the database: as much for three rows as for three hundred."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.core.database import db
from app.core.transaction import transaction
from app.panel.importing import starting
from app.panel.importing.models import Import, ImportState
from tests.factories.people import make_tag
from tests.panel.importing.tables import (
    checked,
    csv_bytes,
    everything,
    outcome,
    written,
)


def selects(app: Flask, rows: list[list[str]], screen: str, statements: Any) -> int:
    key = checked(csv_bytes(rows), screen).key
    with transaction():
        db.session.get_one(Import, key).begin(ImportState.CHECKING)
    with statements() as seen:
        starting.work(key, "check", everything)
    assert outcome(key).refused == 0
    return len(seen)


def test_a_chunk_costs_as_many_statements_whatever_it_holds(app_on: Flask, statements: Any) -> None:
    make_tag(name="VIP")
    head = ["姓名", "手机", "会员号", "门店", "标签", "生日"]

    def rows(count: int) -> list[list[str]]:
        return [
            head,
            *(
                [f"顾客{at}", f"154{at:08}", f"M{at}", "Main branch", "VIP", "1990-01-01"]
                for at in range(count)
            ),
        ]

    few, many = (
        selects(app_on, rows(2), "people:customer", statements),
        selects(app_on, rows(400), "people:customer", statements),
    )

    assert many == few
    assert few <= 30


def test_writing_a_chunk_of_new_records_does_not_ask_row_by_row(app_on: Flask, statements: Any) -> None:
    def count(many: int, first: int) -> int:
        rows = [
            ["姓名", "手机", "会员号"],
            *([f"顾客{at}", f"154{at:08}", f"M{at}"] for at in range(first, first + many)),
        ]
        key = checked(csv_bytes(rows)).key
        with statements() as seen:
            written(key)
        return len([each for each in seen if each.lstrip().upper().startswith("SELECT")])

    assert count(300, 1_000) == count(3, 5_000)
