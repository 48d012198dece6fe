"""Checking: what keeps a mapping from being read, beside the input that it was typed into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from sqlalchemy import Connection, Date, DateTime, Integer, Select, Time, select
from sqlalchemy.exc import SQLAlchemyError

from app.adoption.drifting import TableChanged
from app.adoption.playing.reading import Place, Readable, contract_of
from app.adoption.proposing.expression_nodes import Name, Node
from app.adoption.proposing.expressions import ExpressionProblem, names_in, parse_condition, parse_value
from app.adoption.proposing.roles import MONEY, NEEDED, RoleProposal
from app.adoption.proposing.sampling import limited

SECONDS = 3.0
# Of an input: that of a contract's column is called by it, behind a dot.
COLUMN = "column."


def check(mapping: RoleProposal, among: Readable) -> dict[str, str]:
    """Return messages by input; nothing is asked of the database. Empty where the mapping can be read."""
    own = (mapping.schema, mapping.table)
    if own not in among.tables:
        return {"table": _("There is no such table, or it is not shown.")}
    parent = mapping.parent
    other = (parent.schema, parent.table) if parent is not None else None
    if other is not None and other not in among.tables:
        return {"parent": _("There is no such table, or it is not shown.")}
    found = dict(_of_columns(mapping, among, own, other))
    for name, text in (("filter", mapping.filter), ("refund_filter", mapping.refund_filter)):
        if text and (problem := _problem(text, parse_condition, among, own, other)):
            found[name] = problem
    if parent is not None and (problem := _of_join(mapping, among, own, other)):
        found["on"] = problem
    if mapping.refunds == "positive" and not mapping.refund_filter:
        found["refund_filter"] = _("Say by which condition refunds are told from sales.")
    if mapping.role in NEEDED and not mapping.unit and MONEY & set(NEEDED[mapping.role]):
        found["unit"] = _("Say whether amounts are in yuan or in fen.")
    return found or _as_a_whole(mapping, among)


def check_place(currency: str, time_zone: str) -> dict[str, str]:
    """Return messages on the currency and time zone of a database; '' says that nobody knows."""
    found = {}
    if currency and not (
        len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
    ):
        found["currency"] = _("A currency is three capital letters, such as CNY.")
    if time_zone and time_zone not in available_timezones():
        found["time_zone"] = _("There is no time zone %(zone)s.", zone=time_zone)
    return found


def _of_columns(
    mapping: RoleProposal, among: Readable, own: Place, other: Place | None
) -> Iterator[tuple[str, str]]:
    for name in NEEDED[mapping.role]:
        if not mapping.expression(name):
            yield COLUMN + name, _("This is needed.")
    for name, text in mapping.columns:
        problem = _problem(text, parse_value, among, own, other)
        if not problem and name == "time":
            problem = _of_time(text, mapping, among, own, other)
        if problem:
            yield COLUMN + name, problem


def _problem(
    text: str, parse: Callable[[str], Node], among: Readable, own: Place, other: Place | None
) -> str:
    try:
        for name in names_in(parse(text)):
            _look_up(name, among, own, other)
    except ExpressionProblem as problem:
        return str(problem)
    return ""


def _look_up(name: Name, among: Readable, own: Place, other: Place | None) -> Any:
    """Return a column that may be read; raise `ExpressionProblem` with what is wrong with it."""
    place = other if name.of_parent else own
    if place is None:
        raise ExpressionProblem(_("This table has no parent row: %(column)s.", column=name.column))
    lower = name.column.lower()
    columns = among.tables[place].c
    found = columns.get(name.column)
    alike = [each for each in columns if each.name.lower() == lower] if found is None else [found]
    if len(alike) == 1:
        return alike[0]
    if lower in {each.lower() for each in among.hidden[place]}:
        raise ExpressionProblem(
            _("“%(column)s” is hidden from everybody, so nothing is computed with it.", column=name.column)
        )
    raise ExpressionProblem(_("There is no column %(column)s.", column=name.column))


def _of_time(text: str, mapping: RoleProposal, among: Readable, own: Place, other: Place | None) -> str:
    node = parse_value(text)
    if not isinstance(node, Name):
        return ""
    kind = _look_up(node, among, own, other).type
    if isinstance(kind, Integer) and not mapping.epoch:
        return _("This is a number: say below whether it counts seconds or milliseconds.")
    if isinstance(kind, Date | DateTime) and mapping.epoch and among.dialect != "sqlite":
        return _("This is a time already: it counts neither seconds nor milliseconds.")
    return _("This is a time of day without a date.") if isinstance(kind, Time) else ""


def _of_join(mapping: RoleProposal, among: Readable, own: Place, other: Place | None) -> str:
    try:
        for mine, theirs in mapping.parent.on if mapping.parent is not None else ():
            _look_up(Name(mine), among, own, other)
            _look_up(Name(theirs, of_parent=True), among, own, other)
    except ExpressionProblem as problem:
        return str(problem)
    return ""


def _as_a_whole(mapping: RoleProposal, among: Readable) -> dict[str, str]:
    try:
        contract_of(mapping, among)
    except ExpressionProblem as problem:
        return {"": str(problem)}
    return {}


def ask(connection: Connection, mapping: RoleProposal, among: Readable) -> dict[str, str]:
    """Return which inputs the database itself refuses, by asking it for no row of each."""
    found: dict[str, str] = {}
    names = [name for name, _text in mapping.columns]
    without_refunds = replace(mapping, refunds="", refund_filter="")
    bare = replace(without_refunds, filter="")
    for name in names:
        statement = contract_of(bare, among, [name])
        if _is_refused(connection, statement):
            found[COLUMN + name] = refused()
    if mapping.filter and not found:
        statement = contract_of(without_refunds, among, names[:1])
        if _is_refused(connection, statement):
            found["filter"] = refused()
    if (
        mapping.refund_filter
        and not found
        and _is_refused(connection, contract_of(mapping, among, ["amount"]))
    ):
        found["refund_filter"] = refused()
    return found


def refused() -> str:
    """Return what a person is told of an expression that a database does not take; never its own words."""
    return _("The database can't compute this: perhaps a text stands where a number is needed.")


def _is_refused(connection: Connection, statement: Select[Any]) -> bool:
    try:
        with limited(connection, SECONDS):
            connection.execute(select(statement.subquery()).limit(1)).all()
    except TableChanged:
        raise
    except (SQLAlchemyError, ValueError, TypeError, ArithmeticError):
        return True
    finally:
        connection.rollback()
    return False
