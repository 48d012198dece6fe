"""Fields of adopted tables that no own record needs; each follows the protocol of `app.core.fields.base.Field`."""

from app.adoption.fields.anything import AnyLine, AnyValue
from app.adoption.fields.base import Faithful, size_words
from app.adoption.fields.binary import ByteCount, Bytes, HexBytes, UuidText
from app.adoption.fields.choices import Flag, StoredChoice, StoredChoices, options_of
from app.adoption.fields.numbers import ExactNumber, FloatNumber, LooseWhole, Year
from app.adoption.fields.texts import ClockTime, ExactLongText, ExactText, JsonText, Pattern, ShapeText
from app.adoption.fields.times import ExactDate, InstantMoment, StoredDate, StoredMoment, WallMoment

__all__ = [
    "AnyLine",
    "AnyValue",
    "ByteCount",
    "Bytes",
    "ClockTime",
    "ExactDate",
    "ExactLongText",
    "ExactNumber",
    "ExactText",
    "Faithful",
    "Flag",
    "FloatNumber",
    "HexBytes",
    "InstantMoment",
    "JsonText",
    "LooseWhole",
    "Pattern",
    "ShapeText",
    "StoredChoice",
    "StoredChoices",
    "StoredDate",
    "StoredMoment",
    "UuidText",
    "WallMoment",
    "Year",
    "options_of",
    "size_words",
]
