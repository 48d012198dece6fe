"""From a file to a declaration: each name is looked for in what is known of the database, each value in what may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask_babel import gettext as _

from app.adoption.models import Role
from app.adoption.proposing.expressions import ExpressionProblem, parse_condition
from app.adoption.written.composing import VERSION, place_text
from app.adoption.written.declaration import (
    Declaration,
    DeclaredColumn,
    DeclaredRole,
    DeclaredTable,
    Place,
    RoleRules,
    Rows,
    SharedView,
)
from app.adoption.written.errors import Problem, UnknownNames, WrongFile
from app.adoption.written.keys import (
    COLUMN_KEYS,
    LONGEST_TEXT,
    ROLE_KEYS,
    SOURCE_KEYS,
    TABLE_KEYS,
    Key,
    Number,
    Values,
    Wrong,
    nothing,
    text_of,
)
from app.adoption.written.reading import Spot, read
from app.core.limits import Sight

T = TypeVar("T")
MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a file may use: tables, the columns of each, and the roles of accounts."""

    code: str
    columns: Mapping[Place, frozenset[str]]
    roles: frozenset[str]

    @classmethod
    def of(cls, rows: Rows) -> Known:
        """Return what the rows of a declaration know."""
        return cls(
            rows.source.code,
            {
                (table.schema_name, table.name): frozenset(
                    column.name for column in rows.columns.get(table.id, [])
                )
                for table in rows.tables
            },
            frozenset(rows.account_roles.values()),
        )


def parse(
    data: bytes, known: Known, *, skip_unknown: bool = False
) -> tuple[Declaration, tuple[Problem, ...]]:
    """Return what a file says, and what it names that is not there, which is left out with `skip_unknown`.

    Raises `Unreadable` for no plain YAML, `WrongFile` for values that can't be, else `UnknownNames`.
    """
    reader = _Reader(known)
    declared = reader.declaration(read(data))
    if reader.wrong:
        raise WrongFile(reader.wrong)
    if reader.unknown and not skip_unknown:
        raise UnknownNames(reader.unknown)
    return declared, tuple(sorted(reader.unknown, key=lambda each: each.line))


@dataclass(slots=True)
class _Reader:
    known: Known
    wrong: list[Problem] = field(default_factory=list)
    unknown: list[Problem] = field(default_factory=list)
    places: dict[str, Place] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {place_text(place): place for place in self.known.columns}

    def declaration(self, root: Spot) -> Declaration:
        parts = self._mapping(root, ("version", "database", "tables", "roles"))
        version = parts.get("version")
        if version is None or version.value != str(VERSION):
            self._refuse(root if version is None else version, _("The file has to say “version: 1”."))
        database = parts.get("database") or Spot(1, None)
        declared = Declaration(
            self._values(SOURCE_KEYS, self._mapping(database, _names(SOURCE_KEYS)), self.known.code)
        )
        for name, spot in self._mapping(parts.get("tables")).items():
            place = self._place(spot, name)
            if place is not None:
                declared.tables[place] = self._table(spot, place)
        if "roles" in parts:
            declared.roles = {
                name: role
                for name, spot in self._mapping(parts["roles"]).items()
                if (role := self._role(spot, name)) is not None
            }
        return declared

    # --- Tables ---------------------------------------------------------------------------------------

    def _table(self, spot: Spot, place: Place) -> DeclaredTable:
        parts = self._mapping(spot, (*_names(TABLE_KEYS), "columns", "rules", "views"))
        table = DeclaredTable(self._values(TABLE_KEYS, parts, place[1]))
        columns = self.known.columns[place]
        for name, inner in self._mapping(parts.get("columns")).items():
            if name in columns:
                table.columns[name] = self._column(inner, name)
            else:
                self._miss(
                    inner,
                    _("There is no column %(name)s in %(table)s.", name=name[:128], table=place_text(place)),
                )
        self._check_named_columns(parts, table.values, place)
        if "rules" in parts:
            table.rules = self._by_role(parts["rules"], self._rules)
        if "views" in parts:
            table.views = {
                name: self._view(inner)
                for name, inner in self._mapping(parts["views"]).items()
                if self._is_name(inner, name)
            }
        return table

    def _check_named_columns(self, parts: Mapping[str, Spot], values: Values, place: Place) -> None:
        named = (
            ("title", "title_column", (values["title_column"],)),
            ("sort", "sort", (values["sort"].removeprefix("-"),)),
            ("key", "key_columns", values["key_columns"].split("\n")),
        )
        for key, attribute, names in named:
            for name in names:
                if name and name not in self.known.columns[place]:
                    # What was said before stays.
                    values.pop(attribute, None)
                    self._miss(
                        parts[key],
                        _(
                            "There is no column %(name)s in %(table)s.",
                            name=name[:128],
                            table=place_text(place),
                        ),
                    )
        self._check_conditions(parts, values, "alive")

    def _check_conditions(self, parts: Mapping[str, Spot], values: Values, *names: str) -> None:
        for name in names:
            if not values[name]:
                continue
            try:
                parse_condition(values[name])
            except ExpressionProblem as problem:
                self._refuse(parts[name], str(problem))

    def _column(self, spot: Spot, name: str) -> DeclaredColumn:
        parts = self._mapping(spot, (*_names(COLUMN_KEYS), "link"))
        column = DeclaredColumn(self._values(COLUMN_KEYS, parts, name))
        if "link" in parts:
            column.link = self._link(parts["link"])
        return column

    def _link(self, spot: Spot) -> tuple[Place, str] | None:
        if not isinstance(spot.value, dict):
            place = self._place(spot, self._text(spot))
            return None if place is None else (place, "")
        parts = self._mapping(spot, ("table", "column"))
        place = self._place(spot, self._text(parts.get("table", spot)))
        return None if place is None else (place, self._text(parts.get("column", Spot(spot.line, None))))

    # --- Who sees what --------------------------------------------------------------------------------

    def _by_role(self, spot: Spot, make: Callable[[Spot], T]) -> dict[str, T]:
        return {
            name: make(inner)
            for name, inner in self._mapping(spot).items()
            if self._is_account_role(inner, name)
        }

    def _is_account_role(self, spot: Spot, name: str) -> bool:
        if name in self.known.roles:
            return True
        self._miss(spot, _("There is no role %(name)s.", name=name[:80]))
        return False

    def _rules(self, spot: Spot) -> RoleRules:
        parts = self._mapping(spot, ("rows", "fields"))
        rules = RoleRules(self._text(parts["rows"], LONGEST_TEXT) if "rows" in parts else "")
        sights = [each.value for each in Sight]
        for name, inner in self._mapping(parts.get("fields")).items():
            if inner.value in sights:
                rules.fields[name] = inner.value
            else:
                self._refuse(
                    inner, _("Only one of these can stand here: %(words)s.", words=", ".join(sights))
                )
        return rules

    def _view(self, spot: Spot) -> SharedView:
        parts = self._mapping(spot, ("asks", "roles", "position", "pinned", "default"))
        view = SharedView(self._pairs(parts.get("asks")))
        view.roles = [
            name
            for each in self._list(parts.get("roles"))
            if self._is_account_role(each, name := self._text(each))
        ]
        if "position" in parts:
            view.position = self._try(parts["position"], lambda spot: Number(0, 9999).read(spot, "")[0], 100)
        for name in ("pinned", "default"):
            if name in parts:
                setattr(view, name, self._try(parts[name], _flag, False))
        return view

    def _pairs(self, spot: Spot | None) -> list[list[str]]:
        found = []
        for each in self._list(spot)[:MOST_PAIRS]:
            pair = [self._text(one, LONGEST_TEXT) for one in self._list(each)]
            if len(pair) == 2:
                found.append(pair)
            else:
                self._refuse(each, _("Each question is a pair: a name and a value."))
        return found

    def _is_name(self, spot: Spot, name: str) -> bool:
        if 0 < len(name) <= 80 and name.isprintable():
            return True
        self._refuse(spot, _("A view's name has 1 to 80 signs."))
        return False

    # --- Analysis -------------------------------------------------------------------------------------

    def _role(self, spot: Spot, name: str) -> DeclaredRole | None:
        parts = self._mapping(spot, (*_names(ROLE_KEYS), "table", "parent"))
        if name not in [each.value for each in Role]:
            self._miss(spot, _("There is no use %(name)s in analyses.", name=name[:80]))
            return None
        place = self._place(spot, self._text(parts.get("table", Spot(spot.line, None))))
        parent = self._place(parts["parent"], self._text(parts["parent"])) if "parent" in parts else None
        if place is None or ("parent" in parts and parent is None):
            return None
        values = self._values(ROLE_KEYS, parts, name)
        self._check_conditions(parts, values, "filter", "refund_filter")
        return DeclaredRole(values, place, parent)

    # --- Pieces ---------------------------------------------------------------------------------------

    def _values(self, keys: tuple[Key, ...], parts: Mapping[str, Spot], name: str) -> Values:
        values = nothing(keys, name)
        for key in keys:
            spot = parts.get(key.name)
            if spot is None:
                continue
            held = self._try(spot, lambda spot, key=key: key.kind.read(spot, name), key.nothing(name))  # type: ignore[misc]
            values.update(zip(key.attributes, held, strict=True))
        return values

    def _place(self, spot: Spot, text: str) -> Place | None:
        place = self.places.get(text)
        if place is None:
            self._miss(spot, _("There is no table %(name)s.", name=text[:256]))
        return place

    def _mapping(self, spot: Spot | None, names: Iterable[str] | None = None) -> dict[str, Spot]:
        if spot is None or spot.value is None:
            return {}
        if not isinstance(spot.value, dict):
            self._refuse(spot, _("A mapping (name: value) has to stand here."))
            return {}
        allowed = None if names is None else set(names)
        for name, inner in spot.value.items():
            if allowed is not None and name not in allowed:
                self._miss(inner, _("There is no key %(name)s here.", name=name[:80]))
        return {name: inner for name, inner in spot.value.items() if allowed is None or name in allowed}

    def _list(self, spot: Spot | None) -> list[Spot]:
        if spot is None or spot.value is None:
            return []
        if isinstance(spot.value, list):
            return spot.value
        self._refuse(spot, _("A list has to stand here."))
        return []

    def _text(self, spot: Spot, longest: int = 300) -> str:
        return self._try(spot, lambda spot: text_of(spot, longest, lines=True), "")

    def _try(self, spot: Spot, reading: Callable[[Spot], T], otherwise: T) -> T:
        try:
            return reading(spot)
        except Wrong as problem:
            self._refuse(spot, str(problem))
            return otherwise

    def _refuse(self, spot: Spot, reason: str) -> None:
        self.wrong.append(Problem(spot.line, reason))

    def _miss(self, spot: Spot, reason: str) -> None:
        self.unknown.append(Problem(spot.line, reason))


def _names(keys: tuple[Key, ...]) -> tuple[str, ...]:
    return tuple(key.name for key in keys)


def _flag(spot: Spot) -> Any:
    if spot.plain and spot.value in ("true", "false"):
        return spot.value == "true"
    raise Wrong(_("Only true or false can stand here."))
