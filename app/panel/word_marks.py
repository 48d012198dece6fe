"""Word marks: what was taken out of a long text and what was put in, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# A Latin word or a number, a run of blanks, or any other single sign: Chinese has no blanks between words.
_WORD = re.compile(r"[A-Za-z0-9_'’-]+|\s+|.", re.DOTALL)
# Comparing costs as much as both lengths multiplied; beyond this both texts simply stand side by side.
MOST_COMPARISONS = 4_000_000
CONTEXT = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a changed text: `same`, `gone`, `new`, or `cut` where equal text is left out."""

    kind: str
    text: str


def word_marks(before: str, after: str) -> tuple[Mark, ...]:
    """Return both texts as one, with marks; empty when they are too long or too different to be read so."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    start, end = _common(old, new)
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) * len(new_middle) > MOST_COMPARISONS:
        return ()
    matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
    marks = [Mark("same", "".join(old[:start]))]
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            marks.append(Mark("same", "".join(old_middle[i1:i2])))
            continue
        marks += [Mark("gone", "".join(old_middle[i1:i2])), Mark("new", "".join(new_middle[j1:j2]))]
    marks.append(Mark("same", "".join(old[len(old) - end :])))
    kept = [mark for mark in marks if mark.text]
    if not any(mark.kind == "same" and mark.text.strip() for mark in kept):
        return ()
    return tuple(_shortened(kept))


def _common(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many words both texts share at their beginning and, besides those, at their end."""
    most = min(len(old), len(new))
    start = next((place for place in range(most) if old[place] != new[place]), most)
    rest = most - start
    end = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    return start, end


def _shortened(marks: list[Mark]) -> Iterator[Mark]:
    """Yield the marks with long equal pieces cut down to what stands beside a change."""
    for place, mark in enumerate(marks):
        is_first, is_last = place == 0, place == len(marks) - 1
        if mark.kind != "same" or len(mark.text) <= CONTEXT * (1 if is_first or is_last else 2) + CONTEXT:
            yield mark
            continue
        if not is_first:
            yield Mark("same", _within(_WORD.findall(mark.text)))
        yield Mark("cut", "…")
        if not is_last:
            yield Mark("same", _within(_WORD.findall(mark.text)[::-1], backward=True))


def _within(words: list[str], *, backward: bool = False) -> str:
    """Return as many of the first words as make up the context, in reading order."""
    kept: list[str] = []
    length = 0
    for word in words:
        length += len(word)
        if length > CONTEXT:
            break
        kept.append(word)
    return "".join(kept[::-1] if backward else kept)
