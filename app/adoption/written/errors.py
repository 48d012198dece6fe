"""What can be wrong with a declaration's file, each with the line where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError

MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that can't be taken as it is: the line, 0 for the file as a whole, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return (
            _("Line %(line)d: %(reason)s", line=self.line, reason=self.reason) if self.line else self.reason
        )


class Unreadable(KebuError):
    """The file is no plain YAML, whatever it would say."""

    status = 422
    code = "unreadable-declaration"

    def __init__(self, line: int, reason: str) -> None:
        """Say in which line it can't be read, and why."""
        self.problems = (Problem(line, reason),)
        super().__init__(str(self.problems[0]))


class WrongFile(KebuError):
    """The file can be read, but says something that can't be so; `problems` are all that were found."""

    status = 422
    code = "wrong-declaration"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep what is wrong, in the order of lines."""
        self.problems = tuple(sorted(problems, key=lambda each: each.line))[:MOST_TOLD]
        super().__init__(" ".join(str(each) for each in self.problems[:10]))


class UnknownNames(WrongFile):
    """The file names tables, columns, roles or keys that are not there; they can be skipped if somebody says so."""

    code = "unknown-in-declaration"


class UnknownDatabase(KebuError):
    """No adopted database is called so."""

    status = 404
    code = "unknown-database"
    message = _l("No adopted database is called so.")
