"""The shop as every page needs it: its name, zone, currency and day; who keeps them is told by the kernel."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import current_app, g

from app.core.clock import business_date, utc_now
from app.core.remembering import remembers


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop as every page needs it; before the first run these are the program's defaults."""

    name: str
    profile: str
    zone: ZoneInfo
    currency: str
    language: str
    is_sample: bool = False
    is_open: bool = False
    day_starts: datetime.time = datetime.time(0)
    shares_customers: bool = True
    reveals_a_day: int = 50


_settled: ContextVar[Shop | None] = ContextVar("settled_shop", default=None)


@contextmanager
def settled_shop() -> Iterator[Shop]:
    """Let the block see the shop as it is now: work on a million rows must not ask for the currency a million times."""
    token = _settled.set(shop())
    try:
        yield shop()
    finally:
        _settled.reset(token)


def shop() -> Shop:
    """Return the present shop's settings; within a request, a job's chunk or a `settled_shop` asked for once."""
    if (settled := _settled.get()) is not None:
        return settled
    if remembers() and "kebu_shop" in g:
        known: Shop = g.kebu_shop
        return known
    provider = current_app.extensions["kebu"].shop
    assert provider is not None, "access installs the shop before the first request"
    found: Shop = provider()
    if remembers():
        g.kebu_shop = found
    return found


def today() -> datetime.date:
    """Return the shop's present business day."""
    here = shop()
    return business_date(utc_now(), here.zone, here.day_starts)
