"""The shop: its settings as every page needs them, and its branches, remembered under the access version."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import current_app, g
from sqlalchemy import select

from app.access.memory import Remembered
from app.access.models import Branch, ShopSettings
from app.access.version import present_version
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.reach import present_reach
from app.core.remembering import remembers
from app.core.shop import Shop
from app.profiles import DEFAULT_PROFILE

_MOST_BRANCHES = 200
BranchChoices = tuple[tuple[str, str], ...]


def load_shop() -> Shop:
    """Return the shop; before the first run what the program's settings say."""
    memory: Remembered[Shop] = current_app.extensions["kebu_shop"]
    key = (0, present_version())
    known = memory.get(key)
    if known is None:
        row = db.session.scalar(select(ShopSettings).where(ShopSettings.single == 1).limit(1))
        known = _unopened() if row is None else _shop(row)
        memory.keep(key, known)
    return known


def _unopened() -> Shop:
    settings = current_app.config["KEBU_SETTINGS"]
    return Shop(
        name="Kebu 客簿",
        profile=DEFAULT_PROFILE,
        zone=ZoneInfo(settings.time_zone),
        currency=settings.currency,
        language=settings.default_language,
    )


def _shop(row: ShopSettings) -> Shop:
    return Shop(
        name=row.name,
        profile=row.profile,
        zone=ZoneInfo(row.time_zone),
        currency=row.currency,
        language=row.language,
        day_starts=row.day_starts,
        is_sample=row.is_sample,
        is_open=True,
        shares_customers=row.shares_customers,
        reveals_a_day=row.reveals_a_day,
    )


def branch_choices() -> BranchChoices:
    """Return the branches in use that whoever is present may see as (token, name), by name; at most 200."""
    called = kernel().screens["access:branch"].called
    return tuple((token, called(name)) for token, name in _branches_within_reach())


def _branches_within_reach() -> BranchChoices:
    if Branch in present_reach().conditions:
        # Of few branches for few people: looked up once a request.
        if not remembers():
            return _read_branches()
        if "kebu_branches" not in g:
            g.kebu_branches = _read_branches()
        own: BranchChoices = g.kebu_branches
        return own
    memory: Remembered[BranchChoices] = current_app.extensions["kebu_branches"]
    key = (0, present_version())
    known = memory.get(key)
    if known is None:
        known = _read_branches()
        memory.keep(key, known)
    return known


def _read_branches() -> BranchChoices:
    query = (
        select(Branch.id, Branch.name)
        .where(Branch.deleted_at.is_(None), Branch.is_active.is_(True))
        .order_by(Branch.name, Branch.id)
        .limit(_MOST_BRANCHES)
    )
    return tuple((encode_token([identity]), name) for identity, name in db.session.execute(query))
