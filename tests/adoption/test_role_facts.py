"""Facts of adopted databases come to what others have computed, through the session, on every engine they come for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.adoption.models import AdoptedRole
from app.core.database import db
from app.core.facts import FACTS, FactProvider
from app.core.kernel import kernel
from tests.adoption.adopting import adopted, let_go
from tests.support.real_databases import EVERY_ONE


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


def facts_of(code: str) -> dict[str, FactProvider]:
    """Return the facts of a book as the running process knows them."""
    db.session.rollback()
    return {
        each.fact: each
        for capability in kernel().everything
        for each in capability.facts
        if each.book == code
    }


def rows_of(provider: FactProvider) -> list[dict[str, Any]]:
    """Return all rows of a fact, by column."""
    found = db.session.execute(provider.select())
    assert tuple(found.keys()) == FACTS[provider.fact].names
    return [dict(row) for row in found.mappings()]


def _rounded(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _summed(rows: list[dict[str, Any]], group: Callable[[dict[str, Any]], Any]) -> dict[Any, str]:
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[group(row)] += row["amount"]
    return {key: _rounded(amount) for key, amount in sums.items()}


def _top(sums: dict[Any, str], most: int) -> list[tuple[Any, str]]:
    return sorted(sums.items(), key=lambda each: (-Decimal(each[1]), str(each[0])))[:most]


@pytest.mark.parametrize(("name", "backend"), EVERY_ONE)
def test_revenue_and_top_customers_through_the_provider_are_as_others_computed_them(
    name: str, backend: str, shop_app: Flask, real_database: Callable[[str, str], str], real_data: Path
) -> None:
    expected = json.loads((real_data / "expected.json").read_text(encoding="utf-8"))[name]
    code = adopted(real_database(name, backend), name=name)

    facts = facts_of(code)
    sales = rows_of(facts["sales"])
    customers = {row["key"]: row["name"] for row in rows_of(facts["customers"])}

    periods = {
        "by_year": _summed(sales, lambda row: f"{row['time'].year}"),
        "by_quarter": _summed(sales, lambda row: f"{row['time'].year}-Q{(row['time'].month + 2) // 3}"),
        "by_month": _summed(sales, lambda row: f"{row['time']:%Y-%m}"),
    }
    for period, sums in periods.items():
        if period in expected:
            assert sums == expected[period], period
    wanted = expected.get("top_customers") or expected["top_members"]
    top = _top(_summed(sales, lambda row: row["customer"]), len(wanted))
    assert [(str(each[0]), each[-1]) for each in wanted] == top
    assert all(key in customers for key, _amount in top)
    assert facts["sales"].screens and set(facts["sales"].screens) <= set(kernel().screens)


def test_mall_s_paid_revenue_comes_from_its_orders_because_its_lines_hold_list_prices(
    shop_app: Flask, real_database: Callable[[str, str], str]
) -> None:
    code = adopted(real_database("mall", "mariadb"), name="mall")

    facts = facts_of(code)
    sales = rows_of(facts["sales"])

    assert _rounded(sum((row["amount"] for row in sales), Decimal())) == "186408.20"
    assert {row["sale"] for row in sales} == {row["key"] for row in sales}
    assert (facts["sales"].currency, facts["sales"].time_zone) == ("CNY", "Asia/Shanghai")
    kept = {row.role.value: row.is_used for row in db.session.scalars(select(AdoptedRole))}
    assert (kept["sales"], kept["sale_lines"]) == (True, False)
