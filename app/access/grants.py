"""Grants: which permissions a person holds, looked up once per change and remembered by every process."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import current_app

from app.access.holding import OWNER, OWNERSHIP, Held, held_roles, read_held, read_roles
from app.access.memory import Remembered
from app.access.models import CallingKey
from app.access.present import looked_at_role, present_key, present_person_id
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

    A program that calls with an API key holds what stands on the key, as far as the key's maker holds it now. Who looks
    as a role holds what both he and the role do.
    """
    person_id = present_person_id()
    if person_id is None:
        return NOTHING
    if (key := present_key()) is not None:
        return rights_of_key(key, person_id).names
    role_id = looked_at_role()
    return grants_of(person_id) if role_id is None else grants_of(person_id) & held_by_role(role_id).grants


@dataclass(frozen=True, slots=True)
class RightsOfKey:
    """What an API key may do at this moment: permission names, and the branches it sees (None: its maker's)."""

    names: frozenset[str]
    branches: frozenset[uuid.UUID] | None

    def within(self, branches: frozenset[uuid.UUID] | None) -> frozenset[uuid.UUID] | None:
        """Return those of its maker's `branches` (None: all) that the key sees."""
        if self.branches is None or branches is None:
            return self.branches if branches is None else branches
        return self.branches & branches


def rights_of_key(key: CallingKey, maker_id: int) -> RightsOfKey:
    """Return what a key may do: what stands on it, as far as its maker may do it now, in its branch.

    This is the one place that joins a key with its maker: whoever limits rows by the person narrows by `branches`.
    """
    branches = None if key.branch_id is None else frozenset({key.branch_id})
    return RightsOfKey(grants_of(maker_id) & key.scopes, branches)


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
