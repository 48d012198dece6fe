"""View models of rows: the records that belong to a form's record, or what was typed into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.core.declaration import Group, Screen
from app.panel.addresses import address
from app.panel.cells import cell_of
from app.panel.columns import token_of
from app.panel.form_inputs import FormInputs
from app.panel.form_models import Difference, RowInForm, RowsInForm
from app.panel.list_page import plain_heads
from app.panel.rows.reading import BLANK, MOST_NEW, TICKET, PostedTable, Row, vanished
from app.panel.rows.tables import MOST_SHOWN, RowTable, tables_of
from app.panel.tickets import new_ticket
from app.panel.words_of import words_of
from app.panel.writing import base_of


def rows_in_form(
    screen: Screen, record: Any, posted: Sequence[PostedTable] | None = None
) -> tuple[RowsInForm, ...]:
    """Return the tables in the form of `record` (None for a new one), with what was `posted` if it was."""
    if posted is not None:
        return tuple(_posted(each, record) for each in posted)
    return tuple(_stored(table, record) for table in tables_of(screen))


def differences_in(posted: Sequence[PostedTable]) -> list[Difference]:
    """Return both versions of what differs in the rows that somebody else has changed."""
    found = []
    for each in posted:
        for place, row in enumerate(_shown(each), 1):
            if not row.conflict or row.record is None:
                continue
            found += [
                Difference(
                    name,
                    f"{each.table.panel.label} {place} · {each.table.screen.fields[name].label}",
                    words_of(each.table.screen.fields[name], getattr(row.record, name)),
                    words_of(each.table.screen.fields[name], value),
                    _prefix(each.table, row.number),
                )
                for name, value in row.draft.values.items()
                if name in each.table.names and getattr(row.record, name) != value
            ]
    return found


def _prefix(table: RowTable, number: int) -> str:
    return f"{table.prefix}{number}."


def _shown(posted: PostedTable) -> list[Row]:
    """Return the rows that come back: a new one that holds nothing does not."""
    return [row for row in posted.rows if row.token or not row.blank]


def _stored(table: RowTable, record: Any) -> RowsInForm:
    children = table.first(record) if record is not None else []
    more, children = len(children) > MOST_SHOWN, children[-MOST_SHOWN:]
    rows = [_stored_row(table, number, child) for number, child in enumerate(children)]
    ticket = new_ticket(table.screen, TICKET) if table.can_add else ""
    page = _table(table, rows, len(rows), ticket)
    return replace(page, **_all_of(table, record)) if more else page


def _stored_row(table: RowTable, number: int, child: Any) -> RowInForm:
    return RowInForm(
        number + 1,
        _prefix(table, number),
        **_contents(table, Row(number, MultiDict(), {}, record=child)),
        token=token_of(table.screen, child),
        version=str(getattr(child, "row_version", "")),
        base=base_of(table.screen, child, table.names) if table.can_edit else "",
        can_remove=table.can_remove,
    )


def _posted(posted: PostedTable, record: Any) -> RowsInForm:
    # A transaction that was undone forgets what it had read: one statement reads all rows again.
    children = posted.table.named(record, [row.token for row in posted.rows])
    rows = []
    for place, row in enumerate(_shown(posted), 1):
        row.record = children.get(row.token)
        rows.append(_posted_row(posted.table, place, row))
    unused = max((row.number for row in posted.rows), default=-1) + 1
    return _table(posted.table, rows, unused, posted.ticket)


def _posted_row(table: RowTable, place: int, row: Row) -> RowInForm:
    problem = row.problem or (vanished() if row.token and row.record is None and not row.removed else "")
    version = row.version
    if row.conflict and row.record is not None:
        version = getattr(row.record, "row_version", row.version)
        if row.removed:
            problem = _("Somebody changed this row meanwhile. Look at it again: saving removes it.")
    return RowInForm(
        place,
        _prefix(table, row.number),
        **_contents(table, row),
        token=row.token,
        version=str(version) if row.token else "",
        base=row.base,
        problem=str(problem),
        can_remove=table.can_remove if row.token else True,
        removed=row.removed,
    )


def _contents(table: RowTable, row: Row) -> dict[str, Any]:
    """Return the row's inputs, or what stands there where the person may not change it."""
    is_known = row.record is not None or row.token
    if is_known and not table.can_edit:
        if row.record is None:
            return {}
        return {
            "texts": tuple(
                cell_of(table.screen, table.screen.fields[name], row.record) for name in table.names
            )
        }
    draft = row.draft if row.form else None
    prefix = _prefix(table, row.number)
    inputs = FormInputs(
        table.screen, row.draft.errors, row.record, draft, names=frozenset(table.names), prefix=prefix
    )
    group = Group("", tuple(table.screen.fields[name] for name in table.names))
    return {"fields": tuple(replace(each, help="") for each in inputs.of(group))}


def _table(table: RowTable, rows: list[RowInForm], unused: int, ticket: str) -> RowsInForm:
    blanks = []
    if table.can_add:
        for place in range(BLANK):
            row = Row(unused + place, MultiDict(), {})
            blanks.append(
                RowInForm(
                    len(rows) + place + 1,
                    _prefix(table, row.number),
                    **_contents(table, row),
                    blank=True,
                    can_remove=True,
                )
            )
    return RowsInForm(
        key=table.key,
        label=str(table.panel.label),
        heads=plain_heads(table.screen, table.names),
        rows=(*rows, *blanks),
        ticket=ticket,
        can_add=table.can_add,
        can_remove=table.can_add or table.can_remove,
        most_new=MOST_NEW,
    )


def _all_of(table: RowTable, record: Any) -> dict[str, Any]:
    """Say that there are more than are shown, and where all of them are."""
    text = ngettext(
        "Only the newest %(num)d is shown here.", "Only the newest %(num)d are shown here.", MOST_SHOWN
    )
    if table.panel.via not in table.screen.filters:
        return {"more_text": text}
    change = {f"f.{table.panel.via}": token_of(table.on, record)}
    return {"more_text": text, "all_url": address(table.screen.path, MultiDict(), change=change)}
