"""The first run: a one-time code in the instance folder lets its reader open the shop, exactly once."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.access.accounts import create_account, open_settings
from app.access.emptying import empty_tables
from app.access.errors import AlreadyOpen, NotASample
from app.access.events import SampleClearing
from app.access.grants import OWNER, OWNERSHIP
from app.access.models import Branch, Person, ShopSettings
from app.access.signing.sessions import end_sessions
from app.access.version import bump_version, prepare_version
from app.core.database import db
from app.core.events import publish
from app.core.record import actor_id
from app.core.transaction import command

CODE_FILE = "first-run-code"
# Without letters and digits that are taken for one another on a screen.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP_LENGTH = 3, 4
_MOST_PEOPLE = 10_000


@dataclass(frozen=True)
class Opening:
    """What the first-run page asks for, the password already hashed."""

    name: str
    profile: str
    time_zone: str
    currency: str
    language: str
    branch: str
    username: str
    full_name: str
    password_hash: str


def code(home: Path) -> str:
    """Return the one-time code of this instance folder, made at the first call, for its owner's eyes."""
    path = home / CODE_FILE
    groups = ("".join(secrets.choice(_SIGNS) for _sign in range(_GROUP_LENGTH)) for _group in range(_GROUPS))
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("-".join(groups))
    return path.read_text(encoding="ascii").strip()


def code_matches(home: Path, typed: str) -> bool:
    """Say whether this is the code; blanks, hyphens and case don't matter, and time tells nothing."""
    given = "".join(sign for sign in typed.upper() if sign.isalnum())
    wanted = code(home).replace("-", "")
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def forget_code(home: Path) -> None:
    """Remove the code once it has done its work."""
    (home / CODE_FILE).unlink(missing_ok=True)


def open_shop(opening: Opening) -> int:
    """Open the shop and return the owner's number; raise `AlreadyOpen` for all but the first."""
    prepare_version()
    try:
        return _open_shop(opening)
    except IntegrityError as error:
        if was_opened():
            raise AlreadyOpen from error
        raise


@command(None)
def _open_shop(opening: Opening) -> int:
    bump_version()
    if was_opened():
        raise AlreadyOpen
    open_settings(opening.name, opening.profile, opening.time_zone, opening.currency, opening.language)
    branch = Branch(name=opening.branch)
    db.session.add(branch)
    db.session.flush()
    number = create_account(
        opening.username, opening.password_hash, opening.full_name, OWNER, branch_id=branch.id
    )
    person = db.session.get_one(Person, number)
    person.language = opening.language
    return number


def was_opened() -> bool:
    """Say whether the shop is open by now, past every memory."""
    return db.session.scalar(select(ShopSettings.id).limit(1)) is not None


@command(OWNERSHIP)
def clear_sample() -> None:
    """Remove every record of a sample shop, close the other accounts and make it the owner's own, in one go.

    Raises `NotASample` for a real shop. Rows go table by table, those that point to others first.
    """
    bump_version()
    shop = db.session.scalar(select(ShopSettings).limit(1).with_for_update(of=ShopSettings))
    if shop is None or not shop.is_sample:
        raise NotASample
    publish(SampleClearing())
    empty_tables()
    branch: uuid.UUID = _first_branch()
    for person_id in db.session.scalars(
        select(Person.id).where(Person.id != actor_id()).limit(_MOST_PEOPLE)
    ).all():
        end_sessions(person_id)
    everybody = update(Person).execution_options(unjournalled="the sample's accounts close with the sample")
    db.session.execute(everybody.where(Person.id != actor_id()).values(active=False, branch_id=None))
    db.session.execute(everybody.where(Person.id == actor_id()).values(branch_id=branch))
    shop.is_sample = False
    db.session.flush()


def _first_branch() -> uuid.UUID:
    branch = Branch(name=_("Main branch"))
    db.session.add(branch)
    db.session.flush()
    return branch.id
