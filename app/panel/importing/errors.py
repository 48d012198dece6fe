"""What can be wrong with a file as a whole; a single row's faults are reasons beside that row."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, KebuError


class Unreadable(KebuError):
    """The file can't be read as a table; the message says why and what to do."""

    status = 422
    code = "unreadable-file"
    message = _l("This file can't be read as a table.")


class SourceAway(KebuError):
    """The table that rows are copied from can't be read at the moment; what was read before is kept."""

    status = 503
    code = "copy-source-away"
    message = _l(
        "The other database can't be read at the moment. What was read is kept; go on when it is back."
    )


class NotCopyable(KebuError):
    """A table can't be copied from, or not by this person; the message says why."""

    status = 422
    code = "not-copyable"
    message = _l("This table can't be copied from.")


class NotNow(Conflict):
    """The import is not in a state in which this can be done: it runs, is finished or was given up."""

    code = "import-state"
    message = _l("This import has moved on meanwhile. Look at where it stands now.")
