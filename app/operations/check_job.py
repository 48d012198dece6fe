"""The check-up of every night: a recurring job, the event when something turns red, and the card on home pages."""

from __future__ import annotations

import datetime
from typing import Any

from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.declaration import Card, Figure
from app.core.events import publish
from app.core.happenings import HappeningKind
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.transaction import transaction
from app.journal.happenings import record
from app.operations.checkup import RUN, keep, last_kept, run_checks
from app.operations.events import CheckTurnedRed

PAGE = "/check/"
TURNED_RED = HappeningKind(
    "operations:check_red", _l("The check found something red"), "bad", {"checks": _l("Checks")}
)


def run_nightly(job: RunningJob) -> None:
    """Run every check; tell the journal, and whoever listens, of what is red and was not."""
    before = last_kept()
    kept = keep(run_checks())
    new = tuple(name for name in kept.red if before is None or name not in before.red)
    with transaction():
        if new:
            record(TURNED_RED.name, facts={"checks": list(new)})
            publish(CheckTurnedRed(new))
        job.finish({"red": len(kept.red), "yellow": len(kept.yellow)})


def _summary(result: Any) -> str:
    return _figure_text(int(result.get("red", 0)), int(result.get("yellow", 0)))


def _figure_text(red: int, yellow: int) -> str:
    if red:
        return ngettext("%(num)d thing must be mended", "%(num)d things must be mended", red)
    if yellow:
        return ngettext("%(num)d thing to look at", "%(num)d things to look at", yellow)
    return _("All is well")


def _load() -> Figure:
    kept = last_kept()
    if kept is None:
        return Figure(_("Not run yet"), address=PAGE, tone="warning", counts=False)
    tone = "bad" if kept.red else "warning" if kept.yellow else "good"
    note = _("checked on %(moment)s", moment=format_datetime(kept.moment, "short"))
    return Figure(
        _figure_text(len(kept.red), len(kept.yellow)), note=note, address=PAGE, tone=tone, counts=False
    )


NIGHTLY = JobKind(
    "operations:check", _l("Check-up of the shop"), permission="", run=run_nightly, summary=_summary
)
EVERY_NIGHT = RecurringJob(NIGHTLY.name, every=datetime.timedelta(days=1))
CARD = Card("check", _l("Check-up"), RUN, order=300, load=_load)
