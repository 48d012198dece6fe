"""Role needs: which roles ask for a second factor; weakened by owners only, and in force at once."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import delete, insert, select

from app.access.authority import require_at_least
from app.access.grants import OWNERSHIP
from app.access.signing.factors import ANY, NO, TOTP, role_need
from app.access.signing.sessions import end_sessions
from app.access.signing.statements import met
from app.access.signing.tables import RoleFactor, SecondFactor
from app.access.told import TOLD
from app.core.database import db
from app.core.errors import NotFound
from app.journal.listening import note_change
from app.journal.values import encode

STRENGTH = {NO: 0, ANY: 1, TOTP: 2}
_MOST_HOLDERS = 10_000


def need_of(role: Role) -> str:
    """Return what a role asks for."""
    chosen = db.session.scalar(select(RoleFactor.need).where(RoleFactor.role_id == role.id).limit(1))
    return role_need(role.name, chosen)


def set_need(role: Role, wanted: str) -> None:
    """Let a role ask for `wanted` from now on, inside the open transaction; raise `HoldsMore` for less than before.

    Holders who lack what is asked for now are signed out, so that they set it up before they go on.
    """
    if wanted not in STRENGTH:
        raise NotFound
    before = need_of(role)
    if STRENGTH[wanted] < STRENGTH[before]:
        require_at_least({OWNERSHIP})
    met(delete(RoleFactor).where(RoleFactor.role_id == role.id).execution_options(**TOLD))
    met(insert(RoleFactor).values(role_id=role.id, need=wanted).execution_options(**TOLD))
    if before != wanted:
        note_change(Role, [role.id], {"need": encode(before)}, {"need": encode(wanted)})
    if STRENGTH[wanted] > STRENGTH[before]:
        _sign_out_who_lacks(role.id, wanted)


def _sign_out_who_lacks(role_id: int, wanted: str) -> None:
    good = select(SecondFactor.person_id)
    if wanted == TOTP:
        good = good.where(SecondFactor.kind == TOTP)
    held_by = assoc_user_role.c.user_id
    lacking = (
        select(held_by).where(assoc_user_role.c.role_id == role_id, held_by.not_in(good)).limit(_MOST_HOLDERS)
    )
    for person_id in db.session.scalars(lacking).all():
        end_sessions(person_id)
