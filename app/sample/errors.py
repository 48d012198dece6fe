"""What can be refused about a sample shop."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError


class NotASample(KebuError):
    """The database holds a real shop; a sample never touches it."""

    status = 409
    code = "not-a-sample"
    message = _l("This database holds a real shop. A sample can only be made in an empty one.")
