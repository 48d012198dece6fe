"""Dates: what all rows of a column together say of how its dates are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core import fields
from app.core.declaration import Screen
from app.panel.importing.mapping import Mapping, Use
from app.panel.importing.reading import Row
from app.panel.importing.values import year_last_parts


def settle_dates(screen: Screen, mapping: Mapping, rows: Iterator[Row]) -> Mapping:
    """Return the mapping with each date column's style as the whole file shows it; `auto` where it shows none.

    One day above twelve decides for its column: 3/25/2026 has the month first. A column that shows both ways, or
    neither, stays undecided, and its rows that could be two days are refused instead of guessed.
    """
    places = [
        at
        for at, use in enumerate(mapping.uses)
        if use.dates == "auto" and isinstance(screen.fields.get(use.field), fields.Date | fields.Moment)
    ]
    if not places or mapping.exact:
        return mapping
    shown: dict[int, set[str]] = {at: set() for at in places}
    for _number, cells in rows:
        for at in places:
            parts = year_last_parts(cells[at]) if at < len(cells) else None
            if parts is not None and max(parts) > 12 >= min(parts):
                shown[at].add("day_first" if parts[0] > 12 else "month_first")
    uses = [
        Use(use.field, next(iter(shown[at]))) if len(shown.get(at, ())) == 1 else use  # type: ignore[arg-type]
        for at, use in enumerate(mapping.uses)
    ]
    return replace(mapping, uses=tuple(uses))
