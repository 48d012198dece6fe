"""Making and clearing the sample shop: batch by batch, and from the start again when it was stopped half-way.

The shop's row says `is_sample` from the first transaction on and gets its opening moment in the last one.
What was killed in between is a sample like any other: the next attempt clears it at once and starts anew.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from flask_appbuilder.security.sqla.models import assoc_user_role
from sqlalchemy import delete, insert, select, update

from app.access.accounts import open_settings
from app.access.emptying import empty_tables
from app.access.events import SampleClearing
from app.access.models import Branch, Person, ShopSettings
from app.access.version import bump_version, prepare_version
from app.core.clock import business_date, utc_now
from app.core.database import db
from app.core.events import publish
from app.core.keys import keys_at
from app.core.transaction import command, transaction
from app.people.models import Tag
from app.sample.ahead import bound_batches
from app.sample.bulk import BoundBatch, widen_cache, without_collector, without_indexes
from app.sample.bulk import insert as insert_batch
from app.sample.errors import NotASample
from app.sample.plan import Plan
from app.sample.staff import Account, hire, issue, usernames

TIME_ZONE = "Asia/Shanghai"
CURRENCY = "CNY"
_SAMPLE = "the sample shop is made and cleared as a whole"
Report = Callable[[int, int], None]


def seed(profile: str, customers: int, report: Report, language: str = "zh_Hans") -> None:
    """Make the sample shop of `profile` with so many customers in a migrated database.

    `report(done, total)` counts customers. A sample that is there already, whole or not, is replaced; raises
    `NotASample` when the database holds a real shop. Memory does not grow with the number of customers.
    """
    prepare_version()
    clear()
    zone = ZoneInfo(TIME_ZONE)
    today = business_date(utc_now(), zone)
    plan = _open(Plan(profile, language, customers, today, zone, CURRENCY))
    done = 0
    report(done, customers)
    with without_collector(), bound_batches(plan, db.engine) as made, _indexes_last():
        for batch in made:
            _insert(batch)
            done += batch.customers
            report(done, customers)
    _finish()


def accounts() -> list[Account]:
    """Give every account of the present sample shop a new password and return them; raises `NotASample`."""
    shop = db.session.scalar(select(ShopSettings).limit(1))
    if shop is None or not shop.is_sample:
        raise NotASample()
    profile = shop.profile
    db.session.rollback()
    return issue(profile)


@command(None)
def clear() -> None:
    """Remove the sample shop, its accounts and settings, if there is one; `NotASample` for a real one."""
    shop = db.session.scalar(select(ShopSettings).limit(1))
    if shop is None:
        return
    if not shop.is_sample:
        raise NotASample()
    bump_version()
    publish(SampleClearing())
    empty_tables()
    staff = select(Person.id).where(Person.username.in_(usernames(shop.profile)))
    held = delete(assoc_user_role).where(assoc_user_role.c.user_id.in_(staff))
    db.session.execute(held.execution_options(unjournalled=_SAMPLE))
    remaining = Person.username.in_(usernames(shop.profile))
    staff_rows = delete(Person).where(remaining)
    db.session.execute(staff_rows.execution_options(synchronize_session=False, unjournalled=_SAMPLE))
    db.session.delete(shop)


@command(None)
def _open(plan: Plan) -> Plan:
    """Write the shop, its branches, staff and tags, and return the plan that knows their keys."""
    bump_version()
    words = plan.words
    open_settings(words.name, plan.profile, TIME_ZONE, CURRENCY, plan.language, is_sample=True)
    db.session.execute(update(ShopSettings).values(opened_at=None).execution_options(unjournalled=_SAMPLE))
    branches = [Branch(code=code, name=name, address=address) for code, name, address in words.branches]
    db.session.add_all(branches)
    db.session.flush()
    staff = hire(plan.profile, plan.tongue, branches)
    tags = _tags(plan)
    db.session.execute(insert(Tag).execution_options(unjournalled=_SAMPLE), tags)
    return replace(
        plan,
        staff=staff,
        branch_ids=tuple(branch.id for branch in branches),
        tag_ids=tuple(tag["id"] for tag in tags),
    )


def _tags(plan: Plan) -> list[dict[str, Any]]:
    first_day = plan.today - datetime.timedelta(days=1200)
    opened = datetime.datetime.combine(first_day, datetime.time(1), datetime.UTC)
    return [
        {
            "id": uuid.UUID(bytes=key),
            "created_at": opened,
            "changed_at": opened,
            "name": tag.name,
            "colour": tag.colour,
            "notes": tag.notes or None,
        }
        for tag, key in zip(plan.words.tags, keys_at([opened] * len(plan.words.tags)), strict=True)
    ]


@contextmanager
def _indexes_last() -> Iterator[None]:
    """Build SQLite's indexes after the rows, all in one transaction: stopped in between, it has every index and no row.

    PostgreSQL gains nothing by it, and MariaDB could not take the loss of an index back.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with transaction(), without_indexes(db.session.connection()):
        yield


@command(None)
def _insert(batch: BoundBatch) -> None:
    connection = db.session.connection()
    widen_cache(connection)
    insert_batch(connection, batch)


@command(None)
def _finish() -> None:
    opening = update(ShopSettings).values(opened_at=utc_now())
    db.session.execute(opening.execution_options(unjournalled=_SAMPLE))
