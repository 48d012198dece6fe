"""Mapping: which column fills which field, how its dates are meant, and how rows find the records they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapped
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.panel.importing.words import exact_names_of, plain, without_asides
from app.panel.writing import editable_fields

KEY = "id"
DateStyle = Literal["auto", "month_first", "day_first"]
DATE_STYLES: tuple[DateStyle, ...] = ("auto", "month_first", "day_first")
Confidence = Literal["", "sure", "likely", "remembered"]
_MOBILE = re.compile(r"(\+?86)?[\s-]*1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Use:
    """What a column is for: a field ('' leaves it out, `id` is the record's own key), and its dates' style."""

    field: str = ""
    dates: DateStyle = "auto"


@dataclass(frozen=True)
class Mapping:
    """What is done with every column of a file.

    `key` says how rows find records that are there already: a natural key of the screen, `id`, or '' to add always.
    `constants` fill fields that no column fills. `clear` lets empty cells empty what is there. `exact` is set for
    our own machine form: cells are taken as they stand.
    """

    uses: tuple[Use, ...]
    key: str = ""
    constants: Mapped[str, str] = field(default_factory=dict)
    clear: bool = False
    exact: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the mapping as it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapped[str, Any]) -> Mapping:
        """Return a kept mapping."""
        uses = tuple(Use(**use) for use in kept["uses"])
        return cls(uses, kept["key"], dict(kept["constants"]), kept["clear"], kept["exact"])

    def column_of(self, name: str) -> int | None:
        """Return the place of the column that fills a field, None when none does."""
        return next((at for at, use in enumerate(self.uses) if use.field == name), None)

    @property
    def filled(self) -> tuple[str, ...]:
        """The fields that a column or a constant fills."""
        return tuple(dict.fromkeys([*(use.field for use in self.uses if use.field), *self.constants]))


def targets(screen: Screen) -> list[fields.Field]:
    """Return the fields that an import can fill: those of the form, but no files."""
    return [entry for entry in editable_fields(screen, new=True) if not isinstance(entry, fields.File)]


def keys_of(screen: Screen) -> tuple[str, ...]:
    """Return the natural keys that an import can match by.

    By a masked field only where the quick search finds whole values of it as well: else a list of guesses, read as a
    table, would tell which one is right.
    """
    searched = {each.of or each.column for each in screen.search}
    able = {entry.name for entry in targets(screen) if not entry.masked or entry.name in searched}
    return tuple(key for key in screen.natural_key if set(key.split("+")) <= able)


def is_exact(screen: Screen, headers: Sequence[str]) -> bool:
    """Say whether this is our own machine form: the key and nothing but names of fields."""
    return KEY in headers and set(headers) <= {KEY, *screen.fields}


def propose(
    screen: Screen, headers: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[Mapping, list[Confidence]]:
    """Return the best mapping for these columns, and how sure each of its columns is; each field is filled once."""
    if is_exact(screen, headers):
        able = {KEY, *(entry.name for entry in targets(screen))}
        uses = tuple(Use(header if header in able else "") for header in headers)
        return Mapping(uses, KEY, clear=True, exact=True), ["sure" if use.field else "" for use in uses]
    known = [_Known.of(entry) for entry in targets(screen)]
    scored = sorted(
        (-score, at, each.field.name)
        for at, header in enumerate(headers)
        for each in known
        if (score := _score(each, header, [row[at] for row in rows if at < len(row)]))
    )
    chosen: dict[int, tuple[str, float]] = {}
    for negative, at, name in scored:
        if at not in chosen and name not in {field for field, _score in chosen.values()}:
            chosen[at] = (name, -negative)
    uses = tuple(Use(chosen[at][0] if at in chosen else "") for at in range(len(headers)))
    sure: list[Confidence] = [
        "" if at not in chosen else "sure" if chosen[at][1] >= 0.9 else "likely" for at in range(len(headers))
    ]
    return with_best_key(screen, Mapping(uses)), sure


def with_best_key(screen: Screen, mapping: Mapping) -> Mapping:
    """Return the mapping with the first natural key that its columns fill, '' when they fill none."""
    filled = set(mapping.filled)
    return replace(mapping, key=next((key for key in keys_of(screen) if set(key.split("+")) <= filled), ""))


@dataclass(frozen=True)
class _Known:
    """A field and what it may be called, made ready for comparing."""

    field: fields.Field
    exact: frozenset[str]
    synonyms: tuple[str, ...]

    @classmethod
    def of(cls, entry: fields.Field) -> _Known:
        """Return what is known of a field."""
        return cls(entry, exact_names_of(entry), tuple(plain(word) for word in entry.synonyms))


def _score(known: _Known, header: str, cells: Sequence[str]) -> float:
    """Return from 0 to 1 how well a column fits a field: by its name, else by what plainly stands in it."""
    name, bare = plain(header), without_asides(header)
    if name in known.exact:
        return 1.0
    if name in known.synonyms:
        # Earlier synonyms are the better ones: two fields may claim one word.
        return 0.95 - known.synonyms.index(name) / 1_000
    every = (*known.exact, *known.synonyms)
    if bare and bare in every:
        return 0.91
    inside = max((len(each) for each in every if len(each) > 1 and each in bare), default=0)
    if inside:
        return 0.6 + min(0.2, inside / 100)
    return 0.5 if _fits_by_content(known.field, cells) else 0.0


def _fits_by_content(entry: fields.Field, cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    sign = _MOBILE if isinstance(entry, fields.Phone) else _EMAIL if isinstance(entry, fields.Email) else None
    return (
        sign is not None
        and len(filled) > 2
        and sum(1 for cell in filled if sign.fullmatch(cell)) * 10 > len(filled) * 8
    )


def checked(screen: Screen, mapping: Mapping) -> Mapping:
    """Return the mapping; raise `Invalid` when it names what is not there, fills a field twice or lacks its key."""
    able = {KEY, *(entry.name for entry in targets(screen))}
    named = [use.field for use in mapping.uses if use.field]
    errors: dict[str, Any] = {}
    for name in dict.fromkeys((*named, *mapping.constants)):
        if name not in able:
            errors[name] = _("“%(name)s” can't be imported.", name=name[:60])
        elif named.count(name) + (name in mapping.constants) > 1:
            label = screen.fields[name].label if name in screen.fields else KEY
            errors[name] = _("Two columns are meant to fill “%(field)s”. Choose one.", field=label)
    if not named:
        errors[""] = _("Choose a field for at least one column.")
    if mapping.key and mapping.key not in (KEY, *keys_of(screen)):
        errors["key"] = _("Records can't be found by “%(name)s”.", name=mapping.key[:60])
    elif mapping.key and not set(mapping.key.split("+")) <= set(mapping.filled):
        errors["key"] = _("No column holds that by which records are to be found.")
    if errors:
        raise Invalid(errors)
    return mapping


def read_map(screen: Screen, headers: Sequence[str], document: Any, proposed: Mapping) -> Mapping:
    """Return the mapping that a map file asks for; columns that it does not name keep what was proposed.

    `{"columns": {"手机": "phone", "生日": {"field": "birth_date", "dates": "day_first"}, "备注": ""}, "key": "phone",
    "constants": {"species": "dog"}, "clear": false}`; a plain object of columns will do. Raises `Invalid`.
    """
    if not isinstance(document, dict):
        raise Invalid({"": _("A map is an object: columns by their names.")})
    wrapped = document if isinstance(document.get("columns"), dict) else {"columns": document}
    uses = list(proposed.uses)
    places = {header: at for at, header in enumerate(headers)}
    for header, wish in wrapped["columns"].items():
        use = _read_use(wish)
        if header not in places or use is None:
            raise Invalid(
                {
                    str(header)[:60]: _(
                        "The file has no column “%(name)s”, or its wish can't be read.", name=str(header)[:60]
                    )
                }
            )
        # A field that was proposed for another column goes where the map wants it.
        uses = [Use() if use.field and each.field == use.field else each for each in uses]
        uses[places[header]] = use
    constants = wrapped.get("constants", {})
    if not isinstance(constants, dict) or not all(isinstance(each, str) for each in constants.values()):
        raise Invalid({"constants": _("Constants are texts by the names of their fields.")})
    found = replace(
        proposed, uses=tuple(uses), constants=constants, clear=bool(wrapped.get("clear", proposed.clear))
    )
    key = wrapped.get("key")
    if isinstance(key, str):
        return replace(found, key=key)
    return found if found.exact else with_best_key(screen, found)


def _read_use(wish: Any) -> Use | None:
    if wish is None or isinstance(wish, str):
        return Use(wish or "")
    if not isinstance(wish, dict) or not isinstance(wish.get("field", ""), str):
        return None
    style = wish.get("dates", "auto")
    return Use(wish.get("field", ""), style) if style in DATE_STYLES else None
