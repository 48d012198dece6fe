"""Search keys: how names and phone numbers are kept a second time so that a search finds them in a blink."""

from __future__ import annotations

import unicodedata

from app.core.fields import plain_number

SEARCH_KEY_LENGTH = 200


def search_key(text: str) -> str:
    """Return `text` as searches compare it: width, case and blanks don't matter (Unicode NFKC, case folding).

    Cut to `SEARCH_KEY_LENGTH` characters, because NFKC can make one character many.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split())[:SEARCH_KEY_LENGTH]


def last_four(phone: str | None) -> str | None:
    """Return the last four digits of a phone number, or None when it has fewer."""
    digits = "".join(sign for sign in phone or "" if sign.isdigit())
    return digits[-4:] if len(digits) >= 4 else None


def name_typed(text: str) -> str | None:
    """Return what was typed into a search as the beginning of a name; None when nothing is left of it."""
    return search_key(text) or None


def phone_typed(text: str) -> str | None:
    """Return what was typed into a search as the beginning of a phone number; None when it can't be one."""
    number = plain_number(text)
    digits = number.removeprefix("+")
    return number if digits.isascii() and digits.isdigit() and len(digits) >= 3 else None


def last_four_typed(text: str) -> str | None:
    """Return what was typed into a search as a phone's last four digits; None when it isn't four digits."""
    digits = unicodedata.normalize("NFKC", text).strip()
    return digits if len(digits) == 4 and digits.isascii() and digits.isdigit() else None
