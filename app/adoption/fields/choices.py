"""Choices of adopted tables: enumerations, sets, codes with a meaning, and small numbers that mean yes or no."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adoption.fields.base import EMPTY, WHOLE, Faithful, shown
from app.adoption.notation import read_filled, read_text, write_filled, write_odd, write_text
from app.core import fields
from app.core.choices import Option
from app.core.fields.base import FieldProblem
from app.core.words import OwnWords


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
