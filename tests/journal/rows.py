"""Rows as they really lie in the database, to be compared before and after."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select

from app.core.database import db
from app.journal.coverage import STAMPS, plan_of


def rows_of(model: type[Any]) -> dict[str, dict[str, Any]]:
    """Return every row of a model's table by key, without stamps, and its link lists."""
    db.session.rollback()
    mapper = inspect(model)
    plan = plan_of(mapper)
    assert plan is not None
    table = mapper.local_table
    found = {}
    # Fields that a test of another shop in this process has added are in the class and not in this database.
    there = {column["name"] for column in inspect(db.engine).get_columns(table.name)}
    shown = [column for column in table.columns if column.name in there]
    for row in db.session.execute(select(*shown)).mappings():
        values = {
            name: value.isoformat()
            if hasattr(value, "isoformat")
            else str(value)
            if value is not None
            else None
            for name, value in row.items()
            if name not in STAMPS
        }
        found[str(row["id"])] = values
    for name, link in plan.links.items():
        near = next(right for _left, right in link.synchronize_pairs)
        far = next(right for _left, right in link.secondary_synchronize_pairs or ())
        for values in found.values():
            values[name] = []
        for holder, linked in db.session.execute(select(near, far).order_by(near, far)):
            found[str(holder)][name].append(str(linked))
    return found


def row_of(record: Any) -> dict[str, Any]:
    """Return one record's row."""
    key = str(record.id)
    return rows_of(type(record))[key]
