"""Limits: which fields, rows and branches the person at hand may see; who knows that is told by the kernel."""

from __future__ import annotations

import functools
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from flask import current_app, has_app_context
from flask_babel import lazy_gettext as _l

from app.core.choices import Choices


class Sight(Choices):
    """How much of a field somebody sees: its value, a mask of it, or not even that it exists."""

    VISIBLE = "visible", _l("Visible"), "good"
    MASKED = "masked", _l("Masked"), "warning"
    HIDDEN = "hidden", _l("Hidden"), "bad"

    @property
    def openness(self) -> int:
        """How much is seen, 0 for nothing: who has several roles sees as much as the most open one."""
        return _OPENNESS[self.value]


_OPENNESS = {"hidden": 0, "masked": 1, "visible": 2}


@dataclass(frozen=True)
class Limits:
    """What somebody may not see; `key` names equal limits, '' stands for none at all.

    `sights` holds by screen and field only what is not visible; `rows` by screen the filters of which a record has
    to meet at least one; `branches` the branches whose records are seen, None for all. With `shares_customers`
    records whose screen says so are seen whatever their branch.
    """

    key: str = ""
    sights: Mapping[str, Mapping[str, Sight]] = field(default_factory=dict)
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    branches: frozenset[uuid.UUID] | None = None
    shares_customers: bool = True

    def sight(self, screen: str, name: str) -> Sight:
        """Return how much of a field is seen."""
        return self.sights.get(screen, {}).get(name, Sight.VISIBLE)

    @property
    def narrows_rows(self) -> bool:
        """Whether any record at all is out of reach."""
        return bool(self.rows) or self.branches is not None

    def covers(self, other: Limits, screens: Iterable[str]) -> bool:
        """Say whether somebody with these limits sees all that somebody with the `other` ones sees on `screens`."""
        for screen in screens:
            fields = self.sights.get(screen, {})
            if any(other.sight(screen, name).openness > sight.openness for name, sight in fields.items()):
                return False
            if screen in self.rows and not set(other.rows.get(screen, ("",))) <= set(self.rows[screen]):
                return False
        return self.branches is None or (other.branches is not None and other.branches <= self.branches)

    @functools.cached_property
    def rows_key(self) -> str:
        """What names equal limits of rows, whatever the fields; '' for none: the key of what counts or lists rows."""
        return limits_of_parts({}, self.rows, self.branches, shares_customers=self.shares_customers).key


UNLIMITED = Limits()


def limits_of_parts(
    sights: Mapping[str, Mapping[str, Sight]],
    rows: Mapping[str, tuple[str, ...]],
    branches: frozenset[uuid.UUID] | None,
    *,
    shares_customers: bool = True,
) -> Limits:
    """Return the limits made of these parts, under the key that equal ones share."""
    kept = {
        screen: closed
        for screen, of_screen in sights.items()
        if (closed := {name: sight for name, sight in of_screen.items() if sight is not Sight.VISIBLE})
    }
    if not kept and not rows and branches is None:
        return UNLIMITED
    said = json.dumps(
        [
            {
                screen: {name: each.value for name, each in of_screen.items()}
                for screen, of_screen in kept.items()
            },
            {screen: sorted(documents) for screen, documents in rows.items()},
            None if branches is None else sorted(str(branch) for branch in branches),
            shares_customers or branches is None,
        ],
        sort_keys=True,
    )
    return Limits(
        hashlib.sha256(said.encode()).hexdigest()[:24], kept, dict(rows), branches, shares_customers
    )


LimitsProvider = Callable[[], Limits]
# Set for the program's own bookkeeping within somebody's request, and for looking as somebody else would.
_instead: ContextVar[Limits | None] = ContextVar("limits_instead", default=None)


def limits() -> Limits:
    """Return the limits of whoever is present; none for the program itself."""
    instead = _instead.get()
    if instead is not None:
        return instead
    if not has_app_context():
        return UNLIMITED
    provider: LimitsProvider | None = current_app.extensions["kebu"].limits
    return UNLIMITED if provider is None else provider()


@contextmanager
def limited_to(other: Limits) -> Iterator[None]:
    """Let the block see the shop under `other` limits: to show what a role would see, or in tests."""
    token = _instead.set(other)
    try:
        yield
    finally:
        _instead.reset(token)
