"""Links in what is saved: keys become the records that may be linked, and are read again where the save begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import Key, key_of, key_predicate
from app.panel.loading import loading


def resolve_links(screen: Screen, draft: Any, record: Any) -> None:
    """Turn keys into records: one statement a link. What the person may not see can't be linked to."""
    for name, value in list(draft.values.items()):
        entry = screen.fields[name]
        if not isinstance(entry, fields.Link | fields.Links) or not value:
            continue
        keys = value if isinstance(entry, fields.Links) else [value]
        present = _present_keys(entry, record)
        found = _linkable(kernel().screens[entry.to], keys, present)
        if len(found) != len(set(keys)):
            draft.errors[name] = _("This record no longer exists. Please choose another.")
            del draft.values[name]
            continue
        records = [found[key] for key in dict.fromkeys(keys)]
        draft.values[name] = records if isinstance(entry, fields.Links) else records[0]


def _present_keys(entry: fields.Field, record: Any) -> set[Key]:
    if record is None:
        return set()
    target = kernel().screens[entry.to]  # type: ignore[attr-defined]
    linked = getattr(record, entry.name)
    each = linked if isinstance(linked, list) else [linked] if linked is not None else []
    return {key_of(target, one) for one in each}


def _linkable(target: Screen, keys: Sequence[Key], present: set[Key]) -> dict[Key, Any]:
    """Return the records that may be linked, by key; what is linked already may stay, even from the trash."""
    predicates = [key_predicate(target, key) for key in dict.fromkeys(keys)]
    query = select(target.model).options(*loading(target, ())).where(or_(*predicates)).limit(len(predicates))
    may_see = granted(target.permission("list"))
    found = {}
    for record in db.session.scalars(query):
        key = key_of(target, record)
        in_use = not target.has_trash or record.deleted_at is None
        if key in present or (may_see and in_use):
            found[key] = record
    return found


def linked_keys(screen: Screen, name: str, value: Any) -> Any:
    """Remember links as keys: the transaction starts afresh and reads the records again."""
    entry = screen.fields.get(name)
    if not isinstance(entry, fields.Link | fields.Links) or not value:
        return None
    target = kernel().screens[entry.to]
    return [key_of(target, each) for each in (value if isinstance(value, list) else [value])]


def reload_links(screen: Screen, name: str, value: Any, keys: Any) -> Any:
    """Return a value with its links read anew; raise `Invalid` where one has gone."""
    if keys is None:
        return value
    entry = screen.fields[name]
    target = kernel().screens[entry.to]  # type: ignore[attr-defined]
    found = _linkable(target, keys, set(keys))
    if len(found) != len(keys):
        raise Invalid({name: _("This record no longer exists. Please choose another.")})
    records = [found[key] for key in keys]
    return records if isinstance(entry, fields.Links) else records[0]
