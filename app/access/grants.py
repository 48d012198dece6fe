"""Grants: which permissions a person holds, looked up once per change and remembered by every process."""

from __future__ import annotations

from flask import current_app

from app.access.holding import OWNER, OWNERSHIP, Held, held_roles, read_held, read_roles
from app.access.memory import Remembered
from app.access.present import looked_at_role, present_person_id
from app.access.version import present_version

__all__ = [
    "OWNER",
    "OWNERSHIP",
    "granted_names",
    "grants_of",
    "held_by",
    "held_by_role",
    "held_roles",
    "read_grants",
]

NOTHING: frozenset[str] = frozenset()


def granted_names() -> frozenset[str]:
    """Return the names `slice:noun:verb` that whoever is present holds; none for a stranger and the program itself.

    Who looks as a role holds what both he and the role do.
    """
    person_id = present_person_id()
    if person_id is None:
        return NOTHING
    role_id = looked_at_role()
    return grants_of(person_id) if role_id is None else grants_of(person_id) & held_by_role(role_id).grants


def grants_of(person_id: int) -> frozenset[str]:
    """Return the names that a person holds through roles and groups; one statement when not known yet."""
    return held_by(person_id).grants


def held_by(person_id: int) -> Held:
    """Return all that a person holds: permissions, and the rules of the roles; one statement when not known yet."""
    memory: Remembered[Held] = current_app.extensions["kebu_grants"]
    key = (person_id, present_version())
    known = memory.get(key)
    if known is None:
        known = read_held(person_id)
        memory.keep(key, known)
    return known


def read_grants(person_id: int) -> frozenset[str]:
    """Return the names from the database, past every memory."""
    return read_held(person_id).grants


def held_by_role(role_id: int) -> Held:
    """Return what somebody with this role alone would hold; one statement when not known yet."""
    memory: Remembered[Held] = current_app.extensions["kebu_role_rights"]
    key = (role_id, present_version())
    known = memory.get(key)
    if known is None:
        known = read_roles([role_id])
        memory.keep(key, known)
    return known
