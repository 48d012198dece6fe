"""Values: one attribute as JSON and back, exactly, whatever the column that it came from looks like today."""

from __future__ import annotations

import base64
import datetime
import enum
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.core.errors import ProgrammingError

MOST_BYTES = 64 * 1024
# Stands for a value that nobody may read back, such as a password's hash: only that it changed is known.
SECRET: dict[str, Any] = {"secret": True}


def encode(value: Any) -> Any:  # noqa: PLR0911 - one line a type
    """Return `value` as JSON carries it; what JSON has no word for becomes an object that names its type.

    Equal values have equal forms: decimals lose their trailing zeros, moments are UTC. Raises
    `ProgrammingError` for a type that nobody has described here, and for more than 64 kB of bytes.
    """
    match value:
        case enum.Enum():
            return encode(value.value)
        case None | bool() | int() | str():
            return value
        case datetime.datetime():
            return {"moment": _utc(value).isoformat()}
        case datetime.date():
            return {"date": value.isoformat()}
        case datetime.time():
            return {"time": value.isoformat()}
        case uuid.UUID():
            return {"uuid": str(value)}
        case Decimal():
            return {"decimal": _plain(value)}
        case float():
            return {"float": repr(value)}
        case bytes() | bytearray() | memoryview():
            return {"bytes": _base64(bytes(value))}
        case list() | tuple() | dict():
            return {"json": value}
    raise ProgrammingError(f"say in app/journal/values.py how a {type(value).__name__} is written down")


def _utc(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(datetime.UTC)


def _plain(number: Decimal) -> str:
    if number.is_zero():
        return "0"
    # Not by `normalize`, which rounds to the context's precision.
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _base64(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise ProgrammingError("so many bytes belong into a file, not into a column that is written down")
    return base64.b64encode(raw).decode()


def links(tokens: list[str]) -> Any:
    """Return a list of links, named by the tokens of the records' keys in order, as JSON carries it."""
    return {"links": sorted(tokens)}


def decode(document: Any) -> Any:  # noqa: PLR0911 - one line a type
    """Return the value that `encode` was given (an enumeration's member as its value, links as tokens)."""
    match document:
        case {"moment": str(text)}:
            return datetime.datetime.fromisoformat(text)
        case {"date": str(text)}:
            return datetime.date.fromisoformat(text)
        case {"time": str(text)}:
            return datetime.time.fromisoformat(text)
        case {"uuid": str(text)}:
            return uuid.UUID(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"float": str(text)}:
            return float(text)
        case {"bytes": str(text)}:
            return base64.b64decode(text)
        case {"json": value} | {"links": value}:
            return value
        case {"secret": True}:
            return None
    return document


Values = Mapping[str, Any]


def dump(values: Values | None) -> str | None:
    """Return encoded values by attribute as one text; None stays None."""
    return None if values is None else json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def load(text: str | None) -> dict[str, Any] | None:
    """Return the encoded values of a text."""
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found
