"""Expressions that a person types (amounts, filters): a small grammar that becomes SQLAlchemy, never pasted SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple, cast

from flask_babel import gettext as _

from app.adoption.proposing.expression_nodes import (
    FUNCTIONS,
    KEYWORDS,
    VALUES,
    Among,
    Arithmetic,
    Call,
    Comparison,
    Condition,
    IsNull,
    Joined,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Text,
    Truth,
    Value,
    names_in,
    quoted,
)
from app.core.errors import KebuError

__all__ = (
    "ExpressionProblem",
    "names_in",
    "parse_condition",
    "parse_value",
    "quoted",
)

LONGEST = 2000
DEEPEST = 30
# A number beyond this many digits is a typing error, and would be slow to compute with.
LONGEST_NUMBER = 30

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?(?![\w.]))
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<word>[^\W\d]\w*)
    | (?P<sign><>|!=|<=|>=|[-+*/()=<>,.])
    )""",
    re.VERBOSE,
)
_COMPARISONS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">="})


class ExpressionProblem(KebuError):
    """What was typed is no expression of the grammar, or names a column that is not there."""

    status = 422
    code = "expression"


class Token(NamedTuple):
    """A piece of what was typed: its kind, what it says, and where it begins, counted from 1."""

    kind: str
    text: str
    at: int


def parse_value(text: str) -> Value:
    """Return what a person typed as a value (`unit_price * quantity * (1 - discount)`).

    Raises `ExpressionProblem`, whose message says where.
    """
    node = _Parser(text).whole()
    if not isinstance(node, VALUES):
        raise ExpressionProblem(_("A value is needed here, not a condition."))
    return node


def parse_condition(text: str) -> Condition:
    """Return what a person typed as a filter (`status in (1, 2, 3) and delete_status = 0`); raises as above."""
    node = _Parser(text).whole()
    if isinstance(node, VALUES):
        raise ExpressionProblem(_("A condition is needed here, such as status = 1."))
    return node


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise ExpressionProblem(_("The expression is too long."))
    found = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            blank = len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionProblem(_("Not understood at character %(at)s.", at=at + blank + 1))
        kind = match.lastgroup
        word = match[kind]
        if kind == "word" and word.lower() in KEYWORDS:
            kind, word = "keyword", word.lower()
        if kind == "number" and len(word) > LONGEST_NUMBER:
            raise ExpressionProblem(_("A number is too long."))
        found.append(Token(kind, word, match.start(match.lastgroup) + 1))
        at = match.end()
    return found


class _Parser:
    """A parser by recursive descent; each method reads one rule of the grammar from where it stands."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self._either()
        if self.at < len(self.tokens):
            raise self._problem()
        return node

    def _either(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionProblem(_("The expression is nested too deeply."))
        node = self._joined("or", lambda: self._joined("and", self._negation))
        self.depth -= 1
        return node

    def _joined(self, word: str, read: Callable[[], Node]) -> Node:
        parts = [read()]
        while self._took("keyword", word):
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        return Joined(word, tuple(self._condition(part) for part in parts))

    def _negation(self) -> Node:
        negations = 0
        while self._took("keyword", "not"):
            negations += 1
        if negations > DEEPEST:
            raise ExpressionProblem(_("The expression is nested too deeply."))
        node = self._comparison()
        for _each in range(negations):
            node = Not(self._condition(node))
        return node

    def _comparison(self) -> Node:
        left = self._sum()
        token = self._next()
        if token is None:
            return left
        if token.kind == "sign" and token.text in _COMPARISONS:
            self.at += 1
            sign = "<>" if token.text == "!=" else token.text
            return Comparison(sign, self._value(left), self._value(self._sum()))
        if self._took("keyword", "is"):
            negated = self._took("keyword", "not")
            self._need("keyword", "null")
            return IsNull(self._value(left), negated)
        if token.kind == "keyword" and token.text in ("in", "not"):
            negated = self._took("keyword", "not")
            self._need("keyword", "in")
            return Among(self._value(left), self._list(), negated)
        return left

    def _list(self) -> tuple[Number | Text | Negative | Truth, ...]:
        self._need("sign", "(")
        values = [self._literal()]
        while self._took("sign", ","):
            values.append(self._literal())
        self._need("sign", ")")
        return tuple(values)

    def _literal(self) -> Number | Text | Negative | Truth:
        node = self._unary()
        plain = node.of if isinstance(node, Negative) else node
        if not isinstance(plain, Number) and not isinstance(node, Text | Truth):
            raise self._problem()
        return cast("Number | Text | Negative | Truth", node)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), self._unary))

    def _chain(self, signs: tuple[str, ...], read: Callable[[], Node]) -> Node:
        node = read()
        while (token := self._next()) and token.kind == "sign" and token.text in signs:
            self.at += 1
            node = Arithmetic(token.text, self._value(node), self._value(read()))
        return node

    def _unary(self) -> Node:
        if not self._took("sign", "-"):
            return self._atom()
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionProblem(_("The expression is nested too deeply."))
        node = Negative(self._value(self._unary()))
        self.depth -= 1
        return node

    def _atom(self) -> Node:
        token = self._next()
        if token is None:
            raise self._problem()
        self.at += 1
        if token.kind == "number":
            return Number(Decimal(token.text))
        if token.kind == "text":
            return Text(token.text[1:-1].replace("''", "'"))
        if token.kind in ("word", "quoted"):
            return Name(_unquoted(token))
        return self._special(token)

    def _special(self, token: Token) -> Node:
        """Read what begins with a keyword or a parenthesis."""
        if (token.kind, token.text) == ("sign", "("):
            node = self._either()
            self._need("sign", ")")
            return node
        if token.kind == "keyword" and token.text in ("true", "false"):
            return Truth(token.text == "true")
        if (token.kind, token.text) == ("keyword", "parent"):
            self._need("sign", ".")
            column = self._next()
            if column is not None and column.kind in ("word", "quoted"):
                self.at += 1
                return Name(_unquoted(column), of_parent=True)
        if token.kind == "keyword" and token.text in FUNCTIONS:
            return self._call(token.text)
        self.at -= 1
        raise self._problem()

    def _call(self, function: str) -> Node:
        self._need("sign", "(")
        values = [self._value(self._either())]
        while self._took("sign", ","):
            values.append(self._value(self._either()))
        self._need("sign", ")")
        return Call(function, tuple(values))

    def _value(self, node: Node) -> Value:
        if not isinstance(node, VALUES):
            raise ExpressionProblem(_("A value is needed here, not a condition."))
        return node

    def _condition(self, node: Node) -> Condition:
        if isinstance(node, VALUES):
            raise ExpressionProblem(_("A condition is needed here, such as status = 1."))
        return node

    def _next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _took(self, kind: str, text: str) -> bool:
        token = self._next()
        if token is None or (token.kind, token.text) != (kind, text):
            return False
        self.at += 1
        return True

    def _need(self, kind: str, text: str) -> None:
        if not self._took(kind, text):
            raise self._problem()

    def _problem(self) -> ExpressionProblem:
        token = self._next()
        if token is None:
            return ExpressionProblem(_("The expression ends too early."))
        return ExpressionProblem(_("Not understood at character %(at)s.", at=token.at))


def _unquoted(token: Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text
