"""What can be wrong with a wish for a report, one class each."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import Forbidden, Invalid, KebuError


class UnknownReport(KebuError):
    """No report has this name."""

    status = 404
    code = "unknown-report"
    message = _l("There is no such report.")


class UnknownBook(KebuError):
    """No book of facts has this name."""

    status = 404
    code = "unknown-book"
    message = _l("No book has this name. Choose one of the list.")


class FactNotProvided(KebuError):
    """The book doesn't provide what the report reads."""

    status = 422
    code = "fact-not-provided"
    message = _l("This book doesn't say what the report needs. Say which of its tables holds it.")


class SeesOnlyAPart(Forbidden):
    """The person sees only a part of what the report would add up."""

    code = "sees-only-a-part"
    message = _l("You see only a part of these records, so a report on all of them is not for you.")


class TooMuchForOneReport(KebuError):
    """More came together than one report holds."""

    status = 422
    code = "too-much-for-one-report"
    message = _l("This is more than one report holds. Choose a shorter period or longer steps.")


class NoPlainNumber(KebuError):
    """The book holds amounts that are no numbers (infinite, not a number), so no sum exists."""

    status = 422
    code = "no-plain-number"
    message = _l("Some amounts in this book are no plain numbers, so they can't be added up.")


class BadWish(Invalid):
    """What was asked of a report can't be read; `errors` says it by field."""

    code = "bad-wish"

    def __init__(self, errors: dict[str, Any]) -> None:
        # The terminal shows the message alone.
        super().__init__(errors, " ".join(str(each) for each in errors.values()))
