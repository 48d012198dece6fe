"""Reveals: how many masked values somebody may still see today, counted by the database."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import CursorResult, insert, update
from sqlalchemy.exc import IntegrityError

from app.access.rule_tables import RevealCount
from app.access.shop import load_shop
from app.core.database import db
from app.core.errors import KebuError
from app.core.shop import today

REVEAL = "access:field:reveal"


class EnoughRevealed(KebuError):
    """Somebody has revealed as many values today as the shop allows."""

    status = 429
    code = "enough-revealed"
    message = _l(
        "You have revealed as many values as the shop allows on one day. Ask a manager if you need more."
    )


def count_reveal(person_id: int) -> None:
    """Count one more reveal of a person today, inside the open transaction; raise `EnoughRevealed`.

    One conditional statement counts: of any number at the same moment no more come through than are left.
    """
    most = load_shop().reveals_a_day
    if most <= 0:
        raise EnoughRevealed
    if _one_more(person_id, most):
        return
    try:
        with db.session.begin_nested():
            db.session.execute(insert(RevealCount).values(person_id=person_id, day=today(), reveals=1))
    except IntegrityError as error:
        # There is a count of today: it is full, or somebody at the same moment made it.
        if not _one_more(person_id, most):
            raise EnoughRevealed from error


def _one_more(person_id: int, most: int) -> bool:
    counted = (
        update(RevealCount)
        .where(RevealCount.person_id == person_id, RevealCount.day == today(), RevealCount.reveals < most)
        .values(reveals=RevealCount.reveals + 1)
        .execution_options(synchronize_session=False)
    )
    result = db.session.execute(counted)
    return isinstance(result, CursorResult) and result.rowcount == 1
