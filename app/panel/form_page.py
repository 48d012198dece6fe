"""The form: every input with what stands in it, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import Group, Screen
from app.core.errors import UnreadableToken
from app.core.fields.links import MOST_LINKS
from app.core.kernel import kernel
from app.core.keys import KeyPart, decode_token
from app.core.permissions import granted
from app.panel.cells import cell_of
from app.panel.columns import record_url, title_of, titles_of, token_of
from app.panel.pages import Difference, FormField, FormGroup, FormPage
from app.panel.people import person_name
from app.panel.writing import Draft, base_of, editable_fields, raw_of


def form_page(
    screen: Screen,
    record: Any = None,
    draft: Draft | None = None,
    *,
    errors: Mapping[str, Any] | None = None,
    prefill: MultiDict[str, str] | None = None,
    base: str | None = None,
) -> FormPage:
    """Return the form for a new record or `record`; with a `draft`, what was typed and the messages to it."""
    messages = dict(errors if errors is not None else draft.errors if draft else {})
    raw = _raw(screen, record, draft, prefill)
    inputs = editable_fields(screen)
    names = {entry.name for entry in inputs}
    selected = _selected(screen, inputs, raw, record)
    groups = tuple(
        FormGroup(str(group.label), entries)
        for group in screen.groups
        if (entries := _group_fields(screen, group, names, raw, messages, selected, record, draft))
    )
    new = record is None
    return FormPage(
        screen=screen,
        title=_("New: %(label)s", label=screen.label) if new else _("Edit: %(title)s", title=title_of(screen, record)),
        action=screen.path + "add" if new else record_url(screen, record) + "/edit",
        back_url=screen.path if new else record_url(screen, record),
        groups=groups,
        version="" if new else str(getattr(record, "row_version", "")),
        base="" if new else base if base is not None else base_of(screen, record),
        is_new=new,
        message=_message(messages, names),
        error_count=len(messages),
        multipart=any(isinstance(entry, fields.File) for entry in inputs),
    )


def conflict_page(screen: Screen, record: Any, draft: Draft, base: str) -> FormPage:
    """Return the form with both versions of every field in which they differ."""
    page = form_page(screen, record, draft, base=base)
    differences = tuple(
        Difference(entry.name, str(entry.label), theirs, yours)
        for entry in editable_fields(screen)
        if entry.name in draft.values
        and (theirs := _words(screen, entry, getattr(record, entry.name)))
        != (yours := _words(screen, entry, draft.values[entry.name]))
    )
    changed_at = fields.Moment("changed_at", "").display(record.changed_at)
    return replace(page, differences=differences, changed_by=person_name(record.changed_by), changed_at=changed_at)


def _words(screen: Screen, entry: fields.Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens[entry.to]
        each = value if isinstance(value, list) else [value]
        return ", ".join(sorted(title_of(target, one) for one in each))
    return entry.display(value)


def _raw(
    screen: Screen, record: Any, draft: Draft | None, prefill: MultiDict[str, str] | None
) -> dict[str, list[str]]:
    """Return the texts of every input: what was typed, else what is stored, else what the address suggests."""
    shown = {}
    for entry in editable_fields(screen):
        if draft is not None and entry.name in draft.raw:
            shown[entry.name] = draft.raw[entry.name]
        elif record is not None:
            shown[entry.name] = raw_of(entry, record)
        elif prefill is not None and entry.name in prefill:
            shown[entry.name] = prefill.getlist(entry.name)[:10]
        else:
            shown[entry.name] = _default(screen, entry)
    return shown


def _default(screen: Screen, entry: fields.Field) -> list[str]:
    """Return the input's first texts for a new record, from the model's plain column default."""
    column = getattr(screen.model, entry.column, None)
    default = column.property.columns[0].default if hasattr(column, "property") and hasattr(column.property, "columns") else None
    if default is None or not default.is_scalar:
        return []
    return entry.raw(default.arg)


def _selected(
    screen: Screen, inputs: list[fields.Field], raw: Mapping[str, list[str]], record: Any
) -> dict[str, dict[str, str]]:
    """Return the titles of all picked records by field and token; the record's own links cost no statement."""
    found: dict[str, dict[str, str]] = {}
    for entry in inputs:
        if not isinstance(entry, fields.Link | fields.Links):
            continue
        target = kernel().screens[entry.to]
        known = _known_titles(entry, target, record)
        missing = [token for token in raw[entry.name] if token not in known][:MOST_LINKS]
        if missing and granted(target.permission("list")):
            keys = {token: key for token in missing if (key := _key(token)) is not None}
            titles = titles_of(target, list(keys.values()))
            known |= {token: titles[key] for token, key in keys.items() if key in titles}
        found[entry.name] = known
    return found


def _known_titles(entry: fields.Field, target: Screen, record: Any) -> dict[str, str]:
    if record is None:
        return {}
    value = getattr(record, entry.name)
    each = value if isinstance(value, list) else [value] if value is not None else []
    return {token_of(target, one): title_of(target, one) for one in each}


def _key(token: str) -> tuple[KeyPart, ...] | None:
    try:
        return decode_token(token)
    except UnreadableToken:
        return None


def _group_fields(
    screen: Screen,
    group: Group,
    names: set[str],
    raw: Mapping[str, list[str]],
    messages: Mapping[str, Any],
    selected: Mapping[str, dict[str, str]],
    record: Any,
    draft: Draft | None,
) -> tuple[FormField, ...]:
    return tuple(
        _form_field(screen, entry, raw[entry.name], str(messages.get(entry.name, "")), selected, record, draft)
        for entry in group.fields
        if entry.name in names
    )


def _form_field(
    screen: Screen,
    entry: fields.Field,
    raw: list[str],
    error: str,
    selected: Mapping[str, dict[str, str]],
    record: Any,
    draft: Draft | None,
) -> FormField:
    target = kernel().screens[entry.to] if isinstance(entry, fields.Link | fields.Links) else None
    titles = selected.get(entry.name, {})
    incoming = draft.uploads.get(entry.name) if draft else None
    stored = cell_of(screen, entry, record) if isinstance(entry, fields.File) and record is not None else None
    return FormField(
        name=entry.name,
        label=str(entry.label),
        widget=entry.widget,
        values=tuple(raw),
        help=str(entry.help),
        error=error,
        required=entry.required,
        multiple=entry.multiple,
        placeholder=str(entry.placeholder),
        unit=entry.symbol() if isinstance(entry, fields.Money) else str(getattr(entry, "unit", "")),
        accept=",".join(getattr(entry, "accept", ())),
        attributes=dict(entry.attributes()),
        choices=_choices(entry),
        selected=tuple((token, titles[token]) for token in raw if token in titles),
        pick_url=target.path + "pick" if target else "",
        add_url=target.path + "add" if target and _may_add(target) else "",
        current=stored if stored is not None and stored.text else None,
        kept=incoming.ticket if incoming else "",
    )


def _may_add(target: Screen) -> bool:
    return "add" in target.verbs and granted(target.permission("add"))


def _choices(entry: fields.Field) -> tuple[tuple[str, str], ...]:
    if isinstance(entry, fields.Choice):
        return tuple((member.value, str(member.label)) for member in entry.choices)
    return ()


def _message(messages: Mapping[str, Any], names: set[str]) -> str:
    """Return what stands above the form: objections to the whole, or how many inputs need another look."""
    general = [str(message) for name, message in messages.items() if name not in names]
    if general:
        return " ".join(general)
    if messages:
        return ngettext("One entry needs another look.", "%(num)d entries need another look.", len(messages))
    return ""
