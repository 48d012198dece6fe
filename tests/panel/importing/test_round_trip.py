"""What is exported for reading back changes nothing: every declared screen and field type, on three databases."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import singledispatch
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import app as program
from app.core import fields
from app.core.capability import discover
from app.core.database import db
from app.core.declaration import Screen
from app.core.fields import FieldProblem
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.exporting import Wish, csv_lines, json_chunks, machine_text, wish_of, xlsx_file
from app.panel.importing.mapping import targets
from app.panel.reading import Question
from app.panel.writing import assign
from tests.factories.adoption import needed
from tests.panel.importing.tables import checked, imported

SCREENS = [
    screen
    for capability in discover(program)
    for screen in capability.screens
    if {"import", "export"} <= set(screen.verbs)
]
ALL_SCREENS = pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
LIGHT = settings(
    max_examples=6,
    deadline=None,
    # Shrinking would import a thousand more files; the row that failed says enough.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
COUNTER = itertools.count(1)
AWKWARD = ["=1+1", "'=1", "''-x", "+86", "@cmd", "-5", "\t=x", "1.38E+10", "#N/A", "合计", "3/5/2026", "0012", "TRUE",
           'a "b", c', "； ; |", "＝1", "_x0041_", "王芳", "id", " x "]  # fmt: skip


@singledispatch
def typed(field: fields.Field) -> st.SearchStrategy[str]:
    """Return what people might type into a field."""
    raise NotImplementedError(type(field).__name__)


@typed.register
def _text(field: fields.Text) -> st.SearchStrategy[str]:
    return st.sampled_from(AWKWARD) | st.text(min_size=1, max_size=12)


@typed.register
def _long(field: fields.LongText) -> st.SearchStrategy[str]:
    return st.sampled_from([*AWKWARD, "two\nlines", "=a\n=b"]) | st.text(min_size=1, max_size=40)


@typed.register
def _phone(field: fields.Phone) -> st.SearchStrategy[str]:
    return st.from_regex(r"1[3-9][0-9]{9}|\+[1-9][0-9]{7,12}", fullmatch=True)


@typed.register
def _email(field: fields.Email) -> st.SearchStrategy[str]:
    return st.from_regex(r"[a-z]{1,8}@[a-z]{2,8}\.com", fullmatch=True)


@typed.register
def _choice(field: fields.Choice) -> st.SearchStrategy[str]:
    return st.sampled_from([member.value for member in field.choices])


@typed.register
def _yes_no(field: fields.YesNo) -> st.SearchStrategy[str]:
    return st.sampled_from(["0", "1"])


@typed.register
def _date(field: fields.Date) -> st.SearchStrategy[str]:
    return st.dates(datetime.date(1850, 1, 1), datetime.date(2025, 1, 1)).map(str)


@typed.register
def _moment(field: fields.Moment) -> st.SearchStrategy[str]:
    return st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2030, 1, 1)).map(str)


@typed.register
def _whole(field: fields.WholeNumber) -> st.SearchStrategy[str]:
    return st.integers(field.least, field.most).map(str)


@typed.register
def _quantity(field: fields.Quantity) -> st.SearchStrategy[str]:
    return st.decimals(field.least, field.most, places=field.scale).map(lambda number: f"{number:f}")


@typed.register
def _money(field: fields.Money) -> st.SearchStrategy[str]:
    return st.decimals(Decimal(0), Decimal(10**9), places=2).map(lambda number: f"{number:f}")


def drawn(field: fields.Field) -> st.SearchStrategy[Any]:
    """Return what stands in a field's inputs: texts, or for links which of three records."""
    if isinstance(field, fields.Link | fields.Links):
        filled: st.SearchStrategy[Any] = st.lists(
            st.integers(0, 2), min_size=1, max_size=3 if field.multiple else 1, unique=True
        )
    else:
        filled = typed(field).filter(lambda text: reads(field, text))
    return filled if field.required or isinstance(field, fields.YesNo) else st.none() | filled


def reads(field: fields.Field, text: str) -> bool:
    try:
        return field.parse([text]) is not None
    except FieldProblem:
        return False


def rows_for(data: Any, screen: Screen) -> list[dict[str, Any]]:
    row = st.fixed_dictionaries({entry.name: drawn(entry) for entry in targets(screen)})
    return data.draw(st.lists(row, min_size=1, max_size=4))


def linked(field: Any) -> list[Any]:
    """Return three records that a link may lead to, made where there are none yet."""
    target = kernel().screens[field.to]
    if target.name == "access:person":
        return list(db.session.scalars(select(target.model).limit(3))) * 3
    found = list(db.session.scalars(select(target.model).order_by(target.model.id).limit(3)))
    return [*found, *(made(target, plain(target)) for _missing in range(3 - len(found)))]


def linked_to(screen: Screen) -> Any:
    """Return a new record of a screen, with what it must have."""
    return made(screen, plain(screen))


def plain(screen: Screen) -> dict[str, Any]:
    """Return the inputs of a record that has only what it must have."""
    simple = {fields.Date: "2025-01-01", fields.Phone: "15400000000", fields.WholeNumber: "1"}
    return {
        entry.name: [0]
        if isinstance(entry, fields.Link)
        else next(iter(entry.choices)).value
        if isinstance(entry, fields.Choice)
        else simple.get(type(entry), "x")
        for entry in targets(screen)
        if entry.required
    }


def made(screen: Screen, inputs: dict[str, Any]) -> Any:
    """Return a saved record with these inputs, as the form would have saved it."""
    values: dict[str, Any] = {}
    for name, given_inputs in inputs.items():
        entry = screen.fields[name]
        if given_inputs is None:
            continue
        if isinstance(entry, fields.Link | fields.Links):
            there = linked(entry)
            found = list(dict.fromkeys(there[at] for at in given_inputs))
            values[name] = found if entry.multiple else found[0]
        else:
            values[name] = entry.parse([given_inputs])
    if values.get("due_on") and values["due_on"] < values.get("given_on", values["due_on"]):
        values["due_on"] = values["given_on"]
    for rule in screen.unique:
        if values.get(rule.field) is not None:
            values[rule.field] = f"{values[rule.field][:4]}{next(COUNTER)}"
    called = f"made{next(COUNTER)}"
    record = screen.model(**needed(screen.name, called, lambda name: linked_to(kernel().screens[name])))
    assign(record, values)
    db.session.add(record)
    db.session.flush()
    return record


def fill(data: Any, screen: Screen) -> None:
    rows = rows_for(data, screen)
    with transaction():
        for row in rows:
            made(screen, row)


def machine(screen: Screen) -> bytes:
    return "".join(csv_lines(Question(screen), wish_of(screen, "all", "machine"))).encode()


def table_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture(autouse=True)
def _asked_by_nobody(app_on: Flask) -> Iterator[None]:
    """The tests run in the application's context, without a request."""
    yield
    db.session.rollback()


@ALL_SCREENS
@given(data=st.data())
@LIGHT
def test_an_export_read_back_changes_nothing(app_on: Flask, screen: Screen, data: Any) -> None:
    fill(data, screen)
    content = machine(screen)
    count = len(table_of(content)) - 1

    by_csv = checked(content, screen.name)
    by_xlsx = checked(xlsx_file(Question(screen), wish_of(screen, "all", "machine")).read(), screen.name)

    assert by_csv.counts == by_xlsx.counts == (0, 0, count, 0), (by_csv, by_xlsx, count)


@ALL_SCREENS
@given(data=st.data())
@LIGHT
def test_an_export_read_back_puts_everything_back(app_on: Flask, screen: Screen, data: Any) -> None:
    fill(data, screen)
    before = machine(screen)
    optional = [
        entry for entry in targets(screen) if not entry.required and not isinstance(entry, fields.YesNo)
    ]
    with transaction():
        for record in db.session.scalars(select(screen.model)):
            for entry in optional:
                setattr(record, entry.name, [] if entry.multiple else None)

    found = imported(before, screen.name)

    assert found.refused == found.insert == 0, found.reasons
    assert machine(screen) == before


@ALL_SCREENS
@given(data=st.data())
@LIGHT
def test_an_export_read_into_an_empty_table_makes_the_same_records(
    app_on: Flask, screen: Screen, data: Any
) -> None:
    row = rows_for(data, screen)[0]
    with transaction():
        record = made(screen, row)
    content = table_of(machine(screen))
    keep = [
        name for name in content[0] if name == "id" or (name in {entry.name for entry in targets(screen)})
    ]
    places = [content[0].index(name) for name in keep]
    mine = next(
        row for row in content if row[0] == machine_text(fields.Link("x", "", to=screen.name), record)
    )
    with transaction():
        db.session.delete(db.session.merge(record))
    rows = [keep, [mine[at] for at in places]]
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    found = imported(text.getvalue().encode(), screen.name)
    again = next(row for row in table_of(machine(screen)) if row[0] == mine[0])

    assert found.counts == (1, 0, 0, 0), found.reasons
    assert [again[at] for at in places] == [mine[at] for at in places]


# --- Files --------------------------------------------------------------------------------------------


@ALL_SCREENS
def test_every_screen_exports_as_shown_and_whole_for_people_and_machines(
    app_on: Flask, screen: Screen
) -> None:
    question = Question(screen)
    for which in ("shown", "all"):
        for form in ("person", "machine"):
            wish = wish_of(screen, which, form)
            heads = table_of("".join(csv_lines(question, wish)).encode())[0]

            assert len(heads) == len(wish.names) + (form == "machine")
            assert isinstance(json.loads("".join(json_chunks(question, wish))), list)
            assert xlsx_file(question, wish).read(4) == b"PK\x03\x04"


def test_no_export_begins_a_cell_with_a_formula(app: Flask, tmp_path: Path) -> None:
    screen = kernel().screens["people:customer"]
    hostile = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "'=1"]
    with transaction():
        for text in hostile:
            db.session.add(screen.model(name=text, notes=text, address=text))

    for form in ("person", "machine"):
        rows = table_of("".join(csv_lines(Question(screen), wish_of(screen, "all", form))).encode())
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    workbook = tmp_path / "t.xlsx"
    workbook.write_bytes(xlsx_file(Question(screen), wish_of(screen, "all", "person")).read())
    assert b"<f>" not in workbook.read_bytes()


def test_an_export_asks_in_batches_and_keeps_nothing(app: Flask, statements: Any) -> None:
    screen = kernel().screens["people:customer"]
    with transaction():
        db.session.add_all([screen.model(name=f"顾客{at}", phone=f"154{at:08}") for at in range(2_500)])

    with statements() as seen:
        xlsx_file(Question(screen), Wish(("name", "phone"))).close()

    assert len([each for each in seen if "FROM people_customer" in each]) == 3
    assert len(db.session.identity_map) <= 1_000
