"""Initials: Chinese words found by the first letters of their pinyin, as people type them who are in a hurry."""

from __future__ import annotations

import bisect

# GB 2312-1980 orders its first 3,755 characters (rows 16 to 55) by their pinyin, so the letter that a
# character's reading begins with follows from its place; no reading begins with i, u or v. A character with
# several readings stands at one of them, and the rarer characters of the second part have none here.
_FIRST_OF_LETTER = (
    ("a", 0xB0A1),
    ("b", 0xB0C5),
    ("c", 0xB2C1),
    ("d", 0xB4EE),
    ("e", 0xB6EA),
    ("f", 0xB7A2),
    ("g", 0xB8C1),
    ("h", 0xB9FE),
    ("j", 0xBBF7),
    ("k", 0xBFA6),
    ("l", 0xC0AC),
    ("m", 0xC2E8),
    ("n", 0xC4C3),
    ("o", 0xC5B6),
    ("p", 0xC5BE),
    ("q", 0xC6DA),
    ("r", 0xC8BB),
    ("s", 0xC8F6),
    ("t", 0xCBFA),
    ("w", 0xCDDA),
    ("x", 0xCEF4),
    ("y", 0xD1B9),
    ("z", 0xD4D1),
)
_STARTS = [start for _letter, start in _FIRST_OF_LETTER]
_END = 0xD7FA


def initials(text: str) -> str:
    """Return the first letters of the pinyin of `text`, other letters and digits as they are, the rest left out."""
    return "".join(_initial(sign) for sign in text)


def _initial(sign: str) -> str:
    if sign.isascii():
        return sign.lower() if sign.isalnum() else ""
    try:
        code = int.from_bytes(sign.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    return _FIRST_OF_LETTER[bisect.bisect(_STARTS, code) - 1][0] if _STARTS[0] <= code < _END else ""
