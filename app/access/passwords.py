"""Passwords and user names: what is accepted, and how it is kept."""

from __future__ import annotations

import functools
import secrets
import unicodedata
from collections.abc import Iterable

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import generate_password_hash
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.access.shop import load_shop
from app.core.fields import FieldProblem, clean_line

SHORTEST, SHORTEST_OF_OWNERS = 12, 15
LONGEST = 128
_LONGEST_NAME = 64
_OUR_NAMES = ("kebu", "客簿", "password", "密码")
_SHORTEST_NAME, _MUST_BE_LEFT = 2, 8
# Up to here a row of digits is a date, a phone number or a walk over the keys.
_MOST_COUNTED = 20
_AROUND = "0123456789!@#$%^&*()-_=+.,;:?/~ "


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


def check_password(password: str, username: str = "", full_name: str = "", *, least: int = SHORTEST) -> str:
    """Return a new password unchanged; raise `FieldProblem` if it is too short, too long or easily guessed."""
    if len(password) < least:
        raise FieldProblem(
            _("At least %(least)d characters. A few words in a row are easy to remember.", least=least)
        )
    if len(password) > LONGEST:
        raise FieldProblem(_("At most %(most)d characters.", most=LONGEST))
    if len(set(password)) < 4:
        raise FieldProblem(_("Too simple: use at least four different characters."))
    if username and normal_name(password) == normal_name(username):
        raise FieldProblem(_("The password must not be the user name."))
    if is_common(password):
        raise FieldProblem(
            _("This password is on the lists that burglars try first. Take a few words in a row.")
        )
    if _is_own_name(password, (username, full_name, load_shop().name, *_OUR_NAMES)):
        raise FieldProblem(
            _("This is little more than a name that everybody here knows. Add a few other words.")
        )
    return password


def is_common(password: str) -> bool:
    """Say whether a password is one of the thirty thousand most used, also repeated or with signs around it."""
    text = password.casefold()
    core = text.strip(_AROUND)
    tried = {text, core, text.rstrip(_AROUND), *(_repeated(each) for each in (text, core))}
    only_digits = not core and len(password) < _MOST_COUNTED
    return only_digits or not tried.isdisjoint(_common())


def _repeated(text: str) -> str:
    """Return what a text is a repetition of; the text itself when of nothing shorter."""
    if not text:
        return text
    length = (text + text).find(text, 1)
    return text[:length]


def _is_own_name(password: str, names: Iterable[str]) -> bool:
    """Say whether fewer than eight characters are left of a password without the names."""
    text = whole = _compact(password)
    for name in sorted({_compact(each) for each in names}, key=len, reverse=True):
        if len(name) >= _SHORTEST_NAME:
            text = text.replace(name, "")
    return text != whole and len(text) < _MUST_BE_LEFT


def _compact(text: str) -> str:
    return "".join(sign for sign in normal_name(text) if sign.isalnum())


@functools.lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


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
