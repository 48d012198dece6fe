"""Between a declaration and its table: which column a field means, what the key is, what a record is called."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Enum, and_, false, or_, select
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy.orm import ColumnProperty, InstrumentedAttribute

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import NotFound
from app.core.fields import Field
from app.core.keys import KeyPart, decode_token, encode_token

Key = tuple[KeyPart, ...]


def column_of(screen: Screen, field: Field) -> InstrumentedAttribute[Any]:
    """Return the mapped column that `field` filters and sorts by."""
    found: InstrumentedAttribute[Any] = getattr(screen.model, field.column)
    return found


def stored(attribute: Any) -> Any:
    """Return the table's own column behind a mapped attribute; what is no column (a formula) stays as it is."""
    prop = getattr(attribute, "property", None)
    return prop.columns[0] if isinstance(prop, ColumnProperty) else attribute


def key_columns(screen: Screen) -> tuple[InstrumentedAttribute[Any], ...]:
    """Return the mapped columns of the whole key, in the table's order."""
    columns: tuple[InstrumentedAttribute[Any], ...] = _key_columns(screen.model)  # type: ignore[arg-type]
    return columns


@functools.cache
def _key_columns(model: Hashable) -> tuple[InstrumentedAttribute[Any], ...]:
    mapper = inspect_mapper(model)
    return tuple(getattr(model, mapper.get_property_by_column(part).key) for part in mapper.primary_key)


def key_of(screen: Screen, record: Any) -> Key:
    """Return a record's key parts."""
    return tuple(getattr(record, column.key) for column in key_columns(screen))


def token_maker(screen: Screen) -> Callable[[Any], str]:
    """Return the function from a record to its token, for pages that name many records of one screen."""
    names = tuple(column.key for column in key_columns(screen))
    return lambda record: encode_token([getattr(record, name) for name in names])


def token_of(screen: Screen, record: Any) -> str:
    """Return the token that names a record in addresses."""
    return token_maker(screen)(record)


def key_predicate(screen: Screen, key: Key) -> ColumnElement[bool]:
    """Return the condition that names exactly the row with this key; false for a key of another shape."""
    columns = key_columns(screen)
    if len(columns) != len(key) or any(
        not fits(column, part) for column, part in zip(columns, key, strict=True)
    ):
        return false()
    return and_(*(column == part for column, part in zip(columns, key, strict=True)))


def fits(column: InstrumentedAttribute[Any], part: KeyPart) -> bool:
    """Say whether a key part is of the column's type: a key of another type must match no row, never fail."""
    if isinstance(column.type, Enum) and isinstance(part, str):
        return part in column.type.enums
    try:
        wanted = column.type.python_type
    except NotImplementedError:
        return True
    if isinstance(part, datetime.datetime):
        # Own moments have a zone; those of other programs may have none, and their type says so.
        zoned = part.tzinfo is not None or getattr(column.type, "has_no_zone", False)
        if wanted is datetime.date or not zoned:
            return False
    if not isinstance(part, wanted) or (isinstance(part, bool) and wanted is not bool):
        return False
    if isinstance(part, int):
        return -(2**63) <= part < 2**63
    return not (
        isinstance(part, str) and ("\x00" in part or any(0xD800 <= ord(sign) <= 0xDFFF for sign in part))
    )


def read_key(screen: Screen, token: str) -> Key:
    """Return the key that an address's token names; raise `NotFound` when it can't be one of this screen's."""
    key = decode_token(token)
    if len(key) != len(key_columns(screen)):
        raise NotFound()
    return key


def record_url(screen: Screen, record: Any) -> str:
    """Return the address of a record's detail page."""
    return screen.path + token_of(screen, record)


def title_of(screen: Screen, record: Any) -> str:
    """Return what people call a record."""
    return screen.called(getattr(record, screen.title, ""))


def titles_of(
    screen: Screen, keys: Sequence[Key], conditions: Sequence[ColumnElement[bool]] = ()
) -> dict[Key, str]:
    """Return the titles of the records with these keys, by key, with one statement; missing ones are left out."""
    if not keys:
        return {}
    columns = key_columns(screen)
    query = select(*columns, getattr(screen.model, screen.title)).where(any_key(screen, keys), *conditions)
    query = query.limit(len(keys))
    return {tuple(row[:-1]): screen.called(row[-1]) for row in db.session.execute(query)}


def any_key(screen: Screen, keys: Sequence[Key], entity: Any = None) -> ColumnElement[bool]:
    """Return the condition that a row of `entity` (the screen's own table, or an alias of it) has one of `keys`."""
    columns = key_columns(screen)
    if len(columns) != 1:
        return or_(false(), *(_named(screen, key, entity) for key in keys))
    column = columns[0] if entity is None else getattr(entity, columns[0].key)
    found: ColumnElement[bool] = column.in_(
        [key[0] for key in keys if len(key) == 1 and fits(columns[0], key[0])]
    )
    return found


def _named(screen: Screen, key: Key, entity: Any) -> ColumnElement[bool]:
    if entity is None or len(key_columns(screen)) != len(key):
        return key_predicate(screen, key)
    pairs = list(zip(key_columns(screen), key, strict=True))
    if any(not fits(column, part) for column, part in pairs):
        return false()
    return and_(*(getattr(entity, column.key) == part for column, part in pairs))


def known_members(screen: Screen, document: Mapping[str, Any], record: Any) -> set[str]:
    """Return what a change by a program may send beside its fields: the version it read, and the record's own id."""
    if record is None:
        return set()
    return {"row_version"} | ({"id"} if document.get("id") == token_of(screen, record) else set())
