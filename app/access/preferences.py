"""Preferences: language, theme and branch of the person at the screen."""

from __future__ import annotations

import uuid

from flask import session
from flask_login import current_user
from sqlalchemy import select

from app.access.accounts import prefer
from app.access.language import is_offered
from app.access.models import Branch
from app.core.database import db
from app.core.errors import NotFound, UnreadableToken
from app.core.keys import decode_token

THEMES = ("auto", "light", "dark")


def choose_language(code: str) -> None:
    """Speak `code` from now on, to this person or, before sign-in, this browser; raise `NotFound`."""
    if not is_offered(code):
        raise NotFound
    if current_user.is_authenticated:
        prefer(language=code)
    session["language"] = code


def choose_theme(theme: str) -> None:
    """Use `theme` from now on; raise `NotFound` for one that doesn't exist."""
    if theme not in THEMES:
        raise NotFound
    if current_user.is_authenticated:
        prefer(theme=theme)


def choose_branch(token: str) -> None:
    """Work in the branch of this token from now on, '' for all branches; raise `NotFound`."""
    prefer(branch_id=branch_key(token) if token else None)


def branch_key(token: str) -> uuid.UUID:
    """Return the key of a branch in use by its token; raise `NotFound`."""
    try:
        parts = decode_token(token)
    except UnreadableToken as error:
        raise NotFound from error
    query = select(Branch.id).where(Branch.deleted_at.is_(None), Branch.is_active.is_(True)).limit(1)
    key = db.session.scalar(query.where(Branch.id == parts[0])) if isinstance(parts[0], uuid.UUID) else None
    if key is None:
        raise NotFound
    return key
