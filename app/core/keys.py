"""Keys: time-ordered UUIDs for rows, and the opaque tokens that name them in addresses."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import os
import struct
import threading
import time
import uuid
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import BINARY, Dialect, LargeBinary, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.core.errors import UnreadableToken

_NO_ROW = uuid.UUID(int=0)
_MAX_TOKEN = 2048
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_clock_lock = threading.Lock()
_last_tick = 0


def uuid7() -> uuid.UUID:
    """Return a new UUIDv7 (RFC 9562, section 5.7), strictly increasing within this process.

    Twelve sub-millisecond bits stand in `rand_a` (RFC 9562, section 6.2, method 3), so rows made in one
    batch keep the order in which they were made.
    """
    global _last_tick  # noqa: PLW0603 - one counter for the process, behind a lock
    tick = time.time_ns() * 4096 // 1_000_000
    with _clock_lock:
        tick = max(tick, _last_tick + 1)
        _last_tick = tick
    milliseconds, fraction = divmod(tick, 4096)
    random_tail = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | random_tail)


def keys_at(moments: Sequence[datetime.datetime]) -> list[bytes]:
    """Return a UUIDv7, as its sixteen bytes, for each aware moment of the past, to the microsecond.

    For rows that tell of the past (samples, imports), so that "newest first" by key is newest first by time. Keys of
    equal moments differ by chance.
    """
    tails = struct.unpack(f">{len(moments)}Q", os.urandom(8 * len(moments)))
    return [
        ((_time_part(moment) << 64) | (0b10 << 62) | (tail >> 2)).to_bytes(16, "big")
        for moment, tail in zip(moments, tails, strict=True)
    ]


def _time_part(moment: datetime.datetime) -> int:
    # Counted in whole microseconds: a float of seconds is off by one now and then.
    milliseconds, microseconds = divmod((moment - _EPOCH) // _MICROSECOND, 1000)
    return (milliseconds << 16) | (0x7 << 12) | (microseconds * 4096 // 1000)


class Key(TypeDecorator[uuid.UUID]):
    """A UUID key: native on PostgreSQL, sixteen bytes in time order elsewhere.

    Text that is no UUID matches no row instead of failing, so a mistyped address is a 404 and never a 500.
    """

    impl = Uuid
    cache_ok = True

    @property
    def python_type(self) -> type[uuid.UUID]:
        return uuid.UUID

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(BINARY(16))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        key = value if isinstance(value, uuid.UUID) else _parse_uuid(value)
        return key if dialect.name == "postgresql" else key.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:  # noqa: ARG002
        if value is None or isinstance(value, uuid.UUID):
            return value
        return uuid.UUID(bytes=bytes(value))


def _parse_uuid(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return _NO_ROW


KeyPart = uuid.UUID | int | float | str | bytes | bool | Decimal | datetime.datetime | datetime.date | None


def encode_token(parts: Sequence[KeyPart]) -> str:
    """Return an address-safe token (letters, digits, `-`, `_`) for a key of one or more typed parts.

    A single UUID, which is every own record, takes the short form: `u` and 22 characters.
    """
    if len(parts) == 1 and isinstance(parts[0], uuid.UUID):
        return "u" + _b64(parts[0].bytes)
    document = json.dumps([_tag(part) for part in parts], ensure_ascii=False, separators=(",", ":"))
    return "k" + _b64(document.encode("utf-8", "surrogatepass"))


def decode_token(token: str) -> tuple[KeyPart, ...]:
    """Return the key parts that `encode_token` was given; raise `UnreadableToken` for anything else."""
    try:
        if not token or len(token) > _MAX_TOKEN:
            raise ValueError("length")
        body = _unb64(token[1:])
        if token[0] == "u" and len(body) == 16:
            parts: tuple[KeyPart, ...] = (uuid.UUID(bytes=body),)
        elif token[0] == "k":
            parts = tuple(_untag(pair) for pair in json.loads(body.decode("utf-8", "surrogatepass")))
            if not parts:
                raise ValueError("no parts")
        else:
            raise ValueError("kind")
    except (ValueError, TypeError, RecursionError, InvalidOperation, OverflowError) as error:
        raise UnreadableToken() from error
    if encode_token(parts) != token:
        raise UnreadableToken()
    return parts


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("base64") from error


def _tag(part: KeyPart) -> list[Any]:  # noqa: PLR0911 - one line a type
    match part:
        case None:
            return ["n"]
        case bool():
            return ["t", int(part)]
        case uuid.UUID():
            return ["u", part.hex]
        case int():
            return ["i", str(part)]
        case str():
            return ["s", part]
        case bytes():
            return ["b", _b64(part)]
        case Decimal():
            return ["d", str(part)]
        case float():
            return ["f", repr(part)]
        case datetime.datetime():
            return ["m", part.isoformat()]
        case datetime.date():
            return ["a", part.isoformat()]
    raise TypeError(type(part).__name__)


def _untag(pair: Any) -> KeyPart:  # noqa: PLR0911 - one line a type
    if not isinstance(pair, list) or not pair:
        raise ValueError("pair")
    match pair:
        case ["n"]:
            return None
        case ["t", 0 | 1 as flag]:
            return bool(flag)
        case ["u", str(text)]:
            return uuid.UUID(hex=text)
        case ["i", str(text)] if len(text) <= 40:
            return int(text)
        case ["s", str(text)]:
            return text
        case ["b", str(text)]:
            return _unb64(text)
        case ["d", str(text)]:
            return _comparable(Decimal(text))
        case ["f", str(text)] if len(text) <= 32:
            return float(text)
        case ["m", str(text)]:
            return _convertible(datetime.datetime.fromisoformat(text))
        case ["a", str(text)]:
            return datetime.date.fromisoformat(text)
    raise ValueError("tag")


def _comparable(number: Decimal) -> Decimal:
    if number.is_snan():
        raise ValueError("signalling NaN")
    return number


def _convertible(moment: datetime.datetime) -> datetime.datetime:
    # Within a day of year 1 or 9999 an offset can lead out of the calendar, which would fail only at the query.
    if moment.tzinfo is not None:
        moment.astimezone(datetime.UTC)
    return moment
