"""Bytes of adopted tables: files that a column itself holds, and the few bytes of a key or a UUID."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from flask_babel import gettext as _

from app.adoption.fields.base import EMPTY, in_quotes, size_words
from app.adoption.notation import write_odd
from app.core import fields
from app.core.fields.base import FieldProblem, half_width


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
