"""The list: an address read into a question, the answer made into a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields import clean_line
from app.core.permissions import granted
from app.panel.addresses import ALL_BRANCHES, COLUMNS, VIEW, address
from app.panel.bulk.offers import choices_of
from app.panel.cells import maker_of
from app.panel.column_layout import Layout, layout_of
from app.panel.columns import token_maker
from app.panel.filtering import Term, chips, filter_inputs, read_terms, where_chips
from app.panel.inline import inline_fields
from app.panel.ordering import nearest_order, order_text, read_order
from app.panel.pages import Column, ListPage, Row
from app.panel.reading import (
    COUNT_CAP,
    PAGE_SIZE,
    SEARCH_CAP,
    Page,
    Question,
    Reader,
    capped_count,
)
from app.panel.saved_view_pages import view_bar
from app.panel.saved_views import default_view, is_unchanged_view, named_view
from app.panel.sorting import Sorting
from app.panel.where import PARAMETER, Where, read_where, readable_rest

LONGEST_QUERY = 100
# What shapes a list without saying which rows it holds.
_ORDER = ("sort", COLUMNS)


def read_question(
    screen: Screen, arguments: MultiDict[str, str], *, in_trash: bool = False
) -> tuple[Question, list[Term]]:
    """Return the question an address asks and its filters; raise `Invalid` for what can't be read."""
    terms, where = _read_filters(screen, arguments)
    order = read_order(screen, arguments.get("sort", ""))
    question = Question(
        screen,
        conditions=(*(term.condition for term in terms), *([where.condition()] if where else [])),
        text=clean_line(arguments.get("q", ""))[:LONGEST_QUERY] if screen.search else "",
        order=order,
        in_trash=in_trash,
        where=where,
    )
    return question, terms


def _read_filters(screen: Screen, arguments: MultiDict[str, str]) -> tuple[list[Term], Where | None]:
    """Return the simple filters and the nested one; raise `Invalid` with what is wrong with either."""
    errors: dict[str, Any] = {}
    terms, where = [], None
    try:
        terms = read_terms(screen, arguments)
    except Invalid as refusal:
        errors |= refusal.errors
    try:
        where = read_where(screen, arguments.get(PARAMETER, ""))
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise Invalid(errors)
    return terms, where


def list_page(screen: Screen, arguments: MultiDict[str, str], *, in_trash: bool = False) -> ListPage:
    """Return the list (or the trash) that an address asks for: three statements and one per shown tag list."""
    question, terms, problem = readable_question(screen, arguments, in_trash=in_trash)
    notice = ""
    if problem and is_unchanged_view(screen, arguments):
        # Nobody mistyped anything: what the view asks for is gone, or not for this person.
        notice, problem = _("Parts of this view can't be shown: %(reasons)s", reasons=problem), ""
    view = named_view(screen, arguments)
    if view is not None and view.is_cut and not in_trash:
        notice = notice or _("Parts of this view ask for what is gone or not for you. They were left out.")
    layout, wrong = _read_layout(screen, arguments)
    names = shown_names(screen, layout.names)
    page = Reader(question, names).page(arguments.get("after", ""), arguments.get("before", ""))
    count = _known_count(page, arguments)
    if count is None:
        count = capped_count(question)
    path = screen.path + ("trash" if in_trash else "")
    sorting = Sorting(
        screen, question.order, lambda order: address(path, arguments, change={"sort": order_text(order)})
    )
    can = {verb for verb in screen.verbs if granted(screen.permission(verb))}
    return ListPage(
        screen=screen,
        title=_("%(plural)s in the trash", plural=screen.plural) if in_trash else str(screen.plural),
        path=path,
        columns=columns_of(screen, question, layout, sorting),
        rows=rows_of(screen, layout.names, page.records),
        query=question.text,
        search_hint=str(screen.search_hint),
        can_search=bool(screen.search),
        chips=(
            *chips(terms, lambda names: address(path, arguments, without=names)),
            *where_chips(question.where, lambda text: address(path, arguments, change={PARAMETER: text})),
        ),
        filters=filter_inputs(screen, arguments, terms),
        hidden=tuple(
            (name, arguments[name]) for name in ("sort", PARAMETER, VIEW, COLUMNS) if arguments.get(name)
        ),
        count_text=count_text(count),
        count_url=address(screen.path + "count", arguments, change={"trash": "1"} if in_trash else {})
        if count > COUNT_CAP
        else "",
        first_url=address(path, arguments) if page.previous else "",
        previous_url=_turn(path, arguments, "before", page.previous),
        next_url=_turn(path, arguments, "after", page.next),
        add_url=screen.path + "add" if "add" in can and not in_trash else "",
        export_url=address(screen.path + "export", arguments) if "export" in can and not in_trash else "",
        import_url=screen.path + "import" if "import" in can and not in_trash else "",
        trash_url=screen.path + "trash" if screen.has_trash and "delete" in can and not in_trash else "",
        back_url=screen.path if in_trash else "",
        clear_url=_clear_url(screen, path, terms) if terms or question.where or question.text else "",
        builder_url=address(screen.path + "filter", arguments) if not in_trash else "",
        columns_url=address(screen.path + "columns", arguments) if not in_trash else "",
        bulk_url=address(
            screen.path + "bulk", arguments, change={"trash": "1"} if in_trash else {}, without=_ORDER
        )
        if (choices := choices_of(screen, in_trash=in_trash)) and page.records
        else "",
        bulk=choices,
        sorting=sorting.menu(),
        in_trash=in_trash,
        can_restore=in_trash and "delete" in can,
        can_purge=in_trash and "purge" in can,
        empty_text=_("The trash is empty.") if in_trash else str(screen.empty),
        notice=notice or _search_notice(question, count),
        problem=" ".join(filter(None, (problem, wrong))),
        views=view_bar(screen, arguments) if not in_trash else None,
    )


def readable_question(
    screen: Screen, arguments: MultiDict[str, str], *, in_trash: bool
) -> tuple[Question, list[Term], str]:
    """Return the question that the readable arguments ask, its filters, and what is wrong with the others.

    The inputs keep showing all that was typed; only the question leaves the unreadable out.
    """
    try:
        return *read_question(screen, arguments, in_trash=in_trash), ""
    except Invalid as refusal:
        bad = set(refusal.errors)
        kept = [
            (name, value)
            for name, value in arguments.items(multi=True)
            if name not in bad and not (name.startswith("f.") and name.split(".")[1] in bad)
        ]
        words = " ".join(str(message) for message in refusal.errors.values())
        if len(kept) == len(list(arguments.items(multi=True))):
            raise
        kept += _readable_parts(screen, arguments, bad)
        # What stands behind the first fault may be unreadable too: a sort is read after the filters.
        question, terms, more = readable_question(screen, MultiDict(kept), in_trash=in_trash)
        return question, terms, f"{words} {more}".rstrip()


def _readable_parts(screen: Screen, arguments: MultiDict[str, str], bad: set[str]) -> list[tuple[str, str]]:
    """Return what remains of unreadable arguments: the conditions that can be read, and the beginning of the order."""
    parts = []
    if PARAMETER in bad and (rest := readable_rest(screen, arguments.get(PARAMETER, ""))):
        parts.append((PARAMETER, rest))
    if "sort" in bad and (order := nearest_order(screen, arguments.get("sort", ""))):
        parts.append(("sort", order_text(order)))
    return parts


def _read_layout(screen: Screen, arguments: MultiDict[str, str]) -> tuple[Layout, str]:
    """Return the columns and what is wrong with those that the address names."""
    try:
        return layout_of(screen, arguments.get(COLUMNS, "")), ""
    except Invalid as refusal:
        return layout_of(screen), str(refusal.errors[COLUMNS])


def shown_names(screen: Screen, columns: Sequence[str] = ()) -> tuple[str, ...]:
    """Return every field a row shows as a table or as a card."""
    state = (screen.state,) if screen.state else ()
    return tuple(dict.fromkeys((*(columns or screen.columns), *screen.facts, *state)))


def rows_of(screen: Screen, names: Sequence[str], records: Sequence[Any]) -> tuple[Row, ...]:
    """Return the rows of `records` with a cell for each name."""
    shown = dict.fromkeys((*names, *screen.facts, *((screen.state,) if screen.state else ())))
    makers = {name: maker_of(screen, screen.fields[name]) for name in shown}
    more = [name for name in shown if name not in names]
    token, title, called = token_maker(screen), screen.title, screen.called
    rows = []
    for record in records:
        cells = {name: make(record) for name, make in makers.items()}
        key = token(record)
        rows.append(
            Row(
                token=key,
                url=screen.path + key,
                title=called(getattr(record, title)),
                cells=tuple(cells[name] for name in names),
                facts=tuple(cells[name] for name in screen.facts),
                more=tuple(cells[name] for name in more),
            )
        )
    return tuple(rows)


def columns_of(screen: Screen, question: Question, layout: Layout, sorting: Sorting) -> tuple[Column, ...]:
    """Return the heads; a sorted one turns its direction on the next click."""
    heads, editable = [], set()
    if "edit" in screen.verbs and not question.in_trash and granted(screen.permission("edit")):
        editable = {entry.name for entry in inline_fields(screen)}
    for head in plain_heads(screen, layout.names):
        width = layout.widths.get(head.name, 0)
        ordered = sorting.head(head.name)
        heads.append(replace(head, is_editable=head.name in editable, width=width, **ordered))
    return tuple(heads)


def plain_heads(screen: Screen, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the heads of these columns, with the role that each plays on a phone."""
    roles = {**dict.fromkeys(screen.facts, "fact"), screen.state: "state"}
    if names:
        roles[screen.title if screen.title in names else names[0]] = "title"
    entries = [screen.fields[name] for name in names]
    return tuple(
        Column(entry.name, str(entry.label), entry.align, role=roles.get(entry.name, "")) for entry in entries
    )


def count_text(count: int, cap: int = COUNT_CAP) -> str:
    """Return “1,234 records”, or “10,000+ records” where counting stopped."""
    if count > cap:
        return _("%(count)s+ records", count=format_decimal(cap))
    return ngettext("%(number)s record", "%(number)s records", count, number=format_decimal(count))


def _known_count(page: Page, arguments: MultiDict[str, str]) -> int | None:
    """Return the count when the one page shown is all there is: no statement needed."""
    if page.next or page.previous or arguments.get("after") or arguments.get("before"):
        return None
    return len(page.records) if len(page.records) <= PAGE_SIZE else None


def _clear_url(screen: Screen, path: str, terms: Sequence[Term]) -> str:
    names = {name for term in terms for name, _text in term.parameters}
    plain = MultiDict({VIEW: ""} if default_view(screen) else {})
    return address(path, plain, without=names & {ALL_BRANCHES})


def _turn(path: str, arguments: MultiDict[str, str], name: str, cursor: str) -> str:
    return address(path, arguments, change={name: cursor}) if cursor else ""


def _search_notice(question: Question, count: int) -> str:
    if question.text and count >= SEARCH_CAP:
        return _("Very many match. Type another letter or digit to see the right ones.")
    return ""
