"""What names a row to people, and what a list of rows begins with: columns, order and search."""

from __future__ import annotations

import re

from sqlalchemy import Integer

from app.adoption.proposing.results import ColumnProposal, Proposed
from app.adoption.proposing.seeing import SeenColumn, SeenTable

MOST_LISTED = 7
MOST_SEARCHED = 4
# Beyond so many rows a list is only sorted by what an index keeps in order.
SMALL_TABLE = 10_000

_NAME_ENDS = ("名称", "姓名", "名", "标题")
_NUMBER_ENDS = ("编号", "单号", "号", "编码", "货号", "批号", "号码", "代码", "条码")
_NUMBER_WORDS = frozenset({"no", "number", "sn", "code", "num"})
_LINES = ("明细", "购物车", "商品")
_DOCUMENTS = re.compile(r"(订单|发票|账单|单|小票)$")
_LONG = 255

Marked = dict[str, ColumnProposal]


def title_of(table: SeenTable, marked: Marked) -> Proposed[tuple[str, ...]]:
    """Return the column that names a row, given and family name together; the key where there is no name."""
    first = _by_zh(table, "名")
    last = _by_zh(table, "姓")
    if first and last:
        return Proposed((first.name, last.name), 0.9, "name")
    scored = [(_title_score(column, marked[column.name]), -at) for at, column in enumerate(table.columns)]
    best = max(scored, default=(0.0, 0))
    if best[0] > 0:
        column = table.columns[-best[1]]
        return Proposed((column.name,), best[0], "comment" if column.label else "name")
    key = table.sketch.primary_key or table.sketch.key
    return Proposed(key or tuple(column.name for column in table.columns[:1]), 0.3, "key")


def _by_zh(table: SeenTable, zh: str) -> SeenColumn | None:
    return next((column for column in table.columns if zh in (column.named, column.label)), None)


def _title_score(column: SeenColumn, proposal: ColumnProposal) -> float:
    """Return from 0 to 1 how well a column names a row of its table; 0 for what never does."""
    if not _may_name(column, proposal):
        return 0.0
    if column.is_key and len(column.table.columns) > 1:
        return 0.15 if column.words[-1:] != ("id",) else 0.0
    score = max(_name_score(column), _number_score(column))
    if score == 0.0:
        return 0.0 if proposal.personal.value else _fallback_score(column)
    return score + (0.01 if not column.sketch.nullable else 0.0)


def _may_name(column: SeenColumn, proposal: ColumnProposal) -> bool:
    if not column.is_text or column.link is not None or proposal.secret.value or proposal.image.value:
        return False
    if proposal.personal.value in ("contact", "health", "financial"):
        return False
    return not (proposal.choices.value or proposal.yes_no.value or proposal.stamp.value)


def _name_score(column: SeenColumn) -> float:
    words, table = column.words, column.table
    if words in {("name",), ("title",), ("real", "name"), ("full", "name"), ("common", "name")}:
        return 0.9 if words != ("title",) or not table.is_of_people else 0.3
    if words in {("subject",), ("caption",), ("label",)}:
        return 0.6
    texts = [text for text in (column.label, column.named) if text]
    if not any(text.endswith(_NAME_ENDS) for text in texts) and words[-1:] not in {("name",), ("nickname",)}:
        own = table.named.removesuffix("区") and column.named.startswith(table.named)
        return 0.6 if own and column.named.endswith(("描述", "说明")) else 0.0
    return _qualified_score(column, texts)


def _qualified_score(column: SeenColumn, texts: list[str]) -> float:
    """Return how near a name's qualifier is to the table's own noun: `category_name` names a category."""
    table = column.table
    if any(text in {"姓名", "名称", "标题", "通用名"} for text in texts):
        return 0.9
    noun = "".join(table.words)
    qualifier = "".join(column.words[:-1])
    own = {noun, noun.removesuffix("s"), f"{noun[:-3]}y" if noun.endswith("ies") else noun}
    if qualifier and (qualifier in own or any(word.endswith(qualifier) for word in own)):
        return 0.92
    heads = [text.removesuffix("名称").removesuffix("姓名") for text in texts]
    if any(head and (table.noun.endswith(head) or table.noun.startswith(head)) for head in heads):
        return 0.88
    if any(text.endswith(("公司名称", "单位名称")) for text in texts):
        return 0.85
    if any("昵称" in text for text in texts):
        return 0.7 if table.is_of_people else 0.3
    if any("用户名" in text or "帐号" in text for text in texts):
        return 0.65 if table.is_of_people else 0.2
    if _DOCUMENTS.search(table.noun):
        return 0.0  # the receiver's name is no name of an order
    # A line is called by what was sold; elsewhere a name that belongs to another thing says little.
    return 0.75 if table.noun.endswith(_LINES) else 0.35


def _number_score(column: SeenColumn) -> float:
    zh = column.zh
    if not zh.endswith(_NUMBER_ENDS) and not (_NUMBER_WORDS & set(column.words[-1:])):
        return 0.0
    if any(word in zh for word in ("身份证", "电话", "手机", "邮编", "医保", "流水", "许可证", "物流")):
        return 0.1
    own = bool(column.table.noun) and column.zh[:2] in column.table.noun
    unique = any(index.unique and index.columns == (column.name,) for index in column.table.sketch.indexes)
    return 0.5 + (0.1 if own else 0.0) + (0.05 if unique else 0.0)


def _fallback_score(column: SeenColumn) -> float:
    length = getattr(column.sketch.type, "length", None)
    short = length is not None and length <= _LONG
    if column.words[-1:] in {("desc",), ("description",)}:
        return 0.2
    if column.words[-1:] == ("ip",) or column.zh.endswith(("人", "员", "人员")):
        return 0.0  # where a row came from and who wrote it
    return 0.1 if short and not column.is_key else 0.0


def listed_of(table: SeenTable, title: tuple[str, ...], marked: Marked) -> Proposed[tuple[str, ...]]:
    """Return five to seven columns for the list: the title, then what tells most of a row, in the table's order."""
    weights = {
        column.name: _list_weight(column, marked[column.name])
        for column in table.columns
        if column.name not in title
    }
    room = MOST_LISTED - len(title)
    best = sorted((name for name, weight in weights.items() if weight > 0), key=lambda name: -weights[name])
    chosen = set(best[:room])
    names = (*title, *(column.name for column in table.columns if column.name in chosen))
    return Proposed(names, 0.6, "name")


def _list_weight(column: SeenColumn, proposal: ColumnProposal) -> float:
    if proposal.secret.value or proposal.deleted.value or column.is_binary:
        return 0.0
    length = getattr(column.sketch.type, "length", None)
    if column.is_text and (proposal.help.value.startswith(("{", "[")) or (length or 0) > _LONG):
        return 0.05
    if proposal.choices.value:
        return 0.9 if column.zh.endswith("状态") or column.words[-1:] == ("status",) else 0.6
    if proposal.stamp.value:
        return 0.75 if proposal.stamp.value == "created_at" else 0.1
    traits = (
        (column.link is not None, 0.7),
        (proposal.form.value in ("phone", "email"), 0.68),
        (bool(proposal.money.value), 0.65),
        (column.is_moment or bool(proposal.epoch.value), 0.6),
        (column.is_key, 0.2),
    )
    return next((weight for holds, weight in traits if holds), 0.4)


def sort_of(table: SeenTable, title: tuple[str, ...], marked: Marked) -> Proposed[str]:
    """Return the order at first: newest first where rows are made one after the other, else by title or key."""
    key = table.sketch.primary_key or table.sketch.key
    small = table.sketch.rows is not None and table.sketch.rows <= SMALL_TABLE
    moments = [column for column in table.columns if column.is_moment or marked[column.name].epoch.value]
    created = next((each for each in moments if marked[each.name].stamp.value == "created_at"), None)
    if created is not None and (created.is_indexed or small):
        return Proposed(f"-{created.name}", 0.9, "name")
    numbered = table.column(key[0]) if len(key) == 1 else None
    if moments and numbered is not None and isinstance(numbered.sketch.type, Integer):
        return Proposed(f"-{numbered.name}", 0.8, "key")
    if indexed := next((column for column in moments if column.is_indexed), None):
        return Proposed(f"-{indexed.name}", 0.7, "key")
    named = table.column(title[0]) if len(title) == 1 else None
    if named is not None and (named.is_indexed or small):
        return Proposed(named.name, 0.5, "name")
    if numbered is not None:
        newest = isinstance(numbered.sketch.type, Integer)
        return Proposed(f"-{numbered.name}" if newest else numbered.name, 0.5, "key")
    return Proposed(key[0], 0.4, "key") if key else Proposed("")


def searched_of(table: SeenTable, title: tuple[str, ...], marked: Marked) -> Proposed[tuple[str, ...]]:
    """Return the columns the quick search looks at: indexed texts first, then names, numbers and telephones."""
    found = []
    for column in table.columns:
        proposal = marked[column.name]
        if not column.is_text or proposal.secret.value or proposal.image.value or proposal.choices.value:
            continue
        useful = column.name in title or proposal.form.value or _number_score(column) > 0.3
        if column.is_indexed or useful:
            found.append((not column.is_indexed, column.name not in title, column.name))
    names = tuple(name for _unindexed, _other, name in sorted(found)[:MOST_SEARCHED])
    return Proposed(names, 0.7 if names else 0.0, "key" if names else "")
