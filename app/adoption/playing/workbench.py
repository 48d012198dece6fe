"""Workbench: one database with its roles as they stand, and what of its tables they may read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable, Role
from app.adoption.playing.keeping import mapping_of
from app.adoption.playing.providing import SourceAway
from app.adoption.playing.reading import Place, Readable, readable
from app.adoption.proposing.expressions import ExpressionProblem
from app.adoption.proposing.roles import RoleProposal
from app.adoption.publishing import MOST_TABLES, publisher
from app.adoption.sketches import DatabaseSketch
from app.core.database import db
from app.core.errors import NotFound

MOST_COLUMNS_OF_A_TABLE = 2_000
# A dozen tables at most take part: each role's and its parent's.
_MOST_PLACES = 2 * len(Role)


@dataclass(frozen=True)
class Workbench:
    """A database, its tables that are shown, and its roles by name."""

    source: AdoptedSource
    tables: tuple[AdoptedTable, ...]
    roles: dict[str, AdoptedRole]

    @property
    def sketch(self) -> DatabaseSketch:
        """What was found in the database; raise `SourceAway` while it does not answer."""
        opened = publisher().opened.get(self.source.code)
        if opened is None or opened.sketch is None:
            raise SourceAway
        return opened.sketch

    def table(self, noun: str) -> AdoptedTable | None:
        """Return a table by the noun of its screen."""
        return next((each for each in self.tables if each.noun == noun), None)

    def noun(self, schema: str, name: str) -> str:
        """Return the noun of a table's screen, '' where it has none that is shown."""
        return next(
            (each.noun for each in self.tables if (each.schema_name, each.name) == (schema, name)), ""
        )

    def mapping(self, role: str) -> RoleProposal | None:
        """Return the mapping of a role, None where there is none or its lines can't be read."""
        row = self.roles.get(role)
        if row is None or not row.table_name:
            return None
        try:
            return replace(mapping_of(row, self.source), time_zone=self.source.time_zone)
        except ExpressionProblem:
            return None

    def others(self) -> dict[str, RoleProposal]:
        """Return all mappings by their roles."""
        return {role: each for role in self.roles if (each := self.mapping(role)) is not None}

    def columns(self, places: Iterable[Place]) -> dict[Place, list[AdoptedColumn]]:
        """Return what was said of the columns of these tables; one statement."""
        wanted = set(places)
        rows = {each.id: each for each in self.tables if (each.schema_name, each.name) in wanted}
        found: dict[Place, list[AdoptedColumn]] = {}
        if rows:
            statement = (
                select(AdoptedColumn)
                .where(AdoptedColumn.table_id.in_(rows))
                .order_by(AdoptedColumn.table_id, AdoptedColumn.position, AdoptedColumn.id)
                .limit(MOST_COLUMNS_OF_A_TABLE * _MOST_PLACES)
            )
            for column in db.session.scalars(statement):
                row = rows[column.table_id]
                found.setdefault((row.schema_name, row.name), []).append(column)
        return found

    def readable(self, places: Iterable[Place]) -> Readable:
        """Return what roles may read of these tables; raise `SourceAway`."""
        columns = self.columns(places)
        ids = {(each.schema_name, each.name): each.id for each in self.tables}
        by_id = {ids[place]: rows for place, rows in columns.items()}
        return readable(self.source.code, self.sketch, self.tables, by_id, columns)


def places_of(*mappings: RoleProposal | None) -> list[Place]:
    """Return the tables that mappings read."""
    found = []
    for each in mappings:
        if each is not None:
            found.append((each.schema, each.table))
            if each.parent is not None:
                found.append((each.parent.schema, each.parent.table))
    return found


def workbench_of(code: str) -> Workbench:
    """Return the workbench of a database that is in use; raise `NotFound`."""
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code))
    if source is None or not source.is_used:
        raise NotFound
    tables = db.session.scalars(
        select(AdoptedTable)
        .where(AdoptedTable.source_id == source.id, AdoptedTable.is_shown)
        .order_by(AdoptedTable.position, AdoptedTable.id)
        .limit(MOST_TABLES)
    )
    roles = db.session.scalars(select(AdoptedRole).where(AdoptedRole.source_id == source.id).limit(len(Role)))
    return Workbench(source, tuple(tables), {each.role.value: each for each in roles})
