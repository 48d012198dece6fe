"""The fence: nothing is written into a field that is no longer in use, however old the page that it comes from is.

A process learns at its next request that a field was parked, converted or deleted; one that is just saving does not.
So whoever writes own fields holds their definitions until the end of the transaction, and whoever changes places locks
them first: either the value is there before the change looks for the last time, or it is refused in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import current_app, has_app_context
from flask_babel import gettext as _
from sqlalchemy import event, select
from sqlalchemy import inspect as inspect_instance
from sqlalchemy.orm import Session

from app.core.database import db
from app.core.errors import Invalid
from app.core.migration import OWN_COLUMN
from app.core.occasion import present_occasion
from app.shaping.models import ShapingField, State

_NAME = re.compile(rf"{OWN_COLUMN}([a-z0-9]+)(?:_id|_minor|_currency)?")


def _look(session: Session, _context: Any, _instances: Any) -> None:
    if not has_app_context() or "kebu_shaper" not in current_app.extensions:
        return
    codes = {code for record in (*session.new, *session.dirty) for code in _written(record)}
    # What is taken back may belong into a parked field: there it lies with the other values.
    if not codes or present_occasion().undoes_id is not None:
        return
    query = select(ShapingField.code, ShapingField.state).where(ShapingField.code.in_(codes))
    query = query.order_by(ShapingField.id).limit(len(codes)).with_for_update(read=True)
    gone = [code for code, state in session.connection().execute(query) if state is not State.ACTIVE]
    if gone:
        message = _("A manager has just changed this field. Save again; the form will show what it is now.")
        raise Invalid({f"{OWN_COLUMN}{code}": message for code in gone})


def _written(record: Any) -> Iterator[str]:
    """Yield the codes of own fields of which a flush will write something."""
    state = inspect_instance(record)
    names = state.dict if state.key is None else state.committed_state
    for name in names:
        found = _NAME.fullmatch(name)
        if found and (state.key is not None or state.dict.get(name) is not None):
            yield found[1]


event.listen(db.session, "before_flush", _look)
