"""The handbook, in both languages, names every setting, permission, event and verb that the program has."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import app
import config
from app.cli import build_parser
from app.core.capability import discover
from app.core.events import Event

HANDBOOK = Path(config.ROOT) / "docs" / "handbook"
LANGUAGES = ("en", "zh")
both_languages = pytest.mark.parametrize("language", LANGUAGES)


@cache
def handbook(language: str) -> str:
    """Return the whole text of the handbook in one language."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((HANDBOOK / language).rglob("*.md")))


def missing(names: set[str], language: str) -> list[str]:
    """Return the names that don't stand in the handbook as words of their own."""
    text = handbook(language)
    return sorted(name for name in names if not re.search(rf"(?<![\w:-]){re.escape(name)}(?![\w:-])", text))


def verbs() -> set[str]:
    """Return every verb of the command line."""
    parser = build_parser()
    found: set[str] = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= set(action.choices)
    return found


def options() -> set[str]:
    """Return every option of every verb."""
    found: set[str] = set()
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb in action.choices.values():
                found |= {
                    name for each in verb._actions for name in each.option_strings if name.startswith("--")
                }
    return found - {"--help"}


def permissions() -> set[str]:
    """Return every permission that a manifest declares."""
    capabilities = discover(app)
    names = {name for each in capabilities for screen in each.screens for name in screen.permissions}
    return names | {permission.name for each in capabilities for permission in each.permissions}


def events() -> set[str]:
    """Return the names of every event of the program."""
    for module in walk_packages(app.__path__, "app."):
        if module.name.endswith(".events"):
            import_module(module.name)
    return {event.__name__ for event in all_kinds(Event) if event.__module__.startswith("app.")}


def all_kinds(kind: type[Event]) -> Iterator[type[Event]]:
    """Yield every subclass, at any depth."""
    for each in kind.__subclasses__():
        yield each
        yield from all_kinds(each)


@both_languages
def test_the_handbook_exists(language: str) -> None:
    assert len(handbook(language)) > 1_000


@both_languages
def test_every_setting_is_explained(language: str) -> None:
    names = {setting.environment for setting in config.SETTINGS}
    written = {setting.name for setting in config.SETTINGS if setting.in_file}

    assert missing(names | written, language) == []


@both_languages
def test_every_verb_is_explained(language: str) -> None:
    assert verbs() > {"demo", "serve", "test", "migrate"}
    assert missing(verbs(), language) == []


@both_languages
def test_every_option_is_explained(language: str) -> None:
    assert missing(options(), language) == []


@both_languages
def test_every_permission_is_explained(language: str) -> None:
    assert len(permissions()) > 10
    assert missing(permissions(), language) == []


@both_languages
def test_every_event_is_explained(language: str) -> None:
    assert events()
    assert missing(events(), language) == []


@both_languages
def test_the_handbook_names_no_setting_that_is_not_there(language: str) -> None:
    known = {setting.environment for setting in config.SETTINGS}

    named = set(re.findall(r"\bKEBU_[A-Z_]+[A-Z]\b", handbook(language)))

    assert named - known == set()


def pages_without_their_twin() -> list[str]:
    """Return the handbook pages that exist in one language only."""
    pages = {
        language: {path.relative_to(HANDBOOK / language) for path in (HANDBOOK / language).rglob("*.md")}
        for language in LANGUAGES
    }
    return sorted(str(path) for path in pages["en"] ^ pages["zh"])


def test_every_page_of_the_handbook_has_its_twin() -> None:
    assert pages_without_their_twin() == []


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


def test_every_link_between_documents_leads_somewhere() -> None:
    files = [*(HANDBOOK.parent).rglob("*.md"), *Path(config.ROOT).glob("*.md")]
    dead = [
        f"{path.relative_to(config.ROOT).as_posix()}: {target}"
        for path in files
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert files
    assert dead == []
