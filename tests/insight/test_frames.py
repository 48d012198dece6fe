"""What the database adds up is what Python adds up by itself, on all three databases and at every edge."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.database import db
from app.core.permissions import everything_granted
from app.insight import frames as frames_module
from app.insight.errors import TooMuchForOneReport
from app.insight.frames import EVERY_DAY, SalesFrames, Span, names
from app.insight.reports import Wish, run_report
from tests.insight.till import BOOK, Till, line

MOMENTS = st.datetimes(datetime.datetime(2023, 11, 1), datetime.datetime(2025, 2, 28, 23, 59, 59, 999999))
EDGES = st.sampled_from(
    [
        datetime.datetime(2023, 12, 31, 23, 59, 59, 999999),
        datetime.datetime(2024, 1, 1),
        datetime.datetime(2024, 2, 29, 23, 59, 59, 999999),
        datetime.datetime(2024, 3, 31, 23, 59, 59, 999500),
        datetime.datetime(2024, 12, 31, 23, 59, 59, 999999),
        datetime.datetime(2025, 1, 1, 0, 0, 0, 1),
    ]
)
AMOUNTS = st.decimals("-99999.999999", "99999.999999", places=6) | st.sampled_from(
    [Decimal("0.005"), Decimal("-0.005"), Decimal("1.005"), Decimal("0.1"), Decimal("2.675")]
)
KEYS = st.none() | st.sampled_from(["1", "10", "9", "a", "A", "客", "a ", "é", "e"])
LINES = st.lists(
    st.builds(
        lambda time, amount, sale, customer, product, quantity: line(
            time, str(amount), sale=sale, customer=customer, product=product, quantity=str(quantity)
        ),
        MOMENTS | EDGES,
        AMOUNTS,
        KEYS,
        KEYS,
        KEYS,
        st.decimals("-50", "50", places=3),
    ),
    min_size=1,
    max_size=25,
)


def cents(amount: Decimal) -> Decimal:
    """Return an amount as people see it."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def period_of(moment: datetime.datetime, unit: str) -> str:
    """Return the period a moment lies in."""
    quarter = f"{moment.year}-Q{(moment.month + 2) // 3}"
    return {"month": f"{moment:%Y-%m}", "quarter": quarter, "year": f"{moment.year}"}[unit]


def counted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a row of the report says of these lines."""
    return {
        "amount": cents(sum((row["amount"] for row in rows), Decimal(0))),
        "sales": len({row["sale"] for row in rows} - {None}) + sum(row["sale"] is None for row in rows),
        "customers": len({row["customer"] for row in rows} - {None}),
    }


def asked(name: str, span: Span = EVERY_DAY, **parameters: str) -> Any:
    """Return the answer of a report on the till."""
    with everything_granted():
        return run_report(name, Wish(BOOK, span, parameters=parameters))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(rows=LINES, unit=st.sampled_from(["month", "quarter", "year"]), data=st.data())
def test_revenue_added_up_by_the_database_is_what_python_adds_up(
    till_on: Till, rows: list[dict[str, Any]], unit: str, data: Any
) -> None:
    db.session.rollback()
    till_on.empty(db.engine)
    till_on.put(db.engine, till_on.sales, rows)
    since = data.draw(st.none() | st.sampled_from([each["time"].date() for each in rows]))
    within = [row for row in rows if since is None or row["time"].date() >= since]

    answer = asked("revenue", Span(since), by=unit)

    by_period = defaultdict(list)
    for row in within:
        by_period[period_of(row["time"], unit)].append(row)
    assert {row["period"]: {**row} for row in answer.rows if row["sales"]} == {
        name: {"period": name, **counted(of_period)} for name, of_period in by_period.items()
    }
    assert dict(answer.totals) == counted(within)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(rows=LINES, limit=st.integers(1, 5))
def test_the_best_customers_are_what_python_ranks(
    till_on: Till, rows: list[dict[str, Any]], limit: int
) -> None:
    db.session.rollback()
    till_on.empty(db.engine)
    till_on.put(db.engine, till_on.sales, rows)

    answer = asked("top-customers", limit=str(limit))

    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["customer"] is not None:
            sums[row["customer"]] += row["amount"]
    best = sorted(sums.items(), key=lambda each: (-cents(each[1]), each[0].encode()))[:limit]
    assert [(row["key"], row["amount"]) for row in answer.rows] == [(key, cents(sum_)) for key, sum_ in best]


def test_the_last_microsecond_of_a_year_belongs_to_it_and_the_next_begins_at_midnight(till_on: Till) -> None:
    rows = [
        line(datetime.datetime(2024, 12, 31, 23, 59, 59, 999999), "1.00"),
        line(datetime.datetime(2025, 1, 1), "2.00"),
    ]
    till_on.put(db.engine, till_on.sales, rows)

    years = asked("revenue", by="year")
    new_year = asked("revenue", Span(datetime.date(2025, 1, 1), datetime.date(2025, 1, 1)))

    assert [(row["period"], row["amount"]) for row in years.rows] == [
        ("2024", Decimal("1.00")),
        ("2025", Decimal("2.00")),
    ]
    assert new_year.totals["amount"] == Decimal("2.00")


def test_months_without_sales_stand_between_the_first_and_the_last_with_zero(till_on: Till) -> None:
    rows = [line(datetime.datetime(2023, 12, 5), "1"), line(datetime.datetime(2024, 3, 5), "-0.5")]
    till_on.put(db.engine, till_on.sales, rows)

    answer = asked("revenue")

    assert [(row["period"], str(row["amount"])) for row in answer.rows] == [
        ("2023-12", "1.00"),
        ("2024-01", "0.00"),
        ("2024-02", "0.00"),
        ("2024-03", "-0.50"),
    ]


def test_names_are_read_by_the_keys_alone(till_on: Till) -> None:
    till_on.put(db.engine, till_on.customers, [{"key": "a", "name": "Ann"}, {"key": "A", "name": "Bob"}])

    with everything_granted():
        provider = next(each for each in till_on.providers() if each.fact == "customers")
        frame = names(provider, ["A"])

    assert frame.to_dict("records") == [{"key": "A", "name": "Bob"}]


def test_more_rows_than_a_report_holds_are_refused_in_words(
    till_on: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [line(datetime.datetime(2024, month, 1), "1") for month in (1, 2, 3)]
    till_on.put(db.engine, till_on.sales, rows)
    monkeypatch.setattr(frames_module, "MOST_ROWS", 2)

    with pytest.raises(TooMuchForOneReport, match="shorter period"):
        asked("revenue")


def test_years_apart_by_thousands_of_months_are_refused_in_words(till_on: Till) -> None:
    rows = [line(datetime.datetime(1801, 1, 1), "1"), line(datetime.datetime(2990, 1, 1), "1")]
    till_on.put(db.engine, till_on.sales, rows)

    with pytest.raises(TooMuchForOneReport):
        asked("revenue")


def test_money_never_becomes_a_floating_number(till_on: Till) -> None:
    till_on.put(db.engine, till_on.sales, [line(datetime.datetime(2024, 1, 1), "0.1") for _each in range(3)])

    frame = SalesFrames(till_on.providers()[0], EVERY_DAY).by_period("month")

    assert frame["amount"].tolist() == [Decimal("0.3")]
    assert all(type(value) is Decimal for value in frame["amount"])
