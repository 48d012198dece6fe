"""The people who work in a sample shop and their accounts."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field

from sqlalchemy import select, update

from app.access.accounts import create_account
from app.access.models import Branch, Person
from app.access.passwords import hash_password
from app.access.signing.factors import NO, TOTP, new_totp_secret, put_factor, role_need
from app.access.signing.sessions import end_sessions
from app.core.database import db
from app.core.transaction import command
from app.profiles import OWNER, PROFILES

# No hash looks like this, so nobody gets in before `accounts` has made a password.
_NO_PASSWORD = "!"  # noqa: S105 - the very absence of one
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
_NAMES = {
    "zh": {
        OWNER: "周敏",
        "Administrator": "沈磊",
        "Manager": "陈立",
        "Clerk": "小雨",
        "Accountant": "何静",
        "Auditor": "许诺",
        "": "阿杰",
    },
    "en": {
        OWNER: "Min Zhou",
        "Administrator": "Lei Shen",
        "Manager": "Li Chen",
        "Clerk": "Rain Xu",
        "Accountant": "Jing He",
        "Auditor": "Nora Xu",
        "": "Jay Lin",
    },
}
_BEHIND_THE_SCENES = frozenset({"Administrator", "Accountant", "Auditor"})


@dataclass(frozen=True, slots=True)
class Account:
    """How to sign in to the sample shop: user name, password, the role's name and what the phone holds, if it must."""

    user: str
    password: str = field(repr=False)
    role: str = ""
    secret: str = field(default="", repr=False)


def usernames(profile: str) -> dict[str, str]:
    """Return the user name of each role's one account: owner, manager, clerk and whoever else works there."""
    return {role.lower(): role for role in PROFILES[profile].roles}


def hire(profile: str, tongue: str, branches: list[Branch]) -> tuple[int, ...]:
    """Make an account for each role inside the open transaction, none of which opens yet.

    Returns the numbers of those who talk with customers.
    """
    names = _NAMES[tongue]
    hired = {
        role: create_account(
            user,
            _NO_PASSWORD,
            names.get(role, names[""]),
            role,
            branch_id=None
            if role == OWNER or role in _BEHIND_THE_SCENES
            else branches[position % len(branches)].id,
        )
        for position, (user, role) in enumerate(usernames(profile).items())
    }
    return tuple(number for role, number in hired.items() if role not in _BEHIND_THE_SCENES)


def new_password() -> str:
    """Return a random password (80 bits) that can be read aloud and typed."""
    groups = ("".join(secrets.choice(_SIGNS) for _sign in range(_GROUP_LENGTH)) for _group in range(_GROUPS))
    return "-".join(groups)


def issue(profile: str) -> list[Account]:
    """Give every account of the sample shop a new password and return them, the owner's first."""
    issued = [
        Account(user, new_password(), role, new_totp_secret() if role_need(role, None) != NO else "")
        for user, role in usernames(profile).items()
    ]
    # Hashing is slow on purpose; a transaction must not wait for it.
    hashes = _hashes([account.password for account in issued])
    _set_passwords(dict(zip((account.user for account in issued), hashes, strict=True)))
    _set_phones({account.user: account.secret for account in issued if account.secret})
    return issued


def _hashes(passwords: list[str]) -> list[str]:
    """Return the hash of each, worked out side by side: one takes a tenth of a second of a processor."""
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(copy_context().run, hash_password, password) for password in passwords]
        return [hashing.result() for hashing in running]


@command(None)
def _set_passwords(hashes: dict[str, str]) -> None:
    for user, password in hashes.items():
        renewal = update(Person).where(Person.username == user).values(password=password)
        db.session.execute(renewal.execution_options(unjournalled="a sample account's next password"))


@command(None)
def _set_phones(secrets_by_user: dict[str, str]) -> None:
    query = select(Person.username, Person.id).where(Person.username.in_(secrets_by_user))
    for user, number in db.session.execute(query.limit(len(secrets_by_user))).all():
        put_factor(number, TOTP, secrets_by_user[user])
        end_sessions(number)
