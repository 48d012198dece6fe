"""The text of an API key: a name that may be shown, and 256 random bits that are shown once."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from app.access.signing.tokens import digest_of, new_secret

_KEY = re.compile(r"kebu_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
LONGEST = 80


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as a program holds it, in its two parts."""

    public_id: str
    secret: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What the database keeps of the secret."""
        return digest_of(self.secret)

    @property
    def text(self) -> str:
        """The whole, for the one time that it is shown."""
        return f"kebu_{self.public_id}_{self.secret}"


def new_key() -> KeyText:
    """Return a key that nobody has."""
    return KeyText(secrets.token_hex(6), new_secret())


def read_key(text: str) -> KeyText | None:
    """Return the parts of a key's text; None for what can't be one."""
    found = _KEY.fullmatch(text) if len(text) <= LONGEST else None
    return KeyText(found[1], found[2]) if found is not None else None
