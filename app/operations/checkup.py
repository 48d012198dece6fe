"""The check-up: every slice's checks run one after the other, and what they said kept for the night after."""

from __future__ import annotations

import datetime
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core import schema
from app.core.checks import Check, Finding, Light, red
from app.core.clock import utc_now
from app.core.database import db
from app.core.kernel import kernel

RUN = "operations:check:run"
FILE = "check-result.json"
_ORDER = {Light.RED: 0, Light.YELLOW: 1, Light.GREEN: 2}
log = logging.getLogger("kebu.check")


@dataclass(frozen=True, slots=True)
class Result:
    """One check and what it found."""

    check: Check
    finding: Finding

    @property
    def light(self) -> Light:
        """The light of the finding."""
        return self.finding.light


@dataclass(frozen=True, slots=True)
class Kept:
    """What the last check-up found: when, and the names of the checks that were red and yellow."""

    moment: datetime.datetime
    red: tuple[str, ...]
    yellow: tuple[str, ...]


def all_checks() -> tuple[Check, ...]:
    """Return the checks of every slice, also of those that the shop's profile leaves out."""
    return tuple(check for each in kernel().capabilities for check in each.checks)


def run_checks() -> list[Result]:
    """Run every check and return what each found, red before yellow before green.

    A check that fails is red: nothing that could not be looked at passes.
    """
    usable = schema.state(db.engine).status is schema.Status.CURRENT
    results = [Result(check, _run(check, usable=usable)) for check in all_checks()]
    return sorted(results, key=lambda each: _ORDER[each.light])


def _run(check: Check, *, usable: bool) -> Finding:
    if check.needs_tables and not usable:
        return red(_("Not checked: the database is not up to date."), _("Run `python3 run.py migrate`."))
    try:
        return check.run()
    except Exception as failure:
        db.session.rollback()
        log.exception("the check %s failed", check.name)
        return red(
            _("Not checked: looking failed (%(kind)s).", kind=type(failure).__name__),
            _("The log says more. Ask whoever runs Kebu."),
        )


def names(results: Sequence[Result], light: Light) -> tuple[str, ...]:
    """Return the names of the checks with this light, in order."""
    return tuple(sorted(each.check.name for each in results if each.light is light))


def keep(results: Sequence[Result]) -> Kept:
    """Keep in the instance folder which checks are red and yellow, and return it."""
    kept = Kept(utc_now(), names(results, Light.RED), names(results, Light.YELLOW))
    document = {"moment": kept.moment.isoformat(timespec="seconds"), "red": kept.red, "yellow": kept.yellow}
    home = kernel().home
    trial = home / f"{FILE}.{os.getpid()}"
    trial.write_text(json.dumps(document), encoding="utf-8")
    trial.chmod(0o600)
    trial.replace(home / FILE)
    return kept


def last_kept() -> Kept | None:
    """Return what the last check-up found; None when there was none."""
    try:
        document: dict[str, Any] = json.loads((kernel().home / FILE).read_text(encoding="utf-8"))
        moment = datetime.datetime.fromisoformat(document["moment"])
        return Kept(moment, tuple(document["red"]), tuple(document["yellow"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
