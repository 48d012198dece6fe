"""Commands: what a person can go to or do from the palette, found by what it is called and never by a statement."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from app.access.language import offered_languages
from app.access.profile_pages import PROFILE, themes
from app.access.shop import branch_choices
from app.access.version import present_version
from app.core.kernel import kernel
from app.core.permissions import granted, granted_names
from app.panel.frame import HOME_KEY, menu_of
from app.panel.home import ARRANGE
from app.panel.initials import initials
from app.panel.saved_views import my_views
from app.panel.speech import mid_sentence

MOST_REMEMBERED = 64
MOST_FOUND = 6
# The groups in the order in which the palette shows them.
PAGES, COMMANDS, SETTINGS = "pages", "commands", "settings"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to go to or to do: a page's `url`, or a switch to `post` (address, name, value), or a script's `run`.

    `words` are further names for it, `keys` what does the same on the keyboard, `note` says what it belongs to.
    """

    group: str
    label: str
    url: str = ""
    post: tuple[str, str, str] | None = None
    run: str = ""
    icon: str = ""
    words: str = ""
    keys: str = ""
    frequent: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Findable:
    """A command and the folded texts by which it is found."""

    command: Command
    label: str
    initials: str
    others: tuple[str, ...]


def fold(text: str) -> str:
    """Return `text` as commands are compared: width and case don't matter, blanks are single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_commands(text: str) -> list[Command]:
    """Return the commands that `text` may mean, best first within their group; without a text the frequent ones."""
    if not text:
        return [one.command for one in _findable() if one.command.frequent]
    wanted = fold(text)
    findable = (*_findable(), *_views())
    scored = [(score, one.command) for one in findable if (score := _score(one, wanted)) is not None]
    found: list[Command] = []
    for group in (PAGES, COMMANDS, SETTINGS):
        fitting = [pair for pair in scored if pair[1].group == group]
        found += [command for _score_, command in sorted(fitting, key=lambda pair: pair[0])[:MOST_FOUND]]
    return found


def _views() -> Iterator[Findable]:
    """Yield the person's saved views; they are remembered per person and not, like the rest, per set of rights."""
    for view in my_views():
        plural = str(kernel().screens[view.screen].plural)
        command = Command(PAGES, view.name, url=view.address(), icon="bookmark", note=plural)
        label = fold(view.name)
        yield Findable(command, label, initials(label), (fold(plural),))


def _score(one: Findable, wanted: str) -> int | None:
    """Return how far `wanted` is from what a command is called: 0 its beginning … 3 another name; None: not meant."""
    if one.label.startswith(wanted):
        return 0
    if _all_begin(one.label, wanted) or (len(wanted) > 1 and wanted in one.label):
        return 1
    if one.initials.startswith(wanted) or (len(wanted) > 1 and wanted in one.initials):
        return 2
    return 3 if any(_all_begin(other, wanted) for other in one.others) else None


def _all_begin(label: str, wanted: str) -> bool:
    """Say whether each word of `wanted` begins a word of `label`."""
    words = label.split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())


def _findable() -> tuple[Findable, ...]:
    """Return the present person's commands with the texts to find them by.

    Remembered by rights, language and the version that grows with rights, branches and the shop: putting together
    and translating a few hundred labels at each key stroke would cost more than all the searching.
    """
    remembered: dict[Any, tuple[Findable, ...]] = current_app.extensions["kebu_commands"]
    key = (granted_names(), str(get_locale()), present_version(), tuple(kernel().screens))
    if key not in remembered:
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
        remembered[key] = tuple(_make_findable())
    return remembered[key]


def _make_findable() -> Iterator[Findable]:
    own = list(_commands())
    with force_locale("en"):
        english = list(_commands())
    for command, source in zip(own, english, strict=True):
        others = (fold(source.label), fold(command.words), fold(source.words))
        yield Findable(command, fold(command.label), initials(fold(command.label)), others)


def _commands() -> Iterator[Command]:
    """Yield everything the present person may go to or do, in the order of the menu."""
    yield Command(PAGES, _("Home"), url="/", icon="house", keys=f"g {HOME_KEY}")
    for section in menu_of(granted_names(), str(get_locale())):
        for item in section.items:
            yield Command(PAGES, item.label, url=item.url, icon=item.icon, keys=item.keys)
    yield from _record_commands()
    yield from _settings()
    yield Command(
        COMMANDS,
        _("Keyboard shortcuts"),
        run="help",
        icon="keyboard",
        words=_("hotkeys help keys"),
        keys="?",
    )
    yield Command(
        COMMANDS,
        _("Sign out"),
        post=("/logout/", "", ""),
        icon="box-arrow-right",
        words=_("log out leave"),
    )


def _record_commands() -> Iterator[Command]:
    screens = [screen for screen in kernel().screens.values() if screen.in_menu]
    adding = [one for one in screens if "add" in one.verbs and granted(one.permission("add"))]
    for place, screen in enumerate(adding):
        label = _("Add %(what)s", what=mid_sentence(screen.label))
        words = _("new create")
        frequent = place < MOST_FOUND
        yield Command(
            COMMANDS, label, url=screen.path + "add", icon="plus-lg", words=words, frequent=frequent
        )
    for screen in screens:
        if screen.has_trash and "delete" in screen.verbs and granted(screen.permission("delete")):
            label = _("Trash: %(what)s", what=screen.plural)
            words = _("deleted bin")
            yield Command(COMMANDS, label, url=screen.path + "trash", icon="trash3", words=words)


def _settings() -> Iterator[Command]:
    yield Command(SETTINGS, _("My profile"), url=PROFILE, icon="person", words=_("password account"))
    yield Command(SETTINGS, _("Arrange the home page"), url=ARRANGE, icon="grid", words=_("dashboard cards"))
    for code, name in offered_languages():
        yield _switch(
            "language", code, _("Language: %(name)s", name=name), "translate", f"{_LANGUAGE} {code}"
        )
    for code, name in themes():
        yield _switch("theme", code, _("Theme: %(name)s", name=name), "circle-half", _("colours look night"))
    branches = branch_choices()
    for token, name in (("", _("All branches")), *branches) if len(branches) > 1 else ():
        yield _switch("branch", token, _("Branch: %(name)s", name=name), "shop", _("switch shop"))


# Somebody lost in a foreign language looks for the word in their own.
_LANGUAGE = "language 语言 語言"


def _switch(name: str, value: str, label: str, icon: str, words: str) -> Command:
    return Command(SETTINGS, label, post=(f"/preferences/{name}", name, value), icon=icon, words=words)


def by_group(commands: Iterable[Command]) -> dict[str, list[Command]]:
    """Return commands by their group, in the order in which groups are shown."""
    groups: dict[str, list[Command]] = {PAGES: [], COMMANDS: [], SETTINGS: []}
    for command in commands:
        groups[command.group].append(command)
    return groups
