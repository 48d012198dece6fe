"""Failures: why a message did not go, as a code that is kept and as words for people; never what a server said.

A server's own words quote addresses, so only their numbers are kept.
"""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError

LONGEST_ANSWER = 32
WORDS: dict[str, Any] = {
    "unreachable": _l("The server could not be reached."),
    "timeout": _l("The server did not answer in time."),
    "broken-off": _l("The server broke the connection off."),
    "no-encryption": _l("The server offers no encryption, so nothing was sent."),
    "bad-certificate": _l("The server's certificate is not valid for its name."),
    "wrong-password": _l("The server did not accept the user name and password (or key and secret)."),
    "refused-sender": _l("The server does not accept the sender's address."),
    "greylisted": _l("The server asked to try again later."),
    "refused-recipient": _l("The server says that this address takes no mail."),
    "refused-content": _l("The server refused the message."),
    "bad-address": _l("Nothing can be sent to this address or number."),
    "refused-template": _l("The provider does not accept the signature or the template."),
    "no-credit": _l("The account at the provider has no credit left."),
    "too-many": _l("The provider says that this number got too many messages."),
    "refused": _l("The provider refused the message."),
    "no-answer": _l("The provider's answer could not be understood."),
    "damaged": _l("The stored message is damaged, or was locked under another key."),
    "expired": _l("It was not sent in time, and what it says no longer holds."),
    "gave-up": _l("Each try was cut off before it ended."),
}
# What another try can't mend.
FINAL = frozenset({"refused-recipient", "refused-content", "bad-address", "damaged", "expired", "gave-up"})
_UNPRINTABLE = re.compile(r"[^A-Za-z0-9._ -]")


class NotSent(KebuError):
    """A message did not go; `code` is one of `WORDS`, `answer` the server's number (`550 5.1.1`)."""

    status = 502

    def __init__(self, code: str, answer: str = "") -> None:
        self.answer = _UNPRINTABLE.sub("", answer)[:LONGEST_ANSWER]
        super().__init__(WORDS[code])
        self.code = code
        self.args = (code,)

    @property
    def is_final(self) -> bool:
        """Whether another try would end the same way."""
        return self.code in FINAL


def failure_words(code: str, answer: str = "") -> str:
    """Return why a message did not go in the reader's language, with the server's number."""
    if not code:
        return ""
    return f"{WORDS.get(code, code)} ({answer})" if answer else str(WORDS.get(code, code))
