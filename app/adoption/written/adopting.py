"""Adopting anew by a file's word: what somebody said elsewhere counts more than what is proposed here."""

from __future__ import annotations

from app.access.permission_sync import declared_permissions, sync_permissions
from app.adoption.declaring import ADOPT, Looked, Wish, declare
from app.adoption.written.applying import take_in
from app.core.transaction import command


def adopt_as_written(
    wish: Wish,
    looked: Looked,
    words: bytes | None = None,
    *,
    skip_unknown: bool = False,
) -> str:
    """Adopt a database with everything as the file says, as proposed where it is silent; return the source's code.

    What roles see and share is taken in last, when there are screens: a file that is refused before leaves nothing.
    """
    code = _declare(wish, looked, words, skip_unknown=skip_unknown)
    sync_permissions(declared_permissions())
    if words is not None:
        take_in(code, words, skip_unknown=skip_unknown)
    return code


@command(ADOPT)
def _declare(wish: Wish, looked: Looked, words: bytes | None, *, skip_unknown: bool) -> str:
    code = declare(wish, *looked)
    if words is not None:
        take_in(code, words, skip_unknown=skip_unknown, with_access=False)
    return code
