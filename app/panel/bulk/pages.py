"""The pages of bulk edits as view models: what to change, what would happen, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Group, Screen
from app.core.keys import encode_token
from app.core.permissions import granted
from app.panel.addresses import address
from app.panel.bulk.changing import Verdict
from app.panel.bulk.models import BulkEdit, BulkState
from app.panel.bulk.offers import DO, EDIT, choices_of
from app.panel.bulk.running import Outlook, describe, screen_of
from app.panel.bulk.wishes import (
    ADD,
    EMPTY,
    NO,
    REMOVE,
    SET,
    YES,
    Scope,
    Wish,
    action_form,
    action_of,
    bulk_fields,
    operations_of,
)
from app.panel.columns import key_columns, read_key, titles_of
from app.panel.form_inputs import FormInputs
from app.panel.form_models import FormField
from app.panel.list_page import count_text
from app.panel.pages import BulkChoice, Cell
from app.panel.reading import COUNT_CAP
from app.panel.writing import Draft

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field of the edit form: what may be done to it, what is chosen, and the input for it (None: needs none)."""

    name: str
    label: str
    operations: tuple[tuple[str, str], ...]
    operation: str
    input: FormField | None


@dataclass(frozen=True, slots=True)
class AskPage:
    """Where it is said what to do: the fields to change, or the inputs of a declared action."""

    screen: Any
    title: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    count_text: str
    back_url: str
    groups: tuple[tuple[str, tuple[ChangedField, ...]], ...] = ()
    inputs: tuple[FormField, ...] = ()
    offers: tuple[BulkChoice, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row before and after, or why it stays as it is."""

    title: str
    url: str
    kind: str
    before: tuple[Cell, ...]
    after: tuple[Cell, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutlookPage:
    """What would happen: in numbers, the first rows, and the way to do it or back."""

    screen: Any
    title: str
    action: str
    hidden: tuple[tuple[str, str], ...]
    count_text: str
    counts: tuple[tuple[str, str, str], ...]
    partly: str
    heads: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    refused: tuple[PreviewRow, ...]
    can_run: bool
    can_change: bool
    is_long: bool
    back_url: str
    words: str


@dataclass(frozen=True, slots=True)
class ResultPage:
    """What happened so far, the rows that were refused, and the way to take it back."""

    screen: Any
    title: str
    url: str
    state: str
    state_label: str
    words: str
    counts: tuple[tuple[str, str, str], ...]
    done: int
    total: int
    progress_text: str
    refused: tuple[PreviewRow, ...]
    refused_more: str
    batch_url: str
    list_url: str


# --- Asking -------------------------------------------------------------------------------------------


def ask_page(
    screen: Screen, scope: Scope, count: int, wish: Wish, errors: Mapping[str, Any] | None = None
) -> AskPage:
    """Return the form in which somebody says what to do to the rows of `scope`."""
    messages = dict(errors or {})
    groups: tuple[tuple[str, tuple[ChangedField, ...]], ...] = ()
    inputs: tuple[FormField, ...] = ()
    title = _("Change several: %(plural)s", plural=screen.plural)
    if wish.what == EDIT:
        groups = _changed_fields(screen, wish, messages)
    elif wish.what.startswith(DO):
        action = action_of(screen, wish.what)
        title = str(action.label)
        form = action_form(screen, action)
        draft = Draft(raw=dict(wish.raw)) if wish.raw else None
        inputs = FormInputs(form, messages, None, draft).of(form.groups[0])
    return AskPage(
        screen=screen,
        title=title,
        action=_action(screen, scope),
        hidden=(*_chosen(scope), *([("bulk.what", wish.what)] if wish.what else [])),
        count_text=count_text(count),
        back_url=_back(screen, scope),
        groups=groups,
        inputs=inputs,
        offers=() if wish.what else choices_of(screen, in_trash=scope.in_trash),
        message=str(messages.get("", "")) or (_("Please check the marked fields.") if messages else ""),
    )


def _changed_fields(
    screen: Screen, wish: Wish, messages: Mapping[str, Any]
) -> tuple[tuple[str, tuple[ChangedField, ...]], ...]:
    takes = {entry.name: entry for entry in bulk_fields(screen)}
    draft = Draft(raw={name: list(wish.raw.get(name, ())) for name in takes})
    inputs = FormInputs(screen, messages, None, draft)
    groups = []
    for group in screen.groups:
        entries = tuple(entry for entry in group.fields if entry.name in takes)
        made = zip(entries, inputs.of(Group("", entries)), strict=True)
        lines = tuple(_changed_field(entry, one, wish.operations.get(entry.name, "")) for entry, one in made)
        if lines:
            groups.append((str(group.label), lines))
    return tuple(groups)


def _changed_field(entry: fields.Field, one: FormField, operation: str) -> ChangedField:
    offered = operations_of(entry)
    needs_input = tuple(each for each in offered if each in (SET, ADD, REMOVE))
    words = {
        SET: _("Replace by") if entry.multiple else _("Set to"),
        EMPTY: _("Empty it"),
        ADD: _("Add"),
        REMOVE: _("Take away"),
        YES: _("Yes"),
        NO: _("No"),
    }
    return ChangedField(
        entry.name,
        str(entry.label),
        (("", _("Leave as it is")), *((each, str(words[each])) for each in offered)),
        operation,
        replace(
            one,
            label=_("%(field)s: value", field=entry.label),
            required=True,
            help="",
            add_url="",
            when=f"op.{entry.name}",
            when_values=needs_input,
        )
        if needs_input
        else None,
    )


def _action(screen: Screen, scope: Scope) -> str:
    change = {"trash": "1"} if scope.in_trash else {}
    return address(screen.path + "bulk", scope.pairs, change=change)


def _back(screen: Screen, scope: Scope) -> str:
    return address(screen.path + ("trash" if scope.in_trash else ""), scope.pairs)


def _chosen(scope: Scope) -> tuple[tuple[str, str], ...]:
    return tuple(
        ("bulk.row", token if version is None else f"{token}.{version}") for token, version in scope.chosen
    )


# --- Looking ------------------------------------------------------------------------------------------


def outlook_page(screen: Screen, scope: Scope, wish: Wish, outlook: Outlook, ticket: str) -> OutlookPage:
    """Return what would happen."""
    verdicts = outlook.verdicts
    entries = list(next((each.before for each in verdicts if each.before), {}))
    if scope.chosen:
        versions = {verdict.token: verdict.version for verdict in verdicts}
        scope = replace(scope, chosen=tuple((token, versions.get(token)) for token, _old in scope.chosen))
    rows = [_row(screen, each, entries) for each in verdicts]
    changing = [row for row in rows if row.kind == "changed"]
    refused = [row for row in rows if row.kind == "refused"]
    partly = ""
    if not outlook.is_whole:
        partly = _(
            "Looked at the first %(number)s rows; the others are checked one by one as well.",
            number=format_decimal(len(verdicts)),
        )
    operations = [(f"op.{name}", operation) for name, operation in wish.operations.items()]
    raw = [(name, text) for name, texts in wish.raw.items() for text in texts]
    control = [("bulk.what", wish.what), ("bulk.ticket", ticket)]
    return OutlookPage(
        screen=screen,
        title=_("Change several: %(plural)s", plural=screen.plural),
        action=_action(screen, scope),
        hidden=(*_chosen(scope), *control, *operations, *raw),
        count_text=count_text(outlook.count),
        counts=_counts([verdict.kind for verdict in verdicts], would=True),
        partly=partly,
        heads=tuple(str(screen.fields[name].label) for name in entries),
        rows=tuple(changing[:MOST_SHOWN]),
        refused=tuple(refused[:MOST_SHOWN]),
        can_run=bool(changing) or not outlook.is_whole,
        can_change=wish.what == EDIT or bool(raw),
        is_long=outlook.count > COUNT_CAP,
        back_url=_back(screen, scope),
        words=describe(screen, wish),
    )


def _row(screen: Screen, verdict: Verdict, names: Sequence[str]) -> PreviewRow:
    return PreviewRow(
        verdict.title,
        screen.path + verdict.token if verdict.token else "",
        verdict.kind,
        tuple(verdict.before.get(name, Cell("")) for name in names),
        tuple(verdict.after.get(name, Cell("")) for name in names),
        tuple(verdict.reasons),
    )


def _counts(kinds: Sequence[str], *, would: bool) -> tuple[tuple[str, str, str], ...]:
    tally = {kind: kinds.count(kind) for kind in ("changed", "same", "refused")}
    return counts_of(tally["changed"], tally["same"], tally["refused"], would=would)


def counts_of(changed: int, same: int, refused: int, *, would: bool) -> tuple[tuple[str, str, str], ...]:
    """Return number, words and tone of each fate."""
    words = (
        (changed, _("would change") if would else _("changed"), "good"),
        (same, _("stay as they are"), ""),
        (refused, _("would be refused") if would else _("refused"), "bad" if refused else ""),
    )
    return tuple((format_decimal(number), str(text), tone) for number, text, tone in words)


# --- What came of it ----------------------------------------------------------------------------------


def result_page(item: BulkEdit) -> ResultPage:
    """Return what a bulk edit has done."""
    screen, wish = screen_of(item), item.wish
    named = item.named[:MOST_SHOWN]
    keys = {token: read_key(screen, token) for token, _reasons in named if token}
    titles = titles_of(screen, list(keys.values())) if key_columns(screen) else {}
    rows = tuple(
        PreviewRow(
            titles.get(keys.get(token, ()), "—"), screen.path + token, "refused", (), (), tuple(reasons)
        )
        for token, reasons in named
    )
    more = item.refused - len(rows)
    return ResultPage(
        screen=screen,
        title=_("Change several: %(plural)s", plural=screen.plural),
        url=f"{screen.path}bulk/{encode_token((item.id,))}",
        state=item.state.value,
        state_label=str(item.state.label),
        words=describe(screen, wish),
        counts=counts_of(item.changed, item.same, item.refused, would=False),
        done=item.done,
        total=max(item.total, item.done),
        progress_text=progress_text(item),
        refused=rows,
        refused_more=ngettext("and %(num)d more", "and %(num)d more", more) if more > 0 else "",
        batch_url=f"/journal/batch/{encode_token((item.id,))}"
        if item.changed and item.state is not BulkState.RUNNING and granted(screen.permission("history"))
        else "",
        list_url=_back(screen, item.scope),
    )


def progress_text(item: BulkEdit) -> str:
    """Return how far a bulk edit is, in words."""
    done, total = format_decimal(item.done), format_decimal(max(item.total, item.done))
    return str(_("%(done)s of %(total)s rows", done=done, total=total))
