"""A lock that one process holds and the system releases when that process ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


class LockHeld(Exception):
    """Another process holds the lock."""


if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO, wait: bool) -> bool:
        while True:
            file.seek(0)
            try:
                # LK_LOCK asks ten times, a second apart, and then fails.
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:
                if wait:
                    continue
                return False
            return True
else:
    import fcntl

    def _take(file: BinaryIO, wait: bool) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock file at `path`; raise LockHeld at once when `wait` is False and somebody else has it.

    The file is left behind on purpose: deleting it would let two holders lock two different files.
    """
    with path.open("a+b") as file:
        if not _take(file, wait):
            raise LockHeld(str(path))
        yield
