"""Documents: a record as the API gives it, with the members that were asked for and the records it belongs with.

What is included is read for the whole page at once: one statement for each kind, however many records there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from app.core import fields
from app.core.database import db
from app.core.declaration import RelatedPanel, Screen
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import Key, column_of, key_columns, key_of, key_predicate, title_of, token_of
from app.panel.loading import loading
from app.panel.reading import alive

MOST_INCLUDES = 8
MOST_RELATED = 25
_AT_ONCE = 500
Document = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """What documents of a screen carry: the members `names`, whole linked records, and related lists."""

    screen: Screen
    names: tuple[str, ...]
    links: tuple[str, ...] = ()
    related: tuple[RelatedPanel, ...] = ()

    @property
    def loaded(self) -> tuple[str, ...]:
        """What to read: the members, the links that are included, and the stamps that every document has."""
        stamps = [name for name in ("row_version", "deleted_at") if hasattr(self.screen.model, name)]
        return tuple(dict.fromkeys((*self.names, *self.links, *stamps)))


def whole(screen: Screen) -> Shape:
    """Return the shape with every declared field and nothing included."""
    return Shape(screen, tuple(screen.fields))


def read_shape(screen: Screen, arguments: Mapping[str, str]) -> Shape:
    """Return the shape that `fields=name,phone` and `include=branch,people:contact` ask for; raise `Invalid`."""
    names = _listed(arguments.get("fields", ""))
    unknown = [name for name in names if name not in screen.fields]
    if unknown:
        raise Invalid({"fields": _("There is no field “%(name)s” here.", name=unknown[0][:60])})
    links: list[str] = []
    related: list[RelatedPanel] = []
    offered = includable(screen)
    for name in _listed(arguments.get("include", "")):
        offer = offered.get(name)
        if offer is None or len(links) + len(related) >= MOST_INCLUDES:
            raise Invalid({"include": _("“%(name)s” can't be included here.", name=name[:60])})
        if isinstance(offer, RelatedPanel):
            related.append(offer)
        else:
            links.append(name)
    return Shape(screen, names or tuple(screen.fields), tuple(links), tuple(related))


def includable(screen: Screen) -> dict[str, Any]:
    """Return what the present person may have included: link fields by name, related lists by `slice:noun`."""
    screens = kernel().screens
    offers: dict[str, Any] = {
        entry.name: entry
        for entry in screen.fields.values()
        if isinstance(entry, fields.Link | fields.Links) and _may_list(screens.get(entry.to))
    }
    for capability in kernel().enabled:
        for panel in capability.panels:
            is_list = isinstance(panel, RelatedPanel) and panel.on == screen.name
            if is_list and _may_list(screens.get(panel.screen)):  # type: ignore[union-attr]
                offers[panel.screen] = panel  # type: ignore[union-attr]
    return offers


def _may_list(screen: Screen | None) -> bool:
    return screen is not None and granted(screen.permission("list"))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def documents(shape: Shape, records: Sequence[Any]) -> list[Document]:
    """Return the documents of `records`: one statement more for each thing that is included."""
    made = [_document(shape.screen, record, shape.names) for record in records]
    for name in shape.links:
        _include_link(shape.screen, name, records, made)
    for panel in shape.related:
        _include_related(shape.screen, panel, records, made)
    return made


def _document(screen: Screen, record: Any, names: Sequence[str]) -> Document:
    document: Document = {"id": token_of(screen, record)}
    if hasattr(record, "row_version"):
        document["row_version"] = record.row_version
    masked = {}
    for name in names:
        entry = screen.fields[name]
        if entry.masked:
            document[name] = None
            masked[name] = entry.mask(getattr(record, entry.name))
        else:
            document[name] = _value(entry, record)
    if masked:
        document["masked"] = masked
    if screen.has_trash:
        document["deleted_at"] = fields.Moment("deleted_at", "").to_json(record.deleted_at)
    return document


def _value(entry: fields.Field, record: Any) -> Any:
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens.get(entry.to)
        value = getattr(record, entry.name)
        if target is None or value is None:
            return [] if entry.multiple else None
        if isinstance(value, list):
            return [_link(target, each) for each in value]
        return _link(target, value)
    return entry.to_json(getattr(record, entry.name))


def _link(target: Screen, record: Any) -> Document:
    title = title_of(target, record) if granted(target.permission("list")) else ""
    return {"id": token_of(target, record), "title": title}


def _include_link(screen: Screen, name: str, records: Sequence[Any], made: Sequence[Document]) -> None:
    """Put the whole linked record beside its id and title, as the link's member `record`."""
    target = kernel().screens[screen.fields[name].to]  # type: ignore[attr-defined]
    linked = [_each(getattr(record, name)) for record in records]
    keys = list(dict.fromkeys(key_of(target, one) for each in linked for one in each))
    found = _by_key(target, keys)
    for document, each in zip(made, linked, strict=True):
        entries = [{**_link(target, one), "record": found.get(key_of(target, one))} for one in each]
        is_list = isinstance(screen.fields[name], fields.Links)
        document[name] = entries if is_list else entries[0] if entries else None


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _by_key(target: Screen, keys: Sequence[Key]) -> dict[Key, Document]:
    names, found = tuple(target.fields), {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        query = (
            select(target.model)
            .options(*loading(target, names))
            .where(or_(*(key_predicate(target, key) for key in some)))
            .limit(len(some))
        )
        for record in db.session.scalars(query).unique():
            found[key_of(target, record)] = _document(target, record, names)
    return found


def _include_related(
    screen: Screen, panel: RelatedPanel, records: Sequence[Any], made: Sequence[Document]
) -> None:
    """Add the newest records that point to each one, under `related`; `more` says that there are others."""
    target = kernel().screens[panel.screen]
    owners = [key_of(screen, record)[0] for record in records]
    by_owner: dict[Any, list[Document]] = {owner: [] for owner in owners}
    via, names = column_of(target, target.fields[panel.via]), tuple(target.fields)
    for record in _newest_of_each(target, via, owners):
        by_owner[getattr(record, via.key)].append(_document(target, record, names))
    for document, owner in zip(made, owners, strict=True):
        rows = by_owner[owner]
        page = {"data": rows[:MOST_RELATED], "more": len(rows) > MOST_RELATED}
        document.setdefault("related", {})[panel.screen] = page


def _newest_of_each(target: Screen, via: Any, owners: Sequence[Any]) -> Sequence[Any]:
    """Return at most `MOST_RELATED` + 1 records for every owner, newest first, by one statement."""
    keys = key_columns(target)
    newest = tuple(key.desc() for key in keys)
    place = func.row_number().over(partition_by=via, order_by=newest).label("place")
    numbered = select(*keys, place).where(via.in_(owners), *alive(target)).subquery()
    query = (
        select(target.model)
        .options(*loading(target, tuple(target.fields)))
        .join(numbered, key_match(keys, numbered))
        .where(numbered.c.place <= MOST_RELATED + 1)
        .order_by(*newest)
        .limit(len(owners) * (MOST_RELATED + 1))
    )
    return db.session.scalars(query).unique().all()


def key_match(keys: Sequence[Any], table: Any) -> Any:
    """Return the condition that a record's whole key equals that of a derived table's row."""
    condition = keys[0] == table.c[keys[0].key]
    for key in keys[1:]:
        condition &= key == table.c[key.key]
    return condition
