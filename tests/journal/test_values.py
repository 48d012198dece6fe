"""A value of every type comes back from the journal exactly as it went in."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import ProgrammingError
from app.journal.values import MOST_BYTES, decode, dump, encode, load
from app.people.models import Sex

MOMENTS = st.datetimes(timezones=st.just(datetime.UTC))
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.dates()
    | st.times()
    | MOMENTS
    | st.uuids()
    | st.binary(max_size=50)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.floats(allow_nan=False)
    | st.lists(st.integers())
    | st.dictionaries(st.text(), st.text())
)


@given(VALUES)
def test_what_goes_in_comes_out(value: Any) -> None:
    kept = load(dump({"value": encode(value)}))

    assert kept is not None
    found = decode(kept["value"])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("12.50"), Decimal("12.5")),
        (Decimal("0.000"), Decimal("-0")),
        (Decimal("1E+3"), Decimal(1000)),
        (
            datetime.datetime(2026, 3, 5, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=8))),
            datetime.datetime(2026, 3, 5, 4, tzinfo=datetime.UTC),
        ),
        (Sex.FEMALE, "female"),
    ],
)
def test_equal_values_are_kept_in_equal_forms(one: Any, other: Any) -> None:
    assert encode(one) == encode(other)


@pytest.mark.parametrize(
    "value", [uuid, frozenset(), {1, 2}, b"x" * (MOST_BYTES + 1)], ids=["module", "frozen", "set", "bytes"]
)
def test_what_nobody_described_is_refused_and_not_guessed(value: Any) -> None:
    with pytest.raises(ProgrammingError):
        encode(value)
