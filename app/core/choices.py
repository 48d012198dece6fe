"""Choices: closed lists of values with a label in every language, and the options that a manager makes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Dialect, Enum, Text
from sqlalchemy.types import TypeDecorator

from app.core.words import OwnWords


class Choices(enum.StrEnum):
    """An enumeration whose members carry a lazy label: `OPEN = "open", _l("Open")`, and optionally a tone.

    The tone (`neutral`, `good`, `warning`, `bad`, `info`) colours the state's dot; the word always stands beside it.
    """

    label: Any
    tone: str

    def __new__(cls, value: str, label: Any = "", tone: str = "neutral") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label, member.tone = label, tone
        return member


def choice_column(choices: type[Choices], name: str) -> Enum:
    """Return a column type that stores a member's value and lets the database refuse any other."""
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a list that a manager makes: a key that never changes, its name, and whether it is retired.

    A retired option is no longer offered; records that have it keep it.
    """

    value: str
    label: OwnWords
    retired: bool = False


class KeyList(TypeDecorator[tuple[str, ...]]):
    """Several keys of options in one text, each between commas (`,a,b,`), so that one is found by `%,a,%`."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[tuple[str, ...]]:
        return tuple

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None or isinstance(value, str):
            return value
        return f",{','.join(value)}," if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        return None if value is None else tuple(part for part in value.split(",") if part)
