"""What the journal looks at for the check: whether its chains were found whole lately, and anchored outside."""

from __future__ import annotations

import datetime

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.checks import Check, Finding, green, red, yellow
from app.core.clock import utc_now
from app.core.database import db
from app.core.kernel import kernel
from app.journal.anchoring import anchors_now, read_anchors
from app.journal.checking import read_state

OLD, VERY_OLD = datetime.timedelta(hours=26), datetime.timedelta(days=7)


def chain() -> Finding:
    """Look at what the last walk along the chains found, and when that was."""
    state = read_state(kernel().home)
    advice = _("Run `python3 run.py journal verify`, and follow the handbook's page on incidents.")
    if not state:
        return yellow(
            _("The journal was not checked yet."), _("A worker does it every hour; so does `check --full`.")
        )
    if state["faults"]:
        first = state["faults"][0]
        return red(
            _(
                "The journal was tampered with: chain %(chain)s, place %(place)s.",
                chain=first["chain"] or "-",
                place=first["place"],
            ),
            advice,
        )
    moment = datetime.datetime.fromisoformat(state["moment"])
    words = _("The journal was found whole, last on %(moment)s.", moment=format_datetime(moment, "short"))
    age = utc_now() - moment
    if age > VERY_OLD:
        return red(words, _("Look whether a worker runs: it checks the journal every hour."))
    return (
        yellow(words, _("Look whether a worker runs: it checks the journal every hour."))
        if age > OLD
        else green(words)
    )


def anchors() -> Finding:
    """Look at whether the ends of the chains stand outside the database, and not from long ago."""
    latest: dict[str, tuple[int, datetime.datetime]] = {}
    for each in read_anchors(kernel().home):
        latest[each.born] = (each.place, datetime.datetime.fromisoformat(each.moment))
    heads = anchors_now(db.session.connection())
    now = utc_now()
    if heads and not latest and read_state(kernel().home):
        return red(
            _("The file with the anchors of the journal is gone."),
            _("Put back your copy of it: without it nobody sees what was cut off at the journal's end."),
        )
    if heads and not latest:
        return yellow(_("The journal was not anchored yet."), _("A worker does it every hour."))
    behind = [
        each
        for each in heads
        if (known := latest.get(each.born)) is None or (known[0] < each.place and now - known[1] > OLD)
    ]
    if behind:
        return yellow(
            _("The journal has grown for more than a day without being anchored."),
            _("Look whether a worker runs, or run `python3 run.py journal anchor`."),
        )
    return green(
        _("The ends of the journal are anchored outside the database."),
        _("Keep a copy of journal-anchors.jsonl where nobody who has the database can change it."),
    )


CHECKS = (
    Check("journal:chain", _l("Journal"), chain),
    Check("journal:anchors", _l("Anchors of the journal"), anchors),
)
