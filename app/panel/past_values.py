"""Past values: what the journal keeps of a field, in the words of the screen and the person's language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import inspect, select

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import UnreadableToken
from app.core.kernel import kernel
from app.core.keys import KeyPart, decode_token
from app.core.limits import limits
from app.core.masking import NOTHING_SHOWN
from app.core.money import Money as Amount
from app.core.shop import shop
from app.core.upload import Upload
from app.journal.coverage import plan_of
from app.journal.models import JournalEntry, Verb
from app.journal.values import SECRET, decode, load
from app.panel.columns import Key, titles_of
from app.panel.word_marks import Mark, word_marks

NONE = "—"
# The verb itself tells of the trash; who made and changed a record stands beside the entry.
_TOLD_BY_THE_VERB = frozenset({"deleted_at", "deleted_by", "created_at", "created_by"})
Encoded = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastChange:
    """One field before and after; `marks` show a long text's words instead, `is_new` and `is_gone` one side only."""

    label: str
    before: str
    after: str
    marks: tuple[Mark, ...] = ()
    is_new: bool = False
    is_gone: bool = False


@dataclass
class Titles:
    """What linked records and files are called now: one statement for each kind of record of a page."""

    records: dict[tuple[str, Key], str] = field(default_factory=dict)
    files: dict[uuid.UUID, str] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[Screen, JournalEntry]]) -> Titles:
        """Look up everything that these entries point to."""
        wanted: dict[str, set[Key]] = {}
        files: set[uuid.UUID] = set()
        for screen, entry in pairs:
            for values in (load(entry.before) or {}, load(entry.after) or {}):
                for each in screen.fields.values():
                    if isinstance(each, fields.Link | fields.Links):
                        wanted.setdefault(each.to, set()).update(_keys(each, values))
                    elif isinstance(each, fields.File) and isinstance(
                        key := _value(values, each.column), uuid.UUID
                    ):
                        files.add(key)
        titles = cls()
        for name, keys in wanted.items():
            target = kernel().screens.get(name)
            if target is not None and keys:
                found = titles_of(target, sorted(keys, key=repr))
                titles.records |= {(name, key): title for key, title in found.items()}
        if files:
            query = select(Upload.id, Upload.file_name).where(Upload.id.in_(files)).limit(len(files))
            titles.files = dict(db.session.execute(query).tuples().all())
        return titles

    def record(self, screen_name: str, key: Key) -> str:
        """Return what a linked record is called now, or that it is no longer there."""
        return self.records.get((screen_name, key)) or str(_("(deleted)"))


def changes_of(screen: Screen, entry: JournalEntry, titles: Titles) -> tuple[PastChange, ...]:
    """Return what an entry tells, field by field in the order of the screen, then of fields that are no more."""
    if entry.unreadable:
        words = _("erased") if entry.unreadable == "erased" else _("damaged")
        return (PastChange(str(_("Values")), NONE, str(words), is_new=True),)
    before, after = load(entry.before), load(entry.after)
    mentioned = {*(before or {}), *(after or {})} - _TOLD_BY_THE_VERB
    told = []
    for each in screen.fields.values():
        if mentioned.intersection(attributes_of(each)):
            was, became = _text(each, before, after, titles), _text(each, after, before, titles)
            told.append(_change(str(each.label), was, became, each))
    told += _removed(screen, before, after, mentioned)
    if entry.verb in (Verb.ADDED, Verb.DELETED):
        told = [each for each in told if each.before != NONE or each.after != NONE]
    return tuple(
        PastChange(
            each.label,
            each.before,
            each.after,
            each.marks,
            is_new=before is None,
            is_gone=after is None,
        )
        for each in told
    )


def attributes_of(each: fields.Field) -> tuple[str, ...]:
    """Return the attributes under which the journal keeps a field."""
    if isinstance(each, fields.Money):
        return (f"{each.name}_minor", f"{each.name}_currency")
    return (each.name,) if isinstance(each, fields.Links) else (each.column,)


def _change(label: str, before: str, after: str, each: fields.Field | None = None) -> PastChange:
    is_long = isinstance(each, fields.LongText) and NONE not in (before, after)
    return PastChange(label, before, after, word_marks(before, after) if is_long else ())


def _removed(
    screen: Screen, before: Encoded | None, after: Encoded | None, mentioned: Iterable[str]
) -> list[PastChange]:
    """Return the changes of attributes that the record no longer has, by their plain names."""
    if limits().sights.get(screen.name):
        # What a field held that is no more may have been out of this person's sight.
        return []
    plan = plan_of(inspect(screen.model))
    present = {*plan.columns, *plan.links} if plan is not None else set()
    names = sorted(set(mentioned) - present)
    return [_change(name, _plain(before, name), _plain(after, name)) for name in names]


def _plain(values: Encoded | None, name: str) -> str:
    value = _value(values, name)
    return NONE if value in (None, "", []) else str(value)


def _value(values: Encoded | None, name: str) -> Any:
    return decode((values or {}).get(name))


def _keys(each: fields.Field, values: Encoded) -> list[Key]:
    if isinstance(each, fields.Links):
        return [key for token in _value(values, each.name) or () if (key := _readable(token))]
    value: KeyPart = _value(values, each.column)
    return [] if value is None else [(value,)]


def _readable(token: Any) -> Key:
    try:
        return decode_token(str(token))
    except UnreadableToken:
        return ()


def _text(each: fields.Field, values: Encoded | None, others: Encoded | None, titles: Titles) -> str:
    """Return a field's value of one side as a person reads it; what the field can't read any more stays as it is."""
    if values is None:
        return NONE
    try:
        return _words(each, values, others or {}, titles) or NONE
    except (TypeError, ValueError, AttributeError):
        return NOTHING_SHOWN if each.masked else _plain(values, attributes_of(each)[0])


def _words(each: fields.Field, values: Encoded, others: Encoded, titles: Titles) -> str:
    if (values.get(attributes_of(each)[0])) == SECRET:
        return "•••"
    if each.masked:
        return each.mask(_value(values, attributes_of(each)[0]))
    match each:
        case fields.Links():
            return ", ".join(sorted(titles.record(each.to, key) for key in _keys(each, values)))
        case fields.Link():
            return "".join(titles.record(each.to, key) for key in _keys(each, values))
        case fields.File():
            key = _value(values, each.column)
            return "" if key is None else titles.files.get(key) or str(_("(deleted)"))
        case fields.Money():
            return each.display(_amount(each, values, others))
        case fields.Choice():
            value = _value(values, each.column)
            return "" if value is None else each.display(each.choices(value))
    unit = str(getattr(each, "unit", ""))
    shown = each.display(_value(values, each.column))
    return f"{shown} {unit}".rstrip() if shown else ""


def _amount(each: fields.Money, values: Encoded, others: Encoded) -> Amount | None:
    minor_name, currency_name = attributes_of(each)
    minor = _value(values, minor_name)
    if minor is None:
        return None
    # A currency that did not change is not in the entry.
    currency = _value(values, currency_name) or _value(others, currency_name) or shop().currency
    return Amount(minor, currency)
