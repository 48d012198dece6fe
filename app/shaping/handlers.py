"""What shaping does when the sample shop's records go: own records go too, the fields and types themselves stay."""

from __future__ import annotations

from sqlalchemy import column, delete, table, update

from app.access.events import SampleClearing
from app.core.database import db
from app.shaping.definitions import read_definitions
from app.shaping.mapping import table_of, type_class
from app.shaping.models import Kind

_GONE = "the sample goes as a whole, and its journal with it"


def empty_own_tables(_event: SampleClearing) -> None:
    """Let go of every own link and file, then delete the records of every own type."""
    definitions = read_definitions()
    for row in definitions.fields:
        model = definitions.model_of(row.screen)
        if row.kind in (Kind.LINK, Kind.FILE) and model is not None:
            # A parked field's column may be unknown to the class.
            name = f"{row.name}_id"
            emptied = update(table(table_of(model).name, column(name))).values({name: None})
            db.session.execute(emptied.execution_options(unjournalled=_GONE))
    for own in definitions.types:
        rows = delete(table_of(type_class(own.code)))
        db.session.execute(rows.execution_options(unjournalled=_GONE))
