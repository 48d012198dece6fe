"""Fields of adopted tables that no own record needs: texts kept to the letter, choices as stored, bytes, odd values.

`parse(raw(value)) == value` holds for every value that the column can hold, also for one that its type is not made
for; see `notation` for how such a one is written.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adoption.notation import (
    UnreadableNotation,
    is_broken,
    read_filled,
    read_odd,
    read_text,
    readable,
    write_filled,
    write_odd,
    write_text,
)
from app.core import fields
from app.core.choices import Option
from app.core.fields.base import FieldProblem, half_width
from app.core.masking import NOTHING_SHOWN
from app.core.words import OwnWords

WHOLE = re.compile(r"[+-]?\d{1,40}")
# Both say the same in a CSV file of PostgreSQL.
EMPTY = '""'
_UNITS = ("B", "kB", "MB", "GB")


def in_quotes(text: str) -> Any:
    """Return the odd value that a text in quotes or behind ␛ means, None for any other; raise `FieldProblem`."""
    try:
        return read_odd(text)
    except UnreadableNotation as error:
        raise FieldProblem(_("This can't be read. Leave it as it was, or write a plain value.")) from error


def shown(value: Any) -> str:
    """Return an odd value as a person reads it: a text as it is, bytes by their size."""
    if isinstance(value, bytes):
        return size_words(len(value))
    return readable(str(value))


def size_words(count: int) -> str:
    """Return 812 B, 12.3 kB or 4 MB for a number of bytes."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}" if size < 1000 else f"{size:.0f} {_UNITS[unit]}"


@dataclass(frozen=True)
class Faithful(fields.Field):
    """Stands before a field type: values that are none of its `kinds` are written in quotes and read back exactly.

    SQLite puts any value in any column, and every database has dates that Python has not.
    """

    kinds: ClassVar[tuple[type, ...]] = ()

    def is_odd(self, value: Any) -> bool:
        """Say whether a value is none that the field is made for."""
        return value is not None and not isinstance(value, self.kinds)

    def parse(self, raw: Sequence[str]) -> Any:
        odd = in_quotes(raw[0]) if raw else None
        return super().parse(raw) if odd is None else odd

    def raw(self, value: Any) -> list[str]:
        return [write_odd(value)] if self.is_odd(value) else super().raw(value)

    def display(self, value: Any) -> str:
        return shown(value) if self.is_odd(value) else super().display(value)

    def export(self, value: Any) -> str:
        return write_odd(value) if self.is_odd(value) else super().export(value)

    def to_json(self, value: Any) -> Any:
        return write_odd(value) if self.is_odd(value) else super().to_json(value)

    def mask_filled(self, value: Any) -> str:
        return NOTHING_SHOWN if self.is_odd(value) else super().mask_filled(value)


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
        if text.startswith("\N{SYMBOL FOR ESCAPE}x"):
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
        if document.startswith("\N{SYMBOL FOR ESCAPE}x"):
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


@dataclass(frozen=True)
class UuidText(fields.Field):
    """A UUID, shown and typed in its usual form."""

    def parse_text(self, text: str) -> uuid.UUID:
        try:
            return uuid.UUID(half_width(text))
        except ValueError as error:
            example = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
            raise FieldProblem(_("This does not have the form of %(example)s.", example=example)) from error

    def to_json(self, value: Any) -> Any:
        return None if value is None else str(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True)
class HexBytes(fields.Field):
    """A few bytes, at most `most`, as hexadecimal digits: keys and checksums."""

    _: KW_ONLY
    most: int = 64
    nullable: bool = True

    def parse(self, raw: Sequence[str]) -> Any:
        text = "".join(half_width(raw[0]).split()) if raw else ""
        if not text and not (self.nullable or self.required) and raw:
            return b""
        return super().parse([text] if text else [])

    def parse_text(self, text: str) -> bytes:
        try:
            value = bytes.fromhex("" if text == EMPTY else text)
        except ValueError as error:
            raise FieldProblem(_("This does not have the form of %(example)s.", example="0aff42")) from error
        if len(value) > self.most:
            raise FieldProblem(_("At most %(most)d bytes.", most=self.most))
        return value

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [self.export(value)]

    def display(self, value: Any) -> str:
        return "" if value is None else bytes(value).hex()

    def export(self, value: Any) -> str:
        if value is None:
            return ""
        return bytes(value).hex() or (EMPTY if self.nullable else "")

    def to_json(self, value: Any) -> Any:
        return None if value is None else self.export(value)


@dataclass(frozen=True)
class Bytes(fields.File):
    """The bytes of a file that the column itself holds: shown by size, downloaded, replaced by another file.

    `raw` and `export` are base64; a form never shows them. An empty file is not no file.
    """

    _: KW_ONLY
    accept: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        return self.name

    def parse(self, raw: Sequence[str]) -> Any:
        return self.parse_text(raw[0]) if raw else super().parse(raw)

    def parse_text(self, text: str) -> Any:
        odd = in_quotes(text)
        if odd is not None:
            return odd
        try:
            return base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise FieldProblem(_("Please choose the file again.")) from error

    def raw(self, value: Any) -> list[str]:
        if value is None:
            return []
        if isinstance(value, str | int | float):
            return [write_odd(value)]
        return [base64.b64encode(bytes(value)).decode("ascii")]

    def display(self, value: Any) -> str:
        return "" if value is None else size_words(len(_as_bytes(value)))

    def export(self, value: Any) -> str:
        return "".join(self.raw(value))

    def to_json(self, value: Any) -> Any:
        return None if value is None else {"size": len(_as_bytes(value))}


@dataclass(frozen=True)
class ByteCount(fields.Field):
    """How many bytes a column holds: what is shown of a file until it can be downloaded there."""

    def display(self, value: Any) -> str:
        return "" if value is None else size_words(len(_as_bytes(value)))

    def export(self, value: Any) -> str:
        return "" if value is None else str(len(_as_bytes(value)))

    def raw(self, value: Any) -> list[str]:
        return [self.export(value)] if value is not None else []

    def to_json(self, value: Any) -> Any:
        return None if value is None else {"size": len(_as_bytes(value))}


def _as_bytes(value: Any) -> bytes:
    # A BLOB column of SQLite may hold a text or a number.
    return (
        str(value).encode("utf-8", "surrogateescape")
        if isinstance(value, str | int | float)
        else bytes(value)
    )


def options_of(values: Iterable[str]) -> tuple[Option, ...]:
    """Return the options for the values of an enumeration, each called what it is stored as."""
    return tuple(Option(write_filled(write_text(each, lines=False)), OwnWords(each, each)) for each in values)


@dataclass(frozen=True)
class StoredChoice(fields.OneChoice):
    """One of the values that a column may hold, as stored; None is none of them.

    `whole` columns keep their codes as numbers. `open` ones may hold what is not on the list: that stays, is shown as
    it is and may be written.
    """

    _: KW_ONLY
    whole: bool = False
    open: bool = False

    def parse(self, raw: Sequence[str]) -> Any:
        text = raw[0] if raw else ""
        if text:
            return self.parse_text(text)
        if self.required:
            raise FieldProblem(_("Please fill this in."))
        return None

    def parse_text(self, text: str) -> Any:
        found = next((option.value for option in self.choices if option.value == text), None)
        if found is None and (text == EMPTY or (self.open and (not self.whole or WHOLE.fullmatch(text)))):
            found = text
        if found is None:
            found = self.option(text).value
        return int(found) if self.whole else read_text(read_filled(found))

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [self._key(value)]

    def display(self, value: Any) -> str:
        if value is None:
            return ""
        key = self._key(value)
        return next((str(option.label) for option in self.choices if option.value == key), shown(value))

    def export(self, value: Any) -> str:
        return "" if value is None else self._key(value)

    def from_json(self, document: Any) -> Any:
        if isinstance(document, str) and not self.whole:
            return self.parse([self._key(document)])
        return super().from_json(document)

    def schema(self) -> dict[str, Any]:
        words = ", ".join(f"{option.value}: {option.label}" for option in self.choices)
        keys: list[Any] = [self.parse_text(option.value) for option in self.choices]
        schema: dict[str, Any] = {"type": "integer" if self.whole else "string", "description": words}
        return schema if self.open else schema | {"enum": keys}

    @staticmethod
    def _key(value: Any) -> str:
        if isinstance(value, str):
            return write_filled(write_text(value, lines=False))
        return str(int(value)) if isinstance(value, int) else write_odd(value)


@dataclass(frozen=True)
class StoredChoices(fields.ManyChoices):
    """Members of a SET as a tuple in the set's order; () is the empty set, where None is possible too."""

    _: KW_ONLY
    nullable: bool = True

    def offered(self, kept: Iterable[str] = ()) -> tuple[Option, ...]:
        extra = (Option(EMPTY, _l("(nothing)")),) if EMPTY in set(kept) else ()
        return (*self.choices, *extra)

    def parse(self, raw: Sequence[str]) -> tuple[str, ...] | None:
        texts = [text for text in raw if text.strip()]
        wanted = {self.option(text).value for text in texts if text != EMPTY}
        if not wanted and self.required:
            raise FieldProblem(_("Please choose at least one."))
        found = tuple(option.value for option in self.choices if option.value in wanted)
        return found or (() if EMPTY in texts or not self.nullable else None)

    def raw(self, value: Any) -> list[str]:
        if value is None:
            return []
        return list(value) or ([EMPTY] if self.nullable else [])

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)

    def from_json(self, document: Any) -> Any:
        return () if document == [] and not self.required else super().from_json(document)

    def export(self, value: Any) -> str:
        return "; ".join(self.raw(value))


@dataclass(frozen=True)
class Flag(Faithful, fields.Answer):
    """Yes, no or nothing in a column that holds small numbers: 1 and 0; others stay the numbers that they are."""

    _: KW_ONLY
    least: int = -128
    most: int = 127
    kinds: ClassVar[tuple[type, ...]] = (int,)

    def parse(self, raw: Sequence[str]) -> Any:
        text = raw[-1].strip() if raw else ""
        if not WHOLE.fullmatch(text):
            value = super().parse(raw)
            return int(value) if isinstance(value, bool) else value
        if not self.least <= int(text) <= self.most:
            raise FieldProblem(
                _("This must lie between %(least)d and %(most)d.", least=self.least, most=self.most)
            )
        return int(text)

    def raw(self, value: Any) -> list[str]:
        return super().raw(value) if value is None or self.is_odd(value) else [str(int(value))]

    def display(self, value: Any) -> str:
        return str(value) if isinstance(value, int) and value not in (0, 1) else super().display(value)

    def export(self, value: Any) -> str:
        return str(int(value)) if isinstance(value, int) else super().export(value)

    def to_json(self, value: Any) -> Any:
        return value if isinstance(value, int) and value not in (0, 1) else super().to_json(value)

    def from_json(self, document: Any) -> Any:
        if isinstance(document, bool):
            return int(document)
        return self.parse([] if document is None else [str(document)])

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "integer"]}


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
