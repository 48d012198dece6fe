"""Masking: what stands for a value that somebody may not read: enough to tell namesakes apart, too little to use."""

from __future__ import annotations

import re
from typing import Final

NOTHING_SHOWN: Final = "***"
# Family names of two characters: 欧阳**, not 欧**.
_LONG_FAMILY_NAME = re.compile(
    "欧阳|歐陽|太史|端木|上官|司马|司馬|东方|東方|独孤|獨孤|南宫|南宮|万俟|闻人|聞人|夏侯|诸葛|諸葛|尉迟|尉遲|公羊|赫连|赫連|澹台|皇甫|宗政|濮阳|濮陽"
    "|公冶|太叔|申屠|公孙|公孫|慕容|仲孙|仲孫|钟离|鍾離|长孙|長孫|宇文|司徒|鲜于|鮮于|司空|令狐"
)
_SHORTEST_WITH_ENDS = 6
_SHORTEST_WITH_LAST_FOUR = 8
_MOBILE_DIGITS = 11


def mask_name(name: str) -> str:
    """Return the family name, or the first letter of a name in letters, and two stars however long the rest is."""
    plain = name.strip()
    if len(plain) > 2 and _LONG_FAMILY_NAME.match(plain):
        return f"{plain[:2]}**"
    return f"{plain[:1]}**" if len(plain) > 1 else "**"


def mask_phone(number: str) -> str:
    """Return 138****1234 for a mobile number, the last four digits of another long one."""
    if number.startswith("1") and len(number) == _MOBILE_DIGITS:
        return f"{number[:3]}****{number[-4:]}"
    return f"****{number[-4:]}" if len(number) >= _SHORTEST_WITH_LAST_FOUR else "****"


def mask_email(address: str) -> str:
    """Return z***@example.cn."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if name else NOTHING_SHOWN


def mask_text(text: str) -> str:
    """Return the first and the last character of a text of six or more, of a shorter one nothing: a third at most."""
    plain = text.strip()
    return f"{plain[0]}****{plain[-1]}" if len(plain) >= _SHORTEST_WITH_ENDS else NOTHING_SHOWN
