"""Reports: questions by name, each with its formula, asked of a book and a span, answered as one plain table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.facts import FactProvider
from app.insight.books import names_of, provider_of
from app.insight.dialects import Unit
from app.insight.errors import BadWish, UnknownReport
from app.insight.frames import EVERY_DAY, By, SalesFrames, Span, currency_of, digits_of, names
from app.insight.methods.revenue import Ranked, Revenue, ranking, revenue

UNITS: dict[str, Unit] = {"month": "month", "quarter": "quarter", "year": "year"}
USUAL_TOP, MOST_TOP = 10, 1_000
Kind = Literal["text", "period", "money", "quantity", "count"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: the book, the span of days, the branch's key ('' for all), and the report's own parameters."""

    source: str
    span: Span = EVERY_DAY
    branch: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: money is in the currency's unit, to its decimals."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Result:
    """A report's answer: rows and totals by the names of `columns`, and what it was asked."""

    name: str
    title: str
    wish: Wish
    source_label: str
    currency: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    totals: Mapping[str, Any]
    _: KW_ONLY
    found: Any = None


@dataclass(frozen=True)
class Report:
    """A question by name: `fact` is what it reads, `formula` says with its source how it is answered."""

    name: str
    label: Any
    formula: Any
    fact: str
    parameters: Mapping[str, Any]
    run: Callable[[Report, Wish], Result]


def report_named(name: str) -> Report:
    """Return a report by name; raise `UnknownReport`."""
    if name not in REPORTS:
        raise UnknownReport
    return REPORTS[name]


def run_report(name: str, wish: Wish) -> Result:
    """Return the answer of a report to whoever may have it.

    Raises `UnknownReport`, `BadWish` by field, and what `provider_of` and the frames raise.
    """
    report = report_named(name)
    unknown = sorted(set(wish.parameters) - set(report.parameters))
    if unknown:
        known = ", ".join(report.parameters)
        raise BadWish({"parameters": _("This report has these parameters: %(names)s.", names=known)})
    since, until = wish.span.since, wish.span.until
    if since is not None and until is not None and until < since:
        raise BadWish({"until": _("The last day lies before the first one.")})
    return report.run(report, wish)


# --- The answers ---------------------------------------------------------------------------------------


def _by_period(report: Report, wish: Wish) -> Result:
    provider = provider_of(wish.source, report.fact)
    unit = _unit(wish.parameters.get("by", "month"))
    frames = SalesFrames(provider, wish.span, wish.branch)
    found = revenue(frames.by_period(unit), frames.whole(), unit, digits_of(provider))
    columns = (
        Column("period", _("Period"), "period"),
        Column("amount", _("Revenue"), "money"),
        Column("sales", _("Number of sales"), "count"),
        Column("customers", _("Customers"), "count"),
    )
    rows = ({"period": each.name, **_counted(each)} for each in found.periods)
    return _result(report, wish, provider, columns, rows, _counted(found.whole), found)


def _counted(period: Any) -> dict[str, Any]:
    return {"amount": period.amount, "sales": period.sales, "customers": period.customers}


def _top(by: By, fact: str) -> Callable[[Report, Wish], Result]:
    def run(report: Report, wish: Wish) -> Result:
        provider = provider_of(wish.source, report.fact)
        most = _most(wish.parameters.get("limit", str(USUAL_TOP)))
        frame = SalesFrames(provider, wish.span, wish.branch).top(by, most)
        named = names_of(wish.source, fact)
        called = _called(named, [str(key) for key in frame["key"]]) if named is not None else {}
        found = ranking(frame, called, digits_of(provider))
        if named is None:
            # A phone number or a name may be the key: who may not read whom it names gets neither.
            found = tuple(replace(each, key="", name="") for each in found)
        return _ranked_result(report, wish, provider, found)

    return run


def _called(provider: FactProvider, keys: list[str]) -> dict[str, str]:
    if not keys:
        return {}
    rows = names(provider, keys).itertuples(index=False)
    return {str(row.key): "" if row.name is None else str(row.name) for row in rows}


def _ranked_result(report: Report, wish: Wish, provider: FactProvider, found: tuple[Ranked, ...]) -> Result:
    columns = (
        Column("rank", _("Rank"), "count"),
        Column("key", _("Key"), "text"),
        Column("name", _("Name"), "text"),
        Column("amount", _("Revenue"), "money"),
        Column("quantity", _("Quantity"), "quantity"),
        Column("sales", _("Number of sales"), "count"),
    )
    rows = (
        {
            "rank": rank,
            **{name: getattr(each, name) for name in ("key", "name", "amount", "quantity", "sales")},
        }
        for rank, each in enumerate(found, start=1)
    )
    totals = {
        "amount": sum((each.amount for each in found), Decimal(0).scaleb(-digits_of(provider))),
        "quantity": sum((each.quantity for each in found), Decimal(0)),
    }
    return _result(report, wish, provider, columns, rows, totals, found)


def _result(  # noqa: PLR0917 - its order is that of the answer
    report: Report,
    wish: Wish,
    provider: FactProvider,
    columns: tuple[Column, ...],
    rows: Iterable[Mapping[str, Any]],
    totals: Mapping[str, Any],
    found: Revenue | tuple[Ranked, ...],
) -> Result:
    label = str(provider.book_label)
    return Result(
        report.name,
        str(report.label),
        wish,
        label,
        currency_of(provider),
        columns,
        tuple(rows),
        totals,
        found=found,
    )


def _unit(text: str) -> Unit:
    if text not in UNITS:
        raise BadWish({"by": _("Choose month, quarter or year.")})
    return UNITS[text]


def _most(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_TOP):
        raise BadWish({"limit": _("This must lie between %(least)s and %(most)s.", least=1, most=MOST_TOP)})
    return int(text)


_LIMIT = {"limit": _l("how many, 10 at first")}
REPORTS: Mapping[str, Report] = {
    each.name: each
    for each in (
        Report(
            "revenue",
            _l("Revenue"),
            _l(
                "Sum of `amount` of the fact `sales` by the business day of its `time`; what was given back counts "
                "negatively. Sales: different values of `sale`, a row without one counts as one. Customers: different "
                "values of `customer`. Each figure is rounded once, halves up."
            ),
            "sales",
            {"by": _l("month, quarter or year; month at first")},
            _by_period,
        ),
        Report(
            "top-customers",
            _l("Best customers"),
            _l(
                "Customers by the sum of `amount` of the fact `sales`, highest first, equal ones by their keys; sales "
                "without a customer are left out."
            ),
            "sales",
            _LIMIT,
            _top("customer", "customers"),
        ),
        Report(
            "top-products",
            _l("Best-selling products"),
            _l(
                "Products by the sum of `amount` of the fact `sales`, highest first, equal ones by their keys, with "
                "the sum of `quantity`; sales without a product are left out."
            ),
            "sales",
            _LIMIT,
            _top("product", "products"),
        ),
    )
}
