"""The filter builder as a page: for every condition what can be asked, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import UnreadableToken
from app.core.kernel import kernel
from app.core.keys import decode_token
from app.panel.builder_draft import (
    ROOT,
    Document,
    day_parts,
    field_at,
    operator_of,
    pruned,
    was,
    without_blanks,
)
from app.panel.columns import titles_of
from app.panel.days import PERIODS
from app.panel.operators import Operator, operators_of
from app.panel.reaches import linked_screen, reachable, relations
from app.panel.speech import mid_sentence
from app.panel.where import DEEPEST, Reading, Where

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Fields to choose from below one heading; the record's own have none."""

    label: str
    options: Options


@dataclass(frozen=True, slots=True)
class DayInput:
    """One day: how it is said, its date and its number of days."""

    name: str
    how: str
    date: str
    days: str


@dataclass(frozen=True, slots=True)
class TermInput:
    """One condition with its inputs; `input` is the operator's kind of operand."""

    place: str
    path: str
    fields: tuple[OptionGroup, ...]
    operator: str = ""
    operators: Options = ()
    input: str = "none"
    values: tuple[str, ...] = ()
    options: Options = ()
    selected: Options = ()
    days: tuple[DayInput, ...] = ()
    pick_url: str = ""
    unit: str = ""
    label: str = ""
    was: str = ""
    error: str = ""

    @property
    def is_group(self) -> bool:
        """A condition is no group."""
        return False


@dataclass(frozen=True, slots=True)
class GroupInput:
    """One group with its members; `relations` to choose from where it speaks of related records."""

    place: str
    joiner: str
    members: tuple[Any, ...]
    quantifier: str = ""
    relation: str = ""
    relations: Options = ()
    may_group: bool = True
    may_relate: bool = False
    error: str = ""

    @property
    def is_group(self) -> bool:
        """A group is one."""
        return True


@dataclass(frozen=True, slots=True)
class BuilderPage:
    """The builder: `words` says what is asked so far, `arguments` what else the list's address holds."""

    screen: Any
    title: str
    action: str
    back_url: str
    root: GroupInput
    words: str
    arguments: str
    focus: str = ""
    problem: str = ""


def builder_page(
    screen: Screen, document: Document, *, arguments: str, focus: str = "", checked: bool = False
) -> BuilderPage:
    """Return the builder over a document; with `checked` the reasons stand beside what can't be read."""
    reading = Reading(screen)
    reading.read(document)
    problems = reading.problems if checked else {}
    inputs = _Inputs(problems)
    root = inputs.group(document, ROOT, "", screen, 1, within=False)
    return BuilderPage(
        screen=screen,
        title=_("Filter %(records)s", records=mid_sentence(screen.plural)),
        action=screen.path + "filter",
        back_url=f"{screen.path}?{arguments}" if arguments else screen.path,
        root=root,
        words=words_of(screen, document),
        arguments=arguments,
        focus=focus or f"{ROOT}-0",
        problem=_("Please check the marked conditions.") if problems else "",
    )


def words_of(screen: Screen, document: Document) -> str:
    """Return in words what can be read of a document, '' for nothing."""
    rest: Document | None = without_blanks(document)
    for _attempt in range(DEEPEST):
        if rest is None:
            return ""
        reading = Reading(screen)
        root = reading.read(rest)
        if root is not None and not reading.problems:
            return Where(screen, root).words()
        rest = pruned(rest, set(reading.problems))
    return ""


class _Inputs:
    """Makes inputs of nodes; what depends on the screen alone is made once."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        self._catalogues: dict[tuple[str, bool], tuple[OptionGroup, ...]] = {}

    def group(
        self, node: Document, place: str, at: str, screen: Screen, depth: int, *, within: bool
    ) -> GroupInput:
        joiner = "any" if "any" in node else "all"
        path = node.get("has", node.get("lacks"))
        related = {} if within else relations(screen)
        relation = related.get(path) if path is not None else None
        target, inside = (relation.screen, True) if relation is not None else (screen, within)
        members: list[TermInput | GroupInput] = []
        for number, member in enumerate(node[joiner]):
            here, spot = f"{place}-{number}", f"{at}-{number}" if at else str(number)
            if isinstance(member, dict):
                members.append(self.group(member, here, spot, target, depth + 1, within=inside))
            else:
                members.append(self.term(member, here, spot, target, within=inside))
        return GroupInput(
            place=place,
            joiner=joiner,
            members=tuple(members),
            quantifier="" if path is None else ("lacks" if "lacks" in node else "has"),
            relation=path or "",
            relations=tuple((each.path, each.label) for each in related.values()) if path is not None else (),
            may_group=depth < DEEPEST,
            may_relate=depth < DEEPEST and not inside and bool(related),
            error=str(self.problems.get(at, "")),
        )

    def term(self, node: Sequence[Any], place: str, at: str, screen: Screen, *, within: bool) -> TermInput:
        path, name = str(node[0]), str(node[1])
        values = tuple(str(value) for value in node[2:])
        catalogue, error = self._catalogue(screen, own=within), str(self.problems.get(at, ""))
        field = field_at(path, screen)
        if field is None:
            return TermInput(place, path, catalogue, error=error)
        operator = operator_of(field, name)
        return TermInput(
            place,
            path,
            catalogue,
            operator=operator.name,
            operators=tuple((each.name, str(each)) for each in operators_of(field)),
            input=operator.input,
            values=_filled_up(values, operator),
            options=_options(field, operator),
            selected=_selected(field, values) if operator.input == "records" else (),
            days=tuple(
                DayInput(f"{place}.v{number}", *day_parts(text))
                for number, text in enumerate(_filled_up(values, operator))
            )
            if operator.input == "day"
            else (),
            pick_url=_pick_url(field) if operator.input == "records" else "",
            unit=field.symbol() if isinstance(field, fields.Money) else str(getattr(field, "unit", "")),
            label=str(field.label),
            was=was(path, operator),
            error=error,
        )

    def _catalogue(self, screen: Screen, *, own: bool) -> tuple[OptionGroup, ...]:
        key = (screen.name, own)
        if key not in self._catalogues:
            self._catalogues[key] = tuple(_catalogue(screen, own=own))
        return self._catalogues[key]


def _catalogue(screen: Screen, *, own: bool) -> list[OptionGroup]:
    """Return the fields that can be asked about, the linked records' in groups of their own."""
    found = [
        OptionGroup(
            "", tuple((each.name, str(each.label)) for each in screen.fields.values() if not each.masked)
        )
    ]
    for entry in () if own else screen.fields.values():
        if (target := linked_screen(entry)) is not None:
            options = tuple(
                (f"{entry.name}.{each.name}", _("%(link)s: %(field)s", link=entry.label, field=each.label))
                for each in target.fields.values()
                if not each.masked
            )
            found.append(OptionGroup(str(entry.label), options))
    return found


def _filled_up(values: tuple[str, ...], operator: Operator) -> tuple[str, ...]:
    """Return as many texts as the operator has inputs."""
    if not operator.values:
        return values
    return (*values, *[""] * operator.values)[: operator.values]


def _options(field: fields.Field, operator: Operator) -> Options:
    if operator.input == "choices":
        return tuple((member.value, str(member.label)) for member in getattr(field, "choices", ()))
    if operator.input == "period":
        return tuple((each.name, str(each.label)) for each in PERIODS.values())
    return ()


def _pick_url(field: fields.Field) -> str:
    target = kernel().screens.get(getattr(field, "to", ""))
    return f"{target.path}pick" if target is not None else ""


def _selected(field: fields.Field, tokens: Sequence[str]) -> Options:
    target = reachable(getattr(field, "to", ""))
    keys = {}
    for token in tokens:
        try:
            keys[token] = decode_token(token)
        except UnreadableToken:
            # The reason stands beside the condition; what can't be read has no title to show.
            continue
    titles = titles_of(target, list(keys.values())) if target is not None else {}
    return tuple((token, titles.get(key, "?")) for token, key in keys.items())
