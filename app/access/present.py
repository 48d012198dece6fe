"""Who is present: the signed-in person of a request, or the one on whose behalf a job works; else the program."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from flask import has_request_context
from flask_login import current_user

from app.access.models import CallingKey


@dataclass(frozen=True, slots=True)
class Acting:
    """The person on whose behalf the program works outside a request."""

    person_id: int
    language: str
    branch_id: uuid.UUID | None


acting_now: ContextVar[Acting | None] = ContextVar("acting_now", default=None)


def present_person_id() -> int | None:
    """Return the account number of whoever is present; None for a stranger and for the program itself."""
    if (acting := acting_now.get()) is not None:
        return acting.person_id
    if has_request_context() and current_user.is_authenticated:
        return int(current_user.id)
    return None


def looked_at_role() -> int | None:
    """Return the number of the role that the person at the screen looks at the program as; None for the own rights."""
    if acting_now.get() is None and has_request_context():
        return getattr(current_user, "look_role_id", None)
    return None


def home_branch_id() -> uuid.UUID | None:
    """Return the branch that whoever is present works in; None for all of them."""
    if (acting := acting_now.get()) is not None:
        return acting.branch_id
    return getattr(current_user, "branch_id", None)


def present_key() -> CallingKey | None:
    """Return the API key of the program that calls; None for people, jobs and the program itself."""
    if acting_now.get() is not None or not has_request_context():
        return None
    return getattr(current_user, "key", None)


def is_the_program() -> bool:
    """Say whether nobody is present: a command line, a first start, recurring work; a stranger is somebody."""
    return acting_now.get() is None and not has_request_context()
