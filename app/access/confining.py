"""Confining: in which branches somebody works, asked for and changed inside the open transaction of a verb."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping

from flask_babel import gettext as _
from sqlalchemy import select

from app.access.authority import own_sight
from app.access.errors import BranchesBeyond, OwnBranches
from app.access.holding import OWNERSHIP, read_held
from app.access.models import Branch, Person
from app.access.present import is_the_program
from app.access.rule_tables import PersonBranch
from app.core.database import db
from app.core.errors import Invalid, NotFound
from app.core.keys import encode_token
from app.core.record import actor_id
from app.journal.listening import note_change
from app.journal.values import links

_MOST_BRANCHES = 1_000


def branches_of(person_id: int) -> frozenset[uuid.UUID]:
    """Return the branches that a person is confined to; empty for all branches."""
    query = select(PersonBranch.branch_id).where(PersonBranch.person_id == person_id)
    return frozenset(db.session.scalars(query.limit(_MOST_BRANCHES)))


def branches_by_person(people: Iterable[int]) -> Mapping[int, frozenset[uuid.UUID]]:
    """Return the branches of those of one page of `people` who are confined, by account number."""
    numbers = list(people)
    query = select(PersonBranch.person_id, PersonBranch.branch_id).where(PersonBranch.person_id.in_(numbers))
    found: dict[int, set[uuid.UUID]] = {}
    for person_id, branch_id in db.session.execute(query.limit(len(numbers) * _MOST_BRANCHES)):
        found.setdefault(person_id, set()).add(branch_id)
    return {person_id: frozenset(branches) for person_id, branches in found.items()}


def confine(person_id: int, branch_ids: Collection[uuid.UUID]) -> None:
    """Confine a person to branches, none for all of them, inside the open transaction.

    Raises `OwnBranches` for the acting person himself, `BranchesBeyond` for branches that he does not see, `NotFound`
    for a branch that does not exist, `Invalid` for an owner, who sees everything.
    """
    wanted, present = frozenset(branch_ids), branches_of(person_id)
    if wanted != present and person_id == actor_id() and not is_the_program():
        raise OwnBranches
    own = own_sight().branches
    if own is not None and not (wanted and wanted <= own):
        raise BranchesBeyond
    if wanted and OWNERSHIP in read_held(person_id).grants:
        raise Invalid({"works_in": _("An owner works in all branches.")})
    if wanted != present:
        _require_known(wanted)
        _replace(person_id, present, wanted)


def _require_known(wanted: frozenset[uuid.UUID]) -> None:
    known = db.session.scalars(select(Branch.id).where(Branch.id.in_(wanted)).limit(len(wanted) + 1))
    if wanted and set(known) != wanted:
        raise NotFound


def _replace(person_id: int, present: frozenset[uuid.UUID], wanted: frozenset[uuid.UUID]) -> None:
    gone = PersonBranch.branch_id.in_(present - wanted)
    query = select(PersonBranch).where(PersonBranch.person_id == person_id, gone)
    for row in db.session.scalars(query.limit(_MOST_BRANCHES)):
        db.session.delete(row)
    for branch_id in sorted(wanted - present):
        db.session.add(PersonBranch(person_id=person_id, branch_id=branch_id))
    before, after = (
        {"works_in": links([encode_token([one]) for one in sorted(each)])} for each in (present, wanted)
    )
    note_change(Person, [person_id], before, after)
