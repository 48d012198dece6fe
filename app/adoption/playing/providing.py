"""Providing: the facts of an adopted database, read through the roles that a person said yes to."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.playing.keeping import mapping_of
from app.adoption.playing.reading import Readable, contract_of, readable
from app.adoption.proposing.expressions import ExpressionProblem
from app.adoption.proposing.roles import RoleProposal
from app.adoption.sketches import DatabaseSketch
from app.core.errors import KebuError
from app.core.facts import FACTS, FactProvider

# By fact the roles that give it, the best first, and which column of the role stands for another of the fact.
_ROLES: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "customers": (("customers", {}),),
    "products": (("products", {}),),
    # A line knows what was sold; a sale without lines is its own and only one.
    "sales": (("sale_lines", {}), ("sales", {"sale": "key"})),
    "payments": (("payments", {}),),
    "costs": (("costs", {}),),
    "visits": (("appointments", {}),),
}


class RoleUnreadable(KebuError):
    """What a role reads is not there any more, or is hidden from everybody by now."""

    status = 409
    code = "role-unreadable"


class SourceAway(KebuError):
    """The database whose facts are asked for does not answer at the moment."""

    status = 503
    code = "source-away"
    message = _l("This database does not answer at the moment, so nothing can be computed of it.")


def providers_of(
    source: AdoptedSource,
    found: DatabaseSketch | None,
    roles: Sequence[AdoptedRole],
    rows: Sequence[AdoptedTable],
    columns: Mapping[Any, Sequence[AdoptedColumn]],
) -> tuple[FactProvider, ...]:
    """Return a provider for each fact that a role in use gives; one that can't be read tells so when it is asked."""
    used = {row.role.value: row for row in roles if row.is_used and row.table_name}
    places = [
        place
        for row in used.values()
        for place in ((row.schema_name, row.table_name), (row.parent_schema, row.parent_table))
    ]
    among = readable(source.code, found, rows, columns, places) if found is not None else None
    return tuple(_providers(source, used, among))


def _providers(
    source: AdoptedSource, used: Mapping[str, AdoptedRole], among: Readable | None
) -> Iterator[FactProvider]:
    for fact, ways in _ROLES.items():
        way = next(((used[role], aliases) for role, aliases in ways if role in used), None)
        if way is None:
            continue
        row, aliases = way
        places = ((row.schema_name, row.table_name), (row.parent_schema, row.parent_table))
        screens = among.screens if among is not None else {}
        yield FactProvider(
            fact,
            source.code,
            source.label,
            _select_of(fact, row, source, among, aliases),
            currency=source.currency,
            time_zone=source.time_zone,
            screens=tuple(screens[place] for place in places if place in screens),
        )


def _select_of(
    fact: str,
    row: AdoptedRole,
    source: AdoptedSource,
    among: Readable | None,
    aliases: Mapping[str, str],
) -> Callable[[], Select[Any]]:
    """Return what gives a fact's SELECT, made when it is first asked for; what it reads of the rows is read now."""
    names = FACTS[fact].names
    label = row.role.label
    mapping = usable_mapping(row, source)

    @functools.cache
    def select_fact() -> Select[Any]:
        if among is None:
            raise SourceAway
        if mapping is None:
            raise RoleUnreadable(_("“%(role)s” can't be read. Please look at it anew.", role=label))
        try:
            return contract_of(mapping, among, names, aliases)
        except ExpressionProblem as problem:
            told = _("“%(role)s” can't be read: %(problem)s", role=label, problem=problem)
            raise RoleUnreadable(told) from None

    return select_fact


def usable_mapping(row: AdoptedRole, source: AdoptedSource) -> RoleProposal | None:
    """Return the mapping of a row, with the database's time zone for all its times; None for unreadable lines."""
    try:
        return replace(mapping_of(row, source), time_zone=source.time_zone)
    except ExpressionProblem:
        return None
