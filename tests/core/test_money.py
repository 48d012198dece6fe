"""Money is exact, stays within its currency and splits without losing a cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.database import db
from app.core.money import MAX_MINOR, CurrencyMismatch, Money, minor_digits
from tests.core.models import Thing

MINOR = st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR)


@pytest.mark.parametrize(
    ("currency", "digits"), [("CNY", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("BHD", 3)]
)
def test_a_currency_has_its_own_number_of_decimals(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "CNY", 1234),
        ("-0.01", "CNY", -1),
        ("1200", "JPY", 1200),
        ("1.005", "KWD", 1005),
        ("1.10", "CNY", 110),
    ],
)
def test_an_amount_becomes_minor_units(amount: str, currency: str, minor: int) -> None:
    money = Money.from_amount(Decimal(amount), currency)

    assert money == Money(minor, currency)
    assert money.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "CNY"),
        ("0.5", "JPY"),
        ("1.0001", "KWD"),
        ("NaN", "CNY"),
        ("Infinity", "CNY"),
        ("1E+30", "CNY"),
        ("1E+999999", "CNY"),
        ("-1E+999999", "CNY"),
        ("1.00" + "0" * 30 + "1", "CNY"),
        ("sNaN", "CNY"),
    ],
)
def test_an_amount_that_the_currency_does_not_know_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="decimals"):
        Money.from_amount(Decimal(amount), currency)


@given(MINOR, st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=30))
def test_shares_add_up_to_the_cent(minor: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        weights = [1, *weights]

    shares = Money(minor, "CNY").allocate(weights)

    assert sum(share.minor for share in shares) == minor
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor - Decimal(minor) * weight / sum(weights)) < 1
        assert weight > 0 or share.minor == 0


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2]])
def test_weights_that_name_no_share_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "CNY").allocate(weights)


def test_amounts_of_two_currencies_never_meet() -> None:
    yuan, dollars = Money(100, "CNY"), Money(100, "USD")

    for attempt in (
        lambda: yuan + dollars,
        lambda: yuan - dollars,
        lambda: yuan < dollars,
        lambda: yuan >= dollars,
    ):
        with pytest.raises(CurrencyMismatch):
            attempt()
    assert yuan != dollars


@given(MINOR, MINOR, st.integers(min_value=-100, max_value=100))
def test_money_adds_like_whole_numbers(first: int, second: int, count: int) -> None:
    assert (Money(first, "CNY") + Money(second, "CNY")).minor == first + second
    assert (Money(first, "CNY") - Money(second, "CNY")).minor == first - second
    assert (-Money(first, "CNY")).minor == -first
    assert (Money(first, "CNY") * count).minor == first * count
    assert (Money(first, "CNY") < Money(second, "CNY")) == (first < second)


@pytest.mark.parametrize("minor", [1.5, 1.0, True, "1", None])
def test_money_counts_whole_units_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "CNY")  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1.5, 0.1, Decimal("0.5")])
def test_money_is_multiplied_by_whole_numbers_only(count: object) -> None:
    with pytest.raises(TypeError):
        Money(100, "CNY") * count  # type: ignore[operator]


@pytest.mark.parametrize("currency", ["cny", "¥", "", "CNYY", "CNY\n"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(ValueError, match="three capital letters"):
        Money(1, currency)


def test_money_is_kept_and_summed_exactly(core_app: Flask) -> None:
    amounts = [Money(MAX_MINOR, "CNY"), Money(-1, "CNY"), Money(7, "CNY")]
    db.session.add_all(Thing(name=str(number), price=amount) for number, amount in enumerate(amounts))
    db.session.add(Thing(name="none", price=None))
    db.session.flush()
    db.session.expire_all()

    kept = db.session.scalars(
        select(Thing).where(Thing.price_minor.is_not(None)).order_by(Thing.name).limit(9)
    ).all()

    assert [thing.price for thing in kept] == amounts
    assert int(db.session.scalar(select(func.sum(Thing.price_minor))) or 0) == MAX_MINOR + 6
    assert db.session.scalars(select(Thing).where(Thing.name == "none")).one().price is None
