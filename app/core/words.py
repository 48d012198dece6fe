"""Own words: what people of the shop call something, in Chinese and English, shown in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale


@dataclass(frozen=True, slots=True)
class OwnWords:
    """A text that a manager wrote; `str()` gives it in the person's language, or the other one where that is empty.

    Stands wherever a lazy text of the program may stand: as a label, a heading, a help line.
    """

    zh_Hans: str = ""  # noqa: N815 - the languages' own codes
    en: str = ""

    def __str__(self) -> str:
        chinese = str(get_locale() or "en").startswith("zh")
        return (self.zh_Hans or self.en) if chinese else (self.en or self.zh_Hans)

    def __bool__(self) -> bool:
        return bool(self.zh_Hans or self.en)

    def as_json(self) -> dict[str, str]:
        """Return the words by language code."""
        return {"zh_Hans": self.zh_Hans, "en": self.en}

    @classmethod
    def from_json(cls, document: Mapping[str, Any] | None) -> OwnWords:
        """Return the words of a document that `as_json` made."""
        found = document or {}
        return cls(str(found.get("zh_Hans", "")), str(found.get("en", "")))
