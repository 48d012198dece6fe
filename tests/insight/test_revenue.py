"""Revenue and ranking from a frame alone, the picture of it, and its words."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from flask import Flask
from flask_babel import force_locale

from app.insight.errors import TooMuchForOneReport
from app.insight.figures import NARROW, bar_chart
from app.insight.methods.revenue import Period, Revenue, ranking, revenue
from app.insight.reports import Result, Wish
from app.insight.telling import money_text, period_text, sentence


def framed(*rows: tuple[str, str]) -> pd.DataFrame:
    """Return a frame of periods with an amount each."""
    return pd.DataFrame(
        [{"period": name, "amount": Decimal(amount), "sales": 1, "customers": 1} for name, amount in rows]
    )


WHOLE = framed(("", "0"))


@pytest.mark.parametrize(
    ("unit", "first", "last", "expected"),
    [
        ("month", "2023-11", "2024-02", ["2023-11", "2023-12", "2024-01", "2024-02"]),
        ("quarter", "2023-Q3", "2024-Q2", ["2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2"]),
        ("year", "1999", "2001", ["1999", "2000", "2001"]),
        ("day", "2024-02-28", "2024-03-01", ["2024-02-28", "2024-02-29", "2024-03-01"]),
    ],
)
def test_periods_without_sales_are_filled_in(unit: str, first: str, last: str, expected: list[str]) -> None:
    found = revenue(framed((first, "1"), (last, "2")), WHOLE, unit, 2)  # type: ignore[arg-type]

    assert [each.name for each in found.periods] == expected


def test_halves_are_rounded_away_from_zero_once() -> None:
    found = revenue(
        framed(("2024-01", "0.005"), ("2024-02", "-0.005"), ("2024-03", "-0.001")), WHOLE, "month", 2
    )

    assert [str(each.amount) for each in found.periods] == ["0.01", "-0.01", "0.00"]


def test_a_currency_without_decimals_is_shown_without_them() -> None:
    assert str(revenue(framed(("2024", "10.5")), WHOLE, "year", 0).periods[0].amount) == "11"


def test_too_many_periods_are_refused() -> None:
    with pytest.raises(TooMuchForOneReport):
        revenue(framed(("1800-01", "1"), ("2999-01", "1")), WHOLE, "month", 2)


def test_nothing_sold_is_no_period() -> None:
    found = revenue(framed().reindex(columns=WHOLE.columns), WHOLE, "month", 2)

    assert found.periods == () and found.best is None


def test_a_ranking_keeps_the_order_of_the_database_and_names_what_it_can() -> None:
    frame = pd.DataFrame(
        [{"key": key, "amount": Decimal(1), "quantity": Decimal(2), "sales": 1} for key in ("b", "a")]
    )

    assert [(each.key, each.name) for each in ranking(frame, {"a": "Ann"}, 2)] == [("b", ""), ("a", "Ann")]


def answer(*amounts: str) -> Result:
    """Return a report of consecutive months."""
    periods = tuple(
        Period(f"{2024 + at // 12}-{at % 12 + 1:02}", Decimal(amount), 1, 1)
        for at, amount in enumerate(amounts)
    )
    found = Revenue(periods, Period("", sum((each.amount for each in periods), Decimal(0)), 1, 1))
    rows = tuple({"period": each.name} for each in periods)
    return Result("revenue", "Revenue", Wish("till"), "Till", "CNY", (), rows, {}, found=found)


@pytest.mark.parametrize(
    "amounts",
    [
        ("0.00",),
        ("-5.00", "-7.00"),
        ("0.00", "999999999999.99"),
        ("-0.01", "0.01"),
        tuple("1.00" for _month in range(400)),
    ],
    ids=["zero", "negative", "huge", "tiny", "many"],
)
def test_the_picture_stays_within_its_frame(app: Flask, amounts: tuple[str, ...]) -> None:
    for width in (760, NARROW):
        drawn = str(bar_chart(answer(*amounts), width))
        heights = [float(part.split('"')[0]) for part in drawn.split(' height="')[1:]]
        places = [float(part.split('"')[0]) for part in drawn.split(' y="')[1:]]

        assert drawn.count("<rect") == len(amounts)
        assert all(0 <= height <= 240 for height in heights)
        assert all(0 <= place <= 250 for place in places)
        assert "style" not in drawn


def test_the_main_thing_is_said_in_one_sentence(app: Flask) -> None:
    with force_locale("en"):
        assert sentence(answer("5.00", "7.50")) == (
            "Revenue was highest in Feb 2024, CN¥7.50 of CN¥12.50 altogether."
        )
        assert sentence(answer("0.00")) == ""


def test_periods_and_money_are_written_as_readers_write_them(app: Flask) -> None:
    with force_locale("zh_Hans"):
        assert [period_text(name) for name in ("2024-03", "2024-Q1", "2024")] == [
            "2024-03",
            "2024 Q1",
            "2024",
        ]
        assert money_text(Decimal("1234.50"), "CNY") == "¥1,234.50"
    with force_locale("en"):
        assert period_text("2024-03") == "Mar 2024"
        assert money_text(Decimal("1234.50"), "") == "1,234.50"
        assert money_text(Decimal(1235), "JPY") == "¥1,235"
