"""Coverage: which models are written down, and which of their attributes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipProperty

from app.core.keys import encode_token
from app.core.outside import outside_registries, subject_of

# What the next save changes anyway, and what says nothing about the record itself.
STAMPS = frozenset({"changed_at", "changed_by", "row_version"})


@dataclass(frozen=True)
class Plan:
    """What is written down of one model: its columns and link lists by attribute, without the key itself.

    Of `secret` attributes only the fact of a change is kept. `about` is the path to the person it tells of.
    """

    mapper: Mapper[Any]
    subject: str
    keys: tuple[str, ...]
    columns: Mapping[str, Column[Any]]
    links: Mapping[str, RelationshipProperty[Any]]
    secret: frozenset[str]
    about: tuple[str, ...] = ()

    def token(self, values: Mapping[str, Any]) -> str:
        """Return the token of the record whose attributes these are."""
        return encode_token([values[name] for name in self.keys])


def is_journalled(model: type[Any]) -> bool:
    """Say whether changes of a model are written down: of every `Record`, and of whatever says so of itself."""
    return bool(getattr(model, "__journalled__", False))


@functools.cache
def plan_of(mapper: Mapper[Any]) -> Plan | None:
    """Return what is written down of a mapped class; None when nothing is."""
    model = mapper.class_
    table = mapper.local_table
    if not is_journalled(model) or not isinstance(table, Table):
        return None
    unrecorded = STAMPS | getattr(model, "__unrecorded__", frozenset())
    keys = tuple(mapper.get_property_by_column(part).key for part in mapper.primary_key)
    columns = {
        each.key: each.columns[0]
        for each in mapper.column_attrs
        if isinstance(each.columns[0], Column) and each.key not in unrecorded and each.key not in keys
    }
    links = {
        each.key: each
        for each in mapper.relationships
        if each.secondary is not None and each.key not in unrecorded and not each.viewonly
    }
    about = tuple(part for part in getattr(model, "__about__", "").split(".") if part)
    return Plan(
        mapper, subject_of(model), keys, columns, links, getattr(model, "__secret__", frozenset()), about
    )


def plans() -> Iterator[Plan]:
    """Yield the plans of all models that are written down."""
    mappers = [mapper for held in (Model.registry, *outside_registries()) for mapper in held.mappers]
    for mapper in mappers:
        plan = plan_of(mapper)
        if plan is not None:
            yield plan


def covers(table: str) -> bool:
    """Say whether rows of the table of this name are written down, as records or as somebody's links."""
    return any(
        table == plan.subject or any(table == str(link.secondary) for link in plan.links.values())
        for plan in plans()
    )


def holders(mapper: Mapper[Any]) -> Iterator[tuple[Plan, RelationshipProperty[Any]]]:
    """Yield who keeps lists of links to records of `mapper`, and in which list."""
    for plan in plans():
        for link in plan.links.values():
            if mapper.isa(link.mapper):
                yield plan, link
