"""Offers: what the present person may do to chosen rows of a list."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.declaration import Screen
from app.core.permissions import granted
from app.panel.pages import BulkChoice

EDIT, TRASH, RESTORE, DO = "edit", "trash", "restore", "do:"


def choices_of(screen: Screen, *, in_trash: bool) -> tuple[BulkChoice, ...]:
    """Return what the present person may do to chosen rows of the list (or of the trash)."""
    if in_trash:
        offered = [BulkChoice(RESTORE, _("Put back"), "arrow-counterclockwise")]
    else:
        offered = [BulkChoice(EDIT, _("Change fields"), "pencil")]
        offered += [BulkChoice(DO + each.name, str(each.label), each.icon) for each in screen.bulk_actions]
        offered.append(BulkChoice(TRASH, _("Move to the trash"), "trash3", "danger"))
    return tuple(each for each in offered if _may(screen, each.value))


def _may(screen: Screen, what: str) -> bool:
    if what in (TRASH, RESTORE) and not screen.has_trash:
        return False
    verb = {EDIT: "edit", TRASH: "delete", RESTORE: "delete"}.get(what)
    if verb is not None and verb not in screen.verbs:
        return False
    action = next((each for each in screen.bulk_actions if what == DO + each.name), None)
    return granted(action.permission if action is not None else screen.permission(verb or ""))
