"""Shortcuts: the one table of keys; the help overlay is drawn from it, and scripts read their keys out of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What one or several ways to press keys do: `g h` are two keys in a row, `Ctrl+K` stands for ⌘K on a Mac, too.

    `does` names what a script does then; the line is shown, and the keys count, only on pages where a script offers
    it. Without `does` the browser itself does it, and the line is shown where `where` (a CSS selector) finds something.
    """

    keys: tuple[str, ...]
    label: Any
    does: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class ShortcutGroup:
    """The shortcuts of one kind of page."""

    label: Any
    shortcuts: tuple[Shortcut, ...]


_ROWS = "table[data-list] .go"
_EDITABLE = "table[data-list] th[data-edit]"
_FORM = "form[data-guard]"

SHORTCUTS: tuple[ShortcutGroup, ...] = (
    ShortcutGroup(
        _l("Everywhere"),
        (
            Shortcut(("Ctrl+K", "/"), _l("Search and commands"), does="palette"),
            Shortcut(("?",), _l("Show these shortcuts"), does="help"),
            Shortcut(("g h",), _l("Go home"), does="home"),
            Shortcut(("n",), _l("Add to this list"), does="new"),
            Shortcut(("e",), _l("Edit"), does="edit"),
            Shortcut(("b",), _l("Pin or unpin this record"), does="pin"),
            Shortcut(("d",), _l("Duplicate"), does="duplicate"),
            Shortcut(("Esc",), _l("Close"), where="dialog"),
        ),
    ),
    ShortcutGroup(
        _l("In a list"),
        (
            Shortcut(("s",), _l("Search this list"), does="list-search"),
            Shortcut(("j", "k"), _l("Next and previous row"), does="row"),
            Shortcut(("o",), _l("Open the row"), does="row-open"),
            Shortcut(("p",), _l("Preview the row"), does="row-preview"),
            Shortcut(("Enter",), _l("Open the row"), where=_ROWS),
            Shortcut(("x",), _l("Choose the row"), does="row-choose"),
            Shortcut(("Shift+X",), _l("Choose all rows up to this one"), does="row-choose-range"),
            Shortcut(("←", "→"), _l("From cell to cell"), where=_ROWS),
            Shortcut(("F2",), _l("Change the cell"), where=_EDITABLE),
            Shortcut(("Shift+←", "Shift+→"), _l("Column narrower or wider"), where=_ROWS),
            Shortcut(
                ("Shift+Enter",), _l("Sort by this column too"), where="table[data-list] th a[data-more]"
            ),
        ),
    ),
    ShortcutGroup(
        _l("On a record opened from a list"),
        (
            Shortcut(("Shift+J",), _l("Next record"), does="next-record"),
            Shortcut(("Shift+K",), _l("Previous record"), does="previous-record"),
            Shortcut(("u",), _l("Back to the list"), does="back"),
        ),
    ),
    ShortcutGroup(
        _l("In a form"),
        (
            Shortcut(("Ctrl+Enter",), _l("Save the form"), does="save"),
            Shortcut(("Ctrl+Shift+Enter",), _l("Save and next"), does="save-next"),
            Shortcut(("Enter",), _l("On to the next input"), where=f"{_FORM} [data-save]"),
            Shortcut(("Ctrl+Shift+L",), _l("Add a row"), does="row-add"),
        ),
    ),
)
