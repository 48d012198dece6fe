"""Words of shops' databases in Chinese, English and pinyin, read once from `names.txt`."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FILE = Path(__file__).with_name("names.txt")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST_PINYIN = 2
_LONGEST_PHRASE = 60
_ABBREVIATIONS = frozenset({"id", "ip", "url", "sku", "qq", "vip", "json", "html", "pdf", "uuid"})


@dataclass(frozen=True, slots=True)
class Words:
    """The dictionary: `zh_of` by English phrase, `en_of` by Chinese phrase, `pinyin` by spelling -> Chinese phrase."""

    zh_of: dict[tuple[str, ...], str]
    en_of: dict[str, str]
    pinyin: dict[str, str]
    english: frozenset[str]


@functools.cache
def dictionary() -> Words:
    """Read the dictionary."""
    zh_of: dict[tuple[str, ...], str] = {}
    en_of: dict[str, str] = {}
    pinyin: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        zh, english, *spellings = (part.strip() for part in line.split("|"))
        phrases = [phrase.strip() for phrase in english.split(";")]
        en_of.setdefault(zh, phrases[0])
        for phrase in phrases:
            zh_of.setdefault(tuple(phrase.lower().replace("-", " ").split()), zh)
        for spelling in " ".join(spellings).split():
            pinyin.setdefault(spelling, zh)
    return Words(zh_of, en_of, pinyin, frozenset(word for phrase in zh_of for word in phrase))


def has_han(text: str) -> bool:
    """Return whether there is a Chinese character in `text`."""
    return bool(_HAN.search(text))


def zh_of_words(words: tuple[str, ...]) -> str:
    """Return English words in Chinese, longest phrases first; '' unless every word is known."""
    known = dictionary().zh_of
    said = []
    at = 0
    while at < len(words):
        end = next((end for end in range(len(words), at, -1) if words[at:end] in known), None)
        if end is None:
            return ""
        said.append(known[words[at:end]])
        at = end
    return "".join(said)


def en_of_zh(text: str) -> str:
    """Return a Chinese phrase in English, made of the fewest known phrases; '' unless all of it is known."""
    known = dictionary().en_of
    pieces = _fewest(text.removesuffix("表").replace("的", ""), "en_of")
    return sentence(" ".join(known[piece] for piece in pieces)) if pieces else ""


def zh_of_pinyin(word: str) -> str:
    """Return what pinyin initials or syllables stand for (`hyxm` is 会员姓名); '' unless all of it is known."""
    known = dictionary().pinyin
    pieces = _fewest(word, "pinyin", shortest=_SHORTEST_PINYIN)
    return "".join(known[piece] for piece in pieces) if pieces else ""


def is_english(word: str) -> bool:
    """Return whether the dictionary knows `word` as English, or it is an abbreviation everybody writes."""
    return word in dictionary().english or word in _ABBREVIATIONS


def sentence(text: str) -> str:
    """Return words as a label: the first letter large, ID and URL as they are written."""
    shown = " ".join(word.upper() if word.lower() in _ABBREVIATIONS else word for word in text.split())
    return shown[:1].upper() + shown[1:]


@functools.lru_cache(maxsize=4096)
def _fewest(text: str, which: Literal["en_of", "pinyin"], *, shortest: int = 1) -> tuple[str, ...]:
    """Cut `text` into the fewest pieces that part `which` of the dictionary knows; () where that can't be done."""
    if len(text) > _LONGEST_PHRASE:
        return ()
    known: dict[str, str] = getattr(dictionary(), which)
    best: list[tuple[str, ...] | None] = [()]
    for end in range(1, len(text) + 1):
        found: tuple[str, ...] | None = None
        for start in range(end - shortest, -1, -1):
            before, piece = best[start], text[start:end]
            if before is not None and piece in known and (found is None or len(before) < len(found) - 1):
                found = (*before, piece)
        best.append(found)
    return best[-1] or ()
