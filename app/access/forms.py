"""Hand-made forms: declared fields, what was typed into them, and the messages beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.errors import Conflict, Invalid
from app.core.fields import Field, FieldProblem, Text

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Pick(Field):
    """One of a list that is known only when the page is made; the value is the option's text key."""

    _: KW_ONLY
    options: Callable[[], Options]
    widget: ClassVar[str] = "select"

    def parse_text(self, text: str) -> str:
        if text not in {key for key, _label in self.options()}:
            raise FieldProblem(_("Please choose one of the list."))
        return text


@dataclass(frozen=True)
class Picks(Pick):
    """Any number of a short list, as boxes to tick; the value is a set of text keys."""

    widget: ClassVar[str] = "boxes"
    multiple: ClassVar[bool] = True

    def parse(self, raw: Sequence[str]) -> frozenset[str]:
        known = {key for key, _label in self.options()}
        if not set(raw) <= known:
            raise FieldProblem(_("Please choose one of the list."))
        return frozenset(raw)

    def raw(self, value: Any) -> list[str]:
        return sorted(value or ())


@dataclass(frozen=True)
class Radios(Pick):
    """One of a few, all shown; an option's label is `title: sentence`."""

    widget: ClassVar[str] = "radios"


@dataclass(frozen=True)
class UserName(Text):
    """A user name as typed; `autocomplete` is `username` where a browser may fill it in."""

    _: KW_ONLY
    max_length: int = 64
    autocomplete: str = "off"

    def attributes(self) -> Mapping[str, str]:
        return {
            "autocomplete": self.autocomplete,
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": str(self.max_length),
        }


@dataclass(frozen=True)
class OneTimeCode(Text):
    """A code of six digits, which phones offer to fill in, or, with `digits` off, one from paper."""

    _: KW_ONLY
    max_length: int = 40
    digits: bool = True

    def attributes(self) -> Mapping[str, str]:
        return {
            "autocomplete": "one-time-code" if self.digits else "off",
            "inputmode": "numeric" if self.digits else "text",
            "autocapitalize": "none",
            "spellcheck": "false",
            "maxlength": str(self.max_length),
        }


@dataclass(frozen=True)
class Secret(Field):
    """A password: taken as typed, blanks included, and never shown again."""

    _: KW_ONLY
    autocomplete: str = "new-password"
    widget: ClassVar[str] = "password"

    def parse(self, raw: Sequence[str]) -> str:
        text = raw[0] if raw else ""
        if not text and self.required:
            raise FieldProblem(_("Please fill this in."))
        return text

    def attributes(self) -> Mapping[str, str]:
        return {"autocomplete": self.autocomplete, "maxlength": "128"}


def require_same(posted: str | None, present: str) -> None:
    """Raise `Conflict` when the fingerprint in a form is not that of the record as it stands now."""
    if posted != present:
        raise Conflict


@dataclass(frozen=True, slots=True)
class FormInput:
    """One input as the templates' `field` macro takes it, with the names of the panel's FormField."""

    name: str
    label: Any
    widget: str
    values: tuple[str, ...] = ()
    help: Any = ""
    error: Any = ""
    required: bool = False
    multiple: bool = False
    placeholder: Any = ""
    unit: str = ""
    accept: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = ()
    selected: tuple[tuple[str, str], ...] = ()
    pick_url: str = ""
    add_url: str = ""
    current: None = None
    when: str = ""
    when_values: tuple[str, ...] = ()


class Form:
    """A form's fields with their texts and errors; make it with values, then `read` what was posted."""

    def __init__(self, fields: Sequence[Field], values: Mapping[str, Any] | None = None) -> None:
        self.fields = {entry.name: entry for entry in fields}
        self.texts = {name: entry.raw((values or {}).get(name)) for name, entry in self.fields.items()}
        self.errors: dict[str, Any] = {}

    @property
    def message(self) -> Any:
        """What is wrong with the form as a whole; '' when nothing is."""
        return self.errors.get("", "")

    def read(self, posted: MultiDict[str, str]) -> dict[str, Any]:
        """Return the values of all inputs; raise `Invalid` after noting every message beside its field."""
        values: dict[str, Any] = {}
        self.texts = {name: posted.getlist(name) for name in self.fields}
        for name, entry in self.fields.items():
            try:
                values[name] = entry.parse(self.texts[name])
            except FieldProblem as problem:
                self.errors[name] = problem.message
        if self.errors:
            raise Invalid(self.errors)
        return values

    def note(self, problem: Invalid) -> None:
        """Keep the messages of a refusal beside their fields."""
        for name, message in problem.errors.items():
            self.errors[name if name in self.fields else ""] = message

    @property
    def inputs(self) -> list[FormInput]:
        """The inputs in order, with what stands in them."""
        return [self.input(name) for name in self.fields]

    def input(self, name: str) -> FormInput:
        """Return one input with its texts, its message and its choices."""
        entry = self.fields[name]
        choices = tuple(entry.options()) if isinstance(entry, Pick) else ()
        texts = () if entry.widget == "password" else tuple(self.texts[name])
        return FormInput(
            name=name,
            label=entry.label,
            widget=entry.widget,
            values=texts,
            help=entry.help,
            error=self.errors.get(name, ""),
            required=entry.required,
            multiple=entry.multiple,
            placeholder=entry.placeholder,
            attributes=dict(entry.attributes()),
            choices=choices,
            when=entry.visible_when[0] if entry.visible_when else "",
            when_values=entry.visible_when[1] if entry.visible_when else (),
        )
