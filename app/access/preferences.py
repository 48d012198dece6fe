"""Preferences: language, theme and branch of the person at the screen."""

from __future__ import annotations

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


def present_theme() -> str:
    """Return the theme of this page: the person's, else this browser's, else the device's own."""
    chosen = getattr(current_user, "theme", None) or session.get("theme")
    return chosen if chosen in THEMES else "auto"


def choose_language(code: str) -> None:
    """Speak `code` from now on, to this person everywhere or to this browser before sign-in; raise `NotFound`."""
    if not is_offered(code):
        raise NotFound()
    if current_user.is_authenticated:
        prefer(language=code)
    session["language"] = code


def choose_theme(theme: str) -> None:
    """Use `theme` from now on; raise `NotFound` for one that doesn't exist."""
    if theme not in THEMES:
        raise NotFound()
    if current_user.is_authenticated:
        prefer(theme=theme)
    session["theme"] = theme


def choose_branch(token: str) -> None:
    """Work in the branch of this token from now on, '' for all branches; raise `NotFound`."""
    branch_id = None
    if token:
        branch_id = branch_key(token)
    prefer(branch_id=branch_id)


def branch_key(token: str) -> object:
    """Return the key of a branch in use by its token; raise `NotFound`."""
    try:
        parts = decode_token(token)
    except UnreadableToken as error:
        raise NotFound() from error
    query = select(Branch.id).where(Branch.deleted_at.is_(None), Branch.is_active.is_(True)).limit(1)
    key = db.session.scalar(query.where(Branch.id == parts[0])) if len(parts) == 1 else None
    if key is None:
        raise NotFound()
    return key
