"""The palette: one field from which a person reaches every record, page and command without a mouse."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import jsonify, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import RelatedPanel, Screen
from app.core.fields import clean_line
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.addresses import address
from app.panel.commands import COMMANDS, PAGES, Command, by_group, find_commands
from app.panel.marks import MarkedRecord, marked
from app.panel.models import MarkKind
from app.panel.picking import suggest
from app.panel.reading import search_readings
from app.panel.signed_in import require_signed_in, signed_in
from app.panel.speech import mid_sentence
from app.panel.telling import tell_lookup

LONGEST_QUESTION = 100
HITS_PER_SCREEN = 5
MOST_RECENT_SHOWN = 8
Item = dict[str, Any]


class PaletteView(BaseView):
    """What the palette shows for what was typed so far."""

    route_base = ""
    default_view = "palette"

    @expose("/palette", methods=["POST"])
    @signed_in
    def palette(self) -> Any:
        """Groups of items as JSON. By POST: names and phone numbers typed letter by letter belong in no address."""
        require_signed_in()
        text = clean_line(request.form.get("q", ""))[:LONGEST_QUESTION]
        tell_lookup("palette", text)
        groups = [*_records(text), *_commands(text)] if text else [*_marks(), *_commands("")]
        return jsonify(groups=groups)


def _group(label: Any, items: list[Item]) -> list[dict[str, Any]]:
    return [{"label": str(label), "items": items}] if items else []


# --- Records ---------------------------------------------------------------------------------------


def _records(text: str) -> list[dict[str, Any]]:
    """Return up to five records of each screen the person may list: one statement for each that can match at all."""
    groups: list[dict[str, Any]] = []
    for screen in kernel().screens.values():
        if not screen.found_everywhere:
            continue
        if granted(screen.permission("list")) and search_readings(screen, text):
            groups += _group(screen.plural, _hits(screen, text))
    return groups


def _hits(screen: Screen, text: str) -> list[Item]:
    hits = suggest(screen, text, HITS_PER_SCREEN)
    items = [_record_item(screen, hit.token, hit.title, hit.note) for hit in hits]
    if len(hits) == HITS_PER_SCREEN:
        items.append({"title": _("Show all"), "url": f"{screen.path}?{urlencode({'q': text})}"})
    return items


def _record_item(screen: Screen, token: str, title: str, note: str) -> Item:
    url = screen.path + token
    return {
        "title": title,
        "note": note,
        "url": url,
        "icon": screen.icon,
        "more": _more(screen, token, url),
    }


def _more(screen: Screen, token: str, url: str) -> list[Item]:
    """Return what can be done with a record beside opening it."""
    more = [{"title": _("Open"), "url": url}]
    if "edit" in screen.verbs and granted(screen.permission("edit")):
        more.append({"title": _("Edit"), "url": f"{url}/edit"})
    for capability in kernel().enabled:
        for panel in capability.panels:
            if isinstance(panel, RelatedPanel) and panel.on == screen.name:
                more += _adding(panel, token)
    return more


def _adding(panel: RelatedPanel, token: str) -> list[Item]:
    target = kernel().screens.get(panel.screen)
    if target is None or "add" not in target.verbs or not granted(target.permission("add")):
        return []
    where = address(target.path + "add", MultiDict(), change={panel.via: token})
    return [{"title": _("Add %(what)s", what=mid_sentence(target.label)), "url": where}]


def _marks() -> list[dict[str, Any]]:
    """Return pinned and recent records; what is pinned is not said twice."""
    found = marked(MarkKind.PINNED, MarkKind.RECENT)
    pinned = [one for one in found if one.kind is MarkKind.PINNED]
    known = {(one.screen.name, one.token) for one in pinned}
    recent = [
        one for one in found if one.kind is MarkKind.RECENT and (one.screen.name, one.token) not in known
    ]
    return [
        *_group(_("Pinned"), [_marked_item(one) for one in pinned]),
        *_group(_("Recently opened"), [_marked_item(one) for one in recent[:MOST_RECENT_SHOWN]]),
    ]


def _marked_item(one: MarkedRecord) -> Item:
    return _record_item(one.screen, one.token, one.title, str(one.screen.label))


# --- Commands --------------------------------------------------------------------------------------


def _commands(text: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for name, commands in by_group(find_commands(text)).items():
        label = {PAGES: _("Go to"), COMMANDS: _("Commands")}.get(name) or _("Settings")
        groups += _group(label, [_command_item(command) for command in commands])
    return groups


def _command_item(command: Command) -> Item:
    item: Item = {"title": command.label, "icon": command.icon, "keys": command.keys}
    for name in ("url", "post", "run", "note"):
        if value := getattr(command, name):
            item[name] = value
    return item
