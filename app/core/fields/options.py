"""Choices that a manager makes: one or many of a list of options, and yes or no with "not said" between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.core.choices import Option
from app.core.fields.base import Field, FieldProblem
from app.core.fields.choice import YesNo

MOST_OPTIONS = 100


@dataclass(frozen=True)
class _FromOptions(Field):
    """What one and many choices share: values are the options' keys, so a renamed option keeps its records."""

    _: KW_ONLY
    choices: tuple[Option, ...] = ()

    def option(self, text: str) -> Option:
        """Return the option with this key or label, a retired one included; raise `FieldProblem`."""
        wanted = text.strip()
        for option in self.choices:
            if wanted == option.value:
                return option
        for option in self.choices:
            if wanted in {option.label.zh_Hans, option.label.en} - {""}:
                return option
        raise FieldProblem(_("Please choose one of the list."))

    def offered(self, kept: Iterable[str] = ()) -> tuple[Option, ...]:
        """Return the options that a form offers: those in use, and retired ones among `kept`."""
        keys = set(kept)
        return tuple(option for option in self.choices if not option.retired or option.value in keys)

    def _offered(self, text: str) -> Option:
        option = self.option(text)
        if option.retired:
            raise FieldProblem(_("“%(option)s” is no longer offered.", option=option.label))
        return option

    def _label(self, key: str) -> str:
        return next((str(option.label) for option in self.choices if option.value == key), key)


@dataclass(frozen=True)
class OneChoice(_FromOptions):
    """One of a manager's options; the value is the option's key."""

    widget: ClassVar[str] = "select"

    def parse_text(self, text: str) -> str:
        return self._offered(text).value

    def display(self, value: Any) -> str:
        return "" if value is None else self._label(value)

    def schema(self) -> dict[str, Any]:
        words = ", ".join(f"{option.value}: {option.label}" for option in self.choices)
        return {"type": "string", "enum": [option.value for option in self.choices], "description": words}


@dataclass(frozen=True)
class ManyChoices(_FromOptions):
    """Any number of a manager's options; the value is a tuple of their keys in the list's order, None for none."""

    widget: ClassVar[str] = "ticks"
    multiple: ClassVar[bool] = True

    def parse(self, raw: Sequence[str]) -> tuple[str, ...] | None:
        keys = {self._offered(text).value for text in raw if text.strip()}
        if not keys and self.required:
            raise FieldProblem(_("Please choose at least one."))
        return tuple(option.value for option in self.choices if option.value in keys) or None

    def raw(self, value: Any) -> list[str]:
        return list(value or ())

    def display(self, value: Any) -> str:
        return ", ".join(self._label(key) for key in value or ())

    def export(self, value: Any) -> str:
        return "; ".join(self._label(key) for key in value or ())

    def to_json(self, value: Any) -> list[str]:
        return list(value or ())

    def from_json(self, document: Any) -> Any:
        if document is None:
            return self.parse([])
        if not isinstance(document, list) or not all(isinstance(text, str) for text in document):
            raise FieldProblem(_("This must be a list of texts."))
        return self.parse(document)

    def schema(self) -> dict[str, Any]:
        words = ", ".join(f"{option.value}: {option.label}" for option in self.choices)
        keys = {"type": "string", "enum": [option.value for option in self.choices]}
        return {"type": "array", "items": keys, "maxItems": MOST_OPTIONS, "description": words}


@dataclass(frozen=True)
class Answer(YesNo):
    """Yes, no, or nothing said yet; required means that one of the two has to be said."""

    widget: ClassVar[str] = "select"

    def parse(self, raw: Sequence[str]) -> bool | None:  # type: ignore[override]
        text = (raw[-1] if raw else "").strip()
        if not text:
            if self.required:
                raise FieldProblem(_("Please answer yes or no."))
            return None
        return super().parse([text])

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else ["1" if value else "0"]

    def display(self, value: Any) -> str:
        return "" if value is None else super().display(value)

    def export(self, value: Any) -> str:
        return "" if value is None else super().export(value)

    def to_json(self, value: Any) -> Any:
        return None if value is None else bool(value)

    def from_json(self, document: Any) -> bool | None:  # type: ignore[override]
        return self.parse([]) if document is None else super().from_json(document)
