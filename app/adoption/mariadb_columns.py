"""MariaDB's and MySQL's types: which of them Kebu writes, and how each is read without a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Numeric, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import Enum

from app.adoption import column_types as types
from app.adoption import mariadb_types
from app.adoption.fields import (
    Bytes,
    ClockTime,
    ExactDate,
    ExactLongText,
    ExactNumber,
    ExactText,
    Flag,
    FloatNumber,
    HexBytes,
    InstantMoment,
    JsonText,
    Pattern,
    ShapeText,
    StoredChoice,
    StoredChoices,
    WallMoment,
    Year,
    options_of,
)
from app.adoption.fits import SHAPE, UNKNOWN, Fit, TypeName, text_fit
from app.adoption.postgresql_columns import spelled
from app.adoption.sketches import ColumnSketch
from app.core import fields

_DIALECT = mysql.dialect()
_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}
# So many bytes are a key or a checksum, which people compare by their digits.
_FEW_BYTES = 64
_MOST_HOURS = 838
_UUID = r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SOME_UUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def mariadb_fit(column: ColumnSketch) -> Fit:
    """Return the fit of a column of MariaDB or MySQL, before generated columns and the like are looked at."""
    if isinstance(column.type, Enum | mysql.ENUM):
        return Fit(types.AsItIs(), StoredChoice, {"choices": options_of(column.type.enums)})
    if isinstance(column.type, mysql.SET):
        made = Fit(mariadb_types.MariadbSet(), StoredChoices, {"choices": options_of(column.type.values)})
        return _unfiltered(made)
    text = column.type_text or spelled(column.type, _DIALECT)
    # What stands behind the type itself: CHARACTER SET latin1 COLLATE …, COMPRESSED.
    found = TypeName.of(text)
    name = TypeName(found.name.partition(" ")[0], found.arguments, found.unsigned)
    if found.name.startswith("double precision"):
        name = TypeName("double", found.arguments, found.unsigned)
    make = _MAKERS.get(name.name)
    if make is not None:
        return _comparable(make(name), column)
    if name.name in _SHAPES:
        return _unfiltered(Fit(mariadb_types.MariadbShape(), ShapeText, sortable=False)).read_only(SHAPE)
    return _unfiltered(Fit(types.AsItIs(), ExactLongText, sortable=False)).read_only(UNKNOWN)


def _comparable(made: Fit, column: ColumnSketch) -> Fit:
    """Return the fit, without questions where the server would refuse to compare the text with most characters."""
    charset = str(getattr(column.type, "charset", None) or "utf8mb4")
    if charset.startswith("utf") or not made.searchable:
        return made
    return replace(made, searchable=False, filterable=False)


def _unfiltered(made: Fit) -> Fit:
    return replace(made, filterable=False)


def _whole(name: TypeName) -> Fit:
    bits = 8 * _BYTES[name.name]
    least, most = (0, 2**bits - 1) if name.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    is_flag = name.name == "tinyint" and name.arguments == (1,)
    kind = Integer() if bits <= 32 else BigInteger()
    return Fit(kind, Flag if is_flag else fields.WholeNumber, {"least": least, "most": most})


def _decimal(name: TypeName) -> Fit:
    precision, scale = name.argument(0, 10), name.argument(1, 0)
    most = (Decimal(10) ** precision - 1).scaleb(-scale) if precision <= 28 else Decimal("Infinity")
    settings = {"scale": scale, "least": Decimal(0) if name.unsigned else -most, "most": most}
    return Fit(Numeric(), ExactNumber, settings)


def _float(name: TypeName) -> Fit:
    # FLOAT(25) and above are doubles; with two numbers the second one is the places that it keeps.
    single = name.name == "float" and (len(name.arguments) != 1 or name.arguments[0] < 25)
    settings: dict[str, Any] = {"single": single, "scale": name.argument(1, -1)}
    if name.unsigned:
        settings["least"] = Decimal(0)
    return Fit(mariadb_types.MariadbFloat() if single else Double(), FloatNumber, settings)


def _bits(name: TypeName) -> Fit:
    length = name.argument(0, 1)
    if length == 1:
        return Fit(mariadb_types.MariadbBit(), fields.Answer)
    example = "01" * (length // 2) + "0" * (length % 2)
    return _unfiltered(
        Fit(mariadb_types.MariadbBits(length), Pattern, {"form": f"[01]{{{length}}}", "example": example})
    )


def _binary(name: TypeName) -> Fit:
    most = name.argument(0, 1)
    if most <= _FEW_BYTES:
        return _unfiltered(Fit(LargeBinary(), HexBytes, {"most": most}))
    return _file(name)


def _file(_name: TypeName) -> Fit:
    return Fit(LargeBinary(), Bytes, sortable=False, filterable=False, large=True)


def _line(name: TypeName) -> Fit:
    return text_fit(Text(), name.argument(0, 1))


def _long(_name: TypeName) -> Fit:
    return text_fit(Text(), 0)


def _time(name: TypeName) -> Fit:
    digits = name.argument(0, 0)
    settings = {"digits": digits, "hours": _MOST_HOURS, "may_be_negative": True}
    return _unfiltered(Fit(mariadb_types.MariadbTime(digits), ClockTime, settings))


def _uuid(_name: TypeName) -> Fit:
    return _unfiltered(Fit(types.AsItIs(), Pattern, {"form": _UUID, "example": _SOME_UUID}))


def _address(_name: TypeName) -> Fit:
    return _unfiltered(Fit(types.AsItIs(), ExactText))


_Maker = Callable[[TypeName], Fit]
_MAKERS: Mapping[str, _Maker] = {
    **dict.fromkeys(_BYTES, _whole),
    **dict.fromkeys(("bool", "boolean"), lambda _name: _whole(TypeName("tinyint", (1,)))),
    **dict.fromkeys(("decimal", "numeric", "dec", "fixed"), _decimal),
    **dict.fromkeys(("float", "double", "real"), _float),
    **dict.fromkeys(("char", "varchar", "nchar", "nvarchar"), _line),
    **dict.fromkeys(("tinytext", "text", "mediumtext", "longtext"), _long),
    **dict.fromkeys(("binary", "varbinary"), _binary),
    **dict.fromkeys(("tinyblob", "blob", "mediumblob", "longblob"), _file),
    "bit": _bits,
    "year": lambda _name: Fit(Integer(), Year),
    "date": lambda _name: Fit(types.WrittenDate("date"), ExactDate),
    "datetime": lambda name: Fit(
        types.WrittenMoment("datetime"), WallMoment, {"digits": name.argument(0, 0)}
    ),
    "timestamp": lambda name: Fit(
        mariadb_types.MariadbInstant("timestamp"), InstantMoment, {"digits": name.argument(0, 0)}
    ),
    "time": _time,
    "json": lambda _name: _unfiltered(Fit(types.AsItIs("json"), JsonText, sortable=False)),
    "uuid": _uuid,
    "inet4": _address,
    "inet6": _address,
}
_SHAPES = frozenset(
    (
        *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
        *("geometrycollection", "geomcollection"),
    )
)
