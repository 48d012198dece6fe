"""The verbs of saved views: save, change, share, pin and delete.

Every verb first grows the access version, whose row makes changes happen one after the other and every process read
the views anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from app.access.roles import list_roles
from app.access.version import bump_version
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.fields import clean_line
from app.core.permissions import granted, require
from app.core.transaction import command
from app.panel.saved_view_models import LONGEST_NAME, View, Visibility, view_choice, view_role
from app.panel.saved_views import Pairs, seen_by, write_pairs

SHARE = "panel:view:share"
MOST_OWN = 100
LONGEST_ARGUMENTS = 8_000


@dataclass(frozen=True)
class ViewDraft:
    """What the form of a view says."""

    name: str
    visibility: Visibility = Visibility.OWN
    roles: Collection[int] = field(default_factory=tuple)
    position: int = 100
    is_pinned: bool = False
    is_default: bool = False


def find_view(screen: Screen, view_id: uuid.UUID) -> View:
    """Return a view on `screen` that the person has; raise `NotFound`."""
    query = select(View).where(View.id == view_id, View.screen == screen.name, seen_by(current_user.id))
    view = db.session.scalar(query.limit(1))
    if view is None:
        raise NotFound
    return view


def may_change(view: View) -> bool:
    """Say whether the person may change a view: it is their own, or shared and they may share."""
    return may_change_such(
        is_mine=view.owner_id == current_user.id, is_shared=view.visibility is not Visibility.OWN
    )


def may_change_such(*, is_mine: bool, is_shared: bool) -> bool:
    """Say the same of a view of which only this is known."""
    return granted(SHARE) if is_shared else is_mine


def roles_of_view(view_id: uuid.UUID) -> set[int]:
    """Return the numbers of the roles that a view is for."""
    query = select(view_role.c.role_id).where(view_role.c.view_id == view_id).limit(1000)
    return set(db.session.scalars(query))


@command(None)
def save_view(screen: Screen, draft: ViewDraft, arguments: Pairs) -> View:
    """Keep a list's question under a name and return the view; raise `Invalid`, or `Forbidden` to share it."""
    require(screen.permission("list"))
    bump_version()
    own = select(func.count()).select_from(select(View.id).where(View.owner_id == current_user.id).subquery())
    if (db.session.scalar(own) or 0) >= MOST_OWN:
        raise Invalid({"name": _("You have %(most)d views. Delete one first.", most=MOST_OWN)})
    view = View(screen=screen.name, owner_id=current_user.id, arguments=_checked_arguments(arguments))
    _fill(view, draft)
    db.session.add(view)
    db.session.flush()
    _mean_for(view, draft)
    return view


@command(None)
def change_view(screen: Screen, view_id: uuid.UUID, row_version: int, draft: ViewDraft) -> View:
    """Rename, share, pin or order a view; raise `Conflict` when it was changed since, `Invalid`, `Forbidden`."""
    view = _changeable(screen, view_id, row_version)
    _fill(view, draft)
    _mean_for(view, draft)
    return view


@command(None)
def replace_arguments(screen: Screen, view_id: uuid.UUID, arguments: Pairs) -> View:
    """Let a view ask what the list asks now."""
    view = _changeable(screen, view_id, None)
    view.arguments = _checked_arguments(arguments)
    return view


@command(None)
def delete_view(screen: Screen, view_id: uuid.UUID) -> str:
    """Delete a view for all who have it and return its name."""
    view = _changeable(screen, view_id, None)
    name = view.name
    for table in (view_role, view_choice):
        db.session.execute(delete(table).where(table.c.view_id == view.id))
    db.session.delete(view)
    return name


@command(None)
def choose(
    screen: Screen, view_id: uuid.UUID, *, pinned: bool | None = None, default: bool | None = None
) -> View:
    """Pin a view in one's own menu or open the list with it, whatever holds for others."""
    require(screen.permission("list"))
    bump_version()
    view = find_view(screen, view_id)
    _write_choice(view, pinned, default)
    return view


def _write_choice(view: View, pinned: bool | None, default: bool | None) -> None:
    """Write what the person decided; a list opens with one view at most."""
    if default:
        others = select(View.id).where(View.screen == view.screen)
        _choose_for(view_choice.c.view_id.in_(others), {"is_default": False})
    chosen = {"is_pinned": pinned, "is_default": default}
    values = {name: value for name, value in chosen.items() if value is not None}
    if not _choose_for(view_choice.c.view_id == view.id, values):
        db.session.execute(insert(view_choice).values(view_id=view.id, person_id=current_user.id, **values))


def _choose_for(which: ColumnElement[bool], values: dict[str, bool]) -> bool:
    """Write values into the person's choices; say whether there are any of these."""
    mine = view_choice.c.person_id == current_user.id
    db.session.execute(update(view_choice).where(mine, which).values(values))
    # Not asked of the update: MariaDB counts only the rows that it changed.
    return db.session.scalar(select(view_choice.c.view_id).where(mine, which).limit(1)) is not None


def _changeable(screen: Screen, view_id: uuid.UUID, row_version: int | None) -> View:
    require(screen.permission("list"))
    bump_version()
    view = find_view(screen, view_id)
    if not may_change(view):
        raise Forbidden
    if row_version is not None and view.row_version != row_version:
        raise Conflict
    return view


def _fill(view: View, draft: ViewDraft) -> None:
    if draft.visibility is not Visibility.OWN:
        require(SHARE)
    elif view.owner_id != current_user.id:
        # It would be gone for whoever takes it back, and for everybody else but its owner.
        raise Invalid({"visibility": _("Only its owner can keep this view to themselves.")})
    view.name = _checked_name(draft.name, view)
    view.visibility = draft.visibility
    view.position = draft.position


def _checked_name(text: str, view: View) -> str:
    name = clean_line(text)
    if not name:
        raise Invalid({"name": _("Please fill this in.")})
    if len(name) > LONGEST_NAME:
        raise Invalid({"name": _("At most %(most)d characters.", most=LONGEST_NAME)})
    same = select(View.id).where(
        View.owner_id == view.owner_id, View.screen == view.screen, View.name == name
    )
    if view.id is not None:
        same = same.where(View.id != view.id)
    with db.session.no_autoflush:
        if db.session.scalar(same.limit(1)) is not None:
            raise Invalid({"name": _("There is a view of this name already.")})
    return name


def _checked_arguments(arguments: Pairs) -> str:
    text = write_pairs(arguments)
    if len(text) > LONGEST_ARGUMENTS:
        raise Invalid({"": _("This filter is too long. Leave out some conditions or values.")})
    return text


def _mean_for(view: View, draft: ViewDraft) -> None:
    """Write for which roles a view is, and whether it is pinned and opens the list: for oneself or for all of them."""
    known = {role.id for role in list_roles()}
    wanted = set(draft.roles) & known if view.visibility is Visibility.ROLES else set()
    if view.visibility is Visibility.ROLES and not wanted:
        raise Invalid({"roles": _("Please choose at least one.")})
    db.session.flush()
    db.session.execute(delete(view_role).where(view_role.c.view_id == view.id))
    if wanted:
        rows = [{"view_id": view.id, "role_id": role} for role in sorted(wanted)]
        db.session.execute(insert(view_role), rows)
    is_own = view.visibility is Visibility.OWN
    view.is_pinned, view.is_default = draft.is_pinned and not is_own, draft.is_default and not is_own
    if is_own:
        _write_choice(view, draft.is_pinned, draft.is_default)
