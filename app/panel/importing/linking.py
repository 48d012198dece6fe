"""Linking: the records that cells refer to and those that rows belong to, found for a whole chunk at a time.

A cell names a record by its token, by one of its natural keys (a phone, a number, a name) or by its title. Each of
these ways costs one statement a chunk and column, however many rows there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import UnreadableToken
from app.core.fields import clean_line
from app.core.fields.base import FieldProblem
from app.core.kernel import kernel
from app.core.keys import decode_token
from app.panel.columns import Key, any_key, column_of, fits, key_columns, key_of
from app.panel.importing.values import whole_number
from app.panel.loading import loading
from app.panel.reading import alive

_BETWEEN = re.compile(r"[;；,，、|\n]")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for one word: a key, or several records when the word does not decide between them."""

    key: Key | None
    is_ambiguous: bool = False


NOTHING = Found(None)


def words_in(field: fields.Field, text: str) -> list[str]:
    """Return the words by which a cell refers to records: one for a link, any number for a list of links."""
    parts = _BETWEEN.split(text) if isinstance(field, fields.Links) else [text]
    return list(dict.fromkeys(word for part in parts if (word := clean_line(part))))


def keys_by(
    screen: Screen,
    columns: Sequence[InstrumentedAttribute[Any]],
    values: Collection[tuple[Any, ...]],
    *more: ColumnElement[bool],
) -> dict[tuple[Any, ...], Found]:
    """Return by their values in `columns` the records in use that have them: one statement, two rows a value."""
    if not values:
        return {}
    keys = key_columns(screen)
    condition = (
        columns[0].in_([value[0] for value in values]) if len(columns) == 1 else tuple_(*columns).in_(values)
    )
    place = func.row_number().over(partition_by=columns, order_by=keys).label("place")
    ranked = select(*columns, *keys, place).where(condition, *more, *alive(screen)).subquery()
    named = [ranked.c[at] for at in range(len(columns) + len(keys))]
    query = select(*named).where(ranked.c.place <= 2).limit(2 * len(values))
    found: dict[tuple[Any, ...], Found] = {}
    for row in db.session.execute(query):
        value, key = tuple(row[: len(columns)]), tuple(row[len(columns) :])
        found[value] = Found(key) if value not in found else Found(None, is_ambiguous=True)
    return found


def by_key(screen: Screen, keys: Collection[Key], names: Sequence[str]) -> dict[Key, Any]:
    """Return the records with these keys, also from the trash, with the fields `names` loaded; one statement."""
    if not keys:
        return {}
    query = select(screen.model).options(*loading(screen, names)).where(any_key(screen, list(keys)))
    query = query.limit(len(keys)).execution_options(populate_existing=True)
    return {key_of(screen, record): record for record in db.session.scalars(query).unique()}


class Linker:
    """Finds the records that the cells of one column refer to, if the person may know of that kind of record."""

    def __init__(self, field: fields.Field, may_see: Callable[[str], bool], *, exact: bool) -> None:
        self.field = field
        self._target = kernel().screens[field.to]  # type: ignore[attr-defined]
        self._may_see = may_see(self._target.permission("list"))
        self._exact = exact

    def records(self, words: Iterable[str]) -> dict[str, Any]:
        """Return by word the record it means, or the `FieldProblem` that says why there is none."""
        wanted = list(dict.fromkeys(words))
        found = self._resolve(wanted) if self._may_see else {}
        known = by_key(self._target, {each.key for each in found.values() if each.key is not None}, ())
        return {word: self._record(word, found.get(word, NOTHING), known) for word in wanted}

    def _record(self, word: str, found: Found, known: Mapping[Key, Any]) -> Any:
        name = word if len(word) <= 60 else word[:60] + "…"
        if found.is_ambiguous:
            return FieldProblem(
                _(
                    "Several records are called “%(name)s”. Use what only one of them has, such as a phone number.",
                    name=name,
                )
            )
        record = known.get(found.key) if found.key is not None else None
        if record is None or (self._target.has_trash and record.deleted_at is not None):
            return FieldProblem(
                _("There is no “%(name)s” among %(what)s.", name=name, what=self._target.plural)
            )
        return record

    def _resolve(self, words: Sequence[str]) -> dict[str, Found]:
        found = _by_token(self._target, words)
        for values, columns in () if self._exact else self._ways(words):
            open_words = {
                word: value for word, value in values.items() if found.get(word, NOTHING).key is None
            }
            matches = keys_by(self._target, columns, {(value,) for value in open_words.values()})
            for word, value in open_words.items():
                # A later way may decide what an earlier one left open: two of a name, but one with this number.
                if (match := matches.get((value,))) is not None:
                    found[word] = match
        return found

    def _ways(
        self, words: Sequence[str]
    ) -> Iterable[tuple[dict[str, Any], list[InstrumentedAttribute[Any]]]]:
        """Yield for each natural key and then the title what the words would be there."""
        names = [name for name in self._target.natural_key if "+" not in name and name in self._target.fields]
        for name in names:
            entry = self._target.fields[name]
            yield (
                {word: value for word in words if (value := _read(entry, word)) is not None},
                [column_of(self._target, entry)],
            )
        if self._target.title not in names and not self._target.hides_title:
            yield {word: word for word in words}, [getattr(self._target.model, self._target.title)]


def _read(entry: fields.Field, word: str) -> Any:
    """Return what a field would keep for a word, None when it can't keep it."""
    try:
        return entry.parse([whole_number(word)])
    except FieldProblem:
        return None


def _by_token(screen: Screen, words: Sequence[str]) -> dict[str, Found]:
    """Return the words that are tokens of this screen's keys; whether such a record exists shows later."""
    return {word: Found(key) for word in words if (key := key_of_token(screen, word)) is not None}


def key_of_token(screen: Screen, text: str) -> Key | None:
    """Return the key that a token names, None when it is no token or not of this screen's kind."""
    try:
        key = decode_token(text)
    except UnreadableToken:
        return None
    columns = key_columns(screen)
    if len(key) != len(columns) or not all(
        fits(column, part) for column, part in zip(columns, key, strict=True)
    ):
        return None
    return key
