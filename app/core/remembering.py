"""Remembering: what a request or a stretch of a job looks up once, and what it forgets when that may have changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, has_app_context, has_request_context

_REMEMBERED = ("access_version", "kebu_shop", "kebu_in_use", "kebu_branches")
_MARK = "kebu_remembers"


def remembers() -> bool:
    """Say whether answers may be kept in `g`: within a request, or within a job that forgets between its chunks."""
    return has_request_context() or (has_app_context() and _MARK in g)


def forget() -> None:
    """Let the next question be asked of the database again."""
    for name in _REMEMBERED:
        g.pop(name, None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember answers while the block runs outside a request; whoever runs it calls `forget` now and then."""
    if has_request_context() or _MARK in g:
        yield
        return
    forget()
    setattr(g, _MARK, True)
    try:
        yield
    finally:
        g.pop(_MARK, None)
        forget()
