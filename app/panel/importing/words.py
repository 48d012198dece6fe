"""Words: what a spreadsheet calls fields and values, in every language that is offered, compared without trifles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import force_locale

from app.access.language import LANGUAGES
from app.core import fields
from app.core.declaration import Screen

_ASIDE = re.compile(r"[(\[{【〔<《].*?[)\]}】〕>》]")
_TRIFLES = re.compile(r"[\s*:：#_\-./\\,，、。'\"“”!！?？]+")


def plain(text: str) -> str:
    """Return `text` as headers are compared: width, case, blanks, stars and punctuation don't matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _TRIFLES.sub("", folded)


def without_asides(text: str) -> str:
    """Return `text` without what stands in brackets (“Phone (required)”), compared like `plain`."""
    return plain(_ASIDE.sub("", unicodedata.normalize("NFKC", text)))


def in_every_language(label: Any) -> Iterator[str]:
    """Yield a lazy text in each offered language."""
    for language in LANGUAGES:
        with force_locale(language):
            yield str(label)


def names_of(field: fields.Field) -> frozenset[str]:
    """Return everything that a column for this field may be called, as `plain` gives it."""
    every = (field.name, *in_every_language(field.label), *field.synonyms)
    return frozenset(found for each in every if (found := plain(each)))


def exact_names_of(field: fields.Field) -> frozenset[str]:
    """Return the field's own names, without the synonyms that another field may claim too."""
    every = (field.name, *in_every_language(field.label))
    return frozenset(found for each in every if (found := plain(each)))


def known_in(screen: Screen, headers: Iterable[str]) -> int:
    """Return how many of these cells name a field of the screen."""
    known = {name for entry in screen.fields.values() for name in names_of(entry)}
    return len(
        {
            found
            for each in headers
            if (found := plain(each)) in known or (found := without_asides(each)) in known
        }
    )


def values_of(field: fields.Choice) -> dict[str, str]:
    """Return by word, as `plain` gives it, which value of a choice it means; a value's own names win."""
    found: dict[str, str] = {}
    for member in field.choices:
        for word in field.words.get(member.value, ()):
            found.setdefault(plain(word), member.value)
    for member in field.choices:
        for word in (*in_every_language(member.label), member.value):
            found[plain(word)] = member.value
    found.pop("", None)
    return found


def units_of(field: fields.Quantity) -> tuple[str, ...]:
    """Return what the field's unit is called."""
    every = {unit.strip().casefold() for unit in in_every_language(field.unit)} if field.unit else set()
    if "kg" in every:
        every |= {"公斤", "千克", "kgs"}
    return tuple(sorted((unit for unit in every if unit), key=len, reverse=True))
