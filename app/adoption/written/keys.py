"""The keys of the file: for each what it is called, which attributes of a row it holds, and how it is written and read.

A key whose value is nothing (no condition, not read-only) is left out, so that a file says only what somebody said.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args
from zoneinfo import available_timezones

from flask_babel import gettext as _

from app.adoption.models import LONGEST_NAME, Meaning
from app.adoption.proposing.results import Epoch, Unit
from app.adoption.proposing.roles import Refunds
from app.adoption.written.reading import Spot
from app.adoption.written.writing import LONGEST_KEY, Flow
from app.core.choices import Choices
from app.shaping.models import Personal

LONGEST_TEXT = 20_000
LONGEST_LABEL = 60
Values = dict[str, Any]
_CURRENCY = re.compile("[A-Z]{3}")


class Wrong(Exception):
    """A value can't stand behind its key; the message says why."""


class Kind(ABC):
    """How the values of a key are written and read; `values` are those of its attributes, in their order."""

    @abstractmethod
    def write(self, values: tuple[Any, ...], name: str) -> Any:
        """Return what stands in the file for the values of a row called `name`."""

    @abstractmethod
    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:
        """Return the values; raise `Wrong`."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file: its name, the attributes it fills, its kind, and the values that are not written."""

    name: str
    attributes: tuple[str, ...]
    kind: Kind
    nothing: Callable[[str], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Words(Kind):
    """A text in one line, or with `lines` in any number of them."""

    longest: int
    lines: bool = False

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        return values[0]

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        return (text_of(spot, self.longest, lines=self.lines),)


@dataclass(frozen=True, slots=True)
class InTwo(Kind):
    """A text in Chinese and in English, written once where both are the same."""

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        zh, en = values
        return zh if zh == en else Flow(zh=zh, en=en)

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:
        if not isinstance(spot.value, dict):
            text = text_of(spot, LONGEST_LABEL)
            return text, text
        if strange := set(spot.value) - {"zh", "en"}:
            raise Wrong(_("A text is given as zh and en, not as %(key)s.", key=min(strange)[:80]))
        texts = {key: text_of(each, LONGEST_LABEL) for key, each in spot.value.items()}
        return texts.get("zh", texts.get("en", name)), texts.get("en", texts.get("zh", name))


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no."""

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        return bool(values[0])

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        if spot.plain and spot.value in ("true", "false"):
            return (spot.value == "true",)
        raise Wrong(_("Only true or false can stand here."))


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        return int(values[0])

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        text = spot.value if isinstance(spot.value, str) else ""
        plain = text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12
        if not plain or not self.least <= int(text) <= self.most:
            raise Wrong(
                _(
                    "Only a whole number from %(least)d to %(most)d can stand here.",
                    least=self.least,
                    most=self.most,
                )
            )
        return (int(text),)


@dataclass(frozen=True, slots=True)
class OneOf(Kind):
    """One of a few words."""

    of: type[Choices]

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        return values[0].value

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        try:
            return (self.of(spot.value if isinstance(spot.value, str) else ""),)
        except ValueError:
            raise Wrong(
                _(
                    "Only one of these can stand here: %(words)s.",
                    words=", ".join(each.value for each in self.of),
                )
            ) from None


@dataclass(frozen=True, slots=True)
class Known(Kind):
    """One of the texts that `is_known` knows, such as a time zone; `example` is one of them."""

    is_known: Callable[[str], bool]
    example: str

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        return values[0]

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        text = text_of(spot, LONGEST_LABEL)
        if text and not self.is_known(text):
            raise Wrong(
                _("Nothing is called so here; it is written as in %(example)s.", example=self.example)
            )
        return (text,)


@dataclass(frozen=True, slots=True)
class Names(Kind):
    """Names, one a line in the row, a list in the file."""

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        lines = values[0].split("\n")
        return lines if all(lines) else values[0]

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        if isinstance(spot.value, list):
            return ("\n".join(text_of(each, LONGEST_NAME) for each in spot.value),)
        return (text_of(spot, LONGEST_TEXT, lines=True),)


@dataclass(frozen=True, slots=True)
class Pairs(Kind):
    """Lines of a name and what belongs to it, a mapping in the file where that loses nothing."""

    between: str

    def write(self, values: tuple[Any, ...], name: str) -> Any:  # noqa: ARG002 - the kinds' shape
        pairs = [line.partition(self.between) for line in values[0].split("\n")]
        mapping = Flow({key: value for key, _between, value in pairs})
        loses = self._lines(mapping) != values[0] or any(not key or len(key) > LONGEST_KEY for key in mapping)
        return values[0] if loses else mapping

    def read(self, spot: Spot, name: str) -> tuple[Any, ...]:  # noqa: ARG002 - the kinds' shape
        if not isinstance(spot.value, dict):
            return (text_of(spot, LONGEST_TEXT, lines=True),)
        mapping = {key: text_of(each, LONGEST_TEXT) for key, each in spot.value.items()}
        if any(self.between in key or "\n" in key for key in mapping):
            raise Wrong(_("A name can't hold “%(sign)s”.", sign=self.between.strip()))
        return (self._lines(mapping),)

    def _lines(self, mapping: Mapping[str, str]) -> str:
        return "\n".join(f"{key}{self.between}{value}" for key, value in mapping.items())


def text_of(spot: Spot, longest: int, *, lines: bool = False) -> str:
    """Return a text behind a key; raise `Wrong` for anything else."""
    if spot.value is None:
        return ""
    if not isinstance(spot.value, str):
        raise Wrong(_("A text has to stand here."))
    if len(spot.value) > longest:
        raise Wrong(_("At most %(most)d characters.", most=longest))
    if "\x00" in spot.value or any("\ud800" <= sign <= "\udfff" for sign in spot.value):
        raise Wrong(_("This text holds signs that can't be kept."))
    if not lines and "\n" in spot.value:
        raise Wrong(_("This text has to stand in one line."))
    return spot.value


def _always(*values: Any) -> Callable[[str], tuple[Any, ...]]:
    return lambda _name: values


def _own_name(name: str) -> tuple[Any, ...]:
    return name[:LONGEST_LABEL], name[:LONGEST_LABEL]


def _text(name: str, attribute: str, longest: int = LONGEST_NAME, *, lines: bool = False) -> Key:
    return Key(name, (attribute,), Words(longest, lines), _always(""))


def _known(name: str, attribute: str, is_known: Callable[[str], bool], example: str) -> Key:
    return Key(name, (attribute,), Known(is_known, example), _always(""))


def _flag(name: str, attribute: str, *, usual: bool = False) -> Key:
    return Key(name, (attribute,), Flag(), _always(usual))


def _one_of(name: str, attribute: str, usual: Choices) -> Key:
    return Key(name, (attribute,), OneOf(type(usual)), _always(usual))


_LABEL = Key("label", ("label_zh", "label_en"), InTwo(), _own_name)
SOURCE_KEYS = (
    _LABEL,
    _flag("read_only", "read_only"),
    _known("currency", "currency", lambda text: bool(_CURRENCY.fullmatch(text)), "CNY"),
    _known("time_zone", "time_zone", lambda text: text in available_timezones(), "Asia/Shanghai"),
)
TABLE_KEYS = (
    _LABEL,
    _flag("shown", "is_shown", usual=True),
    _flag("read_only", "read_only"),
    _text("title", "title_column"),
    Key("key", ("key_columns",), Names(), _always("")),
    _text("sort", "sort", LONGEST_NAME + 1),
    _text("alive", "alive", LONGEST_TEXT, lines=True),
)
COLUMN_KEYS = (
    _LABEL,
    _flag("shown", "is_shown", usual=True),
    _flag("list", "in_list"),
    _flag("read_only", "read_only"),
    _one_of("personal", "personal", Personal.NONE),
    _one_of("meaning", "meaning", Meaning.PLAIN),
    Key("group", ("group_zh", "group_en"), InTwo(), _always("", "")),
    Key("choices", ("choices",), Pairs("="), _always("")),
)
ROLE_KEYS = (
    Key("parent_on", ("parent_on",), Pairs(" = "), _always("")),
    Key("columns", ("columns",), Pairs(" = "), _always("")),
    _text("filter", "filter", LONGEST_TEXT, lines=True),
    _known("unit", "unit", get_args(Unit).__contains__, "major, minor"),
    _known("refunds", "refunds", get_args(Refunds).__contains__, "negative, positive"),
    _text("refund_filter", "refund_filter", LONGEST_TEXT, lines=True),
    _known("epoch", "epoch", get_args(Epoch).__contains__, "s, ms"),
    Key("confidence", ("confidence",), Number(0, 100), _always(100)),
    _flag("used", "is_used", usual=True),
)


def write_values(keys: tuple[Key, ...], values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what stands in the file for a row's values, without what is nothing."""
    written = {}
    for key in keys:
        held = tuple(values[attribute] for attribute in key.attributes)
        if held != key.nothing(name):
            written[key.name] = key.kind.write(held, name)
    return written


def nothing(keys: tuple[Key, ...], name: str) -> Values:
    """Return the values of a row of which the file says nothing."""
    return {
        attribute: value
        for key in keys
        for attribute, value in zip(key.attributes, key.nothing(name), strict=True)
    }
