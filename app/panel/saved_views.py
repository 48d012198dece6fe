"""Saved views as the present person has them: read once under the access version, so that no page pays for them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import current_app
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, or_, select
from werkzeug.datastructures import MultiDict

from app.access.grants import held_roles
from app.access.memory import Remembered
from app.access.version import present_version
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.permissions import granted
from app.panel.addresses import ALL_BRANCHES, COLUMNS, VIEW, address
from app.panel.current_branch import current_branch
from app.panel.ordering import names_of, nearest_order, order_text, parse_order
from app.panel.saved_view_models import View, Visibility, view_choice, view_role
from app.panel.where import PARAMETER, read_where, readable_rest

MOST_VIEWS = 500
MOST_PEOPLE = 5_000
# What a view keeps of an address; `f.…` filters besides. Places in the list and the view itself are not part of it.
KEPT = frozenset({PARAMETER, "q", "sort", COLUMNS})
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view as one person has it: pinned and default are what holds for this person.

    One that `is_cut` asks for more than this person may know of; what it asked there is left out of `arguments`.
    """

    id: uuid.UUID
    token: str
    screen: str
    name: str
    arguments: Pairs
    is_mine: bool
    is_shared: bool
    is_pinned: bool
    is_default: bool
    is_my_default: bool
    is_cut: bool = False

    def address(self) -> str:
        """Return the list's address with this view in force."""
        slice_name, noun = self.screen.split(":")
        return address(f"/{slice_name}/{noun}/", self.asked())

    def asked(self) -> MultiDict[str, str]:
        """Return the arguments of that address."""
        return MultiDict([*self.arguments, (VIEW, self.token)])


def my_views() -> tuple[SavedView, ...]:
    """Return the views of the signed-in person on lists that they may see, in their order; at most 500."""
    if not current_user.is_authenticated:
        return ()
    memory: Remembered[tuple[SavedView, ...]] = current_app.extensions["kebu_views"]
    key = (int(current_user.id), present_version())
    known = memory.get(key)
    if known is None:
        known = _read(current_user.id)
        memory.keep(key, known)
    screens = kernel().screens
    return tuple(
        _cut(view, screens[view.screen])
        for view in known
        if view.screen in screens and granted(screens[view.screen].permission("list"))
    )


def _cut(view: SavedView, screen: Screen) -> SavedView:
    """Return a colleague's view without what it asks of fields that are out of the person's sight.

    What was looked for there would tell of them; one's own view keeps what one typed, and the list says what it drops.
    """
    if view.is_mine:
        return view
    kept = _readable_pairs(screen, view.arguments)
    return view if kept == view.arguments else replace(view, arguments=kept, is_cut=True)


def _readable_pairs(screen: Screen, pairs: Pairs) -> Pairs:
    rest = ((name, _readable(screen, name, value)) for name, value in pairs)
    return tuple((name, value) for name, value in rest if value)


def _readable(screen: Screen, name: str, value: str) -> str:
    """Return what the present person may know of one argument of a view; '' for nothing."""
    if name.startswith("f."):
        return value if name.split(".")[1] in screen.filters else ""
    match name:
        case "q" if any(entry.masked for entry in screen.fields.values()):
            return ""
        case "where" if _asks_too_much(screen, value):
            return readable_rest(screen, value)
        case "columns":
            return ",".join(each for each in value.split(",") if each.strip() in screen.fields)
        case "sort" if any(each not in {"id", *screen.fields} for each in names_of(parse_order(value))):
            order = nearest_order(screen, value)
            return order_text(order) if order is not None else ""
    return value


def _asks_too_much(screen: Screen, text: str) -> bool:
    try:
        read_where(screen, text)
    except Invalid:
        return True
    return False


def views_on(screen: Screen) -> tuple[SavedView, ...]:
    """Return the person's views on one list."""
    return tuple(view for view in my_views() if view.screen == screen.name)


def default_view(screen: Screen) -> SavedView | None:
    """Return the view that a list opens with: one's own choice before the one made for all."""
    views = [view for view in views_on(screen) if view.is_default]
    return next((view for view in views if view.is_my_default), views[0] if views else None)


def named_view(screen: Screen, arguments: MultiDict[str, str]) -> SavedView | None:
    """Return the view that an address names, None for none or one that the person doesn't have."""
    token = arguments.get(VIEW, "")
    return next((view for view in views_on(screen) if view.token == token), None) if token else None


def _read(person_id: int) -> tuple[SavedView, ...]:
    choice = view_choice.c
    mine = and_(choice.view_id == View.id, choice.person_id == person_id)
    query = (
        select(View, choice.is_pinned, choice.is_default)
        .outerjoin(view_choice, mine)
        .where(seen_by(person_id))
        .order_by(View.position, View.name, View.id)
        .limit(MOST_VIEWS)
    )
    rows = db.session.execute(query).all()
    return tuple(_saved(view, pinned, default, person_id) for view, pinned, default in rows)


def seen_by(person_id: int) -> ColumnElement[bool]:
    """Return the condition that a view is one's own, everybody's or for a role that one holds."""
    roles = held_roles(person_id)
    meant = select(view_role.c.view_id).where(view_role.c.role_id.in_(select(roles.c.role_id)))
    return or_(
        View.owner_id == person_id,
        View.visibility == Visibility.EVERYBODY,
        and_(View.visibility == Visibility.ROLES, View.id.in_(meant)),
    )


def _saved(view: View, pinned: bool | None, default: bool | None, person_id: int) -> SavedView:
    return SavedView(
        id=view.id,
        token=encode_token([view.id]),
        screen=view.screen,
        name=view.name,
        arguments=read_pairs(view.arguments),
        is_mine=view.owner_id == person_id,
        is_shared=view.visibility is not Visibility.OWN,
        is_pinned=view.is_pinned if pinned is None else pinned,
        is_default=view.is_default if default is None else default,
        is_my_default=bool(default),
    )


def read_pairs(text: str) -> Pairs:
    """Return the arguments that a view keeps; what another version of the program wrote differently is left out."""
    try:
        stored = json.loads(text)
    except ValueError:
        return ()
    pairs = stored if isinstance(stored, list) else []
    return tuple((str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2)


def kept_pairs(arguments: MultiDict[str, str]) -> Pairs:
    """Return what a view keeps of an address, in a fixed order.

    The branch at hand is not part of a view: for a colleague it is another one.
    """
    at_hand = (ALL_BRANCHES, current_branch())
    return tuple(
        sorted(
            (name, value)
            for name, value in arguments.items(multi=True)
            if (name in KEPT or name.startswith("f.")) and value and (name, value) != at_hand
        )
    )


def is_changed(view: SavedView, arguments: MultiDict[str, str]) -> bool:
    """Say whether an address asks anything else than the view does."""
    return kept_pairs(arguments) != kept_pairs(MultiDict(view.arguments))


def is_unchanged_view(screen: Screen, arguments: MultiDict[str, str]) -> bool:
    """Say whether an address asks just what the view that it names asks."""
    view = named_view(screen, arguments)
    if view is not None and view.is_cut:
        # A colleague's link carries what was cut off; compared without it, or the answer would tell what it was.
        return _readable_pairs(screen, kept_pairs(arguments)) == kept_pairs(MultiDict(view.arguments))
    return view is not None and not is_changed(view, arguments)


def write_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Return arguments as a view keeps them."""
    return json.dumps([list(pair) for pair in pairs], ensure_ascii=False, separators=(",", ":"))
