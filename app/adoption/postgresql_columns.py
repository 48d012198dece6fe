"""PostgreSQL's types: which of them Kebu writes, and how each is read without a loss.

Whatever has no Python type that keeps all its values travels as the text that the server writes for it, which the
server reads back as the very same value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import ARRAY, Enum, TypeEngine

from app.adoption import column_types as types
from app.adoption.fields import (
    Bytes,
    ClockTime,
    ExactDate,
    ExactLongText,
    ExactNumber,
    ExactText,
    FloatNumber,
    InstantMoment,
    JsonText,
    Pattern,
    StoredChoice,
    UuidText,
    WallMoment,
    options_of,
)
from app.adoption.fits import (
    COMPOSED,
    FOR_SEARCH,
    INTERNAL,
    ROUNDING,
    SHAPE,
    UNKNOWN,
    Fit,
    TypeName,
    text_fit,
)
from app.adoption.sketches import ColumnSketch
from app.core import fields

_DIALECT = postgresql.dialect()
_LONGEST_NAME = 63
_LARGEST_OID = 2**32 - 1

_ALIASES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "smallserial": "smallint",
    "serial": "integer",
    "bigserial": "bigint",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "decimal": "numeric",
    "bool": "boolean",
    "varchar": "character varying",
    "timestamp without time zone": "timestamp",
    "timestamptz": "timestamp with time zone",
    "time without time zone": "time",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}


def postgresql_fit(column: ColumnSketch) -> Fit:
    """Return the fit of a column of PostgreSQL, before generated columns and the like are looked at."""
    kind = base_of(column.type)
    made = _fit(column, kind)
    if not isinstance(made.type, types.AsItIs):
        return made
    # Where several rows are added at once, or a list is compared, SQLAlchemy names the type of each value.
    return replace(made, type=type(made.type)(_bare(column.type_text or spelled(kind, _DIALECT))))


_BIT = re.compile(r"^bit\b(?! varying)", re.IGNORECASE)
_CHARACTER = re.compile(r"^char(?:acter)?\b(?! varying)", re.IGNORECASE)


def _is_called(kind: TypeEngine[Any], text: str) -> bool:
    """Say whether a text names a domain; otherwise it names what that is over, with its lengths."""
    return isinstance(kind, postgresql.DOMAIN) and TypeName.of(text).name == str(kind.name).lower()


def _bare(text: str) -> str:
    """Return a type's name without its lengths: a cast to a length would cut off what does not fit, without a word."""
    bare = re.sub(r"\s*\([^()]*\)", "", text).strip() or "text"
    # Both of these mean a length of 1 when they have none.
    return _CHARACTER.sub("bpchar", _BIT.sub("varbit", bare))


def _fit(column: ColumnSketch, kind: TypeEngine[Any]) -> Fit:
    if isinstance(kind, ARRAY) or column.type_text.endswith("]"):
        return _written(ExactLongText, sortable=False)
    if isinstance(kind, Enum):
        # The server compares an enumeration with its kind alone, not with a domain over it.
        is_domain = kind is not column.type
        return Fit(
            types.AsItIs(), StoredChoice, {"choices": options_of(kind.enums)}, filterable=not is_domain
        )
    name = _name_of(column, kind)
    if name.name in ("timestamp", "time") and _is_called(column.type, column.type_text):
        # SQLAlchemy has lost whether this has a zone; the text of a value says it.
        return _written(ExactText)
    make = _MAKERS.get(name.name)
    if make is not None:
        return make(name)
    reason = _READ_ONLY.get(name.name, INTERNAL if name.name.startswith("reg") else UNKNOWN)
    return _written(ExactLongText, sortable=False).read_only(reason)


def base_of(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type below a domain, and below the domain that this may be over."""
    while isinstance(kind, postgresql.DOMAIN):
        kind = kind.data_type
    return kind


def _name_of(column: ColumnSketch, kind: TypeEngine[Any]) -> TypeName:
    text = column.type_text
    if text.strip() == '"char"':
        return TypeName('"char"')
    if not text or _is_called(column.type, text):
        text = spelled(kind, _DIALECT)
    # Of a domain's base SQLAlchemy tells the collation too.
    found = TypeName.of(text.partition(" COLLATE ")[0])
    if found.name == "interval" or found.name.startswith("interval "):
        return TypeName("interval")
    return TypeName(_ALIASES.get(found.name, found.name), found.arguments)


def spelled(kind: TypeEngine[Any], dialect: Any) -> str:
    """Return the name of a type where the sketch has none; '' for one without a name."""
    try:
        return kind.compile(dialect=dialect)
    except Exception:  # noqa: BLE001 - SQLAlchemy raises several errors for types that it can't spell
        return ""


def _written(field_class: type[fields.Field], sortable: bool = True, **settings: Any) -> Fit:  # noqa: FBT002 - a flag
    return Fit(types.Written(), field_class, settings, sortable=sortable, filterable=False)


def _whole(kind: TypeEngine[Any], least: int, most: int) -> Fit:
    return Fit(kind, fields.WholeNumber, {"least": least, "most": most})


def _numeric(name: TypeName) -> Fit:
    made = Fit(types.PostgresqlNumeric(), ExactNumber)
    if not name.arguments:
        return made
    precision, scale = name.arguments[0], name.argument(1, 0)
    if scale < 0:
        return made.read_only(ROUNDING)
    most = (Decimal(10) ** precision - 1).scaleb(-scale) if precision <= 28 else Decimal("Infinity")
    return Fit(types.PostgresqlNumeric(), ExactNumber, {"scale": scale, "least": -most, "most": most})


def _bits(name: TypeName) -> Fit:
    length = name.argument(0, 1)
    return _written(Pattern, form=f"[01]{{{length}}}", example="01" * (length // 2) + "0" * (length % 2))


def _varying_bits(name: TypeName) -> Fit:
    return _written(Pattern, form=f"[01]{{0,{name.argument(0, 10**6)}}}", example="0101")


_Maker = Callable[[TypeName], Fit]
_MAKERS: Mapping[str, _Maker] = {
    "smallint": lambda _name: _whole(SmallInteger(), -(2**15), 2**15 - 1),
    "integer": lambda _name: _whole(Integer(), -(2**31), 2**31 - 1),
    "bigint": lambda _name: _whole(BigInteger(), -(2**63), 2**63 - 1),
    "oid": lambda _name: _whole(BigInteger(), 0, _LARGEST_OID),
    "real": lambda _name: Fit(types.PostgresqlFloat(), FloatNumber, {"single": True}),
    "double precision": lambda _name: Fit(types.PostgresqlFloat(), FloatNumber),
    "numeric": _numeric,
    "money": lambda _name: Fit(types.PostgresqlMoney(), ExactNumber, {"scale": 2}),
    "boolean": lambda _name: Fit(Boolean(), fields.Answer),
    "character": lambda name: text_fit(types.Padded(), name.argument(0, 1)),
    "char": lambda name: text_fit(types.Padded(), name.argument(0, 1)),
    # Without a length nothing is filled up, and blanks at the end are the value's own.
    "bpchar": lambda name: text_fit(types.Padded() if name.arguments else Text(), name.argument(0, 0)),
    "character varying": lambda name: text_fit(Text(), name.argument(0, 0)),
    "text": lambda _name: text_fit(Text(), 0),
    "citext": lambda _name: text_fit(Text(), 0),
    "name": lambda _name: text_fit(Text(), _LONGEST_NAME),
    "uuid": lambda _name: Fit(Uuid(), UuidText, filterable=False),
    "bytea": lambda _name: Fit(LargeBinary(), Bytes, sortable=False, filterable=False, large=True),
    "date": lambda _name: Fit(types.PostgresqlDate(), ExactDate),
    "timestamp": lambda name: Fit(types.PostgresqlMoment(), WallMoment, {"digits": name.argument(0, 6)}),
    "timestamp with time zone": lambda name: Fit(
        types.PostgresqlInstant(), InstantMoment, {"digits": name.argument(0, 6)}
    ),
    "time": lambda name: _written(ClockTime, digits=name.argument(0, 6)),
    "time with time zone": lambda name: _written(ClockTime, digits=name.argument(0, 6), zoned=True),
    "interval": lambda _name: _written(ExactText),
    "json": lambda _name: _written(JsonText, sortable=False),
    "jsonb": lambda _name: _written(JsonText),
    "xml": lambda _name: _written(ExactLongText, sortable=False),
    "bit": _bits,
    "bit varying": _varying_bits,
    "hstore": lambda _name: _written(ExactLongText),
    **{
        name: lambda _name: _written(ExactText)
        for name in (
            *("inet", "cidr", "macaddr", "macaddr8", "ltree"),
            *(
                f"{part}{kind}"
                for part in ("int4", "int8", "num", "ts", "tstz", "date")
                for kind in ("range",)
            ),
            *(f"{part}multirange" for part in ("int4", "int8", "num", "ts", "tstz", "date")),
        )
    },
    **{
        name: lambda _name: _written(ExactText, sortable=False)
        for name in ("point", "line", "lseg", "box", "path", "polygon", "circle")
    },
}
_READ_ONLY: Mapping[str, Any] = {
    "tsvector": FOR_SEARCH,
    "tsquery": FOR_SEARCH,
    "gtsvector": FOR_SEARCH,
    "geometry": SHAPE,
    "geography": SHAPE,
    "raster": SHAPE,
    "record": COMPOSED,
    **dict.fromkeys(
        (
            *(
                '"char"',
                "aclitem",
                "cid",
                "cid8",
                "int2vector",
                "jsonpath",
                "oidvector",
                "pg_lsn",
                "pg_node_tree",
            ),
            *("pg_snapshot", "refcursor", "tid", "txid_snapshot", "xid", "xid8", "pg_ndistinct"),
            *("pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary"),
        ),
        INTERNAL,
    ),
}
