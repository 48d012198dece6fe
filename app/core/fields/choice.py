"""Choices out of a closed list, and yes or no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from dataclasses import field as dataclass_field
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.core.choices import Choices
from app.core.fields.base import Field, FieldProblem

_YES = {"1", "true", "yes", "on", "y", "是"}
_NO = {"", "0", "false", "no", "off", "n", "否"}


@dataclass(frozen=True)
class Choice(Field):
    """One member of a `Choices` list; `words` are what else spreadsheets write for a value (male: 男士, M)."""

    _: KW_ONLY
    choices: type[Choices]
    words: Mapping[str, tuple[str, ...]] = dataclass_field(default_factory=dict, hash=False)
    widget: ClassVar[str] = "select"

    def parse_text(self, text: str) -> Choices:
        for member in self.choices:
            if text.strip() in (member.value, str(member.label)):
                return member
        raise FieldProblem(_("Please choose one of the list."))

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [value.value]

    def display(self, value: Any) -> str:
        return "" if value is None else str(value.label)

    def export(self, value: Any) -> str:
        return "" if value is None else str(value.value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [member.value for member in self.choices]}


@dataclass(frozen=True)
class YesNo(Field):
    """Yes or no; never empty."""

    _: KW_ONLY
    widget: ClassVar[str] = "checkbox"

    def parse(self, raw: Sequence[str]) -> bool:
        text = (raw[-1] if raw else "").strip().lower()
        if text in _YES:
            return True
        if text in _NO:
            return False
        raise FieldProblem(_("Please answer yes or no."))

    def raw(self, value: Any) -> list[str]:
        return ["1"] if value else []

    def display(self, value: Any) -> str:
        return str(_("Yes") if value else _("No"))

    def export(self, value: Any) -> str:
        return "1" if value else "0"

    def to_json(self, value: Any) -> Any:
        return bool(value)

    def from_json(self, document: Any) -> bool:
        if not isinstance(document, bool):
            raise FieldProblem(_("Please answer yes or no."))
        return document

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}
