"""The columns of a list: which ones, in which order and how wide, as the address, the person or the screen says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError

from app.access.present import present_person_id
from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields import clean_line
from app.core.kernel import kernel
from app.core.transaction import command
from app.panel.addresses import COLUMNS
from app.panel.models import ListLayout

MOST_COLUMNS = 30
NARROWEST, WIDEST = 48, 800


@dataclass(frozen=True, slots=True)
class Layout:
    """Names in order and widths in CSS pixels by name; a column without one is as wide as what stands in it."""

    names: tuple[str, ...]
    widths: Mapping[str, int] = field(default_factory=dict)
    is_own: bool = False


def possible_columns(screen: Screen) -> list[fields.Field]:
    """Return the fields that can be columns: all but links to what this shop does not use."""
    used = kernel().screens
    return [
        entry
        for entry in screen.fields.values()
        if not isinstance(entry, fields.Link | fields.Links) or entry.to in used
    ]


def read_columns(screen: Screen, text: str) -> tuple[str, ...]:
    """Return the names of `columns=a,b,c`; raise `Invalid` for a name that is none. '' means none were named."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = {entry.name for entry in possible_columns(screen)}
    for name in names:
        if name not in known:
            message = _("This list has no column “%(name)s”.", name=clean_line(name)[:40])
            raise Invalid({COLUMNS: message})
    if len(names) > MOST_COLUMNS:
        raise Invalid({COLUMNS: _("At most %(most)d columns.", most=MOST_COLUMNS)})
    return with_title(screen, names) if names else ()


def with_title(screen: Screen, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names with the column that leads to the record, which a list can't do without."""
    if screen.title not in screen.fields or screen.title in names:
        return tuple(names)
    return (screen.title, *names)


def layout_of(screen: Screen, text: str = "") -> Layout:
    """Return what the list shows: the columns that the address names, else the person's own, else the declared ones.

    Columns that a person kept and that are gone since are left out. One statement.
    """
    names = read_columns(screen, text)
    kept = own_layout(screen)
    if kept is None:
        return Layout(names or screen.columns)
    known = {entry.name for entry in possible_columns(screen)}
    own = tuple(name for name in kept.names if name in known)
    widths = {name: width for name, width in kept.widths.items() if name in known}
    return Layout(names or (with_title(screen, own) if own else screen.columns), widths, is_own=bool(own))


def own_layout(screen: Screen) -> Layout | None:
    """Return what the present person kept for this list, None for nothing."""
    query = select(ListLayout.columns, ListLayout.widths).where(*_mine(screen)).limit(1)
    row = db.session.execute(query).one_or_none()
    return None if row is None else Layout(tuple(row.columns), dict(row.widths), is_own=True)


def keep_columns(screen: Screen, names: Sequence[str], widths: Mapping[str, int] | None = None) -> None:
    """Show these columns to the present person from now on; `widths` None leaves the widths as they are."""
    names = read_columns(screen, ",".join(names))
    _keep(screen, list(names), None if widths is None else _fitting(screen, widths))


def keep_width(screen: Screen, name: str, width: int) -> None:
    """Show one column this wide from now on; 0 makes it as wide as what stands in it."""
    kept = own_layout(screen)
    widths = dict(kept.widths) if kept else {}
    widths.pop(name, None)
    if width:
        widths[name] = width
    _keep(screen, None, _fitting(screen, widths))


def forget_layout(screen: Screen) -> None:
    """Show the list as it was at first."""
    _keep(screen, [], {})


def _fitting(screen: Screen, widths: Mapping[str, int]) -> dict[str, int]:
    known = {entry.name for entry in possible_columns(screen)}
    return {
        name: max(NARROWEST, min(WIDEST, width)) for name, width in widths.items() if name in known and width
    }


def _mine(screen: Screen) -> tuple[ColumnElement[bool], ...]:
    return ListLayout.person_id == present_person_id(), ListLayout.screen == screen.name


def _keep(screen: Screen, columns: list[str] | None, widths: dict[str, int] | None) -> None:
    try:
        _write(screen, columns, widths)
    except IntegrityError:
        # The first layout was kept in two windows at once: now there is one to change.
        _write(screen, columns, widths)


@command(None)
def _write(screen: Screen, columns: list[str] | None, widths: dict[str, int] | None) -> None:
    person_id = present_person_id()
    layout = db.session.get(ListLayout, (person_id, screen.name))
    if layout is None:
        layout = ListLayout(person_id=person_id, screen=screen.name, columns=[], widths={})
        db.session.add(layout)
    if columns is not None:
        layout.columns = columns
    if widths is not None:
        layout.widths = widths
