"""The page on which a person says what an export is to hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.panel.addresses import address
from app.panel.importing.copying import targets_for_copies
from app.panel.importing.origins import is_outside
from app.panel.list_page import count_text, read_question
from app.panel.reading import capped_count
from app.panel.speech import mid_sentence


@dataclass(frozen=True, slots=True)
class ExportPage:
    """How much would be exported, the list's own arguments, and the addresses of the three kinds of file."""

    screen: Any
    title: str
    back_url: str
    count_text: str
    hidden: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str, str], ...]
    copy_url: str = ""


def export_page(screen: Screen, arguments: MultiDict[str, str]) -> ExportPage:
    """Return the page for the rows that the list's address asks for."""
    question, _terms = read_question(screen, arguments)
    kept = tuple(
        (name, value) for name, value in arguments.items(multi=True) if name not in ("which", "form")
    )
    return ExportPage(
        screen,
        _("Export %(plural)s", plural=mid_sentence(screen.plural)),
        address(screen.path, arguments),
        count_text(capped_count(question)),
        kept,
        (
            ("XLSX", f"{screen.path}export.xlsx", _("for Excel, WPS and Numbers")),
            ("CSV", f"{screen.path}export.csv", _("for any program, opens in Excel too")),
            ("JSON", f"{screen.path}export.json", _("for programs")),
        ),
        address(f"{screen.path}copy", arguments) if is_outside(screen) and targets_for_copies() else "",
    )
