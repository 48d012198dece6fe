"""Readable labels in Chinese and English, from comments first and names else."""

from __future__ import annotations

import re

from app.adoption.proposing.dictionary import (
    en_of_zh,
    has_han,
    is_english,
    sentence,
    zh_of_pinyin,
)
from app.adoption.proposing.results import Proposed
from app.adoption.proposing.seeing import SeenColumn, SeenTable, zh_of_name

_LONGEST_LABEL = 40
# Written out in an English label; the rest of a name is left as its author wrote it.
_SPELLED = {
    "no": "number",
    "num": "number",
    "sn": "number",
    "qty": "quantity",
    "pic": "picture",
    "pics": "pictures",
    "img": "image",
    "addr": "address",
    "attr": "attribute",
    "desc": "description",
    "emp": "employee",
    "pwd": "password",
    "dept": "department",
    "amt": "amount",
    "cnt": "count",
    "cust": "customer",
    "prod": "product",
    "spec": "specification",
    "rx": "prescription",
}
# Words that mean something else where a row is a person.
_OF_PEOPLE = {("name",): "姓名", ("title",): "职务"}
_VOWEL = re.compile(r"[aeiou]")


def column_zh(column: SeenColumn) -> Proposed[str]:
    """Return the Chinese label: a comment's, else the name's words; the plain name where nothing is known."""
    if has_han(column.label) and len(column.label) <= _LONGEST_LABEL:
        return Proposed(column.label, 0.95, "comment")
    if has_han(column.name):
        return Proposed(column.name, 0.9, "name")
    if column.name.lower() == "id":
        return Proposed("编号", 0.8, "name")
    if column.table.is_of_people and column.words in _OF_PEOPLE:
        return Proposed(_OF_PEOPLE[column.words], 0.8, "name")
    if said := zh_of_name(_without_id(column)):
        if column.link is not None and len(column.words) == 1:
            said = said.removesuffix("编号")
        return Proposed(said, 0.7, "name")
    if column.link is not None and column.link.zh:
        return Proposed(column.link.noun, 0.6, "relation")
    words = _without_id(column)
    return Proposed(_english(words) if _reads_english(words) else sentence(column.name), 0.1, "name")


def column_en(column: SeenColumn) -> Proposed[str]:
    """Return the English label: the name's words, or what the Chinese label means where the name is no English."""
    if column.label and not has_han(column.label) and len(column.label) <= _LONGEST_LABEL:
        return Proposed(sentence(column.label), 0.9, "comment")
    if _reads_english(column.words):
        return Proposed(_english(_without_id(column)), 0.8, "name")
    named = column.named.removesuffix("编号") if column.link is not None else column.named
    for text, sure in ((column.label, 0.75), (named, 0.65)):
        if said := en_of_zh(text):
            return Proposed(said, sure, "comment" if text is column.label else "name")
    if column.link is not None:
        target = table_en(column.link)
        return Proposed(target.value, min(target.confidence, 0.6), "relation")
    return Proposed(sentence(column.name), 0.1, "name")


def table_zh(table: SeenTable) -> Proposed[str]:
    """Return the Chinese label of a table, without the word 表 and without a module's prefix."""
    if has_han(table.label) and len(table.label) <= _LONGEST_LABEL:
        return Proposed(table.label, 0.95, "comment")
    if has_han(table.sketch.name):
        return Proposed("".join(table.words).removesuffix("表"), 0.9, "name")
    if table.named:
        return Proposed(table.named, 0.7, "name")
    return Proposed(sentence(" ".join(table.words)), 0.1, "name")


def table_en(table: SeenTable) -> Proposed[str]:
    """Return the English label of a table."""
    if table.label and not has_han(table.label) and len(table.label) <= _LONGEST_LABEL:
        return Proposed(sentence(table.label), 0.9, "comment")
    if _reads_english(table.words):
        return Proposed(_english(table.words), 0.8, "name")
    for text in (table.label, table.noun, table.named):
        if said := en_of_zh(text):
            return Proposed(said, 0.7, "comment" if text is table.label else "name")
    return Proposed(sentence(" ".join(table.words)), 0.1, "name")


def help_of(column: SeenColumn) -> Proposed[str]:
    """Return a comment that says more than the label does."""
    comment = column.sketch.comment.strip()
    return Proposed(comment, 0.9, "comment") if comment and comment != column.label else Proposed("")


def _without_id(column: SeenColumn) -> tuple[str, ...]:
    """Return the words without a last “id” where the cell shows the row that it names, not the number."""
    words = column.words
    return words[:-1] if len(words) > 1 and words[-1] == "id" and column.link is not None else words


def _reads_english(words: tuple[str, ...]) -> bool:
    if not words or has_han("".join(words)):
        return False
    # A word that nobody knows is taken for English unless it has no vowel: then it abbreviates something.
    return all(
        is_english(word) or word.isdigit() or (bool(_VOWEL.search(word)) and not _reads_pinyin(word))
        for word in words
    )


def _reads_pinyin(word: str) -> bool:
    bare = word.removesuffix("id")
    return bool(zh_of_pinyin(word) or (bare != word and zh_of_pinyin(bare)))


def _english(words: tuple[str, ...]) -> str:
    return sentence(" ".join(_SPELLED.get(word, word) if len(words) > 1 else word for word in words))
