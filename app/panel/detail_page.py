"""The detail page: what a record is, what belongs to it, what other slices say about it, what can be done with it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import Panel, RelatedPanel, Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.addresses import address
from app.panel.cells import cell_of
from app.panel.columns import column_of, key_of, record_url, title_of, token_of
from app.panel.duplicating import may_duplicate
from app.panel.list_page import plain_heads, rows_of
from app.panel.offers import offers, related_panels
from app.panel.pages import Box, Button, DetailGroup, DetailItem, DetailPage, ListPage, Tab
from app.panel.people import person_names
from app.panel.reading import Question, Reader
from app.panel.revealing import may_reveal

ROWS_IN_TAB = 10


def detail_page(screen: Screen, record: Any) -> DetailPage:
    """Return the page of one record, limited to what the person may see and do."""
    url = record_url(screen, record)
    can = {verb for verb in screen.verbs if granted(screen.permission(verb))}
    in_trash = screen.has_trash and record.deleted_at is not None
    created, changed = _stamps(record)
    picture = next((entry for entry in screen.fields.values() if isinstance(entry, fields.Image)), None)
    return DetailPage(
        screen=screen,
        title=title_of(screen, record),
        token=token_of(screen, record),
        groups=groups_of(screen, record),
        state=cell_of(screen, screen.fields[screen.state], record) if screen.state else None,
        picture=cell_of(screen, picture, record) if picture else None,
        tabs=() if in_trash else tuple(_tabs(screen, record)),
        boxes=() if in_trash else tuple(_boxes(screen, record)),
        buttons=() if in_trash else tuple(_buttons(screen, record, url)),
        edit_url=f"{url}/edit" if "edit" in can and not in_trash else "",
        duplicate_url=f"{url}/duplicate" if may_duplicate(screen) and not in_trash else "",
        delete_url=f"{url}/delete" if "delete" in can and not in_trash else "",
        restore_url=f"{url}/restore" if "delete" in can and in_trash else "",
        purge_url=f"{url}/purge" if "purge" in can and in_trash else "",
        print_url=f"{url}/print",
        history_url=f"{url}/history" if {"show", "history"} <= can else "",
        list_url=screen.path if "list" in can else "",
        delete_confirm=_delete_question(screen, record),
        in_trash=in_trash,
        created=created,
        changed=changed,
        version=str(getattr(record, "row_version", "")),
    )


def groups_of(screen: Screen, record: Any, names: tuple[str, ...] | None = None) -> tuple[DetailGroup, ...]:
    """Return the declared groups with their filled fields (only the named ones, for a preview)."""
    groups, url = [], record_url(screen, record)
    for group in screen.groups:
        items = tuple(
            DetailItem(
                str(entry.label), cell, f"{url}/reveal/{entry.name}" if may_reveal(screen, entry) else ""
            )
            for entry in group.fields
            if (names is None or entry.name in names)
            and entry.name != screen.state
            and (cell := cell_of(screen, entry, record)).text
        )
        if items:
            groups.append(DetailGroup(str(group.label), items))
    return tuple(groups)


def _delete_question(screen: Screen, record: Any) -> str:
    title = title_of(screen, record)
    if screen.has_trash:
        return _("Move “%(title)s” to the trash? You can take it back from there.", title=title)
    return _("Delete “%(title)s” for good? This can't be undone.", title=title)


def _stamps(record: Any) -> tuple[str, str]:
    # An account has its stamps under other names.
    if not hasattr(record, "created_at") or not hasattr(record, "created_by"):
        return "", ""
    names = person_names([record.created_by, record.changed_by])
    moment = fields.Moment("moment", "")

    def words(at: Any, by: int | None) -> str:
        name = names.get(by, "") if by is not None else ""
        return f"{moment.display(at)} · {name}" if name else moment.display(at)

    return words(record.created_at, record.created_by), words(record.changed_at, record.changed_by)


def _tabs(screen: Screen, record: Any) -> list[Tab]:
    tabs = []
    for panel in related_panels(screen):
        target = kernel().screens.get(panel.screen)
        if target is not None and granted(target.permission("list")):
            tabs.append(_tab(panel, target, screen, record))
    return tabs


def _tab(panel: RelatedPanel, target: Screen, screen: Screen, record: Any) -> Tab:
    token = token_of(screen, record)
    link = target.fields[panel.via]
    names = panel.columns or tuple(name for name in target.columns if name != panel.via)
    question = Question(target, conditions=(column_of(target, link) == key_of(screen, record)[0],))
    page = Reader(
        question, (*names, *target.facts, *((target.state,) if target.state else ())), ROWS_IN_TAB
    ).page()
    count = f"{ROWS_IN_TAB}+" if page.next else str(len(page.records))
    may_add = "add" in target.verbs and granted(target.permission("add"))
    filterable = panel.via in target.filters
    return Tab(
        # Two links of one screen may lead here: each is a tab of its own.
        key=f"{target.name}-{panel.via}".replace(":", "-"),
        label=str(panel.label),
        list=ListPage(
            target,
            str(panel.label),
            target.path,
            plain_heads(target, names),
            rows_of(target, names, page.records),
            empty_text=str(target.empty),
        ),
        count_text=count,
        add_url=address(target.path + "add", MultiDict(), change={panel.via: token}) if may_add else "",
        all_url=address(target.path, MultiDict(), change={f"f.{panel.via}": token}) if filterable else "",
    )


def _boxes(screen: Screen, record: Any) -> list[Box]:
    boxes = []
    for panel in offers(screen):
        if isinstance(panel, Panel) and granted(panel.permission):
            variables = panel.load(record)
            if variables is not None:
                boxes.append(Box(str(panel.label), panel.template, variables, panel.place))
    return boxes


def _buttons(screen: Screen, record: Any, url: str) -> list[Button]:
    buttons = []
    if screen.workflow is not None and granted(screen.workflow_permission):
        buttons += [
            Button(step.name, str(step.label), f"{url}/do/{step.name}", step.tone)
            for step in screen.workflow.possible(record)
        ]
    buttons += [
        Button(action.name, str(action.label), f"{url}/do/{action.name}", action.tone, str(action.confirm))
        for action in screen.actions
        if granted(action.permission) and action.possible(record)
    ]
    return buttons
