"""Moments are UTC inside; the shop's day is the shop's own."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from app.core.clock import UTC, business_date, day_begins, frozen_at, local_to_utc, utc_now
from app.core.database import db
from tests.core.models import Thing

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime.datetime:
    """Return an aware moment from ISO text."""
    return datetime.datetime.fromisoformat(text)


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().tzinfo is UTC


def test_a_frozen_clock_stands_still_and_starts_again() -> None:
    moment = at("2026-03-05T12:00:00+08:00")

    with frozen_at(moment):
        assert utc_now() == moment
        assert utc_now().tzinfo is UTC

    assert utc_now() > moment


def test_the_clock_refuses_to_stand_at_a_moment_without_zone() -> None:
    with pytest.raises(ValueError, match="aware"), frozen_at(datetime.datetime(2026, 3, 5)):
        pass


@pytest.mark.parametrize(
    ("moment", "zone", "day_starts", "day"),
    [
        ("2026-03-05T15:59:59+00:00", SHANGHAI, "00:00", "2026-03-05"),
        ("2026-03-05T16:00:00+00:00", SHANGHAI, "00:00", "2026-03-06"),
        ("2026-03-05T17:30:00+00:00", SHANGHAI, "04:00", "2026-03-05"),
        ("2026-03-05T20:00:00+00:00", SHANGHAI, "04:00", "2026-03-06"),
        ("2026-03-05T19:59:59+00:00", SHANGHAI, "04:00", "2026-03-05"),
        # The night of 29 March 2026 has no 02:30 in Berlin, that of 25 October has it twice: the day that has begun
        # with the first does not end again.
        ("2026-03-29T00:59:00+00:00", BERLIN, "02:30", "2026-03-28"),
        ("2026-03-29T01:00:00+00:00", BERLIN, "02:30", "2026-03-29"),
        ("2026-10-25T00:31:00+00:00", BERLIN, "02:30", "2026-10-25"),
        ("2026-10-25T01:29:00+00:00", BERLIN, "02:30", "2026-10-25"),
        ("2026-10-25T01:31:00+00:00", BERLIN, "02:30", "2026-10-25"),
        ("2026-01-01T04:59:00+00:00", NEW_YORK, "00:00", "2025-12-31"),
    ],
)
def test_a_moment_belongs_to_one_business_day(moment: str, zone: ZoneInfo, day_starts: str, day: str) -> None:
    starts = datetime.time.fromisoformat(day_starts)

    assert business_date(at(moment), zone, starts) == datetime.date.fromisoformat(day)


@pytest.mark.parametrize("starts", ["00:00", "00:30", "02:00", "02:30", "04:00"])
@pytest.mark.parametrize(
    "zone", [SHANGHAI, BERLIN, NEW_YORK, ZoneInfo("America/Santiago"), ZoneInfo("America/Havana")]
)
def test_days_follow_each_other_without_gap_or_overlap(zone: ZoneInfo, starts: str) -> None:
    day_starts = datetime.time.fromisoformat(starts)
    for number in range(366):
        day = datetime.date(2026, 1, 1) + datetime.timedelta(days=number)
        begins = day_begins(day, zone, day_starts)

        assert business_date(begins, zone, day_starts) == day
        last = begins - datetime.timedelta(microseconds=1)
        assert business_date(last, zone, day_starts) == day - datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2026-03-05T12:00", SHANGHAI, "2026-03-05T04:00:00+00:00"),
        ("2026-10-25T02:30", BERLIN, "2026-10-25T00:30:00+00:00"),
        ("2026-03-29T02:30", BERLIN, "2026-03-29T01:30:00+00:00"),
    ],
)
def test_a_wall_clock_time_is_one_moment(local: str, zone: ZoneInfo, utc: str) -> None:
    assert local_to_utc(datetime.datetime.fromisoformat(local), zone) == at(utc)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T12:34:56.789012+08:00",
        "1800-01-01T00:00:00+00:00",
        "2999-12-31T23:59:59.999999+00:00",
        "2026-10-25T02:30:00+02:00",
        "2026-03-05T12:34:56-11:00",
    ],
)
def test_a_moment_comes_back_to_the_microsecond_and_in_utc(core_app: Flask, text: str) -> None:
    thing = Thing(name="one", happened_at=at(text))
    db.session.add(thing)
    db.session.flush()
    db.session.expire(thing)

    assert thing.happened_at == at(text)
    assert thing.happened_at.tzinfo is UTC
    found = db.session.scalar(select(Thing.name).where(Thing.happened_at == at(text)))
    assert found == "one"


def test_moments_sort_by_time_whatever_zone_they_came_from(core_app: Flask) -> None:
    texts = ["2026-03-05T12:00:00+08:00", "2026-03-05T05:00:00+00:00", "2026-03-05T00:30:00-05:00"]
    db.session.add_all(Thing(name=text, happened_at=at(text)) for text in reversed(texts))
    db.session.flush()

    names = db.session.scalars(select(Thing.name).order_by(Thing.happened_at).limit(10)).all()

    assert list(names) == texts


def test_a_moment_without_zone_is_refused(core_app: Flask) -> None:
    db.session.add(Thing(name="one", happened_at=datetime.datetime(2026, 3, 5)))

    with pytest.raises(StatementError, match="time zone"):
        db.session.flush()
