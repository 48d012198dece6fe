"""What the panel refuses beside the refusals that core knows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError


class TooManyPins(KebuError):
    """A person keeps as many records at hand as fit."""

    status = 409
    code = "too-many-pins"
    message = _l("You have pinned as many records as fit. Unpin one that you no longer need.")


class CannotBePinned(KebuError):
    """A record's key is longer than what is kept of it."""

    status = 422
    code = "cannot-be-pinned"
    message = _l("Records of this kind can't be pinned.")
