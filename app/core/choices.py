"""Choices: closed lists of values with a label in every language, kept by the database as a checked text."""

from __future__ import annotations

import enum
from typing import Any, Self

from sqlalchemy import Enum


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
