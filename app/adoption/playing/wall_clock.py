"""Wall clocks: moments of three databases as the clock on the shop's wall shows them, without a zone."""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    type_coerce,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.adoption.proposing.expressions import ExpressionProblem

# Before shops had computers, and as far as rules for the clocks are laid down.
_FROM, _TO = 1980, 2037
_TO_SECONDS = len("2024-12-31 23:59:59")
_A_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}.*)?$"
_FIRST, _LAST = datetime.date.min, datetime.date.max


class moved_by_seconds(FunctionElement[Any]):  # noqa: N801 - stands in statements beside func.coalesce
    """A time without a zone and the number of seconds to add to it: the time then."""

    type = DateTime()
    inherit_cache = True
    name = "moved_by_seconds"


@compiles(moved_by_seconds, "sqlite")
def _sqlite(element: moved_by_seconds, compiler: Any, **options: Any) -> str:
    moment, seconds = (compiler.process(each, **options) for each in element.clauses)
    return f"datetime({moment}, ({seconds}) || ' seconds')"


@compiles(moved_by_seconds, "mysql")
@compiles(moved_by_seconds, "mariadb")
def _mysql(element: moved_by_seconds, compiler: Any, **options: Any) -> str:
    moment, seconds = (compiler.process(each, **options) for each in element.clauses)
    return f"TIMESTAMPADD(SECOND, {seconds}, {moment})"


def wall_clock(value: ColumnElement[Any], zone: str, dialect: str, *, in_utc: bool) -> ColumnElement[Any]:
    """Return a time as the clock in `zone` shows it; what is no time that Python has is NULL.

    `in_utc` says that the value is a time in UTC without a zone. One with a zone is converted too; any other is the
    shop's own clock already and stays. With the zone '' UTC stays UTC. Raises `ExpressionProblem` for a zone that
    does not exist.
    """
    if dialect == "postgresql":
        return _of_postgresql(value, zone, in_utc=in_utc)
    if dialect == "sqlite":
        return _of_sqlite(value, zone, in_utc=in_utc)
    moment = cast(value, mysql.DATETIME(fsp=6))
    # A zero date, or a day that no month has, is no time.
    real: ColumnElement[Any] = case((and_(func.month(moment) > 0, func.dayofmonth(moment) > 0), moment))
    return type_coerce(_shifted(real, zone) if in_utc else real, DateTime())


def _of_postgresql(value: ColumnElement[Any], zone: str, *, in_utc: bool) -> ColumnElement[Any]:
    if isinstance(value.type, String):
        value = case((value.op("~", return_type=Boolean())(_A_DATE), value))
    if isinstance(value.type, DateTime) and value.type.timezone:
        value = func.timezone("UTC", value, type_=DateTime())
        in_utc = True
    moment = cast(value, DateTime())
    real: ColumnElement[Any] = case((moment.between(_FIRST, _LAST), moment))
    if in_utc and zone:
        _zone(zone)
        real = func.timezone(zone, func.timezone("UTC", real))
    return cast(real, DateTime())


def _of_sqlite(value: ColumnElement[Any], zone: str, *, in_utc: bool) -> ColumnElement[Any]:
    text = type_coerce(value, String())
    # Cut to seconds: SQLite would round 23:59:59.9999 up into the next day. What is no time it reads as NULL.
    if in_utc:
        return _shifted(func.datetime(value, type_=DateTime()), zone)
    moment = func.datetime(func.substr(text, 1, _TO_SECONDS), type_=DateTime())
    if not zone or isinstance(value.type, Date):
        return moment
    names_zone = or_(text.op("GLOB")("*[0-9]Z"), text.op("GLOB")("*:[0-9][0-9][+-][0-9][0-9]:[0-9][0-9]"))
    # A text with a zone is read in UTC.
    return case((names_zone, _shifted(func.datetime(text, type_=DateTime()), zone)), else_=moment)


def _shifted(moment: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """Return a time in UTC as the wall clock shows it: by the zone's own changes, as no database here knows zones."""
    if not zone:
        return moment
    first, changes = _changes(zone)
    text = type_coerce(moment, String())
    # The latest first, as most of what is asked for is of late.
    whens = [(text >= f"{begins:%Y-%m-%d %H:%M:%S}", literal(offset)) for begins, offset in reversed(changes)]
    return moved_by_seconds(moment, case(*whens, else_=literal(first)) if whens else literal(first))


@lru_cache(maxsize=64)
def _changes(name: str) -> tuple[int, tuple[tuple[datetime.datetime, int], ...]]:
    """Return the seconds from UTC at first, and from which moments in UTC (without zone) on they are others."""
    zone = _zone(name)
    day, second = datetime.timedelta(days=1), datetime.timedelta(seconds=1)

    def offset(moment: datetime.datetime) -> int:
        return int(
            (moment.replace(tzinfo=datetime.UTC).astimezone(zone).utcoffset() or day * 0).total_seconds()
        )

    begin = datetime.datetime.combine(datetime.date(_FROM, 1, 1), datetime.time())
    first = known = offset(begin)
    changes = []
    while begin.year <= _TO:
        after = begin + day
        if offset(after) != known:
            low, high = begin, after
            while high - low > second:
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if offset(middle) == known else (low, middle)
            known = offset(after)
            changes.append((high, known))
        begin = after
    return first, tuple(changes)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ExpressionProblem(_("There is no time zone %(zone)s.", zone=name)) from None
