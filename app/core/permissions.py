"""Permissions: names of the form `slice:noun:verb`, asked of who knows the roles; nothing known, nothing granted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from flask import current_app

from app.core.errors import Forbidden

_NAME = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")
RECORD_VERBS = ("list", "show", "add", "edit", "delete", "purge", "export", "import", "history")


@dataclass(frozen=True, slots=True)
class Permission:
    """The right to do one thing; `label` says it in words for the roles page."""

    name: str
    label: object

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a permission is named slice:noun:verb, not {self.name!r}")


GrantedNames = Callable[[], frozenset[str]]


class _Everything(frozenset[str]):
    """A set that holds every permission."""

    def __contains__(self, _name: object) -> bool:
        return True


_EVERYTHING = _Everything()
_trusting: ContextVar[bool] = ContextVar("everything_granted", default=False)


@contextmanager
def everything_granted() -> Iterator[None]:
    """Let the block ask as the program: for a rule that a manager made, or a verb of the terminal; for no request."""
    token = _trusting.set(True)
    try:
        yield
    finally:
        _trusting.reset(token)


def granted_names() -> frozenset[str]:
    """Return every permission the present person holds; empty for a stranger."""
    if _trusting.get():
        return _EVERYTHING
    provider: GrantedNames | None = current_app.extensions["kebu"].granted_names
    return provider() if provider is not None else frozenset()


def granted(name: str) -> bool:
    """Say whether the present person may do `name`."""
    return name in granted_names()


def require(name: str) -> None:
    """Raise `Forbidden` unless the present person may do `name`."""
    if not granted(name):
        raise Forbidden()


def record_permissions(screen: str, verbs: Iterable[str] = RECORD_VERBS) -> tuple[str, ...]:
    """Return the permission names of a screen `slice:noun`."""
    return tuple(f"{screen}:{verb}" for verb in verbs)
