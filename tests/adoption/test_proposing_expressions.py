"""The small grammar of amounts and filters: what it reads, what it refuses, and that nothing becomes SQL unasked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    literal_column,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from app.adoption.proposing.expression_nodes import (
    Among,
    Arithmetic,
    Call,
    Comparison,
    IsNull,
    Joined,
    Name,
    Negative,
    Not,
    Number,
    Text,
    Truth,
)
from app.adoption.proposing.expression_sql import as_condition, as_value
from app.adoption.proposing.expressions import (
    ExpressionProblem,
    names_in,
    parse_condition,
    parse_value,
    quoted,
)
from app.core.errors import KebuError

ROWS = Table(
    "rows",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("price", Numeric(10, 2)),
    Column("quantity", Integer),
    Column("discount", Numeric(4, 2)),
    Column("status", String(20)),
    Column("is deleted", Boolean),
    Column("备注", String(20)),
)


def resolve(name: Name) -> ColumnElement[Any]:
    if name.of_parent or name.column not in ROWS.c:
        raise ExpressionProblem(name.column)
    return ROWS.c[name.column]


NAMES = st.builds(
    Name,
    st.one_of(
        st.sampled_from(
            ["a", "order", "单价", "and", "Order ID", 'say "x"', "; drop table rows", "'", "null"]
        ),
        st.text(min_size=1, max_size=8).filter(
            lambda text: not any(0xD800 <= ord(each) < 0xE000 for each in text)
        ),
    ),
    st.booleans(),
)
NUMBERS = st.decimals(min_value=0, max_value=10**9, places=3).map(Number)
TEXTS = st.text(max_size=12).map(Text)
LEAVES = st.one_of(NAMES, NUMBERS, TEXTS, st.booleans().map(Truth))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner),
        st.builds(Negative, inner),
        st.builds(
            Call,
            st.sampled_from(["coalesce", "concat"]),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
    ),
    max_leaves=6,
)
LITERALS = st.one_of(NUMBERS, TEXTS, st.builds(Negative, NUMBERS))
PLAIN = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), VALUES, VALUES),
    st.builds(Among, VALUES, st.lists(LITERALS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(IsNull, VALUES, st.booleans()),
)
CONDITIONS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)


@given(VALUES)
def test_every_value_reads_back_from_its_own_text(node: Any) -> None:
    assert parse_value(str(node)) == node


@given(CONDITIONS)
def test_every_condition_reads_back_from_its_own_text(node: Any) -> None:
    assert parse_condition(str(node)) == node


@given(st.one_of(VALUES, CONDITIONS))
def test_whatever_is_named_or_quoted_reaches_the_database_as_a_bound_value_or_a_known_column(
    node: Any,
) -> None:
    made = as_condition if isinstance(node, Comparison | Among | IsNull | Not | Joined) else as_value
    built = made(node, lambda _name: literal_column("known", String()))
    for dialect in (sqlite.dialect(), postgresql.dialect(), mysql.dialect()):
        sql = str(select(built).compile(dialect=dialect))
        assert ";" not in sql and "drop" not in sql.lower() and "--" not in sql
        # Quotes are only those of the empty text that stands for NULL in concat: what was typed is bound.
        assert "'" not in sql and '"' not in sql


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_a_message_and_never_fails_otherwise(text: str) -> None:
    for parse in (parse_value, parse_condition):
        try:
            parse(text)
        except KebuError as problem:
            assert problem.code == "expression"


@given(st.text(alphabet="ab1.+-*/()<>=!,'\" ;|&%#@\\`[]{}:?~^$andorinsultc", max_size=60))
def test_any_heap_of_signs_is_read_or_refused(text: str) -> None:
    for parse in (parse_value, parse_condition):
        try:
            node = parse(text)
        except ExpressionProblem:
            continue
        assert parse(str(node)) == node


@pytest.mark.parametrize(
    "text",
    [
        "1; drop table rows",
        "price) from rows --",
        "price /* x */",
        "(select 1)",
        "sleep(5)",
        "pg_sleep(5)",
        "load_file('/etc/passwd')",
        "price || 1",
        "price union select 1",
        "case when 1 then 2 end",
        "`price`",
        "rows.price",
        "1e9",
        "0x10",
        "'open",
        '"open',
        "price price",
        "",
        "1 +",
        "()",
        "coalesce()",
        "parent",
        "parent.",
        "(" * 5000 + "1" + ")" * 5000,
        "-" * 1500 + "1",
        "not " * 400 + "a = 1",
        "1" * 200,
        "a and b",
        "1 = 1 = 1",
        "a in ()",
        "a in (b)",
        "a in (select 1)",
    ],
)
def test_what_is_outside_the_grammar_is_refused(text: str) -> None:
    for parse in (parse_value, parse_condition):
        with pytest.raises(ExpressionProblem):
            parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price * quantity * (1 - discount)", Decimal("18.00")),
        ("price - -quantity", Decimal(12)),
        ("coalesce(discount, 0) + 1", Decimal("1.10")),
        ("price / 0", None),
        ("10 - 4 - 3", 3),
        ("10 - (4 - 3)", 9),
        ("2 + 3 * 4", 14),
        ("concat(status, '-', 备注)", "paid-"),
    ],
)
def test_a_value_is_computed_as_it_reads(text: str, expected: Any) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ROWS.metadata.create_all(connection)
        connection.execute(
            ROWS.insert(), {"id": 1, "price": 10, "quantity": 2, "discount": Decimal("0.1"), "status": "paid"}
        )
        assert connection.execute(select(as_value(parse_value(text), resolve))).scalar_one() == expected


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("status in ('paid', 'sent') AND \"is deleted\" = 0", [1, 3]),
        ("not (status = 'paid')", [2, 3]),
        ("status <> 'paid' or quantity > 1", [1, 2, 3]),
        ("备注 is null", [1, 3]),
        ("备注 is not null", [2]),
        ("备注 = 'Robert''); drop table rows; --'", [2]),
        ("quantity in (-1, 5)", [3]),
        ("quantity not in (2)", [2, 3]),
        ("quantity = '5'", [3]),
        ('"is deleted" in (1)', [2]),
    ],
)
def test_a_filter_finds_the_rows_it_describes(text: str, keys: list[int]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ROWS.metadata.create_all(connection)
        rows = [
            {"id": 1, "quantity": 2, "status": "paid", "is deleted": False, "备注": None},
            {
                "id": 2,
                "quantity": 3,
                "status": "open",
                "is deleted": True,
                "备注": "Robert'); drop table rows; --",
            },
            {"id": 3, "quantity": 5, "status": "sent", "is deleted": False, "备注": None},
        ]
        connection.execute(ROWS.insert(), rows)
        statement = select(ROWS.c.id).where(as_condition(parse_condition(text), resolve)).order_by(ROWS.c.id)
        assert list(connection.execute(statement).scalars()) == keys


def test_a_message_says_where_reading_stopped() -> None:
    with pytest.raises(ExpressionProblem, match="7"):
        parse_value("price ; 1")


def test_the_columns_of_an_expression_are_told() -> None:
    node = parse_condition('parent."Order ID" = 1 and coalesce(a, b) > -c or d in (1)')
    assert {(name.of_parent, name.column) for name in names_in(node)} == {
        (True, "Order ID"),
        (False, "a"),
        (False, "b"),
        (False, "c"),
        (False, "d"),
    }


@given(st.text(min_size=1, max_size=20))
def test_any_column_name_can_be_written_and_read_back(name: str) -> None:
    assert parse_value(quoted(name)) == Name(name)
