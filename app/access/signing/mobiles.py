"""Mobile numbers of accounts: locked under the instance key, shown masked, used for codes by text message alone."""

from __future__ import annotations

import logging
import re
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.access.models import Person
from app.access.signing.notices import notify
from app.access.signing.statements import met
from app.access.signing.tables import SentCode, SignInSession
from app.access.telling import tell
from app.core.crypto import Damaged
from app.core.fields import FieldProblem, Phone
from app.core.kernel import kernel
from app.core.masking import mask_phone

# Landlines and service numbers get no text messages; what stands abroad, its provider judges.
_REACHED_BY_TEXT = re.compile(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}").fullmatch
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MobileNumber(Phone):
    """A number that text messages reach; of `kept` only the mask is shown, and the mask sent back means it."""

    _: KW_ONLY
    kept: str = field(default="", repr=False)

    def parse_text(self, text: str) -> str:
        if self.kept and text.strip() == mask_phone(self.kept):
            return self.kept
        number = super().parse_text(text)
        if not _REACHED_BY_TEXT(number):
            raise FieldProblem(
                _("Text messages go to a mobile number: eleven digits, or + and the country's code.")
            )
        return number

    def raw(self, value: Any) -> list[str]:
        return [mask_phone(value)] if value else []


def mobile_of(person: Person) -> str:
    """Return a person's mobile number; '' for none, and for one that was locked under another key."""
    if person.mobile is None:
        return ""
    try:
        return kernel().keys.unlock("mobile", person.mobile, _place(person.id)).decode()
    except Damaged:
        log.warning("The mobile number of an account can't be opened; it has to be entered anew.")
        return ""


def set_mobile(person: Person, number: str) -> None:
    """Give a person another number, or none, inside the open transaction; the address known so far is told.

    Codes on their way to the number before are void.
    """
    if number == mobile_of(person):
        return
    person.mobile = kernel().keys.lock("mobile", number.encode(), _place(person.id)) if number else None
    theirs = select(SignInSession.digest).where(SignInSession.person_id == person.id)
    met(delete(SentCode).where(SentCode.session_digest.in_(theirs)))
    tell("access:mobile_changed", person_id=person.id)
    notify(person, "mobile_changed")


def lock_for_proof(number: str, session_digest: str) -> bytes:
    """Return a number that its person has yet to prove, locked for the session that does so."""
    return kernel().keys.lock("mobile", number.encode(), f"access_sent_code.mobile|{session_digest}")


def open_for_proof(locked: bytes, session_digest: str) -> str:
    """Return the number that this session proves; raise `Damaged`."""
    return kernel().keys.unlock("mobile", locked, f"access_sent_code.mobile|{session_digest}").decode()


def _place(person_id: int) -> str:
    return f"ab_user.mobile|{person_id}"
