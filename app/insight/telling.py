"""Telling: a report's figures in the words and signs of the reader's language."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from app.core.fields.dates import write_day
from app.insight.reports import Column, Result

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money_text(amount: Decimal, currency: str) -> str:
    """Return an amount as people write it, with the currency's sign where it is known."""
    if currency:
        return str(format_currency(amount, currency, locale=get_locale() or "en"))
    digits = max(0, -int(amount.as_tuple().exponent))
    return str(format_decimal(amount, format="#,##0" + "." * bool(digits) + "0" * digits))


def period_text(name: str) -> str:
    """Return a period (`2026-03`, `2026-Q1`, `2026`) as readers of the present language take it in at a glance."""
    year, _dash, part = name.partition("-")
    locale = get_locale()
    if part.startswith("Q"):
        return f"{year} {part}"
    if not part or (locale is not None and locale.language == "zh"):
        return name
    return f"{_MONTHS[int(part) - 1]} {year}"


def cell_text(result: Result, column: Column, value: Any) -> str:
    """Return a value of a report's table as people read it."""
    if value is None or value == "":
        return ""
    match column.kind:
        case "money":
            return money_text(value, result.currency)
        case "period":
            return period_text(value)
        case "quantity":
            return str(format_decimal(value, format="#,##0.###"))
        case "count":
            return str(format_decimal(value))
    return str(value)


def span_text(result: Result) -> str:
    """Return the span of days that the report is about."""
    since, until = result.wish.span.since, result.wish.span.until
    if since and until:
        return _("%(first)s to %(last)s", first=write_day(since), last=write_day(until))
    if since:
        return _("from %(first)s on", first=write_day(since))
    return _("until %(last)s", last=write_day(until)) if until else _("all days")


def sentence(result: Result) -> str:
    """Return the main thing in one sentence; '' where nothing was sold."""
    if not result.rows:
        return ""
    if result.name == "revenue":
        best = result.found.best
        if best is None or best.amount <= 0:
            return ""
        return _(
            "Revenue was highest in %(period)s, %(amount)s of %(total)s altogether.",
            period=period_text(best.name),
            amount=money_text(best.amount, result.currency),
            total=money_text(result.found.whole.amount, result.currency),
        )
    first = result.found[0]
    return _(
        "%(name)s comes first with %(amount)s.",
        name=first.name or first.key or _("No. 1"),
        amount=money_text(first.amount, result.currency),
    )
