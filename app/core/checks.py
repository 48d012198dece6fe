"""Checks: what each slice looks at to say whether the shop is safe and well, gathered on one page and one command."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_NAME = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


class Light(StrEnum):
    """How something stands: well, to be looked at some time, to be mended now."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: its light, a sentence that says what is so, and what to do about it.

    Both are texts in the language of the moment; neither names people or holds secrets.
    """

    light: Light
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at: its name `slice:what`, what it is called, and `run()`, which looks and changes nothing.

    Without `needs_tables` it runs also where the database is missing or not at this program's version.
    """

    name: str
    label: object
    run: Callable[[], Finding]
    needs_tables: bool = True

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a check is named slice:what, not {self.name!r}")


def green(sentence: str, advice: str = "") -> Finding:
    """Return that all is well."""
    return Finding(Light.GREEN, sentence, advice)


def yellow(sentence: str, advice: str) -> Finding:
    """Return that something should be looked at some time."""
    return Finding(Light.YELLOW, sentence, advice)


def red(sentence: str, advice: str) -> Finding:
    """Return that something has to be mended now."""
    return Finding(Light.RED, sentence, advice)
