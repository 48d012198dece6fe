"""Time: one clock for the program, UTC inside, the shop's zone and business day outside."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Dialect
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

UTC = datetime.UTC
_frozen: ContextVar[datetime.datetime | None] = ContextVar("frozen_clock", default=None)


def utc_now() -> datetime.datetime:
    """Return the present moment, aware and in UTC."""
    return _frozen.get() or datetime.datetime.now(UTC)


@contextmanager
def frozen_at(moment: datetime.datetime) -> Iterator[None]:
    """Let the clock stand still at an aware `moment`, for tests and for replays of the past."""
    if moment.tzinfo is None:
        raise ValueError("the clock can only stand at an aware moment")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def business_date(
    moment: datetime.datetime, zone: ZoneInfo, day_starts: datetime.time = datetime.time(0)
) -> datetime.date:
    """Return the shop's day that an aware `moment` belongs to.

    A shop open past midnight lets its day start later: with `day_starts` 04:00, a sale at 01:30 counts for
    the day before.
    """
    day = moment.astimezone(zone).date()
    return day if moment >= day_begins(day, zone, day_starts) else day - datetime.timedelta(days=1)


def day_begins(
    day: datetime.date, zone: ZoneInfo, day_starts: datetime.time = datetime.time(0)
) -> datetime.datetime:
    """Return the UTC moment at which the shop's `day` begins, so that every moment belongs to exactly one day.

    Where the clock jumps over `day_starts`, the day begins at the jump; where it shows it twice, at the first time.
    """
    local = datetime.datetime.combine(day, day_starts)
    begins = local_to_utc(local, zone)
    if begins.astimezone(zone).replace(tzinfo=None) == local:
        return begins
    return _jump_before(begins, zone)


def _jump_before(moment: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the moment within the day before `moment` at which the zone's clock jumped to what it is then."""
    before, after = moment - datetime.timedelta(days=1), moment
    offset = after.astimezone(zone).utcoffset()
    while after - before > datetime.timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def local_to_utc(local: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """Return the UTC moment of a naive wall-clock time in `zone`; the earlier one where the clock runs twice."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A moment with microseconds: stored as UTC on every database, always read back aware."""

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime.datetime]:
        return datetime.datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime.datetime = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
