"""What access publishes; it knows nobody who answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True)
class SampleClearing(Event):
    """The sample shop's records are about to go; answered by slices that keep something beside their tables."""


@dataclass(frozen=True)
class SecurityMail(Event):
    """Something about an account that its person must get by mail.

    `kind` is one of `invitation`, `reset`, `code`, `password_changed`, `factor_changed`, `mobile_changed`,
    `new_sign_in`, `locked`; `facts` hold what the text needs: `link`, `code`, `minutes`, `place`, `shop`.
    """

    person_id: int
    kind: str
    language: str
    address: str
    facts: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<SecurityMail {self.kind} for {self.person_id}>"


@dataclass(frozen=True)
class SecurityText(Event):
    """The same by text message; only the kind `code`."""

    person_id: int
    kind: str
    language: str
    phone: str
    facts: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<SecurityText {self.kind} for {self.person_id}>"
