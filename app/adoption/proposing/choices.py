"""Codes and their meanings, read out of comments in the notations that programs use, and out of ENUM types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Enum, Integer
from sqlalchemy.types import TypeEngine

from app.adoption.proposing.results import Choice, Proposed
from app.adoption.sketches import ColumnSketch

MOST_CHOICES = 60
_LONGEST_TEXT = 40
_NUMBER = r"-?\d{1,6}"
_WORD = r"-?\d{1,6}|[A-Za-z][A-Za-z0-9_-]{0,15}"
_LETTER = r"-?\d{1,6}|[A-Z]{1,2}"
# What stands between a code and its meaning, the plainest first. Where the sign is weak, a word can't be a code:
# too many sentences hold "a-b" or "kg 1".
_NOTATIONS = tuple(
    re.compile(
        rf"(?:^|(?<=[\s；;,，、/|（(\[【:：。]))(?:如果[是为]?|若[是为]?)?({code}){sign}", re.MULTILINE
    )
    for code, sign in (
        (_WORD, r"\s*(?:-{1,2}>|=>|→|－>)\s*"),
        (_WORD, r"\s*={1,2}\s*"),
        (_WORD, r"\s*[:：]\s*(?!//)"),
        (_WORD, r"\s*[，,]?\s*(?:则[是为]?|表示|代表)\s*"),
        (_LETTER, r"\s*[-－—–]{1,2}\s*(?!\d)"),
        (_LETTER, r"\s*[、.．]\s*(?!\d)"),
        (_LETTER, r"(?:[ \u3000\t]+(?!\d)|(?=[\u3400-\u9fff]))"),
    )
)
_ENTRY_ENDS = "；;,，、/|\n"
# Full-width signs as half-width ones.
_HALF = str.maketrans("；，、", ";,,")
_REMARK = re.compile(r"[（(\[【\n].*", re.DOTALL)
_TRIMMED = " \t\r\n\u3000；;,，、/|)）]】。."
_HAS_LETTER = re.compile(r"[^\W\d_]")
# Columns that hold several codes at once are no choices.
_SEVERAL = re.compile(r"逗号|分割|分隔|comma|separated")
_HOW_SEVERAL = re.compile(r"[，,、；;]?\s*(用|以)?(英文)?逗号(分割|分隔|隔开).*$")
_LABEL_ENDS = re.compile(r"[：:；;，,。（(\[【\n]|\s+(?=\S)")
_ENUM = re.compile(r"^\s*enum\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")


def choices_of_comment(comment: str) -> tuple[Choice, ...]:
    """Return the codes that a comment explains, in its order; () unless there are at least two.

    Whichever notation explains most codes counts; a comment is read by one notation alone, because the sign of
    another one (a hyphen, a colon) may stand within a meaning.
    """
    if _SEVERAL.search(comment):
        return ()
    found = [_read(comment, notation) for notation in _NOTATIONS]
    return max(found, key=len) if any(len(each) > 1 for each in found) else ()


def _read(comment: str, notation: re.Pattern[str]) -> tuple[Choice, ...]:
    starts = list(notation.finditer(comment))
    if not 1 < len(starts) <= MOST_CHOICES:
        return ()
    between = {_end_sign(comment[: start.start()]) for start in starts[1:]}
    read: dict[str, str] = {}
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        text = _meaning(comment[start.end() : following.start() if following else None], between)
        if not text or start[1] in read:
            return ()
        read[start[1]] = text
    return tuple(Choice(code, text) for code, text in read.items())


def _end_sign(before: str) -> str:
    sign = before.rstrip(" \t\u3000")[-1:]
    return sign.translate(_HALF) if sign and sign in _ENTRY_ENDS else " "


def _meaning(text: str, between: set[str]) -> str:
    """Return a meaning without what follows it: the sign before the next code, remarks, further sentences."""
    text = _REMARK.sub("", text.strip(_TRIMMED))
    ends = (between - {" "}) | ({","} if ";" in between else set())
    if ends:
        text = re.split(f"[{re.escape(''.join(sorted(ends)))}]", text.translate(_HALF), maxsplit=1)[0]
    else:
        text = next(iter(text.split()), "")
    text = re.split(r"[)）\]】。]", text)[0].strip(_TRIMMED)
    return text if _HAS_LETTER.search(text) and len(text) <= _LONGEST_TEXT else ""


def label_of_comment(comment: str) -> str:
    """Return what a comment calls its column: what stands before codes, remarks and further sentences."""
    first = _HOW_SEVERAL.sub("", comment.strip())
    for notation in _NOTATIONS:
        starts = list(notation.finditer(first))
        if len(starts) > 1 and len(_read(first, notation)) > 1:
            first = first[: starts[0].start()]
            break
    parts = _LABEL_ENDS.split(first.strip(" \t：:（(，,"), maxsplit=1)
    if parts and parts[0] and len(parts) > 1 and not re.search(r"[\u3400-\u9fff]", first):
        # Sentences in English have blanks between their words.
        return re.split(r"[:;,.(\[\n]", first, maxsplit=1)[0].strip()
    return parts[0].strip() if parts else ""


def choices_of_type(column: ColumnSketch) -> tuple[Choice, ...]:
    """Return the values of an ENUM, each meaning itself."""
    values: Iterable[str] = ()
    if isinstance(column.type, Enum):
        values = column.type.enums
    elif found := _ENUM.match(column.type_text):
        values = (value.replace("''", "'") for value in _QUOTED.findall(found[1]))
    return tuple(Choice(value, value) for value in values)


def choices_of(column: ColumnSketch) -> Proposed[tuple[Choice, ...]]:
    """Return the choices proposed for a column; an ENUM's values take their meanings from the comment."""
    said = choices_of_comment(column.comment)
    if declared := choices_of_type(column):
        texts = {choice.code: choice.text for choice in said}
        merged = tuple(Choice(each.code, texts.get(each.code, each.text)) for each in declared)
        return Proposed(merged, 1.0, "type")
    if not said or not _fits(said, column.type):
        return Proposed(())
    return Proposed(said, 0.95, "comment")


def _fits(said: tuple[Choice, ...], type_: TypeEngine[Any]) -> bool:
    if isinstance(type_, Integer) and not isinstance(type_, Boolean):
        return all(choice.code.lstrip("-").isdigit() for choice in said)
    return True


def code_of(value: Any) -> str:
    """Return a stored value as choices write it: booleans as 1 and 0, whole numbers without decimals."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def completed(choices: tuple[Choice, ...], values: Iterable[Any]) -> tuple[Choice, ...]:
    """Return `choices` and, behind them, each code in `values` that they lack, shown as itself; NULL is no code."""
    codes = {choice.code: choice for choice in choices}
    for value in values:
        if value is not None and (code := code_of(value)) not in codes:
            codes[code] = Choice(code, code)
    return tuple(codes.values())
