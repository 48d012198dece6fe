"""What can be done with each table of an adopted database, for its page: as it was found, in the reader's language."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.adoption.models import AdoptedSource, AdoptedTable
from app.adoption.publishing import MOST_TABLES, sketch_of
from app.adoption.verdicts import Kind, verdict
from app.core.database import db
from app.core.keys import encode_token

MOST_LINES = 200
_TONES = {Kind.EDITABLE: "good", Kind.READ_ONLY: "warning", Kind.REFUSED: "bad"}


def verdicts_of(source: AdoptedSource) -> dict[str, Any]:
    """Return the lines of the page: what can't be edited first, with the reason and what would mend it.

    `lines` is empty, and `away` true, where the database does not answer.
    """
    found = sketch_of(source)
    if found is None:
        return {"away": True, "lines": [], "counted": [], "more": 0}
    tokens = _tokens(source)
    judged = [(verdict(each, read_only=source.read_only), each) for each in found.tables]
    counted = Counter(said.kind for said, _table in judged)
    judged.sort(key=lambda pair: (pair[0].kind is Kind.EDITABLE, pair[1].schema, pair[1].name))
    lines = [
        {
            "name": f"{table.schema}.{table.name}" if table.schema else table.name,
            "url": f"/adoption/table/{tokens[place]}"
            if (place := (table.schema, table.name)) in tokens
            else "",
            "tone": _TONES[said.kind],
            "kind": words()[said.kind],
            "rows": table.rows,
            "reason": said.reason,
            "mend": said.mend,
        }
        for said, table in judged[:MOST_LINES]
    ]
    return {
        "away": False,
        "lines": lines,
        "counted": [(words()[kind], counted[kind], _TONES[kind]) for kind in Kind if counted[kind]],
        "more": max(0, len(judged) - MOST_LINES),
    }


def words() -> dict[Kind, str]:
    """Return what verdicts are called."""
    return {
        Kind.EDITABLE: _("editable"),
        Kind.READ_ONLY: _("read-only"),
        Kind.REFUSED: _("can't be adopted"),
    }


def _tokens(source: AdoptedSource) -> dict[tuple[str, str], str]:
    rows = db.session.execute(
        select(AdoptedTable.schema_name, AdoptedTable.name, AdoptedTable.id)
        .where(AdoptedTable.source_id == source.id)
        .limit(MOST_TABLES)
    )
    return {(schema, name): encode_token([key]) for schema, name, key in rows}
