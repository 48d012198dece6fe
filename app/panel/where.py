"""Where: the address's nested filter, read into conditions and words.

    {"all": [["name", "has", "王"], {"any": [["due_on", "last", 30], ["customer.phone", "empty"]]},
             {"has": "people:contact.customer", "all": [["kind", "any", "complaint"]]}]}

A condition is a field, an operator and its values; a group joins conditions and groups by `all` or `any`; a group with
`has` or `lacks` speaks of the many records of a relation, and of their own fields only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal
from urllib.parse import quote_plus

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, true

from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields import Field, FieldProblem, clean_line
from app.panel.operators import Operator, operators_of
from app.panel.operators.base import MOST_VALUES
from app.panel.reaches import Relation, linked_screen, relations, through_link

PARAMETER = "where"
MOST_TERMS = 30
DEEPEST = 4
# As it stands in the address; gunicorn reads lines of at most 8190 bytes.
LONGEST = 6000
Joiner = Literal["all", "any"]


@dataclass(frozen=True)
class Term:
    """One condition: a field of the record itself or of the one record that `link` leads to."""

    path: str
    field: Field
    operator: Operator
    texts: tuple[str, ...]
    operand: Any
    link: Field | None = None
    target: Screen | None = None

    def condition(self, entity: Any, _origin: Screen) -> ColumnElement[bool]:
        """Return the condition on `entity`; a linked record that is missing has every field empty."""
        if self.link is None or self.target is None:
            return self.operator.condition(entity, self.field, self.operand)
        found = through_link(
            entity, self.link, self.target, lambda other: self.operator.test(other, self.field, self.operand)
        )
        return ~found if self.operator.denied else found

    @property
    def label(self) -> str:
        """What the condition is about."""
        if self.link is None:
            return str(self.field.label)
        return _linked_label(self.link, self.field)

    def predicate(self) -> str:
        """Return what is said about it."""
        return self.operator.say(self.operator, self.field, self.texts, self.operand)

    def words(self) -> str:
        """Return the condition as a sentence."""
        return str(_("%(subject)s %(predicate)s", subject=self.label, predicate=self.predicate()))

    def document(self) -> list[str]:
        """Return the condition as the address carries it."""
        return [self.path, self.operator.name, *self.texts]


@dataclass(frozen=True)
class Group:
    """Conditions joined by all or any; with a relation they speak of its records, which exist or (denied) don't."""

    joiner: Joiner
    members: tuple[Term | Group, ...]
    relation: Relation | None = None
    denied: bool = False

    def condition(self, entity: Any, origin: Screen) -> ColumnElement[bool]:
        """Return the condition on `entity`, whose rows are records of `origin`."""
        if self.relation is None:
            return self._joined(entity, origin)
        relation = self.relation
        found = relation.some(entity, origin, lambda other: self._joined(other, relation.screen))
        return ~found if self.denied else found

    def _joined(self, entity: Any, origin: Screen) -> ColumnElement[bool]:
        if not self.members:
            return true()
        each = [member.condition(entity, origin) for member in self.members]
        return and_(*each) if self.joiner == "all" else or_(*each)

    @property
    def label(self) -> str:
        """What the group is about, for its chip."""
        if self.relation is not None:
            return self.relation.label
        return str(_("All of") if self.joiner == "all" else _("Any of"))

    def predicate(self) -> str:
        """Return what is said about it."""
        if self.relation is None:
            return self.inner()
        inner = self.inner()
        if not inner:
            return str(_("none") if self.denied else _("at least one"))
        if len(self.members) > 1:
            inner = _bracketed(inner)
        if self.denied:
            return str(_("none where %(condition)s", condition=inner))
        return str(_("at least one where %(condition)s", condition=inner))

    def inner(self) -> str:
        """Return the conditions joined in words; what a group holds stands in brackets."""
        each = [
            member.words()
            if isinstance(member, Term) or len(self.members) == 1
            else _bracketed(member.words())
            for member in self.members
        ]
        if not each:
            return ""
        return reduce(_and if self.joiner == "all" else _or, each)

    def words(self) -> str:
        """Return the group as a sentence."""
        if self.relation is None:
            return self.inner()
        return str(_("%(records)s: %(condition)s", records=self.label, condition=self.predicate()))

    def document(self) -> dict[str, Any]:
        """Return the group as the address carries it."""
        found: dict[str, Any] = {}
        if self.relation is not None:
            found["lacks" if self.denied else "has"] = self.relation.path
        found[self.joiner] = [member.document() for member in self.members]
        return found


def _linked_label(link: Field, entry: Field) -> str:
    return str(_("%(link)s: %(field)s", link=link.label, field=entry.label))


def _bracketed(condition: str) -> str:
    return str(_("(%(condition)s)", condition=condition))


def _and(first: str, second: str) -> str:
    return str(_("%(first)s and %(second)s", first=first, second=second))


def _or(first: str, second: str) -> str:
    return str(_("%(first)s or %(second)s", first=first, second=second))


@dataclass(frozen=True)
class Where:
    """A whole filter over the records of `screen`."""

    screen: Screen
    root: Group

    def condition(self) -> ColumnElement[bool]:
        """Return the condition on the screen's own table."""
        return self.root.condition(self.screen.model, self.screen)

    def words(self) -> str:
        """Return the filter as one sentence."""
        return self.root.words()

    def text(self) -> str:
        """Return the filter as the address carries it."""
        return write_document(self.root.document())

    def parts(self) -> list[tuple[Term | Group, str]]:
        """Return what must be true together, each with the rest of the filter as the address would carry it."""
        if self.root.joiner == "any" and len(self.root.members) > 1:
            return [(self.root, "")]
        members = self.root.members
        rests = [members[:place] + members[place + 1 :] for place in range(len(members))]
        return [
            (member, Where(self.screen, Group("all", rest)).text() if rest else "")
            for member, rest in zip(members, rests, strict=True)
        ]


def write_document(document: Any) -> str:
    """Return a filter's document as compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read_document(text: str) -> Any:
    """Return the document that an address carries; raise `Invalid` for what is no JSON or too long."""
    if len(quote_plus(text, errors="replace")) > LONGEST:
        raise _refusal(_("This filter is too long. Leave out some conditions or values."))
    try:
        document = json.loads(text)
        # Halves of surrogate pairs can be escaped in JSON and shown nowhere.
        write_document(document).encode()
    except (ValueError, RecursionError) as error:
        raise _refusal(_("This filter can't be read. Build it anew.")) from error
    return document


def read_where(screen: Screen, text: str) -> Where | None:
    """Return the filter that an address asks for, None when it asks for none; raise `Invalid` with a reason."""
    if not text.strip():
        return None
    reading = Reading(screen)
    root = reading.read(read_document(text))
    if reading.problems:
        raise _refusal(next(iter(reading.problems.values())))
    return Where(screen, root) if root is not None and root.members else None


def readable_rest(screen: Screen, text: str) -> str:
    """Return what is left of a filter without those of its parts that can't be read (any more); '' for nothing.

    Only conditions that must all be true can be left out one by one.
    """
    try:
        document = read_document(text)
    except Invalid:
        return ""
    members = document.get("all") if isinstance(document, dict) else None
    if not isinstance(members, list) or set(document) != {"all"}:
        return ""
    kept = []
    for member in members[:MOST_TERMS]:
        reading = Reading(screen)
        reading.read({"all": [member]})
        if not reading.problems:
            kept.append(member)
    rest = write_document({"all": kept}) if kept else ""
    reading = Reading(screen)
    return rest if kept and reading.read({"all": kept}) and not reading.problems else ""


def _refusal(message: str) -> Invalid:
    return Invalid({PARAMETER: message})


class _Unreadable(Exception):
    """A part of the document can't be read, for the reason given."""


@dataclass
class Reading:
    """Reads a document; `problems` maps the place of what can't be read (`0-2`, '' for the whole) to its reason."""

    screen: Screen
    problems: dict[str, str] = field(default_factory=dict)
    _terms: int = 0

    def read(self, document: Any) -> Group | None:
        """Return the group that the document is, None when it is none or any part of it has a problem."""
        node = self._node(document, "", 1, self.screen, within="")
        if isinstance(node, Term) or (node is not None and node.relation is not None):
            self.problems[""] = str(_("This filter can't be read. Build it anew."))
            return None
        return node

    def _node(self, document: Any, at: str, depth: int, screen: Screen, within: str) -> Term | Group | None:
        try:
            if isinstance(document, list):
                self._count()
                return self._term(document, screen, within)
            if isinstance(document, dict):
                return self._group(document, at, depth, screen, within)
            raise _Unreadable(_("This filter can't be read. Build it anew."))
        except _Unreadable as problem:
            self.problems[at] = str(problem)
        return None

    def _count(self) -> None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise _Unreadable(_("At most %(most)d conditions.", most=MOST_TERMS))

    def _group(
        self, document: Mapping[str, Any], at: str, depth: int, screen: Screen, within: str
    ) -> Group | None:
        if depth > DEEPEST:
            raise _Unreadable(_("Groups stand at most %(most)d deep.", most=DEEPEST))
        joiner: Joiner = "any" if "any" in document else "all"
        members = document.get(joiner, [])
        names = set(document) - {joiner}
        if not isinstance(members, list) or not (not names or names in ({"has"}, {"lacks"})):
            raise _Unreadable(_("This filter can't be read. Build it anew."))
        relation, target = None, screen
        if names:
            self._count()
            relation = _relation(document[next(iter(names))], screen, within)
            target = relation.screen
        elif not members and depth > 1:
            raise _Unreadable(_("Add a condition to this group, or remove the group."))
        place = f"{at}-" if at else ""
        inside = relation.path if relation else within
        read = [
            self._node(each, f"{place}{number}", depth + 1, target, inside)
            for number, each in enumerate(members[: MOST_TERMS + 1])
        ]
        if any(member is None for member in read):
            return None
        return Group(joiner, tuple(each for each in read if each is not None), relation, "lacks" in names)

    def _term(self, document: Sequence[Any], screen: Screen, within: str) -> Term:
        path, name = [*document, "", ""][:2]
        values = document[2:]
        if not isinstance(path, str) or not isinstance(name, str):
            raise _Unreadable(_("This filter can't be read. Build it anew."))
        entry, link, target = _field(path, screen, within)
        operators = {each.name: each for each in operators_of(entry)}
        label = entry.label if link is None else _linked_label(link, entry)
        if name not in operators:
            raise _Unreadable(_("%(label)s: choose how to compare.", label=label))
        operator = operators[name]
        texts = _texts(values)
        try:
            operand = operator.read(entry, texts)
        except FieldProblem as problem:
            raise _Unreadable(_("%(label)s: %(message)s", label=label, message=problem)) from problem
        kept = texts[: operator.values] if operator.values else texts
        return Term(path, entry, operator, kept if operator.input != "none" else (), operand, link, target)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise _Unreadable(_("At most %(most)d values.", most=MOST_VALUES))
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        raise _Unreadable(_("This filter can't be read. Build it anew."))
    return tuple(str(value) for value in values)


def _field(path: str, screen: Screen, within: str) -> tuple[Field, Field | None, Screen | None]:
    """Return the field that a path names, and the link that leads there with its screen."""
    first, dot, second = path.partition(".")
    entry = screen.fields.get(first)
    if not path:
        raise _Unreadable(_("Choose a field."))
    if not dot and entry is not None and not entry.masked:
        return entry, None, None
    target = linked_screen(entry) if dot and not within else None
    if entry is None or target is None or second not in target.fields or target.fields[second].masked:
        # Whether a field does not exist or is not for this person is not told.
        raise _Unreadable(_("This list can't be filtered by “%(name)s”.", name=clean_line(path)[:40]))
    return target.fields[second], entry, target


def _relation(path: Any, screen: Screen, within: str) -> Relation:
    found = relations(screen).get(path) if isinstance(path, str) and not within else None
    if found is None:
        name = clean_line(path)[:40] if isinstance(path, str) else ""
        raise _Unreadable(_("This list can't be filtered by “%(name)s”.", name=name))
    return found
