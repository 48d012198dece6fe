"""Copying: an import begins with a table of another program; from its columns on it is one like any other."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask_babel import gettext as _

from app.core import fields, storage
from app.core.database import db
from app.core.declaration import Screen
from app.core.file_types import CSV
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.permissions import granted
from app.core.transaction import transaction
from app.panel.importing.errors import NotCopyable
from app.panel.importing.heads import headers_of
from app.panel.importing.mapping import Mapping as Plan
from app.panel.importing.mapping import Use, propose, targets, with_best_key
from app.panel.importing.models import Import
from app.panel.importing.origins import (
    Column,
    Origin,
    copied_fields,
    may_copy,
    require_copyable,
    rows_after,
    source_of,
)
from app.panel.importing.reading import Layout, Row
from app.panel.importing.staging import records_for
from app.panel.importing.starting import forget_old, media_type_of

SAMPLE_ROWS = 200
LARGEST_SAMPLE = 50_000_000
Hints = Mapping[str, tuple[str, ...]]


def targets_for_copies() -> list[Screen]:
    """Return the screens whose records the person may make out of rows of other tables."""
    screens = [kernel().screens[name] for name in kernel().copy_targets if name in kernel().screens]
    return [
        screen
        for screen in screens
        if {"import", "list"} <= set(screen.verbs)
        and granted(screen.permission("import"))
        and granted(screen.permission("list"))
    ]


def sources_for_copies() -> list[Screen]:
    """Return the screens of other programs' tables from which the person may copy."""
    found = []
    for screen in kernel().screens.values():
        try:
            require_copyable(screen)
        except NotCopyable:
            continue
        if may_copy(screen):
            found.append(screen)
    return found


def hints_for(source: Screen, target: Screen) -> Hints:
    """Return by field of the target which fields of the table make it, where somebody has said what the table is."""
    registered = kernel().copy_targets[target.name]
    if kernel().copy_hints is None or not registered.role:
        return {}
    able = {each.name for each in copied_fields(source)}
    told = kernel().copy_hints(source.name, registered.role)  # type: ignore[misc]
    return {
        registered.fields[column]: names
        for column, names in told.items()
        if column in registered.fields and set(names) <= able
    }


def begin_copy(
    source: Screen,
    target: Screen,
    arguments: tuple[tuple[str, str], ...],
    joined: Sequence[tuple[str, ...]] = (),
) -> uuid.UUID:
    """Begin a copy of the rows that a list's conditions find and return the import's key.

    `joined` are fields whose texts together make a column more. Raises `NotCopyable`, `SourceAway`, `Invalid`.
    """
    require_copyable(source)
    forget_old()
    hints = hints_for(source, target)
    together = dict.fromkeys([*joined, *(names for names in hints.values() if len(names) > 1)])
    columns = (
        *(Column(str(each.label), (each.name,)) for each in copied_fields(source)),
        *_joined(source, together),
    )
    origin = Origin(source.name, arguments, columns)
    rows, more = rows_after(source_of(origin), origin, "", SAMPLE_ROWS, records_for(target.name))
    db.session.rollback()
    if not rows:
        raise NotCopyable(_("No row meets the conditions."))
    return _keep(
        target,
        replace(origin, few=not more),
        [[_("Key of the row"), *(each.label for each in columns)], *rows],
    )


def _joined(source: Screen, together: Mapping[tuple[str, ...], None]) -> list[Column]:
    labels = {name: str(entry.label) for name, entry in source.fields.items()}
    return [Column(" + ".join(labels[name] for name in names), names) for names in together]


def _keep(target: Screen, origin: Origin, cells: list[list[str]]) -> uuid.UUID:
    """Save an import whose file are the first rows, to choose columns by."""
    layout = Layout("text", encoding="utf-8", delimiter=",", header_row=1)
    rows = list(enumerate(cells, start=1))
    headers = headers_of(rows, 1)
    text = io.StringIO()
    csv.writer(text).writerows([list(headers), *cells[1:]])
    name = _(
        "%(what)s of %(database)s", what=kernel().screens[origin.screen].plural, database=_database(origin)
    )
    stream = io.BytesIO(text.getvalue().encode("utf-8", "replace"))
    upload = storage.store(stream, name, (CSV,), LARGEST_SAMPLE, find=media_type_of)
    item = Import(id=uuid7(), screen=target.name, upload=upload, batch_id=uuid7())
    item.comes_from(origin)
    item.describe(layout, headers, _mapping(target, origin, headers, rows[1:]))
    key = item.id
    with transaction():
        db.session.add(item)
    return key


def _database(origin: Origin) -> str:
    code = origin.screen.partition(":")[0]
    return next((str(each.label) for each in kernel().enabled if each.name == code), code)


def _mapping(target: Screen, origin: Origin, headers: Sequence[str], rows: Sequence[Row]) -> Plan:
    """Return what a role says of the columns, else their labels, else their names in the table."""
    source = kernel().screens[origin.screen]
    hinted = {names: name for name, names in hints_for(source, target).items()}
    samples = [cells for _number, cells in rows[:50]]
    by_label = _proposed(source, target, origin, headers, samples)
    plain_names = ["", *(column.names[0] if len(column.names) == 1 else "" for column in origin.columns)]
    by_name = _proposed(source, target, origin, plain_names, samples)
    able = {each.name for each in targets(target)}
    wishes = [Use()] + [
        Use(name) if (name := hinted.get(column.names, "")) in able else Use() for column in origin.columns
    ]
    taken = {use.field for use in wishes if use.field}
    for others in (by_label, by_name):
        for at, use in enumerate(others):
            if at and use.field and not wishes[at].field and use.field not in taken:
                wishes[at] = use
                taken.add(use.field)
    return with_best_key(target, Plan(tuple(wishes)))


def _proposed(
    source: Screen, target: Screen, origin: Origin, headers: Sequence[str], samples: Sequence[Sequence[str]]
) -> tuple[Use, ...]:
    """Return what these names say; a column that leads to other rows (a member's level) names no person."""
    names = list(headers)
    links = {
        at
        for at, column in enumerate(origin.columns, start=1)
        if isinstance(source.fields[column.names[0]], fields.Link)
    }
    while True:
        uses = propose(target, names, samples)[0].uses
        wrong = [
            at
            for at in links
            if uses[at].field and not isinstance(target.fields[uses[at].field], fields.Link | fields.Links)
        ]
        if not wrong:
            return uses
        # Its place is free for another column, and its texts say nothing either.
        links -= set(wrong)
        names = ["" if at in wrong else name for at, name in enumerate(names)]
        samples = [["" if at in wrong else cell for at, cell in enumerate(cells)] for cells in samples]
