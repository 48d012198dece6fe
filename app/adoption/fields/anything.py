"""Columns of SQLite without a type, which hold numbers, texts and bytes side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from app.adoption.fields.base import in_quotes
from app.adoption.fields.texts import ExactLongText
from app.adoption.notation import read_text, write_odd, write_text
from app.core.fields.base import FieldProblem

_NUMBER: tuple[tuple[str, Callable[[str], Any]], ...] = ((r"-?(?:0|[1-9]\d{0,17})", int), (r".+", float))


@dataclass(frozen=True)
class AnyValue(ExactLongText):
    """A column of SQLite without a type: a number as it is, a text that looks like a number in quotes."""

    def read(self, text: str) -> Any:
        if not text:
            return None
        odd = in_quotes(text)
        return self._plain(text) if odd is None else odd

    def write(self, value: Any, *, lines: bool) -> str:
        if isinstance(value, str):
            written = write_text(value, lines=lines)
            return written if value and self._reads_as(written, value) else write_odd(value)
        return (
            repr(value)
            if isinstance(value, int | float) and self._reads_as(repr(value), value)
            else write_odd(value)
        )

    def _reads_as(self, written: str, value: Any) -> bool:
        try:
            read = self.read(written)
        except FieldProblem:
            return False
        return type(read) is type(value) and bool(read == value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else self.write(value, lines=True)

    def from_json(self, document: Any) -> Any:
        return self.parse([] if document is None else [str(document)])

    @staticmethod
    def _plain(text: str) -> Any:
        for form, kind in _NUMBER:
            if re.fullmatch(form, text):
                try:
                    number = kind(text)
                except ValueError:
                    break
                if repr(number) == text and number - number == 0:
                    return number
        return read_text(text)


@dataclass(frozen=True)
class AnyLine(AnyValue):
    """The same in one line, for short values such as a time of day."""

    widget: ClassVar[str] = "text"
    lines: ClassVar[bool] = False
