"""What an import may do and what it costs: rights, statements a chunk, and what is remembered for the next file."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.database import db
from app.core.transaction import transaction
from app.panel.importing import starting
from app.panel.importing.mapping import Use
from app.panel.importing.models import Import, ImportShape, ImportState
from app.people.models import Customer
from tests.factories.people import make_customer, make_tag
from tests.panel.importing.tables import (
    checked,
    csv_bytes,
    everything,
    imported,
    outcome,
    take_in,
    written,
)


def customers() -> dict[str, Customer]:
    db.session.rollback()
    return {each.name: each for each in db.session.scalars(select(Customer))}


# --- Rights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacking", "counts"),
    [
        ("people:customer:add", (0, 1, 0, 1)),
        ("people:customer:edit", (1, 0, 0, 1)),
        ("access:branch:list", (0, 0, 0, 2)),
    ],
)
def test_an_import_does_nothing_that_the_person_may_not_do(app: Flask, lacking: str, counts: Any) -> None:
    make_customer(name="王芳", phone="15400000001")
    rows = [
        ["姓名", "手机", "门店"],
        ["王小芳", "15400000001", "Main branch"],
        ["新", "15400000002", "Main branch"],
    ]

    found = checked(csv_bytes(rows), may=lambda name: name != lacking)

    assert found.counts == counts


# --- Statements ---------------------------------------------------------------------------------------


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


# --- What is remembered -------------------------------------------------------------------------------


def test_what_was_chosen_for_a_shape_of_file_is_chosen_again(app: Flask) -> None:
    screen_name, table = "people:customer", csv_bytes([["甲列", "乙列"], ["王芳", "x"]])
    screen = app.extensions["kebu"].screens[screen_name]
    first = take_in(table)
    with transaction():
        db.session.get_one(Import, first).created_by = None
    item = db.session.get_one(Import, first)
    mapping, shape = item.mapping, starting.shape_of(screen, item.headers)
    with transaction():
        starting.remember(shape, mapping.__class__((Use("name"), Use("notes"))))

    again = db.session.get_one(Import, take_in(table)).mapping

    assert [use.field for use in mapping.uses] == ["", ""]
    assert [use.field for use in again.uses] == ["name", "notes"]
    assert db.session.scalar(select(func.count()).select_from(ImportShape)) == 1


def test_dates_of_a_column_are_read_by_what_the_whole_file_shows(app: Flask) -> None:
    rows = [["姓名", "生日"], ["甲", "3/5/1990"], ["乙", "25/3/1990"]]

    imported(csv_bytes(rows), key="")

    assert customers()["甲"].birth_date == datetime.date(1990, 5, 3)
