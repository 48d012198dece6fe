"""The failures that a person can meet, each with a status, a stable code and a message in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l


class KebuError(Exception):
    """A refusal that is explained to the person; `message` is lazy text, `status` an HTTP status code."""

    status = 400
    code = "refused"
    message: Any = _l("This can't be done.")

    def __init__(self, message: Any = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(KebuError):
    """Nothing with this address exists, or the person may not know that it does."""

    status = 404
    code = "not-found"
    message = _l("There is nothing here. It may have been deleted, or the address is mistyped.")


class UnreadableToken(NotFound):
    """An address names a key that no record can have."""

    code = "unreadable-key"


class Forbidden(KebuError):
    """The person's role does not allow this."""

    status = 403
    code = "forbidden"
    message = _l("Your role does not allow this. Ask a manager if you need it.")


class Conflict(KebuError):
    """Somebody else changed or took the thing in the meantime."""

    status = 409
    code = "conflict"
    message = _l("Someone else changed this in the meantime. Look at both versions and save again.")


class Invalid(KebuError):
    """What was typed can't be saved; `errors` maps field names to messages, '' to the form as a whole."""

    status = 422
    code = "invalid"
    message = _l("Please check the marked fields.")

    def __init__(self, errors: Mapping[str, Any], message: Any = None) -> None:
        self.errors = dict(errors)
        super().__init__(message)


class TransitionRefused(KebuError):
    """A record is not in a state from which this step is possible."""

    status = 409
    code = "transition-refused"
    message = _l("This step is not possible in the present state.")


class ProgrammingError(RuntimeError):
    """A declaration or a call breaks a rule of the house; found at start or in tests, never shown to a person."""
