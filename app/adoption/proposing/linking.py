"""Which table a column leads to: by relations, else by the name of a key or of a table, for labels and roles alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.adoption.naming import singular

if TYPE_CHECKING:
    from app.adoption.proposing.seeing import SeenColumn, SeenTable

# Keys whose name says whose they are; one called `code` or `name` is like many columns that lead nowhere.
_TELLING_KEY = re.compile(r".(id|no|编号|号)$", re.IGNORECASE)


class Targets:
    """Tables with a key of one column, found by what columns that lead to them are called.

    Names alone are enough here because nothing rests on it but a proposal; whether values are really found there is
    for the inference of relations, whose findings come first.
    """

    def __init__(self, seen: Mapping[tuple[str, str], SeenTable]) -> None:
        self.seen = seen
        self.by_key: dict[str, list[SeenTable]] = defaultdict(list)
        self.by_name: dict[str, list[SeenTable]] = defaultdict(list)
        self.by_ending: dict[tuple[str, ...], list[SeenTable]] = defaultdict(list)
        for table in seen.values():
            if table.sketch.kind != "table" or len(table.sketch.primary_key) != 1:
                continue
            self.by_key[table.sketch.primary_key[0]].append(table)
            words = tuple(map(singular, table.words))
            self.by_name["".join(words)].append(table)
            for start in range(len(words)):
                self.by_ending[words[start:]].append(table)

    def of(self, table: SeenTable) -> dict[str, SeenTable]:
        """Return the tables that a table's columns lead to, by the column's name."""
        found: dict[str, SeenTable] = {}
        for relation in sorted(table.sketch.relations, key=lambda each: (each.declared, each.confidence)):
            target = self.seen.get((relation.schema, relation.table))
            if target is not None and len(relation.columns) == 1:
                found[relation.columns[0]] = target
        for column in table.columns:
            target = self._named(column) if column.name not in found else None
            if target is not None and _alike(column, target):
                found[column.name] = target
        return found

    def _named(self, column: SeenColumn) -> SeenTable | None:
        own = column.table
        if _TELLING_KEY.search(column.name) and column.name not in own.sketch.primary_key:
            keyed = [table for table in self.by_key.get(column.name, ()) if table is not own]
            if len(keyed) == 1:
                return keyed[0]
        if len(column.words) < 2 or column.words[-1] != "id":
            return None
        noun = tuple(map(singular, column.words[:-1]))
        exact = [table for table in self.by_name.get("".join(noun), ()) if table is not own]
        if exact:
            return exact[0] if len(exact) == 1 else None
        # `order_id` where the only orders are called `sale_order`.
        ending = [table for table in self.by_ending.get(noun, ()) if table is not own]
        return ending[0] if len(ending) == 1 else None


def _alike(column: SeenColumn, target: SeenTable) -> bool:
    """Return whether a column and the key of a table both hold whole numbers or both hold text."""
    key = target.column(target.sketch.primary_key[0])
    return key is not None and (column.is_whole, column.is_text) == (key.is_whole, key.is_text) != (
        False,
        False,
    )
