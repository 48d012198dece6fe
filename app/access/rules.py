"""Rules: the verbs by which a manager decides what roles see of fields and rows, and who works in which branches."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping

from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.authority import require_over_person
from app.access.confining import branches_of, confine
from app.access.errors import FixedRole, HoldsMore
from app.access.holding import OWNER, read_roles
from app.access.limiting import limits_of_role, present_limits, sight_in, sights_in
from app.access.present import is_the_program
from app.access.rule_tables import FieldRule, RowRule
from app.access.version import bump_version
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.kernel import kernel
from app.core.limits import UNLIMITED, Sight
from app.core.transaction import command

__all__ = [
    "branches_of",
    "copy_rules",
    "forget_role",
    "limits_of_role",
    "row_rule_of",
    "set_branches",
    "set_row_rule",
    "set_sights",
    "sights_of",
]
_MOST_RULES = 1_000


def sights_of(role_id: int, screen: str) -> Mapping[str, Sight]:
    """Return how much a role sees of every field of a screen, by name: decided by a manager or by default."""
    role = read_roles([role_id]).roles.get(role_id)
    if role is None:
        raise NotFound
    return sights_in(role, _declared(screen))


def row_rule_of(role_id: int, screen: str) -> str | None:
    """Return the filter that confines a role on a screen, as an address carries it; None for all rows."""
    query = select(RowRule.where_document).where(RowRule.role_id == role_id, RowRule.screen == screen)
    return db.session.scalar(query.limit(1))


@command("access:role:edit")
def set_sights(role_id: int, screen: str, sights: Mapping[str, Sight | None]) -> None:
    """Decide how much of the named fields a role sees; None goes back to the default, other fields stay as they are.

    Raises `FixedRole` for the owner's, `NotFound` for what is not declared, `HoldsMore` for who sees less himself,
    `Invalid` for a required field that a role which adds records would not see.
    """
    bump_version()
    role, declared = _role(role_id), _declared(screen)
    # Before anything changes: who opens the own role would else see at once what he opens.
    own = UNLIMITED if is_the_program() else present_limits()
    held = read_roles([role_id]).roles[role_id]
    stored = {
        rule.field: rule
        for rule in db.session.scalars(
            select(FieldRule)
            .where(FieldRule.role_id == role.id, FieldRule.screen == screen)
            .limit(_MOST_RULES)
        )
    }
    for name, sight in sights.items():
        if name not in declared.fields:
            raise NotFound
        before = sight_in(held, declared, declared.fields[name])
        _decide(stored.get(name), role.id, screen, name, sight)
        held.sights.setdefault(screen, {}).pop(name, None)
        if sight is not None:
            held.sights[screen][name] = sight
        _require_sight(own.sight(screen, name), before, sight_in(held, declared, declared.fields[name]))
    _require_what_adding_needs(declared, held.grants, sights_in(held, declared))


def _decide(rule: FieldRule | None, role_id: int, screen: str, name: str, sight: Sight | None) -> None:
    if sight is None:
        if rule is not None:
            db.session.delete(rule)
    elif rule is None:
        db.session.add(FieldRule(role_id=role_id, screen=screen, field=name, sight=sight))
    elif rule.sight is not sight:
        rule.sight = sight


def _require_sight(own: Sight, before: Sight, after: Sight) -> None:
    """Raise `HoldsMore` where somebody would open to others what he does not see himself."""
    if after.openness > before.openness and after.openness > own.openness:
        raise HoldsMore


def _require_what_adding_needs(screen: Screen, grants: Collection[str], sights: Mapping[str, Sight]) -> None:
    if screen.permission("add") not in grants:
        return
    missing = [
        field
        for field in screen.fields.values()
        if field.required and not field.read_only and not field.default and sights[field.name] is Sight.HIDDEN
    ]
    if missing:
        message = _("This role adds records, and these need the field: it can be masked, not hidden.")
        raise Invalid({field.name: message for field in missing})


@command("access:role:edit")
def set_row_rule(role_id: int, screen: str, where: str | None) -> None:
    """Confine a role to the records of a screen that meet the filter `where` (as an address carries it); None for all.

    Raises `FixedRole`, `NotFound`, `Invalid` for a filter that can't be read, `HoldsMore` for who is confined himself.
    """
    bump_version()
    role, declared = _role(role_id), _declared(screen)
    if not is_the_program() and screen in present_limits().rows:
        raise HoldsMore
    text = (where or "").strip()
    if text and (check := kernel().check_rows) is not None:
        check(declared, text)
    query = select(RowRule).where(RowRule.role_id == role.id, RowRule.screen == screen).limit(1)
    rule = db.session.scalar(query)
    if not text:
        if rule is not None:
            db.session.delete(rule)
    elif rule is None:
        db.session.add(RowRule(role_id=role.id, screen=screen, where_document=text))
    elif rule.where_document != text:
        rule.where_document = text


@command("access:user:edit")
def set_branches(person_id: int, branch_ids: Collection[uuid.UUID]) -> None:
    """Confine a person to branches, none for all of them.

    Raises `NotFound` for a branch that does not exist, `HoldsMore` for a person with more rights, or for branches
    that whoever decides does not see, `OwnBranches` for himself, `Invalid` for an owner.
    """
    bump_version()
    require_over_person(person_id)
    confine(person_id, branch_ids)


def copy_rules(source_id: int, target_id: int) -> None:
    """Let one role see exactly what another does, inside the open transaction: what its name implied is written out."""
    source, target = (read_roles([number]).roles[number] for number in (source_id, target_id))
    for name, screen in kernel().declared_screens.items():
        wanted, present = sights_in(source, screen), sights_in(target, screen)
        for field, sight in wanted.items():
            if sight is not present[field]:
                db.session.add(FieldRule(role_id=target_id, screen=name, field=field, sight=sight))
    for name, document in source.rows.items():
        db.session.add(RowRule(role_id=target_id, screen=name, where_document=document))
    db.session.flush()


def forget_role(role_id: int) -> None:
    """Remove the rules of a role that is being deleted, inside the open transaction."""
    for table in (FieldRule, RowRule):
        for rule in db.session.scalars(select(table).where(table.role_id == role_id).limit(_MOST_RULES)):
            db.session.delete(rule)
    db.session.flush()


def _role(role_id: int) -> Role:
    role = db.session.get(Role, role_id)
    if role is None:
        raise NotFound
    if role.name == OWNER:
        raise FixedRole
    return role


def _declared(name: str) -> Screen:
    screen = kernel().declared_screens.get(name)
    if screen is None:
        raise NotFound
    return screen
