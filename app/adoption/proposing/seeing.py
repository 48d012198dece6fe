"""Tables and columns with the words in their names, before anything is proposed for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Time,
)

from app.adoption.naming import split
from app.adoption.proposing.choices import label_of_comment
from app.adoption.proposing.dictionary import has_han, is_english, zh_of_pinyin, zh_of_words
from app.adoption.proposing.linking import Targets
from app.adoption.proposing.results import Rows, Samples
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch

_LONGEST_PREFIX = 4
_PEOPLE = re.compile(
    r"(会员|客户|顾客|用户|员工|店员|患者|医生|供应商联系人|管理员|收货地址|收发货地址|人员)$"
)
_PETS = re.compile(r"宠物|动物|pet|animal")
_BRANCHES = re.compile(
    r"(门店|店铺|分店|仓库|医院)$|^(store|stores|shop|shops|branch|branches|warehouse|hospital)$"
)
_HEAD = re.compile(r"(基本)?(信息|资料|档案)?(数据)?表?$")


@dataclass(frozen=True)
class SeenColumn:
    """A column with its table: `label` is what a comment calls it, '' without one; `values` are from sampled rows."""

    table: SeenTable
    sketch: ColumnSketch
    _: KW_ONLY
    values: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """The column's exact name."""
        return self.sketch.name

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return split(self.name)

    @cached_property
    def label(self) -> str:
        """What the comment calls it."""
        return label_of_comment(self.sketch.comment)

    @cached_property
    def named(self) -> str:
        """What its name is in Chinese, '' where a word is unknown."""
        return zh_of_name(self.words)

    @cached_property
    def zh(self) -> str:
        """What it is called in Chinese, by comment or else by name."""
        return self.label if has_han(self.label) else self.named

    @cached_property
    def link(self) -> SeenTable | None:
        """The table whose rows its values name."""
        return self.table.links.get(self.name)

    @property
    def is_whole(self) -> bool:
        """Whether it keeps whole numbers."""
        return isinstance(self.sketch.type, Integer) and not isinstance(self.sketch.type, Boolean)

    @property
    def is_number(self) -> bool:
        """Whether it keeps numbers of any kind."""
        return self.is_whole or isinstance(self.sketch.type, Numeric | Float)

    @property
    def is_text(self) -> bool:
        """Whether it keeps text; an ENUM is none."""
        return isinstance(self.sketch.type, String) and not isinstance(self.sketch.type, Enum)

    @property
    def is_binary(self) -> bool:
        """Whether it keeps bytes."""
        return isinstance(self.sketch.type, LargeBinary) or "binary" in self.sketch.type_text.lower()

    @property
    def is_moment(self) -> bool:
        """Whether it keeps a date, with or without a time."""
        return isinstance(self.sketch.type, Date | DateTime)

    @property
    def is_time_of_day(self) -> bool:
        """Whether it keeps a time without a date."""
        return isinstance(self.sketch.type, Time)

    @cached_property
    def is_key(self) -> bool:
        """Whether the column is part of what tells rows apart."""
        return self.name in (self.table.sketch.key or self.table.sketch.primary_key)

    @cached_property
    def is_indexed(self) -> bool:
        """Whether an index or the key begins with it."""
        sketch = self.table.sketch
        key = sketch.primary_key or sketch.key
        return key[:1] == (self.name,) or any(each.columns[:1] == (self.name,) for each in sketch.indexes)


class SeenTable:
    """A table with its columns, the words of its name without a prefix, and the tables its columns lead to."""

    def __init__(self, sketch: TableSketch, rows: Rows, prefixes: frozenset[str]) -> None:
        self.sketch = sketch
        words = split(sketch.name)
        self.words = words[1:] if len(words) > 1 and words[0] in prefixes else words
        self.columns = tuple(
            SeenColumn(self, column, values=_values(rows, column.name)) for column in sketch.columns
        )
        self.links: dict[str, SeenTable] = {}

    @property
    def address(self) -> tuple[str, str]:
        """Schema and name."""
        return self.sketch.schema, self.sketch.name

    @cached_property
    def label(self) -> str:
        """What the table's comment calls it."""
        return label_of_comment(self.sketch.comment).removesuffix("表").removesuffix("的")

    @cached_property
    def named(self) -> str:
        """What its name is in Chinese, '' where a word is unknown."""
        return zh_of_name(self.words)

    @cached_property
    def zh(self) -> str:
        """What it is called in Chinese."""
        return self.label if has_han(self.label) else self.named

    @cached_property
    def noun(self) -> str:
        """What one row is, in Chinese, without words such as 信息."""
        return _HEAD.sub("", self.zh) or self.zh

    @cached_property
    def is_of_people(self) -> bool:
        """Whether a row is a person or where to reach one."""
        return bool(_PEOPLE.search(self.noun) or _PEOPLE.search(self.named)) and not self.is_of_pets

    @cached_property
    def is_of_pets(self) -> bool:
        """Whether a row tells of an animal."""
        return bool(_PETS.search(self.zh) or _PETS.search(self.sketch.name.lower()))

    @cached_property
    def is_of_branches(self) -> bool:
        """Whether a row is a place of the shop or of another firm."""
        return bool(_BRANCHES.search(self.noun)) or bool(self.words and _BRANCHES.search(self.words[-1]))

    def column(self, name: str) -> SeenColumn | None:
        """Return a column by its exact name."""
        return next((each for each in self.columns if each.name == name), None)


def _values(rows: Rows, name: str) -> tuple[Any, ...]:
    return tuple(row[name] for row in rows if row.get(name) is not None)


def zh_of_name(words: Sequence[str]) -> str:
    """Return an identifier's words in Chinese: as English phrases, else word by word as pinyin; '' where unknown."""
    words = tuple(words)
    if not words or (said := zh_of_words(words)):
        return said if words else ""
    pieces = [_zh_of_word(word) for word in words if not word.isdigit()]
    return "".join(pieces) if pieces and all(pieces) else ""


def _zh_of_word(word: str) -> str:
    if has_han(word):
        return word
    if is_english(word):
        return {"id": "编号"}.get(word) or zh_of_words((word,))
    if said := zh_of_pinyin(word):
        return said
    bare = word.removesuffix("id")
    return f"{said}编号" if bare != word and (said := zh_of_pinyin(bare)) else ""


def see(database: DatabaseSketch, samples: Samples) -> dict[tuple[str, str], SeenTable]:
    """Return all readable tables with their words and links, by schema and name, in the sketch's order."""
    readable = [table for table in database.tables if not table.problem]
    prefixes = _prefixes(readable)
    seen = {
        (table.schema, table.name): SeenTable(table, samples.get((table.schema, table.name), ()), prefixes)
        for table in readable
    }
    targets = Targets(seen)
    for table in seen.values():
        table.links = targets.of(table)
    return seen


def _prefixes(tables: Sequence[TableSketch]) -> frozenset[str]:
    """Return first words that name a module and no thing: short, unknown as English, shared by tables."""
    firsts = Counter(words[0] for table in tables if len(words := split(table.name)) > 1)
    everywhere = max(3, 0.8 * len(tables))
    return frozenset(
        word
        for word, count in firsts.items()
        if word.isascii()
        and not is_english(word)
        and (count >= everywhere or (len(word) <= _LONGEST_PREFIX and (count > 1 or len(word) == 1)))
    )
