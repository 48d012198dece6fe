"""Sight: a preview tells nobody of rows or values what that person's own screens would not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.adoption.models import AdoptedColumn
from app.adoption.playing.reading import Place, Readable, kind_of
from app.adoption.playing.workbench import places_of
from app.adoption.proposing.expression_nodes import Name, Node
from app.adoption.proposing.expressions import names_in, parse_condition, parse_value
from app.adoption.proposing.roles import RoleProposal
from app.core.kernel import kernel
from app.core.masking import NOTHING_SHOWN
from app.core.permissions import granted
from app.core.reach import present_reach


def why_unseen(mapping: RoleProposal, among: Readable, columns: dict[Place, list[AdoptedColumn]]) -> str:
    """Return why the present person is shown no numbers of a mapping, '' where nothing speaks against it."""
    for place in among.tables:
        screen = kernel().screens.get(among.screens[place])
        if screen is None or not granted(screen.permission("list")):
            return _("Your role does not list these rows, so nothing is counted here.")
        if screen.model in present_reach().conditions:
            return _("Your role sees a part of these rows only, so nothing is counted here.")
    for node in _counted(mapping):
        for name in names_in(node):
            if not _is_plain(name, mapping, among, columns):
                return _(
                    "“%(column)s” is masked for your role, so nothing is counted with it.", column=name.column
                )
    return ""


def seen_mappings(mappings: Mapping[str, RoleProposal], among: Readable) -> dict[str, RoleProposal]:
    """Return those mappings by role all of whose rows the present person lists: others are not compared with."""
    narrowed = present_reach().conditions
    found = {}
    for role, each in mappings.items():
        screens = [kernel().screens.get(among.screens.get(place, "")) for place in places_of(each)]
        if all(one and granted(one.permission("list")) and one.model not in narrowed for one in screens):
            found[role] = each
    return found


def told_rows(
    mapping: RoleProposal,
    among: Readable,
    columns: dict[Place, list[AdoptedColumn]],
    rows: Sequence[Sequence[Any]],
) -> tuple[tuple[str, ...], ...]:
    """Return the values of some rows as texts, with stars for what the present person may not read."""
    masked = [
        any(not _is_plain(name, mapping, among, columns) for name in names_in(parse_value(text)))
        for _column, text in mapping.columns
    ]
    names = [name for name, _text in mapping.columns]
    return tuple(
        tuple(
            NOTHING_SHOWN if hidden and value is not None else _told(value, kind_of(name))
            for name, hidden, value in zip(names, masked, row, strict=True)
        )
        for row in rows
    )


def _told(value: Any, kind: str) -> str:
    if value is None:
        return "–"
    if kind in ("money", "quantity"):
        return str(format_decimal(value, format="#,##0.00####" if kind == "money" else "#,##0.######"))
    return f"{value:%Y-%m-%d %H:%M:%S}" if kind == "moment" else str(value)


def _counted(mapping: RoleProposal) -> Iterator[Node]:
    """Yield the expressions that numbers tell something of: filters, what is summed, and times."""
    for text in (mapping.filter, mapping.refund_filter if mapping.refunds == "positive" else ""):
        if text:
            yield parse_condition(text)
    for name, text in mapping.columns:
        if kind_of(name) not in ("text", "key"):
            yield parse_value(text)


def _is_plain(
    name: Name, mapping: RoleProposal, among: Readable, columns: dict[Place, list[AdoptedColumn]]
) -> bool:
    parent = mapping.parent
    place = (
        (parent.schema, parent.table)
        if name.of_parent and parent is not None
        else (mapping.schema, mapping.table)
    )
    said = next((each for each in columns.get(place, ()) if each.name.lower() == name.column.lower()), None)
    screen = kernel().screens.get(among.screens.get(place, ""))
    if said is None or screen is None:
        return False
    field = next(
        (each for each in screen.fields.values() if said.attribute in (each.name, each.column)), None
    )
    return field is not None and not field.masked
