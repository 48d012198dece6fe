"""Forms of drifted tables: adding a row that the database can't take is refused in words, before it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from app.adoption.models import AdoptedColumn
from app.adoption.sketches import TableSketch
from app.core.declaration import Screen

MOST_NAMED = 5


def refuse_what_is_not_taken_up(
    screen: Screen, columns: Sequence[AdoptedColumn], table: TableSketch
) -> Screen:
    """Return the screen; where a column came that needs a value and nobody has taken up, adding says so."""
    known = {each.name for each in columns}
    needed = [
        each.name
        for each in table.columns
        if each.name not in known and not (each.nullable or each.default or each.generated or each.numbered)
    ]
    if not needed or "add" not in screen.verbs:
        return screen
    former = screen.rules

    def rules(record: Any | None, values: dict[str, Any]) -> dict[str, Any]:
        if record is None:
            names = ", ".join(needed[:MOST_NAMED])
            return {
                "": _(
                    "Its database now needs a value for %(names)s. Have it taken up under Changes in databases.",
                    names=names,
                )
            }
        return former(record, values) if former is not None else {}

    return replace(screen, rules=rules)
