"""Comparing a database with what was said of it: pure, so that every case can be drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.types import NullType

from app.adoption.drift import drift_of, fingerprint
from app.adoption.drift_taking import renamed_in
from app.adoption.models import AdoptedColumn, AdoptedTable
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch


def _sketch(name: str, *columns: str, kind: str = "integer") -> TableSketch:
    made = tuple(ColumnSketch(each, NullType(), kind) for each in columns)
    return TableSketch("", name, "table", columns=made, primary_key=columns[:1], key=columns[:1])


def _found(*tables: TableSketch) -> DatabaseSketch:
    return DatabaseSketch("sqlite://", "sqlite", "3", tables)


def _rows(*tables: TableSketch) -> tuple[list[AdoptedTable], dict[Any, list[AdoptedColumn]]]:
    rows, columns = [], {}
    for number, table in enumerate(tables):
        row = AdoptedTable(id=number, schema_name=table.schema, name=table.name)
        rows.append(row)
        columns[row.id] = [
            AdoptedColumn(name=each.name, position=place, type_text=each.type_text, is_parked=False)
            for place, each in enumerate(table.columns)
        ]
    return rows, columns


NAMES = st.lists(st.text("abcdef_", min_size=1, max_size=4), unique=True, min_size=1, max_size=6)


@given(NAMES, NAMES)
def test_every_column_is_either_there_before_and_after_or_gone_or_added(
    old: list[str], new: list[str]
) -> None:
    rows, columns = _rows(_sketch("t", *old))

    drift = drift_of(rows, columns, _found(_sketch("t", *new)))

    table = drift.changed[0] if drift.changed else None
    assert {each.name for each in table.added} == set(new) - set(old) if table else set(old) == set(new)
    if table is not None:
        assert {each.name for each in table.gone} == set(old) - set(new)
        assert {each.column.name for each in table.renamed} <= set(new) - set(old)
        assert len({each.row.name for each in table.renamed}) == len(table.renamed)


def test_a_column_of_another_type_is_no_renamed_one() -> None:
    rows, columns = _rows(_sketch("t", "id", "phone"))

    other = TableSketch(
        "", "t", "table", columns=(*_sketch("t", "id").columns, ColumnSketch("phones", NullType(), "text"))
    )
    drift = drift_of(rows, columns, _found(other))

    assert drift.changed[0].renamed == ()
    assert (
        drift_of(rows, columns, _found(_sketch("t", "id", "phones"))).changed[0].renamed[0].confidence >= 80
    )


def test_a_table_of_nearly_the_same_columns_is_likely_the_renamed_one() -> None:
    rows, columns = _rows(_sketch("members", "id", "name", "phone"), _sketch("visits", "id", "day"))

    drift = drift_of(
        rows, columns, _found(_sketch("member", "id", "name", "phone"), _sketch("stock", "no", "q"))
    )

    assert [(each.row.name, each.table.name) for each in drift.renamed] == [("members", "member")]
    assert {row.name for row in drift.gone} == {"members", "visits"}


def test_a_table_that_can_not_be_read_has_lost_no_column() -> None:
    rows, columns = _rows(_sketch("t", "id", "name"))

    assert not drift_of(rows, columns, _found(TableSketch("", "t", "table", problem="no right")))


def test_a_digest_is_of_columns_and_rights_and_not_of_rows() -> None:
    one = _found(_sketch("t", "id"), _sketch("u", "id"))
    turned = _found(*reversed(one.tables))
    other = _found(_sketch("t", "id"), _sketch("u", "id", kind="text"))

    assert fingerprint(one) == fingerprint(turned)
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    ("expression", "renamed"),
    [
        ("mood = 'mood'", "humour = 'mood'"),
        ("moods + mood_2", "moods + mood_2"),
        ('"mood" > 1', "humour > 1"),
        ("t.mood = 1", "t.mood = 1"),
        ("f(mood,mood)", "f(humour,humour)"),
    ],
)
def test_a_name_in_an_expression_is_changed_and_a_text_is_not(expression: str, renamed: str) -> None:
    assert renamed_in(expression, "mood", "humour") == renamed
