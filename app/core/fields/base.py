"""The base of all field types and the cleaning that every typed text goes through."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, ClassVar, Self

from flask_babel import gettext as _

from app.core.errors import KebuError
from app.core.masking import NOTHING_SHOWN

# Control characters and halves of surrogate pairs can't be stored everywhere; zero-width blanks and direction
# overrides come with copied text, make two equal names differ and can disguise a file's name.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\u200b\u2060\u202a-\u202e\u2066-\u2069]"
)


class FieldProblem(KebuError):
    """What was typed into one field can't be read; the message stands beside the field."""

    status = 422
    code = "invalid"


def clean_text(text: str) -> str:
    """Return `text` with plain line breaks and without control, zero-width and direction-override characters."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str) -> str:
    """Return one line of text: cleaned, line breaks as spaces, blanks folded, ends trimmed."""
    return " ".join(clean_text(text).split())


def half_width(text: str) -> str:
    """Return what a person meant by full-width digits, signs and letters (Unicode NFKC), trimmed."""
    plain = unicodedata.normalize("NFKC", clean_line(text)).replace("\N{MINUS SIGN}", "-")
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf").strip()


def spellings(text: str) -> tuple[str, ...]:
    """Return the words of a list that is written with 、 between them."""
    return tuple(text.split("、"))


def _veiled(
    method: Callable[[Any, Any], Any], masked: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    """Return `method`, which says of a masked field's value no more than `masked` does."""

    @functools.wraps(method)
    def say(field: Any, value: Any) -> Any:
        return masked(field, value) if field.masked else method(field, value)

    return say


# Whatever a field type says of a value, in whichever class: how it says it when the field is masked.
_SAYS: Mapping[str, Callable[[Any, Any], Any]] = {
    "display": lambda field, value: field.mask(value),
    "export": lambda field, value: field.mask(value),
    "to_json": lambda _field, _value: None,
    "raw": lambda _field, _value: [],
}


@dataclass(frozen=True)
class Field:
    """One declared field of a screen.

    `name` is the model's attribute, `label` and `help` are lazy texts, `synonyms` what else a spreadsheet may call
    it, in any language. Values travel as Python objects; `raw` is what stands in the form's input (a list of
    texts), `display` what a person reads, `export` the exact machine form, `to_json`/`from_json` the REST form,
    `schema` its OpenAPI schema.

    `default` are the raw texts that a new record starts with. `visible_when` names another field and the raw
    values of it for which this one shows; while it does not show it is neither required nor changed.
    `personal` says what a value tells of a person: '' nothing, else contact, identity, health, financial, or
    colleague for who works here.
    `given_once` values are written for a new record and never changed afterwards: parts of another program's key.
    `masked` is set where somebody may not read the values: then `display`, `export`, `to_json` and `raw` of every type
    give no more than `mask` does, while `parse` goes on reading what is typed.
    """

    name: str
    label: Any
    _: KW_ONLY
    help: Any = ""
    required: bool = False
    read_only: bool = False
    placeholder: Any = ""
    synonyms: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    visible_when: tuple[str, tuple[str, ...]] | tuple[()] = ()
    personal: str = ""
    masked: bool = False
    given_once: bool = False

    widget: ClassVar[str] = "text"
    align: ClassVar[str] = "start"
    multiple: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, masked in _SAYS.items():
            if name in cls.__dict__:
                setattr(cls, name, _veiled(cls.__dict__[name], masked))

    def as_masked(self) -> Self:
        """Return this field as somebody has it who may not read its values: nobody is asked for what stands there."""
        return replace(self, masked=True)

    def unmasked(self) -> Self:
        """Return this field as declared, for the one value that somebody reveals."""
        return replace(self, masked=False) if self.masked else self

    def mask(self, value: Any) -> str:
        """Return what stands for a value that may not be read: 138****1234, 王**, ***; '' for none."""
        if value is None or value in ("", [], ()):
            return ""
        return self.mask_filled(value)

    def mask_filled(self, value: Any) -> str:  # noqa: ARG002 - types say more of it
        """Return the mask of a value that is there."""
        return NOTHING_SHOWN

    @property
    def column(self) -> str:
        """The mapped column that filters and sorts use."""
        return self.name

    def parse(self, raw: Sequence[str]) -> Any:
        """Return the value of the form's inputs; raise `FieldProblem`. Empty input is None."""
        text = raw[0] if raw else ""
        value = self.parse_text(text) if clean_line(text) else None
        if value is None and self.required:
            raise FieldProblem(_("Please fill this in."))
        return value

    def parse_text(self, text: str) -> Any:
        """Return the value of one non-blank input; raise `FieldProblem`."""
        return clean_line(text)

    def raw(self, value: Any) -> list[str]:
        """Return the inputs' texts for a value; `parse(raw(value)) == value`."""
        return [] if value is None else [str(value)]

    def display(self, value: Any) -> str:
        """Return the value as the person's language writes it; '' for none."""
        return "" if value is None else str(value)

    def export(self, value: Any) -> str:
        """Return the value in its exact, language-free form."""
        return "" if value is None else str(value)

    def to_json(self, value: Any) -> Any:
        """Return the value as JSON carries it."""
        return value

    def from_json(self, document: Any) -> Any:
        """Return the value of a JSON member, by the same rules as the form; raise `FieldProblem`."""
        if document is None:
            return self.parse([])
        if isinstance(document, bool) or not isinstance(document, str | int | float):
            raise FieldProblem(_("This must be a text or a number."))
        if isinstance(document, float) and not math.isfinite(document):
            raise FieldProblem(_("This must be a text or a number."))
        return self.parse([str(document)])

    def schema(self) -> dict[str, Any]:
        """Return the field's OpenAPI 3.1 schema (without nullability)."""
        return {"type": "string"}

    def attributes(self) -> Mapping[str, str]:
        """Return further HTML attributes of the input (inputmode, maxlength …)."""
        return {}


for _name, _masked in _SAYS.items():
    setattr(Field, _name, _veiled(Field.__dict__[_name], _masked))
