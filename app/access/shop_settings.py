"""The shop's settings: what may be chosen, and the verb that saves it."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import get_currency_name
from flask_babel import get_locale
from sqlalchemy import select

from app.access.language import offered_languages
from app.access.models import ShopSettings
from app.access.permission_sync import sync_permissions
from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Conflict, NotFound
from app.core.transaction import command
from app.profiles import PROFILES

CURRENCIES = (
    "CNY",
    "HKD",
    "MOP",
    "TWD",
    "SGD",
    "MYR",
    "JPY",
    "KRW",
    "THB",
    "VND",
    "AUD",
    "CAD",
    "EUR",
    "GBP",
    "USD",
)
_USUAL_ZONES = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Macau",
    "Asia/Taipei",
    "Asia/Singapore",
)
_REGIONS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@dataclass(frozen=True)
class ShopDraft:
    """What the settings page says about the shop."""

    name: str
    profile: str
    time_zone: str
    currency: str
    language: str
    day_starts: datetime.time
    shares_customers: bool = True
    reveals_a_day: int = 50


@functools.cache
def time_zones() -> tuple[tuple[str, str], ...]:
    """Return the time zones to choose from, the usual ones first."""
    rest = sorted(
        name for name in available_timezones() if name.startswith(_REGIONS) and name not in _USUAL_ZONES
    )
    return tuple((name, name.replace("_", " ")) for name in (*_USUAL_ZONES, *rest))


def currencies() -> list[tuple[str, str]]:
    """Return the currencies to choose from with their names in the page's language."""
    locale = get_locale()
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in CURRENCIES]


def profiles() -> list[tuple[str, str]]:
    """Return the profiles to choose from, each with its sentence."""
    return [(profile.name, f"{profile.label}: {profile.sentence}") for profile in PROFILES.values()]


def languages() -> list[tuple[str, str]]:
    """Return the languages to choose from."""
    return offered_languages()


def settings_row() -> ShopSettings:
    """Return the shop's row; raise `NotFound` before the first run."""
    row: ShopSettings | None = db.session.scalar(select(ShopSettings).limit(1))
    if row is None:
        raise NotFound
    return row


@command("access:shop:edit")
def change_shop(version: int, draft: ShopDraft) -> None:
    """Save the shop's settings as seen at row `version`; raise `Conflict` when somebody saved since.

    A change of profile adds the roles of the new one and takes nothing away: no record, no role, no right.
    """
    bump_version()
    row = db.session.scalar(select(ShopSettings).limit(1).execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.row_version != version:
        raise Conflict
    changed_profile = row.profile != draft.profile
    row.name, row.profile, row.language = draft.name, draft.profile, draft.language
    row.time_zone, row.currency, row.day_starts = (
        str(ZoneInfo(draft.time_zone)),
        draft.currency,
        draft.day_starts,
    )
    row.shares_customers, row.reveals_a_day = draft.shares_customers, draft.reveals_a_day
    db.session.flush()
    if changed_profile:
        sync_permissions(None, PROFILES[draft.profile].roles, create_roles=True)
