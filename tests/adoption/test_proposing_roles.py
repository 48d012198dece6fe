"""Roles proposed for real databases give the money that others have computed, on every engine they come for."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import mysql, postgresql, sqlite

from app.adoption.proposing import propose
from app.adoption.proposing.expressions import ExpressionProblem
from app.adoption.proposing.roles import NEEDED, columns_used, problems
from app.adoption.proposing.sampling import sample
from tests.adoption.proposing_support import (
    OWN,
    Adopted,
    Open,
    adopt,
    answers,
    report,
    score_roles,
)
from tests.support.real_databases import EVERY_ONE, run_script

EVERYWHERE = [
    *EVERY_ONE,
    ("pet_shop", "sqlite"),
    ("pet_shop", "mariadb"),
    ("pharmacy", "sqlite"),
    ("pharmacy", "postgresql"),
]


def _rows(adopted: Adopted, role: str) -> list[dict[str, Any]]:
    proposal = adopted.proposal.role(role)
    assert proposal is not None, f"nothing plays {role}"
    with adopted.engine.connect() as connection:
        return [dict(row) for row in connection.execute(proposal.select(adopted.tables)).mappings()]


def _rounded(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _total(rows: list[dict[str, Any]]) -> str:
    return _rounded(sum((row["amount"] for row in rows), Decimal()))


def _summed(rows: list[dict[str, Any]], group: Callable[[dict[str, Any]], Any]) -> dict[Any, str]:
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[group(row)] += row["amount"]
    return {key: _rounded(amount) for key, amount in sums.items()}


def _day(row: dict[str, Any]) -> date:
    time = row["time"]
    # SQLite hands over as text what it computed itself.
    return datetime.fromisoformat(time).date() if isinstance(time, str) else time


def _periods(rows: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    return {
        "by_year": _summed(rows, lambda row: f"{_day(row).year}"),
        "by_quarter": _summed(rows, lambda row: f"{_day(row).year}-Q{(_day(row).month + 2) // 3}"),
        "by_month": _summed(rows, lambda row: f"{_day(row):%Y-%m}"),
    }


def _top(sums: dict[Any, str], most: int) -> list[tuple[Any, str]]:
    return sorted(sums.items(), key=lambda each: (-Decimal(each[1]), str(each[0])))[:most]


COMMENTED = [each for each in EVERYWHERE if each[0] not in OWN or each[1] != "sqlite"]


@pytest.mark.parametrize(("name", "backend"), COMMENTED)
def test_the_proposed_roles_come_to_the_totals_of_the_key(name: str, backend: str, opened: Open) -> None:
    adopted = opened(name, backend)
    for role, total in answers(name)["total"].items():
        assert _total(_rows(adopted, role)) == total, role


@pytest.mark.parametrize("name", sorted(OWN))
def test_without_comments_a_person_corrects_filter_and_unit_and_the_totals_are_the_same(
    name: str, opened: Open
) -> None:
    adopted, key = opened(name, "sqlite"), answers(name)
    for role, total in key["total"].items():
        proposal = adopted.proposal.role(role)
        assert proposal is not None, role
        wanted = key["roles"][role]
        condition = wanted.get("filter", "")
        if role == "sale_lines":
            condition = re.sub(r"(\w+)(?= in| =)", r"parent.\1", condition)
        corrected = replace(proposal, filter=condition, unit=wanted["unit"])
        with adopted.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(corrected.select(adopted.tables)).mappings()]
        assert _total(rows) == total, role


@pytest.mark.parametrize(("name", "backend"), [each for each in EVERYWHERE if each[0] not in OWN])
@pytest.mark.parametrize("role", ["sales", "sale_lines"])
def test_revenue_by_month_quarter_and_year_and_top_customers_are_as_others_computed_them(
    name: str, backend: str, role: str, opened: Open, real_data: Path
) -> None:
    expected = json.loads((real_data / "expected.json").read_text(encoding="utf-8"))[name]
    if (name, role) == ("mall", "sale_lines"):
        pytest.skip("mall's lines hold list prices; what was paid stands in its orders alone")
    rows = _rows(opened(name, backend), role)
    for period, sums in _periods(rows).items():
        if period in expected:
            assert sums == expected[period], period
    wanted = expected.get("top_customers") or expected["top_members"]
    top = _top(_summed(rows, lambda row: row["customer"]), len(wanted))
    assert [(each[0], each[-1]) for each in wanted] == top


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_northwind_s_best_products_are_as_others_computed_them(
    backend: str, opened: Open, real_data: Path
) -> None:
    expected = json.loads((real_data / "expected.json").read_text(encoding="utf-8"))["northwind"]
    adopted = opened("northwind", backend)
    names = {row["key"]: row["name"] for row in _rows(adopted, "products")}
    sums = _summed(_rows(adopted, "sale_lines"), lambda row: row["product"])
    top = [(names[product], amount) for product, amount in _top(sums, 5)]
    assert top == [tuple(each) for each in expected["top_products"]]


def test_mall_s_paid_revenue_leaves_out_what_was_deleted_and_counts_its_members(opened: Open) -> None:
    adopted = opened("mall", "mariadb")
    rows = _rows(adopted, "sales")
    assert (_total(rows), len(rows)) == ("186408.20", 34)
    with adopted.engine.connect() as connection:
        members = connection.exec_driver_sql("SELECT count(*) FROM ums_member").scalar_one()
    assert len(_rows(adopted, "customers")) == members > 0


def test_times_in_epoch_seconds_come_as_the_same_moment_from_both_engines(opened: Open) -> None:
    moments = []
    for backend in ("sqlite", "postgresql"):
        rows = _rows(opened("pharmacy", backend), "payments")
        moments.append(sorted(datetime.fromisoformat(str(row["time"])) for row in rows))
    assert moments[0] == moments[1]
    assert moments[0][0] == datetime(2023, 1, 5, 2, 10)  # 1672884600 in UTC


@pytest.mark.parametrize(("name", "backend"), [("pet_shop", "mariadb"), ("pharmacy", "postgresql")])
def test_times_and_refunds_of_a_schema_in_chinese_are_read(name: str, backend: str, opened: Open) -> None:
    proposal = opened(name, backend).proposal
    assert (proposal.currency.value, proposal.time_zone.value) == ("CNY", "Asia/Shanghai")
    sales = proposal.role("sales")
    assert sales is not None and sales.refunds == answers(name)["roles"]["sales"].get("refunds", "")


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("chinook", "sqlite"),
        ("northwind", "postgresql"),
        ("mall", "mariadb"),
        ("pet_shop", "mariadb"),
        ("pharmacy", "postgresql"),
    ],
)
def test_at_least_four_fifths_of_the_roles_parts_are_as_the_keys_say(
    name: str, backend: str, opened: Open
) -> None:
    score = score_roles(name, opened(name, backend).proposal)
    assert score.of > 20 and score.share >= 0.8, "\n" + report([score])


@pytest.mark.parametrize(("name", "backend"), EVERYWHERE)
def test_every_proposed_role_is_complete_and_reads_only_columns_that_are_there(
    name: str, backend: str, opened: Open
) -> None:
    adopted = opened(name, backend)
    for role in adopted.proposal.roles:
        assert problems(role) == [], role.role
        assert 0 < role.confidence <= 1 and role.reason.count(".") >= len(role.evidence) > 0
        own = adopted.sketch.table(role.schema, role.table)
        parent = adopted.sketch.table(role.parent.schema, role.parent.table) if role.parent else None
        for of_parent, column in columns_used(role):
            table = parent if of_parent else own
            assert table is not None and table.column(column), (role.role, column)
        assert all(role.expression(column) for column in NEEDED[role.role])


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect(), mysql.dialect()])
def test_a_role_compiles_for_every_dialect_with_quoted_names_and_bound_values(
    dialect: Any, opened: Open
) -> None:
    adopted = opened("pharmacy", "sqlite")
    for role in adopted.proposal.roles:
        statement = str(role.select(adopted.tables).compile(dialect=dialect))
        assert statement.count("SELECT") == 1
        assert "'cash'" not in statement


REFUNDS = """
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, order_date BIGINT, kind INTEGER, total_amount NUMERIC(10,2), status INTEGER);
INSERT INTO orders VALUES (1, 1672884600000, 1, 30.00, 1);
INSERT INTO orders VALUES (2, 1675224000000, 2, 10.50, 1);
INSERT INTO orders VALUES (3, 1675224000000, 1, 99.00, 0);
INSERT INTO orders VALUES (4, 1675224000000, 1, 5.00, 9);
"""


def test_positive_refunds_count_against_sales_milliseconds_become_times_and_unknown_codes_stay(
    new_database: Callable[[str], str],
) -> None:
    address = new_database("sqlite")
    run_script(address, REFUNDS)
    adopted = adopt(address)
    table = adopted.sketch.tables[0]
    comments = {"kind": "类型 1:销售 2:退货", "status": "状态 0:未付款 1:已付款"}
    columns = tuple(replace(each, comment=comments.get(each.name, "")) for each in table.columns)
    sketch = replace(adopted.sketch, tables=(replace(table, columns=columns),))
    adopted.proposal = propose(sketch, sample(adopted.engine, sketch))
    sales = adopted.proposal.role("sales")
    rows = _rows(adopted, "sales")
    adopted.engine.dispose()
    assert sales is not None and (sales.refunds, sales.refund_filter, sales.epoch) == (
        "positive",
        "kind = 2",
        "ms",
    )
    # Code 9 stands in the rows and nobody says what it means: it is shown as itself, and a person is asked.
    status = adopted.proposal.tables[0].column("status")
    assert status is not None and [each.text for each in status.choices.value] == ["未付款", "已付款", "9"]
    assert sales.filter == "status = 1" and "unread" in sales.evidence
    assert sorted(row["amount"] for row in rows) == [Decimal("-10.50"), Decimal("30.00")]
    assert str(rows[0]["time"]) == "2023-01-05 02:10:00"


def test_a_role_on_a_table_that_is_gone_is_a_problem_with_a_message_and_no_traceback(opened: Open) -> None:
    adopted = opened("pharmacy", "sqlite")
    sales = adopted.proposal.role("sales")
    assert sales is not None
    for broken in (
        replace(sales, table="gone"),
        replace(sales, filter="gone = 1"),
        replace(sales, columns=(*sales.columns, ("cost", "parent.gone"))),
    ):
        with pytest.raises(ExpressionProblem, match="gone"):
            broken.select(adopted.tables)
    assert problems(replace(sales, columns=(("amount", "1 +"),), filter="(")) != []


TILL = """
CREATE TABLE pos_sales (sale_id INTEGER PRIMARY KEY, sold_at DATETIME, buyer_note TEXT);
CREATE TABLE pos_sale_items (
  sale_id INTEGER REFERENCES pos_sales (sale_id), line_no INTEGER, unit_price NUMERIC(10,2), qty INTEGER,
  discount_percent NUMERIC(5,2), PRIMARY KEY (sale_id, line_no));
CREATE TABLE pos_payments (
  sale_id INTEGER REFERENCES pos_sales (sale_id), payment_type VARCHAR(10), payment_amount NUMERIC(10,2),
  PRIMARY KEY (sale_id, payment_type));
INSERT INTO pos_sales VALUES (1, '2024-02-29 12:00:00', NULL);
INSERT INTO pos_sale_items VALUES (1, 1, 10.00, 3, 15);
INSERT INTO pos_sale_items VALUES (1, 2, 4.50, 1, 0);
INSERT INTO pos_payments VALUES (1, 'cash', 30.00);
"""


def test_discounts_in_percent_and_payments_that_take_their_time_from_the_sale_are_computed(
    new_database: Callable[[str], str],
) -> None:
    address = new_database("sqlite")
    run_script(address, TILL)
    adopted = adopt(address)
    lines, payments = _rows(adopted, "sale_lines"), _rows(adopted, "payments")
    adopted.engine.dispose()
    assert [row["amount"] for row in lines] == [Decimal("25.5"), Decimal("4.5")]
    assert [(row["amount"], row["time"]) for row in payments] == [(Decimal(30), datetime(2024, 2, 29, 12))]
