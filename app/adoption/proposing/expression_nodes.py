"""What an expression is made of; every node writes itself as text that reads back as the same node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

FUNCTIONS = frozenset({"coalesce", "concat"})
KEYWORDS = frozenset(
    {"and", "or", "not", "in", "is", "null", "coalesce", "concat", "true", "false", "parent"}
)
_PLAIN_NAME = re.compile(r"[^\W\d]\w*\Z")


@dataclass(frozen=True, slots=True)
class Number:
    """A number without a sign."""

    value: Decimal

    def __str__(self) -> str:
        return format(self.value, "f")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in single quotes."""

    value: str

    def __str__(self) -> str:
        return "'" + self.value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    value: bool

    def __str__(self) -> str:
        return str(self.value).lower()


@dataclass(frozen=True, slots=True)
class Name:
    """A column of the table, or with `of_parent` of the row it belongs to (the order of a line)."""

    column: str
    of_parent: bool = False

    def __str__(self) -> str:
        return ("parent." if self.of_parent else "") + quoted(self.column)


@dataclass(frozen=True, slots=True)
class Negative:
    """The opposite number."""

    of: Value

    def __str__(self) -> str:
        return f"-{_inner(self.of)}"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers and one of + - * /."""

    sign: str
    left: Value
    right: Value

    def __str__(self) -> str:
        return f"{self._side(self.left, first=True)} {self.sign} {self._side(self.right, first=False)}"

    def _side(self, side: Value, *, first: bool) -> str:
        if not isinstance(side, Arithmetic):
            return str(side)
        strong, weak = {"*", "/"}, {"+", "-"}
        fits = (side.sign in strong and self.sign in weak) or (
            first and (side.sign in strong) == (self.sign in strong)
        )
        return str(side) if fits else f"({side})"


@dataclass(frozen=True, slots=True)
class Call:
    """`coalesce`, the first of several values that is not NULL, or `concat`, texts one after the other."""

    function: str
    of: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.of))})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and one of = <> < <= > >=."""

    sign: str
    left: Value
    right: Value

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


@dataclass(frozen=True, slots=True)
class Among:
    """Whether a value is one of a list."""

    of: Value
    values: tuple[Number | Text | Negative | Truth, ...]
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.of} {'not ' if self.negated else ''}in ({', '.join(map(str, self.values))})"


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether there is no value."""

    of: Value
    negated: bool = False

    def __str__(self) -> str:
        return f"{self.of} is {'not ' if self.negated else ''}null"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    of: Condition

    def __str__(self) -> str:
        return f"not ({self.of})"


@dataclass(frozen=True, slots=True)
class Joined:
    """Two or more conditions with `and` or `or` between them."""

    word: str
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return f" {self.word} ".join(
            f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts
        )


Value = Number | Text | Truth | Name | Negative | Arithmetic | Call
Condition = Comparison | Among | IsNull | Not | Joined
Node = Value | Condition
VALUES = (Number, Text, Truth, Name, Negative, Arithmetic, Call)


def quoted(name: str) -> str:
    """Return a column's name as expressions write it: in double quotes where it is no plain word."""
    if _PLAIN_NAME.match(name) and name.lower() not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def names_in(node: Node) -> Iterator[Name]:
    """Yield every column that an expression names."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Call):
        for each in node.of:
            yield from names_in(each)
    elif isinstance(node, Joined):
        for part in node.parts:
            yield from names_in(part)
    elif isinstance(node, Arithmetic | Comparison):
        yield from names_in(node.left)
        yield from names_in(node.right)
    elif isinstance(node, Negative | Among | IsNull | Not):
        yield from names_in(node.of)


def _inner(node: Value) -> str:
    return f"({node})" if isinstance(node, Arithmetic | Negative) else str(node)


def renamed(node: Node, name: Callable[[Name], Name]) -> Node:
    """Return the expression with other columns, as `name` says."""
    if isinstance(node, Name):
        return name(node)
    if isinstance(node, Call):
        return Call(node.function, tuple(_value(renamed(each, name)) for each in node.of))
    if isinstance(node, Joined):
        return Joined(node.word, tuple(_condition(renamed(part, name)) for part in node.parts))
    if isinstance(node, Arithmetic | Comparison):
        left, right = _value(renamed(node.left, name)), _value(renamed(node.right, name))
        return replace(node, left=left, right=right)
    if isinstance(node, Not):
        return Not(_condition(renamed(node.of, name)))
    if isinstance(node, Negative | Among | IsNull):
        return replace(node, of=_value(renamed(node.of, name)))
    return node


def _value(node: Node) -> Value:
    assert isinstance(node, VALUES)
    return node


def _condition(node: Node) -> Condition:
    assert not isinstance(node, VALUES)
    return node
