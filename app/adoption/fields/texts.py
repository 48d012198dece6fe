"""Texts of adopted tables, kept to the letter: lines, notes, JSON, times of day and strict forms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.adoption.fields.base import EMPTY, in_quotes, shown
from app.adoption.notation import (
    ESCAPE,
    is_broken,
    read_filled,
    read_text,
    readable,
    write_filled,
    write_odd,
    write_text,
)
from app.core import fields
from app.core.fields.base import FieldProblem, half_width
from app.core.masking import NOTHING_SHOWN


@dataclass(frozen=True)
class ExactText(fields.Text):
    """One line of text, kept to the letter: blanks at its ends and control characters (as pictures) too.

    Where there can be no value (`nullable`) an empty input means none, and the empty text is `""`.
    """

    _: KW_ONLY
    nullable: bool = True
    max_length: int = 0
    lines: ClassVar[bool] = False

    def parse(self, raw: Sequence[str]) -> Any:
        value = self.read(raw[0]) if raw else None
        if self.required and value in (None, ""):
            raise FieldProblem(_("Please fill this in."))
        if isinstance(value, str):
            self.check_length(value)
        return value

    def read(self, text: str) -> Any:
        """Return the value of one input, without looking at its length; raise `FieldProblem`."""
        if not text:
            return None if self.nullable else ""
        if text.startswith(ESCAPE + "x"):
            return in_quotes(text)
        value = read_text(read_filled(text) if self.nullable else text)
        if is_broken(value):
            raise FieldProblem(
                _("This holds bytes that are no text. Leave it as it was, or write a new text.")
            )
        return value

    def parse_text(self, text: str) -> Any:
        return self.parse([text])

    def check_length(self, text: str) -> None:
        if self.max_length:
            super().check_length(text)

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [self.write(value, lines=self.lines)]

    def write(self, value: Any, *, lines: bool) -> str:
        """Return a value as it stands in an input."""
        if not isinstance(value, str):
            return write_odd(value)
        written = write_text(value, lines=lines)
        return write_filled(written) if self.nullable else written

    def display(self, value: Any) -> str:
        return "" if value is None else shown(value)

    def export(self, value: Any) -> str:
        return "" if value is None else self.write(value, lines=True)

    def to_json(self, value: Any) -> Any:
        if value is None:
            return None
        return readable(value) if isinstance(value, str) else write_odd(value)

    def from_json(self, document: Any) -> Any:
        if not isinstance(document, str):
            return super().from_json(document)
        if document.startswith(ESCAPE + "x"):
            return in_quotes(document)
        if self.required and not document:
            raise FieldProblem(_("Please fill this in."))
        self.check_length(document)
        return document

    def schema(self) -> dict[str, Any]:
        return super().schema() if self.max_length else {"type": "string"}

    def attributes(self) -> Mapping[str, str]:
        # A browser counts an emoji as two characters, a database as one.
        return {"maxlength": str(self.max_length * 2)} if self.max_length else {}

    def mask_filled(self, value: Any) -> str:
        return super().mask_filled(value) if isinstance(value, str) else NOTHING_SHOWN


@dataclass(frozen=True)
class ExactLongText(ExactText, fields.LongText):
    """Several lines of text, kept to the letter; lines that end in CR LF say so by one mark at the end."""

    _: KW_ONLY
    max_length: int = 0
    widget: ClassVar[str] = "textarea"
    lines: ClassVar[bool] = True

    def attributes(self) -> Mapping[str, str]:
        return {}

    def mask_filled(self, value: Any) -> str:  # noqa: ARG002 - the beginning of a note may say it all
        return NOTHING_SHOWN


@dataclass(frozen=True)
class JsonText(ExactLongText):
    """JSON as the text that it is stored as: its order, its blanks and numbers of any size stay."""

    def read(self, text: str) -> Any:
        if not text.strip():
            return None
        value = read_text(text)
        self._check(value)
        return value

    def write(self, value: Any, *, lines: bool) -> str:
        # `""` is JSON for the empty text; the column holds no text that is empty itself.
        return write_text(value, lines=lines) if isinstance(value, str) else write_odd(value)

    def from_json(self, document: Any) -> Any:
        value = super().from_json(document)
        if value is not None:
            self._check(value)
        return value

    @staticmethod
    def _check(text: str) -> None:
        try:
            json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_json)
        except RecursionError:
            pass  # deeper than Python reads; the database decides
        except ValueError as error:
            raise FieldProblem(_('This is not JSON, such as {"a": 1}.')) from error


def _no_json(constant: str) -> Any:
    raise ValueError(constant)


@dataclass(frozen=True)
class ShapeText(ExactLongText):
    """A shape on a map, shown as its well-known text; its exact bytes stand behind # and are for the machine."""

    def display(self, value: Any) -> str:
        return "" if value is None else str(value).partition(" #")[0]


_TYPED_TIME = re.compile(
    r"(-?)(\d{1,3}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,9}))?)?(\s*[+-]\d{1,2}(?::?\d{2})*)?"
)


@dataclass(frozen=True)
class ClockTime(ExactText):
    """A time of day or a span, as hours, minutes and seconds with at most `digits` of a second's fraction.

    `hours` is the largest number of them; below none unless `may_be_negative`. With `zoned` an offset may follow.
    """

    _: KW_ONLY
    digits: int = 6
    hours: int = 24
    may_be_negative: bool = False
    zoned: bool = False

    def read(self, text: str) -> Any:
        plain = half_width(text)
        if not plain:
            return None
        match = _TYPED_TIME.fullmatch(plain)
        if match is None or int(match[2]) > self.hours or (match[1] and not self.may_be_negative):
            raise FieldProblem(_("This is not a time, such as 14:30 or 14:30:05."))
        if match[6] and not self.zoned:
            raise FieldProblem(_("This is not a time, such as 14:30 or 14:30:05."))
        fraction = match[5] or ""
        if len(fraction.rstrip("0")) > self.digits:
            raise FieldProblem(_("At most %(places)d decimal places.", places=self.digits))
        whole = f"{match[1]}{match[2]:0>2}:{match[3]:0>2}:{match[4] or '':0>2}"
        return whole + (f".{fraction}" if fraction else "") + (match[6] or "").strip()


@dataclass(frozen=True)
class Pattern(ExactText):
    """A text of a strict form: UUID, bits; `form` is a regular expression, `example` what people are told."""

    _: KW_ONLY
    form: str = ""
    example: str = ""

    def read(self, text: str) -> Any:
        plain = half_width(text)
        if plain == EMPTY and self.nullable:
            plain, text = "", EMPTY
        if (plain or text == EMPTY) and not re.fullmatch(self.form, plain):
            raise FieldProblem(_("This does not have the form of %(example)s.", example=self.example))
        return plain if plain or text == EMPTY or not self.nullable else None
