"""What a name says: the words in it, the thing that a column points at, and how well a table is called by it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

Words = tuple[str, ...]

# Camel humps, an abbreviation before a hump (`SKUStock`), runs of Chinese, of small letters, of digits.
_PIECE = re.compile(
    r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[\u3400-\u9fff]+|[^\W\d_A-Za-z\u3400-\u9fff]+"
)
# What ends the name of a column that points somewhere, and of a table that is a list of things.
_POINTERS = frozenset({"id", "key", "uuid", "guid", "pk", "fk", "no", "code", "number", "num", "ref", "iso"})
# Only these say by themselves that a column points somewhere; the others do where a column there has the same name.
_SURE_POINTERS = frozenset({"id", "key", "uuid", "guid", "fk", "ref"})
_CHINESE_POINTERS = ("编号", "编码", "代码", "标识", "主键", "序号", "号码", "id", "号")
_CHINESE_LISTS = ("信息表", "资料表", "档案表", "主表", "信息", "资料", "档案", "列表", "表")
_UPWARDS = (
    ("parent",),
    ("pid",),
    ("parentid",),
    ("superior",),
    ("report", "to"),
    ("上级",),
    ("父级",),
    ("父",),
)
_GENERIC = frozenset(
    {"id", "key", "uuid", "code", "no", "number", "name", "编号", "序号", "代码", "编码", "名称"}
)
# Words before a table's own that many systems put there.
_KNOWN_PREFIXES = frozenset({"t", "tb", "tbl", "tab", "dim", "fact"})
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
_SHORTEST_GLUED = 3


@dataclass(frozen=True, slots=True)
class TableName:
    """A table's name in words: `whole` as written, `own` without the prefix it shares with others."""

    whole: Words
    own: Words


def split(name: str) -> Words:
    """Return the words of an identifier in small letters: `OrderID`, `order_id` and `order id` are order, id."""
    return tuple(piece.lower() for piece in _PIECE.findall(name))


def words(name: str) -> Words:
    """Return the words of a name in lower case and singular: `orderItems_ID` is ("order", "item", "id")."""
    return tuple(map(singular, split(name)))


def singular(word: str) -> str:
    """Return an English noun without the sign of its plural, roughly; other words as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not word.isascii() or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def table_names(names: Iterable[str]) -> dict[str, TableName]:
    """Return the words of all tables; a first word that several share is a prefix, such as `ums` in `ums_member`."""
    split = {name: _without_list(words(name)) or (name.lower(),) for name in names}
    firsts = Counter(parts[0] for parts in split.values() if len(parts) > 1)
    whole = set(split.values())

    def own(parts: Words) -> Words:
        first = parts[0]
        # The prefix of many is no prefix where a table bears it as its name: order, order_item, order_return.
        is_prefix = (
            first in _KNOWN_PREFIXES or first.isdigit() or (firsts[first] > 1 and (first,) not in whole)
        )
        return own(parts[1:]) if len(parts) > 1 and is_prefix else parts

    return {name: TableName(parts, own(parts)) for name, parts in split.items()}


def _without_list(parts: Words) -> Words:
    if parts and not parts[-1].isascii():
        last = _stripped(parts[-1], _CHINESE_LISTS)
        return (*parts[:-1], last)
    return parts


def _stripped(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) > len(ending):
            return word.removesuffix(ending)
    return word


def points_upwards(name: str, own: Words = ()) -> bool:
    """Say whether a column is called like one that leads to another row of its own table: `parent_id`, `上级编号`.

    `own` are the words of its table, so that `post_parent` and `parent_category_id` are known too.
    """
    parts = thing_of(name) or words(name)
    if parts in _UPWARDS:
        return True
    rest = parts[1:] if parts[:1] == ("parent",) else parts[:-1] if parts[-1:] == ("parent",) else ()
    return bool(rest) and bool(own) and _ends(own, rest)


def is_generic(name: str) -> bool:
    """Say whether every second table has a column of this name."""
    return name.lower() in _GENERIC


def thing_of(name: str) -> Words:
    """Return the words of what a column points at: ("member",) for `member_id`; () where it seems to point nowhere."""
    parts = words(name)
    if not parts:
        return ()
    last = parts[-1]
    if last in _CHINESE_POINTERS:
        return parts[:-1]
    if not last.isascii():
        thing = _stripped(last, _CHINESE_POINTERS)
        return (*parts[:-1], thing) if thing != last else ()
    if last in _POINTERS:
        return parts[:-1]
    if last.endswith("id") and len(last) >= _SHORTEST_GLUED + 2:
        return (*parts[:-1], singular(last.removesuffix("id")))
    return ()


def surely_points(name: str) -> bool:
    """Say whether a column's name alone says that it points at a row, as `_id` does and `_no` does not."""
    parts = words(name)
    return bool(parts) and (
        parts[-1] in _SURE_POINTERS or not parts[-1].isascii() or parts[-1].endswith("id")
    )


def fit(thing: Words, here: TableName, there: TableName) -> float:
    """Return from 0 to 1 how well a table is called by what a column of the table `here` points at."""
    joined = "".join(thing)
    if thing in (there.own, there.whole) or joined in ("".join(there.own), "".join(there.whole)):
        return 1.0
    if _ends(there.own, thing):
        # category_id of cms_help means cms_help_category; tag_id of a relation of member and tag means member_tag.
        before = there.own[: -len(thing)] if there.own[-1] == thing[-1] else ()
        if (before and _ends(here.own, before)) or _contains(here.whole, there.own):
            return 0.95
        return 0.45
    if _ends(thing, there.own):
        return 0.8
    if len(thing) == len(there.own) == 1 and _abbreviates(thing[0], there.own[0]):
        return 0.6
    # product_sku_id may mean sku_stock.
    return 0.55 if len(thing) > 1 and len(there.own) > 1 and there.own[0] == thing[-1] else 0.0


def _abbreviates(short: str, word: str) -> bool:
    """Say whether `cust` may stand for `customer`; only values that are found there make a proposal of it."""
    return len(short) >= _SHORTEST_GLUED and len(word) > len(short) and word.startswith(short)


def joined(name: str) -> str:
    """Return the words of a name without anything between them."""
    return "".join(words(name))


def compounds(table: TableName, column: str) -> set[str]:
    """Return what a column may be called, joined, that means a column of a table: `countryiso`, `会员卡号`."""
    return {"".join(of) + joined(column) for of in (table.own, table.whole)}


def _ends(longer: Words, shorter: Words) -> bool:
    if len(longer) >= len(shorter) and longer[-len(shorter) :] == shorter:
        return True
    # Chinese writes no spaces: 推荐会员 ends in 会员.
    one, other = longer[-1], shorter[-1]
    return len(shorter) == 1 and not other.isascii() and one != other and one.endswith(other)


def _contains(longer: Words, shorter: Words) -> bool:
    size = len(shorter)
    return size > 1 and any(longer[at : at + size] == shorter for at in range(len(longer) - size + 1))
