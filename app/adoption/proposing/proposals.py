"""All proposals for a database, made of its sketch and a few sampled rows; nothing is asked of the database here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.adoption.proposing import marks, naming, personal, titles
from app.adoption.proposing.choices import choices_of, completed
from app.adoption.proposing.dictionary import has_han
from app.adoption.proposing.expressions import quoted
from app.adoption.proposing.results import (
    ColumnProposal,
    DatabaseProposal,
    Proposed,
    Samples,
    TableProposal,
    Unit,
)
from app.adoption.proposing.role_finding import find_roles
from app.adoption.proposing.seeing import SeenColumn, SeenTable, see
from app.adoption.sketches import DatabaseSketch


def propose(database: DatabaseSketch, samples: Samples | None = None) -> DatabaseProposal:
    """Return everything proposed for the readable tables of a database.

    `samples` are a few rows by schema and table (see `sampling.sample`); without them what only values tell is less
    sure. Tables that could not be read have no proposal.
    """
    seen = see(database, samples or {})
    usual = marks.usual_unit(column for table in seen.values() for column in table.columns)
    tables = tuple(propose_table(table, usual) for table in seen.values())
    currency, time_zone = _whereabouts(seen.values())
    roles = find_roles(seen, {(table.schema, table.name): table for table in tables}, time_zone.value)
    return DatabaseProposal(tables, roles, currency, time_zone)


def propose_table(table: SeenTable, usual: Unit = "") -> TableProposal:
    """Return what is proposed for one table."""
    columns = tuple(propose_column(column, usual) for column in table.columns)
    marked = {column.name: column for column in columns}
    title = titles.title_of(table, marked)
    return TableProposal(
        *table.address,
        label_zh=naming.table_zh(table),
        label_en=naming.table_en(table),
        title=title,
        list_columns=titles.listed_of(table, title.value, marked),
        sort=titles.sort_of(table, title.value, marked),
        search=titles.searched_of(table, title.value, marked),
        alive=_alive(table, columns),
        columns=columns,
    )


def propose_column(column: SeenColumn, usual: Unit = "") -> ColumnProposal:
    """Return what is proposed for one column."""
    told = choices_of(column.sketch)
    # A code that stands in rows but in no comment is offered too, as itself.
    choices = replace(told, value=completed(told.value, column.values)) if told.value else told
    image = marks.image_of(column)
    stamp = marks.stamp_of(column)
    return ColumnProposal(
        column.name,
        label_zh=naming.column_zh(column),
        label_en=naming.column_en(column),
        help=naming.help_of(column),
        link=Proposed(column.link.address, 0.8, "relation") if column.link else Proposed(None),
        choices=choices,
        yes_no=marks.yes_no_of(column, choices.value),
        stamp=stamp,
        deleted=marks.deleted_of(column),
        money=marks.money_of(column, usual),
        epoch=marks.epoch_of(column),
        image=image,
        form=personal.form_of(column),
        personal=personal.personal_of(column, is_image=image.value, is_stamp=bool(stamp.value)),
        secret=personal.secret_of(column),
    )


def _alive(table: SeenTable, columns: tuple[ColumnProposal, ...]) -> Proposed[str]:
    """Return the expression that leaves deleted rows out."""
    flag = next((each for each in columns if each.deleted.value), None)
    column = table.column(flag.name) if flag else None
    if flag is None or column is None:
        return Proposed("")
    name = quoted(column.name)
    code = marks.alive_value(column, flag.choices.value)
    if code is None:
        return Proposed(f"{name} is null", flag.deleted.confidence, flag.deleted.origin)
    value = code if column.is_number else "'" + code.replace("'", "''") + "'"
    return Proposed(f"{name} = {value}", flag.deleted.confidence, flag.deleted.origin)


def _whereabouts(tables: Iterable[SeenTable]) -> tuple[Proposed[str], Proposed[str]]:
    """Return currency and time zone: a database that speaks Chinese most likely counts in yuan and Beijing time."""
    chinese = any(
        has_han(text)
        for table in tables
        for text in (
            table.sketch.name,
            table.sketch.comment,
            *(each for column in table.columns for each in (column.name, column.sketch.comment)),
        )
    )
    if not chinese:
        return Proposed(""), Proposed("")
    return Proposed("CNY", 0.7, "comment"), Proposed("Asia/Shanghai", 0.7, "comment")
