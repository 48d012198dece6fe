"""What can stand in the way of a change to fields and record types."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict


class TableInUse(Conflict):
    """Others are reading or writing so long that the table could not be changed."""

    code = "table-in-use"
    message = _l(
        "These records are very much in use just now, perhaps by a long export. Try again in a minute."
    )


class TableFull(Conflict):
    """The database has no room for another column in this table."""

    code = "table-full"
    message = _l("The database has no room for another field here.")


class StillInUse(Conflict):
    """Something else leans on what is to go."""

    code = "still-in-use"


class Unsuitable(Conflict):
    """The values that there are do not allow the change."""

    code = "unsuitable"
