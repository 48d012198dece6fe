"""Preparing: a database is written down first, then looked at, chosen from and published; and let go of again.

Each step is a transaction of its own, so whoever is interrupted goes on where he was: a source that is not `is_used` is
seen by nobody but those who prepare it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.engine import URL

from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.told import TOLD
from app.access.version import bump_version
from app.adoption.connecting import shown
from app.adoption.declaring import (
    ADOPT,
    MOST_SOURCES,
    Looked,
    OwnDatabase,
    Wish,
    add_source,
    declare_all,
    is_own,
    lock_address,
)
from app.adoption.models import AdoptedColumn, AdoptedLook, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.publishing import MOST_TABLES
from app.core.database import db
from app.core.errors import KebuError, NotFound
from app.core.transaction import command
from app.journal.listening import note_change
from app.journal.values import encode


class NothingChosen(KebuError):
    """A database without a single screen would be an empty line in the menu."""

    status = 409
    code = "nothing-chosen"
    message = _l("Choose at least one table.")


def list_sources() -> list[AdoptedSource]:
    """Return every adopted database, oldest first, those being prepared among them."""
    return list(db.session.scalars(select(AdoptedSource).order_by(AdoptedSource.id).limit(MOST_SOURCES)))


def find_source(code: str) -> AdoptedSource:
    """Return one adopted database; raise `NotFound`."""
    found = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code))
    if found is None:
        raise NotFound
    return found


def tables_of(source: AdoptedSource) -> list[AdoptedTable]:
    """Return what is declared of a database's tables, in order."""
    query = select(AdoptedTable).where(AdoptedTable.source_id == source.id)
    return list(db.session.scalars(query.order_by(AdoptedTable.position, AdoptedTable.id).limit(MOST_TABLES)))


@command(ADOPT)
def connect(wish: Wish) -> str:
    """Write down a database that is to be adopted, without its tables; return its code.

    Raises `OwnDatabase` and `TooManySources`.
    """
    return add_source(wish).code


@command(ADOPT)
def prepare(code: str, looked: Looked) -> None:
    """Write down a database's tables as proposed, once: of two who look at the same time the second changes nothing."""
    source = _held(code)
    if tables_of(source):
        return
    declare_all(source, *looked)


@command(ADOPT)
def choose(
    code: str, asked: Iterable[uuid.UUID], shown_ones: Collection[uuid.UUID], locked: Collection[uuid.UUID]
) -> None:
    """Say of the tables that somebody was `asked` about which get a screen and which are for reading only."""
    asked = set(asked)
    for table in tables_of(_held(code)):
        if table.id in asked:
            table.is_shown = table.id in shown_ones
            table.read_only = table.id in locked


@command(ADOPT)
def choose_all(code: str, *, is_shown: bool) -> None:
    """Give every table a screen, or none."""
    for table in tables_of(_held(code)):
        table.is_shown = is_shown


def publish(code: str) -> None:
    """Show a database's screens to everybody who may see them, owners first; raise `NothingChosen`.

    A process that dies between the two leaves permissions that the next start writes.
    """
    use(code, is_used=True)
    sync_permissions(declared_permissions())


@command(ADOPT)
def use(code: str, *, is_used: bool) -> None:
    """Show a database's screens, or hide them and keep everything that is said of it; raise `NothingChosen`."""
    source = _held(code)
    if is_used and not any(table.is_shown for table in tables_of(source)):
        raise NothingChosen
    source.is_used = is_used


@command(ADOPT)
def look_anew(code: str) -> None:
    """Have every process look at a database again at its next request."""
    _held(code).looks += 1


@command(ADOPT)
def change_settings(code: str, name_zh: str, name_en: str, *, read_only: bool) -> None:
    """Give a database other names, and say whether it is for reading only; its addresses stay."""
    source = _held(code)
    source.label_zh, source.label_en, source.read_only = name_zh, name_en, read_only


@command(ADOPT)
def change_address(code: str, url: URL) -> None:
    """Reach a database at another address or with another password, which was tried before; raise `OwnDatabase`."""
    if is_own(url):
        raise OwnDatabase
    source = _held(code)
    source.shown_address = shown(url)[:300]
    source.locked_address = lock_address(source, url)


@command(ADOPT)
def let_go(code: str) -> None:
    """Forget a database with all that was said of it and the rights to it; the database itself is not touched.

    Rights go too, so that another database that is called the same one day opens to nobody by itself.
    """
    source = _held(code)
    for table in tables_of(source):
        columns = select(AdoptedColumn).where(AdoptedColumn.table_id == table.id)
        for column in db.session.scalars(columns):
            db.session.delete(column)
    for model in (AdoptedRole, AdoptedLook):
        for row in db.session.scalars(select(model).where(model.source_id == source.id)):
            db.session.delete(row)
    db.session.flush()
    for table in tables_of(source):
        db.session.delete(table)
    db.session.flush()
    db.session.delete(source)
    _take_rights(code)


def _held(code: str) -> AdoptedSource:
    """Return a database's row, held until the transaction ends, so that two who change it come one after the other."""
    found = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).with_for_update())
    if found is None:
        raise NotFound
    return found


def _take_rights(code: str) -> None:
    """Take every role's rights to a database's screens, and tell it in the journal."""
    grants = assoc_permissionview_role
    query = (
        select(grants.c.role_id, grants.c.permission_view_id, ViewMenu.name, Permission.name)
        .join(PermissionView, PermissionView.id == grants.c.permission_view_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
    )
    held: dict[int, set[str]] = {}
    gone: dict[int, set[str]] = {}
    numbers: set[int] = set()
    for role, number, screen, verb in db.session.execute(query):
        held.setdefault(role, set()).add(f"{screen}:{verb}")
        if screen.partition(":")[0] == code:
            gone.setdefault(role, set()).add(f"{screen}:{verb}")
            numbers.add(number)
    for role, names in gone.items():
        before, after = ({"permissions": encode(sorted(each))} for each in (held[role], held[role] - names))
        note_change(Role, [role], before, after)
    if numbers:
        statement = delete(grants).where(grants.c.permission_view_id.in_(numbers))
        db.session.execute(statement.execution_options(**TOLD))
    bump_version()
