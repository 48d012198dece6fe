"""Marks: the records a person pinned or opened last, titled and checked anew each time they are shown."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_login import current_user
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.clock import utc_now
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.keys import decode_token
from app.core.permissions import granted
from app.core.transaction import command
from app.panel.columns import Key, titles_of
from app.panel.errors import CannotBePinned, TooManyPins
from app.panel.models import LONGEST_TOKEN, Mark, MarkKind
from app.panel.reading import alive

MOST_PINNED = 30
MOST_RECENT = 30
# How long a look at a record waits for another one to be noted down; what comes later is not noted.
PATIENCE_SECONDS = 0.2
_noting = threading.Lock()


@dataclass(frozen=True, slots=True)
class MarkedRecord:
    """A marked record as it may be shown to the present person."""

    kind: MarkKind
    screen: Screen
    token: str
    title: str

    @property
    def url(self) -> str:
        """The address of the record's page."""
        return self.screen.path + self.token


# --- What stands marked ----------------------------------------------------------------------------


def marked(*kinds: MarkKind) -> list[MarkedRecord]:
    """Return the present person's marks of these kinds: one statement, and one more for each screen's titles.

    Pinned ones come first and in their order, recent ones by the time. What is in the trash or gone, and what
    the person may no longer see, is left out.
    """
    rows = db.session.execute(_marks(*kinds).limit(MOST_PINNED + MOST_RECENT))
    marks = [mark for mark in rows if _may_be_shown(mark.screen)]
    titles = _titles(marks)
    return [
        MarkedRecord(mark.kind, kernel().screens[mark.screen], mark.token, title)
        for mark in marks
        if (title := titles.get((mark.screen, mark.token)))
    ]


def _marks(*kinds: MarkKind) -> Select[MarkKind, str, str]:
    """Return the SELECT of the person's marks in the order in which they are shown."""
    mine = (Mark.person_id == current_user.id, Mark.kind.in_(kinds))
    order = (Mark.kind, Mark.place, Mark.moment.desc())
    return select(Mark.kind, Mark.screen, Mark.token).where(*mine).order_by(*order)


def _may_be_shown(name: str) -> bool:
    screen = kernel().screens.get(name)
    return screen is not None and granted(screen.permission("show"))


def _titles(marks: Iterable[Any]) -> dict[tuple[str, str], str]:
    """Return the titles of marked records in use by screen and token, with one statement a screen."""
    keys: dict[str, dict[Key, str]] = {}
    for mark in marks:
        keys.setdefault(mark.screen, {})[decode_token(mark.token)] = mark.token
    found = {}
    for name, tokens in keys.items():
        screen = kernel().screens[name]
        for key, title in titles_of(screen, list(tokens), alive(screen)).items():
            found[name, tokens[key]] = title
    return found


def is_pinned(screen: Screen, token: str) -> bool:
    """Say whether the present person has pinned this record."""
    pinned = select(Mark.token).where(*_one(MarkKind.PINNED, screen, token)).limit(1)
    return db.session.scalar(pinned) is not None


def _one(kind: MarkKind, screen: Screen, token: str) -> Sequence[Any]:
    """Return the condition that names one mark of the present person."""
    return (
        Mark.person_id == current_user.id,
        Mark.kind == kind,
        Mark.screen == screen.name,
        Mark.token == token,
    )


# --- Opening ---------------------------------------------------------------------------------------


def note_opened(screen: Screen, token: str) -> None:
    """Remember that the present person has this record open; a page loaded again costs one reading.

    At most one thread of a process waits to write it down: looking at things must never hold up a shop in which
    somebody else is writing for long, so a look that would have to wait behind another one is not remembered.
    """
    latest = db.session.execute(_marks(MarkKind.RECENT).limit(1)).one_or_none()
    if len(token) > LONGEST_TOKEN or (latest and (latest.screen, latest.token) == (screen.name, token)):
        return
    if not _noting.acquire(timeout=PATIENCE_SECONDS):
        return
    try:
        _write_opened(screen, token)
    except IntegrityError:
        # The same record was opened in two windows at once, and the other one has written it down.
        return
    finally:
        _noting.release()


@command(None)
def _write_opened(screen: Screen, token: str) -> None:
    now = utc_now()
    again = update(Mark).where(*_one(MarkKind.RECENT, screen, token)).values(moment=now)
    if db.session.execute(again.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        return
    row = {"person_id": current_user.id, "kind": MarkKind.RECENT, "screen": screen.name, "token": token}
    db.session.execute(insert(Mark), [{**row, "place": 0, "moment": now}])
    mine = (Mark.person_id == current_user.id, Mark.kind == MarkKind.RECENT)
    oldest = select(Mark.moment).where(*mine).order_by(Mark.moment.desc()).offset(MOST_RECENT).limit(1)
    if (moment := db.session.scalar(oldest)) is not None:
        forgotten = delete(Mark).where(*mine, Mark.moment <= moment)
        db.session.execute(forgotten.execution_options(synchronize_session=False))


# --- Pinning ---------------------------------------------------------------------------------------


def pin(screen: Screen, token: str) -> None:
    """Keep a record at hand, behind those pinned before; raise `TooManyPins`. Twice is once."""
    if len(token) > LONGEST_TOKEN:
        raise CannotBePinned()
    try:
        _write_pin(screen, token)
    except IntegrityError:
        # It was pinned in two windows at once, which is all that was wanted.
        return


@command(None)
def _write_pin(screen: Screen, token: str) -> None:
    if is_pinned(screen, token):
        return
    mine = (Mark.person_id == current_user.id, Mark.kind == MarkKind.PINNED)
    count, last = db.session.execute(select(func.count(), func.max(Mark.place)).where(*mine)).one()
    if count >= MOST_PINNED and count - _drop_gone() >= MOST_PINNED:
        raise TooManyPins()
    row = {"person_id": current_user.id, "kind": MarkKind.PINNED, "screen": screen.name, "token": token}
    db.session.execute(insert(Mark), [{**row, "place": (last or 0) + 1, "moment": utc_now()}])


@command(None)
def unpin(screen: Screen, token: str) -> None:
    """Stop keeping a record at hand; harmless where it isn't."""
    gone = delete(Mark).where(*_one(MarkKind.PINNED, screen, token))
    db.session.execute(gone.execution_options(synchronize_session=False))


@command(None)
def move_pin(screen: Screen, token: str, step: int) -> None:
    """Move a pinned record one place up (-1) or down (1) among those that are shown."""
    shown = [(one.screen.name, one.token) for one in marked(MarkKind.PINNED)]
    if (screen.name, token) not in shown:
        return
    at = shown.index((screen.name, token))
    to = at + step
    if not 0 <= to < len(shown):
        return
    shown.insert(to, shown.pop(at))
    for place, (name, each) in enumerate(shown, start=1):
        moved = update(Mark).where(*_one(MarkKind.PINNED, kernel().screens[name], each)).values(place=place)
        db.session.execute(moved.execution_options(synchronize_session=False))


def _drop_gone() -> int:
    """Delete pins whose record no longer exists, in the trash neither; return how many there were."""
    marks = db.session.execute(_marks(MarkKind.PINNED).limit(MOST_PINNED)).all()
    dropped = 0
    for mark in marks:
        screen = kernel().screens.get(mark.screen)
        if screen is not None and not titles_of(screen, [decode_token(mark.token)]):
            db.session.execute(
                delete(Mark)
                .where(*_one(MarkKind.PINNED, screen, mark.token))
                .execution_options(synchronize_session=False)
            )
            dropped += 1
    return dropped
