"""The builder's form as a filter's document: possibly unfinished, changed step by step, nothing typed is lost.

Every node of the document has a place such as `r-0-1`; its inputs are named by it: `r-0.join` of a group, `r-0.quant`
and `r-0.relation` of related records, `r-0-1.field`, `.op` and `.v…` of a condition. `.was` says of which field and
kind the values were when the form was shown, so that what was chosen for one question does not answer another.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.fields import Field
from app.panel.operators import Operator, operators_of
from app.panel.reaches import linked_screen, relations
from app.panel.where import DEEPEST, MOST_TERMS

ROOT = "r"
# More than can be in force, so that one too many can still be taken away.
MOST_NODES = 2 * MOST_TERMS
_OFFSET = re.compile(r"([+-])(.*)d")
Document = dict[str, Any]


def field_at(path: str, screen: Screen) -> Field | None:
    """Return the field that a condition's path names, None for none that the person may ask about."""
    first, dot, second = path.partition(".")
    entry = screen.fields.get(first)
    if not dot:
        return entry
    target = linked_screen(entry)
    return target.fields.get(second) if target is not None else None


def operator_of(field: Field, name: str) -> Operator:
    """Return the field's operator called `name`, its likeliest one when it has none of this name."""
    operators = operators_of(field)
    return next((each for each in operators if each.name == name), operators[0])


def read_draft(form: MultiDict[str, str], screen: Screen) -> Document:
    """Return the document that the builder's inputs hold."""
    return _Draft(form).group(ROOT, screen, 1)


class _Draft:
    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form
        self.nodes = 0

    def group(self, place: str, screen: Screen, depth: int) -> Document:
        found: Document = {}
        target = screen
        if (path := self.form.get(f"{place}.relation")) is not None:
            found["lacks" if self.form.get(f"{place}.quant") == "lacks" else "has"] = path
            relation = relations(screen).get(path)
            target = relation.screen if relation else screen
        joiner = "any" if self.form.get(f"{place}.join") == "any" else "all"
        found[joiner] = self.members(place, target, depth)
        return found

    def members(self, place: str, screen: Screen, depth: int) -> list[Any]:
        found: list[Any] = []
        for number in range(MOST_NODES):
            here = f"{place}-{number}"
            if f"{here}.field" in self.form:
                found.append(self.term(here, screen))
            elif f"{here}.join" in self.form and depth <= DEEPEST:
                found.append(self.group(here, screen, depth + 1))
            else:
                break
            self.nodes += 1
            if self.nodes >= MOST_NODES:
                break
        return found

    def term(self, place: str, screen: Screen) -> list[str]:
        path = self.form[f"{place}.field"]
        field = field_at(path, screen)
        if field is None:
            return [path, ""]
        operator = operator_of(field, self.form.get(f"{place}.op", ""))
        fits = may_keep(self.form.get(f"{place}.was", ""), was(path, operator))
        return [path, operator.name, *(self.values(place, operator) if fits else ())]

    def values(self, place: str, operator: Operator) -> list[str]:
        if operator.input == "none":
            return []
        if not operator.values:
            return [text for text in self.form.getlist(f"{place}.v") if text]
        read = self.day if operator.input == "day" else self.plain
        return [read(f"{place}.v{number}") for number in range(operator.values)]

    def plain(self, name: str) -> str:
        return self.form.get(name, "")

    def day(self, name: str) -> str:
        """Return a day as the address carries it: a date, `today`, or so many days before or after."""
        how, count = self.form.get(f"{name}.how", "date"), self.form.get(f"{name}.days", "").strip()
        return {"today": "today", "ago": f"-{count}d", "ahead": f"+{count}d"}.get(how, self.plain(name))


# What is typed means the same to another field; a choice or a record does not.
_TYPED = ("text", "number", "count", "day", "period")


def was(path: str, operator: Operator) -> str:
    """Return of which kind and field a condition's values are, as the form carries it."""
    return f"{operator.input} {path}"


def may_keep(before: str, now: str) -> bool:
    """Say whether values of a question may stay for another one; a form that doesn't say what it was keeps them."""
    kind = now.partition(" ")[0]
    return not before or before == now or (kind in _TYPED and before.partition(" ")[0] == kind)


def day_parts(text: str) -> tuple[str, str, str]:
    """Return how a day is said (date, today, ago, ahead), its date and its number of days, for the inputs."""
    if text == "today":
        return "today", "", ""
    if match := _OFFSET.fullmatch(text):
        return ("ago" if match[1] == "-" else "ahead"), "", match[2]
    return "date", text, ""


def changed(document: Document, step: str) -> tuple[Document, str]:
    """Return the document after a step of the builder (`add:r`, `group:r-0`, `relate:r`, `drop:r-0-1`).

    Also says the place whose first input gets the cursor. A step that makes no sense changes nothing.
    """
    verb, _colon, place = step.partition(":")
    numbers = place.split("-")[1:]
    if place.split("-")[0] != ROOT or not all(each.isdecimal() and len(each) < 4 for each in numbers):
        return document, ""
    steps = [int(each) for each in numbers]
    if verb == "drop" and steps:
        members = _members_at(document, steps[:-1])
        if members is not None and steps[-1] < len(members):
            del members[steps[-1]]
            parent = "-".join([ROOT, *numbers[:-1]])
            return document, f"{parent}-{min(steps[-1], len(members) - 1)}" if members else parent
        return document, ""
    members = _members_at(document, steps)
    make = _NEW.get(verb)
    if members is None or make is None or len(members) >= MOST_NODES:
        return document, ""
    members.append(make())
    return document, f"{place}-{len(members) - 1}"


_NEW: dict[str, Callable[[], Any]] = {
    "add": lambda: ["", ""],
    "group": lambda: {"any": [["", ""]]},
    "relate": lambda: {"has": "", "all": []},
}


def _members_at(document: Any, steps: list[int]) -> list[Any] | None:
    """Return the members of the group at a place, None when there is no group."""
    node = document
    for number in steps:
        members = _members(node)
        if members is None or number >= len(members):
            return None
        node = members[number]
    return _members(node)


def _members(node: Any) -> list[Any] | None:
    if not isinstance(node, dict):
        return None
    found: list[Any] | None = node.get("any", node.get("all"))
    return found


def normal(node: Any, depth: int = 1) -> Any:
    """Return an address's document as inputs can show it; raise ValueError where it has no such form."""
    if isinstance(node, list) and depth > 1:
        if not all(isinstance(each, str | int | float) for each in node):
            raise ValueError("a condition of something else than texts")
        return [str(each) for each in (*node, *[""] * (2 - len(node)))]
    if not isinstance(node, dict) or depth > 2 * DEEPEST:
        raise ValueError("neither a condition nor a group")
    joiner = "any" if "any" in node else "all"
    members = node.get(joiner, [])
    relation = {name: str(node[name]) for name in ("has", "lacks") if depth > 1 and name in node}
    if not isinstance(members, list) or len(relation) > 1:
        raise ValueError("no group")
    return {**relation, joiner: [normal(member, depth + 1) for member in members[:MOST_NODES]]}


def without_blanks(document: Document) -> Document:
    """Return the document without conditions for which no field was chosen."""
    joiner = "any" if "any" in document else "all"
    kept = [
        without_blanks(each) if isinstance(each, dict) else each
        for each in document[joiner]
        if isinstance(each, dict) or each[0]
    ]
    return {**document, joiner: kept}


def pruned(document: Document, places: set[str], at: str = "") -> Document | None:
    """Return the document without what stands at `places` (as `Reading.problems` names them), None for nothing."""
    joiner = "any" if "any" in document else "all"
    kept: list[Any] = []
    for number, each in enumerate(document[joiner]):
        here = f"{at}-{number}" if at else str(number)
        if here in places:
            continue
        inner = pruned(each, places, here) if isinstance(each, dict) else each
        if inner is not None:
            kept.append(inner)
    is_relation = bool({"has", "lacks"} & set(document))
    return {**document, joiner: kept} if kept or is_relation else None
