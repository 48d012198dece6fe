"""The inputs of a form: for every field what stands in it, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import Group, Screen
from app.core.errors import UnreadableToken
from app.core.fields.links import MOST_LINKS
from app.core.kernel import kernel
from app.core.keys import KeyPart, decode_token
from app.core.permissions import granted
from app.panel.cells import cell_of
from app.panel.choosing import choices_of
from app.panel.columns import title_of, titles_of, token_of
from app.panel.form_models import FormField
from app.panel.writing import Draft, editable_fields, raw_of

MOST_PREFILLED = 10


@dataclass(frozen=True)
class FormInputs:
    """The inputs for a new record or `record`; a `draft` goes before what is stored, `prefill` fills a new one.

    `names` are the only fields wanted. `prefix` stands before the name of each input, `mark` before its id: a page
    that holds several forms or rows tells their inputs apart.
    """

    screen: Screen
    messages: Mapping[str, Any]
    record: Any = None
    draft: Draft | None = None
    prefill: MultiDict[str, str] | None = None
    names: Collection[str] | None = None
    prefix: str = ""
    mark: str = ""

    @cached_property
    def entries(self) -> dict[str, fields.Field]:
        """The fields that the form takes, by name."""
        wanted = self.names
        return {
            entry.name: entry
            for entry in editable_fields(self.screen, new=self.record is None)
            if wanted is None or entry.name in wanted
        }

    @cached_property
    def raw(self) -> dict[str, list[str]]:
        """The texts of every input: what was typed, else what is stored, else what the address suggests."""
        return {name: self._raw(entry) for name, entry in self.entries.items()}

    def of(self, group: Group) -> tuple[FormField, ...]:
        """Return the inputs below one heading."""
        return tuple(self._input(entry) for entry in group.fields if entry.name in self.entries)

    def _raw(self, entry: fields.Field) -> list[str]:
        if self.draft is not None and entry.name in self.draft.raw:
            return self.draft.raw[entry.name]
        if self.record is not None:
            return raw_of(entry, self.record)
        if self.prefill is not None and entry.name in self.prefill:
            return self.prefill.getlist(entry.name)[:MOST_PREFILLED]
        return default_raw(self.screen, entry)

    @cached_property
    def _titles(self) -> dict[str, dict[str, str]]:
        """The titles of all picked records by field and token; the record's own links cost no statement."""
        return {
            name: self._titles_of(entry)
            for name, entry in self.entries.items()
            if isinstance(entry, fields.Link | fields.Links)
        }

    def _titles_of(self, entry: fields.Link | fields.Links) -> dict[str, str]:
        target = kernel().screens[entry.to]
        known = _titles_at_hand(entry, target, self.record)
        missing = [token for token in self.raw[entry.name] if token not in known][:MOST_LINKS]
        if missing and granted(target.permission("list")):
            keys = {token: key for token in missing if (key := _key(token)) is not None}
            titles = titles_of(target, list(keys.values()))
            known |= {token: titles[key] for token, key in keys.items() if key in titles}
        return known

    def _input(self, entry: fields.Field) -> FormField:
        target = kernel().screens[entry.to] if isinstance(entry, fields.Link | fields.Links) else None
        titles, raw = self._titles.get(entry.name, {}), self.raw[entry.name]
        incoming = self.draft.uploads.get(entry.name) if self.draft else None
        is_stored = isinstance(entry, fields.File) and self.record is not None
        stored = cell_of(self.screen, entry, self.record) if is_stored else None
        made = FormField(
            name=self.prefix + entry.name,
            id=f"{self.mark}{self.prefix}{entry.name}" if self.mark or self.prefix else "",
            label=str(entry.label),
            widget=entry.widget,
            values=tuple(raw),
            help=str(entry.help),
            error=str(self.messages.get(entry.name, "")),
            required=entry.required,
            multiple=entry.multiple,
            placeholder=str(entry.placeholder),
            unit=entry.symbol() if isinstance(entry, fields.Money) else str(getattr(entry, "unit", "")),
            accept=",".join(getattr(entry, "accept", ())),
            attributes=dict(entry.attributes()),
            choices=choices_of(entry, raw),
            selected=tuple((token, titles[token]) for token in raw if token in titles),
            pick_url=target.path + "pick" if target else "",
            add_url=target.path + "add" if target and _may_add(target) else "",
            current=stored if stored is not None and stored.text else None,
            kept=incoming.ticket if incoming else "",
            when=self.prefix + entry.visible_when[0] if entry.visible_when else "",
            when_values=entry.visible_when[1] if entry.visible_when else (),
        )
        return _over_mask(made, entry, self.record) if entry.masked and self.record is not None else made


def _over_mask(made: FormField, entry: fields.Field, record: Any) -> FormField:
    """Return the input for a value that the person can't read: empty, it keeps the value; typing replaces it."""
    mask = entry.mask(getattr(record, entry.column if isinstance(entry, fields.File) else entry.name))
    if not mask:
        return made
    keep = _("Now %(mask)s. Leave it empty to keep it; what you type replaces it.", mask=mask)
    changes: dict[str, Any] = {"required": False, "placeholder": mask, "help": f"{keep} {made.help}".rstrip()}
    if made.widget == "checkbox":
        # A box knows no third state: to be left alone.
        changes |= {"widget": "select", "choices": (("1", str(_("Yes"))), ("0", str(_("No"))))}
    return replace(made, **changes)


def default_raw(screen: Screen, entry: fields.Field) -> list[str]:
    """Return the input's first texts for a new record: the field's own, else the model's plain column default."""
    if entry.default:
        return list(entry.default)
    mapped = getattr(getattr(screen.model, entry.column, None), "property", None)
    default = mapped.columns[0].default if mapped is not None and hasattr(mapped, "columns") else None
    return entry.unmasked().raw(default.arg) if default is not None and default.is_scalar else []


def _titles_at_hand(entry: fields.Link | fields.Links, target: Screen, record: Any) -> dict[str, str]:
    if record is None:
        return {}
    value = None if entry.masked else getattr(record, entry.name)
    each = value if isinstance(value, list) else [value] if value is not None else []
    return {token_of(target, one): title_of(target, one) for one in each}


def _key(token: str) -> tuple[KeyPart, ...] | None:
    try:
        return decode_token(token)
    except UnreadableToken:
        return None


def _may_add(target: Screen) -> bool:
    return "add" in target.verbs and granted(target.permission("add"))
