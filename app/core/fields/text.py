"""Texts: one line, many lines, phone numbers and e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from app.core.fields.base import Field, FieldProblem, clean_line, clean_text, half_width
from app.core.masking import NOTHING_SHOWN, mask_email, mask_name, mask_phone, mask_text

_MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_WHOLE = 10
_NUMBER = re.compile(r"\+?[0-9]{5,20}")
_SEPARATORS = re.compile(r"[\s\-().·—–_/]+")
# The 0 of +44 (0)20 is dialled inside the country only. An open bracket at the end is still being typed.
_BRACKETED_ZERO = re.compile(r"^([\s(]*(?:\+|00)\(?[0-9]{1,3}[\s).-]*)\(\s*0\s*(?:\)|$)")
_NO_LANDLINE = re.compile(r"0|400|800|1[3-9]")


def _domestic(number: str) -> str:
    """Return a mainland number as it is dialled at home: a landline gets back the 0 before its area code."""
    is_landline = len(number) in (10, 11) and not _NO_LANDLINE.match(number)
    return "0" + number if is_landline else number


def plain_number(text: str) -> str:
    """Return a phone number, or its beginning, in the one form in which numbers are kept; checks nothing."""
    number = _SEPARATORS.sub("", _BRACKETED_ZERO.sub(r"\1", half_width(text)))
    if number.startswith("00"):
        number = "+" + number[2:]
    if number.startswith("+86"):
        return _domestic(number.removeprefix("+86"))
    mobile = number.removeprefix("86")
    return mobile if _MAINLAND_MOBILE.fullmatch(mobile) else number


@dataclass(frozen=True)
class Text(Field):
    """One line of text of at most `max_length` characters."""

    _: KW_ONLY
    max_length: int = 200

    def parse_text(self, text: str) -> str:
        line = clean_line(text)
        self.check_length(line)
        return line

    def check_length(self, text: str) -> None:
        """Raise `FieldProblem` when `text` is longer than the field keeps."""
        if len(text) > self.max_length:
            raise FieldProblem(
                _("At most %(most)d characters; this has %(count)d.", most=self.max_length, count=len(text))
            )

    def mask_filled(self, value: Any) -> str:
        return mask_name(value) if self.personal in ("identity", "colleague") else mask_text(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}

    def attributes(self) -> Mapping[str, str]:
        return {"maxlength": str(self.max_length)}


@dataclass(frozen=True)
class LongText(Text):
    """Several lines of text."""

    _: KW_ONLY
    max_length: int = 5000
    widget: ClassVar[str] = "textarea"

    def parse_text(self, text: str) -> str:
        kept = clean_text(text).strip()
        self.check_length(kept)
        return kept

    def mask_filled(self, value: Any) -> str:  # noqa: ARG002 - the beginning of a note may say it all
        return NOTHING_SHOWN


@dataclass(frozen=True)
class Phone(Text):
    """A phone number, kept as digits with a leading + only for numbers from abroad.

    People paste +86, full-width digits, blanks, hyphens and brackets; a mainland mobile is kept as its eleven digits.
    """

    _: KW_ONLY
    max_length: int = 24

    def parse_text(self, text: str) -> str:
        number, typed = plain_number(text), ""
        while number != typed:
            # Until nothing more changes, so that what is kept reads as itself (“+86 0086 …” does occur).
            number, typed = plain_number(number), number
        if not _NUMBER.fullmatch(number):
            raise FieldProblem(
                _("This is not a phone number: digits, with a leading + for numbers from abroad.")
            )
        return number

    @staticmethod
    def is_whole(text: str) -> bool:
        """Say whether a text is a whole number: a mainland mobile, or at least ten digits of another one."""
        number = plain_number(text)
        if _MAINLAND_MOBILE.fullmatch(number):
            return True
        return bool(_NUMBER.fullmatch(number)) and len(number) >= _WHOLE and not number.startswith("1")

    def display(self, value: Any) -> str:
        if value and _MAINLAND_MOBILE.fullmatch(value):
            return f"{value[:3]} {value[3:7]} {value[7:]}"
        return value or ""

    def mask_filled(self, value: Any) -> str:
        return mask_phone(value)

    def attributes(self) -> Mapping[str, str]:
        # Longer than what is kept: pasted numbers carry blanks and a country code.
        return {"inputmode": "tel", "autocomplete": "off", "maxlength": "40"}


@dataclass(frozen=True)
class Email(Text):
    """An e-mail address, checked by form only; no mail server is asked."""

    _: KW_ONLY
    max_length: int = 120

    def parse_text(self, text: str) -> str:
        address = half_width(text)
        self.check_length(address)
        try:
            return validate_email(address, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise FieldProblem(_("This is not an e-mail address, such as wang@example.com.")) from error

    def mask_filled(self, value: Any) -> str:
        return mask_email(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": self.max_length}

    def attributes(self) -> Mapping[str, str]:
        return {"inputmode": "email", "autocomplete": "off", "maxlength": str(self.max_length)}
