"""Happenings: what is no change of a record is told here, and written in the same chain by the open transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.database import writing
from app.core.errors import ProgrammingError, UnreadableToken
from app.core.happenings import HappeningKind
from app.core.kernel import kernel
from app.core.keys import decode_token
from app.core.occasion import present_occasion
from app.core.record import actor_id as present_actor
from app.journal.about import Whom, whom_of
from app.journal.changes import Happening
from app.journal.coverage import plans
from app.journal.listening import note_happening
from app.journal.values import encode

_PRESENT: Any = object()


def kinds() -> dict[str, HappeningKind]:
    """Return every declared kind by name."""
    return {kind.name: kind for each in kernel().capabilities for kind in each.happenings}


def record(  # noqa: PLR0917 - what there is to say of a happening
    kind: str,
    subject: str = "",
    record: str = "",
    facts: Mapping[str, Any] | None = None,
    reason: str = "",
    actor_id: int | None = _PRESENT,
    branch_id: uuid.UUID | None = None,
) -> None:
    """Write down that something of a declared kind happened, with the open transaction; raise outside of one.

    `subject` is a table and `record` a token where it happened to a record: the facts are then sealed under the key
    of the person whom that is about. `actor_id` is the present person if not given.
    """
    if not writing.get():
        raise ProgrammingError(
            "a happening is told within a transaction: it stands exactly when the effect does"
        )
    declared = kinds().get(kind)
    if declared is None:
        raise ProgrammingError(f"no manifest declares the happening {kind!r}")
    if unknown := set(facts or {}) - set(declared.facts):
        raise ProgrammingError(f"the happening {kind!r} declares no facts {sorted(unknown)}")
    occasion = present_occasion()
    if reason:
        occasion = replace(occasion, reason=reason)
    note_happening(
        Happening(
            kind,
            subject,
            record,
            {name: encode(value) for name, value in (facts or {}).items()},
            present_actor() if actor_id is _PRESENT else actor_id,
            occasion,
            branch_id,
            _about(subject, record),
        )
    )


def _about(subject: str, token: str) -> Whom | None:
    plan = next((each for each in plans() if each.subject == subject), None) if subject and token else None
    if plan is None:
        return None
    try:
        (key,) = decode_token(token)
    except (UnreadableToken, ValueError):
        return None
    return whom_of(plan, key)
