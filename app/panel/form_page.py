"""The form page, and the conflict page that shows both versions when somebody else was quicker."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import Screen
from app.panel.columns import record_url, title_of
from app.panel.form_inputs import FormInputs
from app.panel.form_models import Difference, FormGroup, FormPage
from app.panel.people import person_name
from app.panel.rows.pages import differences_in, rows_in_form
from app.panel.rows.reading import PostedTable, Row
from app.panel.speech import mid_sentence
from app.panel.tickets import new_ticket
from app.panel.words_of import words_of
from app.panel.writing import Draft, base_of, editable_fields


def form_page(
    screen: Screen,
    record: Any = None,
    draft: Draft | None = None,
    *,
    errors: Mapping[str, Any] | None = None,
    prefill: MultiDict[str, str] | None = None,
    base: str | None = None,
    version: str | None = None,
    ticket: str = "",
    place: str = "",
    posted: Sequence[PostedTable] | None = None,
) -> FormPage:
    """Return the form for a new record or `record`; with a `draft`, what was typed and the messages to it.

    `base` and `version` are what an earlier post of this form started from; without them it starts from what is
    stored. `place` is the drawer, or the page of its own; rows (`posted` ones, after an error) stand only there.
    """
    messages = dict(errors if errors is not None else draft.errors if draft else {})
    inputs = FormInputs(screen, messages, record, draft, prefill, mark=f"{place}-" if place else "")
    groups = tuple(
        FormGroup(str(group.label), entries) for group in screen.groups if (entries := inputs.of(group))
    )
    tables = () if place else rows_in_form(screen, record, posted)
    faults = sum(len(table.faults) for table in tables)
    new = record is None
    title = (
        _("New %(what)s", what=mid_sentence(screen.label))
        if new
        else _("Edit: %(title)s", title=title_of(screen, record))
    )
    return FormPage(
        screen=screen,
        title=title,
        action=screen.path + "add" if new else record_url(screen, record) + "/edit",
        back_url=screen.path if new else record_url(screen, record),
        groups=groups,
        version="" if new else str(getattr(record, "row_version", "")) if version is None else version,
        base="" if new else base if base is not None else base_of(screen, record),
        ticket=(ticket or new_ticket(screen)) if new else "",
        is_new=new,
        message=_message(messages, inputs.entries, faults),
        error_count=len(messages) + faults,
        multipart=any(isinstance(entry, fields.File) for entry in inputs.entries.values())
        or any(table.takes_files for table in tables),
        tables=tables,
        place=place,
        title_input=screen.title if screen.title in inputs.entries else "",
    )


def conflict_page(
    screen: Screen,
    record: Any,
    draft: Draft,
    base: str,
    *,
    place: str = "",
    posted: Sequence[PostedTable] | None = None,
) -> FormPage:
    """Return the form with both versions of every field in which they differ."""
    differences = tuple(
        Difference(entry.name, str(entry.label), theirs, yours)
        for entry in editable_fields(screen)
        if entry.name in draft.values
        and (theirs := words_of(entry, getattr(record, entry.name)))
        != (yours := words_of(entry.unmasked(), draft.values[entry.name]))
    )
    return replace(
        form_page(screen, record, draft, base=base, place=place, posted=posted),
        differences=differences,
        **_who_changed(record),
    )


def row_conflict_page(page: FormPage, row: Row, posted: Sequence[PostedTable]) -> FormPage:
    """Return `page` with both versions of what differs in the row that somebody else has changed."""
    differences = tuple(differences_in(posted))
    return replace(page, differences=differences, **_who_changed(row.record) if differences else {})


def _who_changed(record: Any) -> dict[str, Any]:
    return {
        "changed_by": person_name(record.changed_by),
        "changed_at": fields.Moment("changed_at", "").display(record.changed_at),
    }


def _message(messages: Mapping[str, Any], names: Collection[str], faults: int = 0) -> str:
    """Return what stands above the form: objections to the whole, or how many inputs need another look.

    `faults` are those in rows.
    """
    general = [str(message) for name, message in messages.items() if name not in names]
    if general:
        return " ".join(general)
    if count := len(messages) + faults:
        return str(ngettext("One entry needs another look.", "%(num)d entries need another look.", count))
    return ""
