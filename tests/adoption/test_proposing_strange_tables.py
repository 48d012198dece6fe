"""Proposals for whatever a database may hold: any name, type, comment, key and value; never an error."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    Time,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType

from app.adoption.proposing import propose
from app.adoption.proposing.expressions import parse_condition, parse_value
from app.adoption.proposing.roles import problems
from app.adoption.sketches import ColumnSketch, DatabaseSketch, IndexSketch, RelationSketch, TableSketch

WORDS = st.sampled_from([
    "order", "orders", "id", "ID", "item", "price", "amount", "quantity", "status", "customer", "会员", "订单", "明细",
    "金额", "数量", "hyid", "xsd", "xssj", "ssje", "create_time", "is_deleted", "name", "title", "😀", "1", "_", " ",
    "-", '"', "'", "%s", "select", "class", "a" * 64,
])  # fmt: skip
NAMES = st.one_of(st.lists(WORDS, min_size=1, max_size=4).map("_".join), st.text(min_size=1, max_size=20))
COMMENTS = st.one_of(
    st.just(""),
    st.text(max_size=60),
    st.sampled_from(
        [
            "订单状态：0->待付款；1->已完成",
            "单价(分)",
            "是否删除",
            "创建时间",
            "密码",
            "1 1 1",
            "：：",
            "(((",
            "0:",
        ]
    ),
)
TYPES = st.sampled_from([
    Integer(), BigInteger(), String(20), String(), Text(), Numeric(10, 2), Float(), DateTime(), Date(), Time(),
    Boolean(), LargeBinary(), JSON(), NullType(), Enum("a", "b"), postgresql.UUID(), postgresql.ARRAY(Integer()),
    postgresql.TSVECTOR(), postgresql.INTERVAL(),
])  # fmt: skip
SAMPLED = st.one_of(
    st.none(),
    st.integers(-(10**13), 10**13),
    st.text(max_size=10),
    st.booleans(),
    st.floats(),
    st.decimals(),
    st.binary(max_size=4),
    st.datetimes(),
    st.just([1, 2]),
    st.just({"a": 1}),
    st.just(datetime.timedelta(days=1)),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[TableSketch, list[dict[str, Any]]]:
    """Return a table of any shape and a few rows of it, whose values need not fit its types."""
    names = draw(st.lists(NAMES, max_size=8, unique=True))
    columns = tuple(
        ColumnSketch(
            name, draw(TYPES), draw(st.sampled_from(["int", "enum('a')", ""])), comment=draw(COMMENTS)
        )
        for name in names
    )
    some = st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple) if names else st.just(())
    key = draw(some)
    indexes = tuple(IndexSketch("i", each) for each in draw(st.lists(some, max_size=2)) if each)
    targets = st.sampled_from(["a", "b", "nowhere"])
    relations = tuple(
        RelationSketch(each, "", draw(targets), each, declared=draw(st.booleans()))
        for each in draw(st.lists(some, max_size=2))
        if each
    )
    rows = [{name: draw(SAMPLED) for name in names} for _each in range(draw(st.integers(0, 2)))]
    sketch = TableSketch(
        "", draw(st.one_of(st.sampled_from(["a", "b"]), NAMES)), draw(st.sampled_from(["table", "view"])),
        columns=columns, primary_key=key, key=key, indexes=indexes, relations=relations, comment=draw(COMMENTS),
        rows=draw(st.sampled_from([None, 0, 5, 10**9])),
    )  # fmt: skip
    return sketch, rows


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)
@given(st.lists(tables(), max_size=4, unique_by=lambda each: each[0].name))
def test_any_tables_at_all_get_proposals_that_name_their_columns_and_can_be_read(
    shapes: list[tuple[TableSketch, list[dict[str, Any]]]],
) -> None:
    sketches = tuple(sketch for sketch, _rows in shapes)
    samples = {("", sketch.name): rows for sketch, rows in shapes}
    proposal = propose(DatabaseSketch("", "sqlite", "", sketches), samples)
    assert [(table.schema, table.name) for table in proposal.tables] == [
        (each.schema, each.name) for each in sketches
    ]
    for table, sketch in zip(proposal.tables, sketches, strict=True):
        names = {column.name for column in sketch.columns}
        assert [column.name for column in table.columns] == [column.name for column in sketch.columns]
        assert names >= {*table.title.value, *table.list_columns.value, *table.search.value}
        if table.alive.value:
            parse_condition(table.alive.value)
    made = {
        ("", sketch.name): Table(
            sketch.name, MetaData(), *(Column(column.name, column.type) for column in sketch.columns)
        )
        for sketch in sketches
    }
    for role in proposal.roles:
        assert problems(role) == []
        assert all(parse_value(text) for _name, text in role.columns)
        str(role.select(made))


def test_a_sale_whose_names_all_need_quotes_is_still_a_sale() -> None:
    head = TableSketch(
        "", "order", "table", primary_key=("id",), key=("id",),
        columns=(
            ColumnSketch("id", Integer(), "int"),
            ColumnSketch("create time", DateTime(), "datetime"),
            ColumnSketch('total "amount"', Numeric(10, 2), "decimal", comment="总金额"),
            ColumnSketch("Status", Integer(), "int", comment="状态 0-未付款 1-已付款"),
        ),
    )  # fmt: skip
    line = TableSketch(
        "", "order items", "table", primary_key=("id",), key=("id",),
        columns=(
            ColumnSketch("id", Integer(), "int"),
            ColumnSketch("order id", Integer(), "int"),
            ColumnSketch("unit price", Numeric(10, 2), "decimal"),
            ColumnSketch("select", Integer(), "int", comment="数量"),
        ),
    )  # fmt: skip
    samples = {("", "order"): [{"id": 1, 'total "amount"': Decimal(1), "Status": 1}]}
    proposal = propose(DatabaseSketch("", "sqlite", "", (head, line)), samples)
    sales, lines = proposal.role("sales"), proposal.role("sale_lines")
    assert sales is not None and lines is not None
    assert sales.expression("amount") == '"total ""amount"""' and sales.filter == "Status = 1"
    assert lines.expression("amount") == '"unit price" * select' and lines.filter == "parent.Status = 1"
