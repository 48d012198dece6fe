"""Passwords and user names: what is accepted, and how it is kept."""

from __future__ import annotations

import functools
import secrets
import unicodedata

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import generate_password_hash

from app.core.fields import FieldProblem, clean_line

SHORTEST = 12
LONGEST = 128
_LONGEST_NAME = 64


def normal_name(text: str) -> str:
    """Return the one spelling of a user name: plain small letters, no blanks around."""
    return unicodedata.normalize("NFKC", clean_line(text)).strip().lower()


def check_username(text: str) -> str:
    """Return the normal spelling of a new user name; raise `FieldProblem` if it can't be one."""
    name = normal_name(text)
    if not name:
        raise FieldProblem(_("Please fill this in."))
    if len(name) > _LONGEST_NAME:
        raise FieldProblem(_("At most %(most)d characters.", most=_LONGEST_NAME))
    if any(not (letter.isalnum() or letter in "._-") for letter in name):
        raise FieldProblem(_("Letters, digits, dots, hyphens and underscores only."))
    return name


def check_password(password: str, username: str = "") -> str:
    """Return a new password unchanged; raise `FieldProblem` if it is too short, too long or the user name."""
    if len(password) < SHORTEST:
        raise FieldProblem(
            _("At least %(least)d characters. A few words in a row are easy to remember.", least=SHORTEST)
        )
    if len(password) > LONGEST:
        raise FieldProblem(_("At most %(most)d characters.", most=LONGEST))
    if len(set(password)) < 4:
        raise FieldProblem(_("Too simple: use at least four different characters."))
    if username and normal_name(password) == normal_name(username):
        raise FieldProblem(_("The password must not be the user name."))
    return password


def hash_password(password: str) -> str:
    """Return the salted hash to keep; slow on purpose, so never called while a transaction is open."""
    config = current_app.config
    return generate_password_hash(
        password,
        method=config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"),
        salt_length=config.get("FAB_PASSWORD_HASH_SALT_LENGTH", 16),
    )


def decoy_hash() -> str:
    """Return the hash of a password nobody knows; checking it costs what a real one costs."""
    return _decoy(current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"))


@functools.lru_cache(maxsize=4)
def _decoy(method: str) -> str:
    return generate_password_hash(secrets.token_urlsafe(32), method=method)
