"""The sample shops: the same people every time, a year with a rhythm, a clean start after a broken one."""

from __future__ import annotations

import datetime
import multiprocessing
import re
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, update
from sqlalchemy.engine import make_url
from werkzeug.security import check_password_hash

from app import sample
from app.access.models import Branch, Person, ShopSettings
from app.core.clock import business_date, utc_now
from app.core.database import db
from app.core.fields import Phone
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.people.models import UNSETTLED, Contact, ContactState, Customer, Tag
from app.pets.models import Pet, Vaccination
from app.profiles import PROFILES
from app.sample.ahead import SampleInterrupted, bound_here, made_by_a_copy
from app.sample.batches import BATCH_SIZE, batches
from app.sample.bulk import TABLES, Load
from app.sample.calendar import in_rush, new_year
from app.sample.customers import phone_number
from app.sample.plan import Columns, Plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = datetime.date(2025, 9, 10)
needs_a_copy = pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies a process safely")
FINISHED = lambda _done, _total: None  # noqa: E731 - a report that nobody reads


def plan_of(profile: str = "petshop", language: str = "zh_Hans", customers: int = 3_000) -> Plan:
    """Return a plan with made-up keys of branches and tags."""
    plan = Plan(profile, language, customers, TODAY, SHANGHAI, "CNY", staff=(1, 2, 3))
    return replace(
        plan,
        branch_ids=tuple(uuid7() for _branch in plan.words.branches),
        tag_ids=tuple(uuid7() for _tag in plan.words.tags),
    )


@dataclass
class Rows:
    """All rows of a plan, each by the names of its columns."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    customer_tags: list[dict[str, Any]] = field(default_factory=list)
    pets: list[dict[str, Any]] = field(default_factory=list)
    vaccinations: list[dict[str, Any]] = field(default_factory=list)


def rows(columns: Columns) -> list[dict[str, Any]]:
    """Return columns as rows; fails when one is longer than another."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def whole(plan: Plan) -> Rows:
    """Return all rows of a plan."""
    made = Rows()
    for batch in batches(plan):
        for table in TABLES:
            getattr(made, table).extend(rows(getattr(batch, table)))
    return made


@pytest.fixture(scope="module")
def pet_shop() -> Rows:
    """The pet shop's rows of 3,000 customers."""
    return whole(plan_of())


@pytest.fixture
def sample_shop(app_on: Flask) -> Flask:
    """An application whose shop is a sample, so that seeding may replace it."""
    with transaction():
        db.session.execute(
            update(ShopSettings)
            .values(is_sample=True)
            .execution_options(unjournalled="a test arranges its shop")
        )
    return app_on


def count(model: type) -> int:
    """Return how many rows there are."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def per_day(batch: Rows) -> Counter[datetime.date]:
    """Return the number of contacts on each local day."""
    return Counter(row["created_at"].astimezone(SHANGHAI).date() for row in batch.contacts)


def test_the_same_seed_makes_the_same_people() -> None:
    first, second = whole(plan_of(customers=300)), whole(plan_of(customers=300))

    without_keys = ("name", "phone", "birth_date", "source", "created_at", "notes")
    assert [[row[name] for name in without_keys] for row in first.customers] == [
        [row[name] for name in without_keys] for row in second.customers
    ]
    assert [row["subject"] for row in first.contacts] == [row["subject"] for row in second.contacts]
    assert [row["name"] for row in first.pets] == [row["name"] for row in second.pets]


def test_another_seed_makes_other_people() -> None:
    first, second = whole(plan_of(customers=50)), whole(replace(plan_of(customers=50), seed=7))

    assert [row["name"] for row in first.customers] != [row["name"] for row in second.customers]


@pytest.mark.parametrize("customers", [1, 2, BATCH_SIZE - 1, BATCH_SIZE, BATCH_SIZE + 1])
def test_exactly_as_many_customers_are_made_as_were_asked_for(customers: int) -> None:
    made = [len(batch.customers["id"]) for batch in batches(plan_of("general", "en", customers))]

    assert sum(made) == customers
    assert all(0 < size <= BATCH_SIZE for size in made)


def test_weekends_are_busier_than_weekdays(pet_shop: Rows) -> None:
    days = per_day(pet_shop)
    year = [TODAY - datetime.timedelta(days=back) for back in range(1, 366)]

    weekend = mean(days[day] for day in year if day.weekday() >= 5)
    weekday = mean(days[day] for day in year if day.weekday() < 4)

    assert weekend > 1.5 * weekday


def test_the_weeks_before_the_lunar_new_year_are_busier_and_the_feast_is_quiet(pet_shop: Rows) -> None:
    days, feast = per_day(pet_shop), new_year(2025)
    rush = [feast - datetime.timedelta(days=back) for back in range(2, 22)]
    before = [feast - datetime.timedelta(days=back) for back in range(22, 42)]

    assert mean(days[day] for day in rush) > 1.3 * mean(days[day] for day in before)
    assert [days[feast + datetime.timedelta(days=after)] for after in (-1, 0, 1, 2)] == [0, 0, 0, 0]


def test_summer_is_the_grooming_season(pet_shop: Rows) -> None:
    days = per_day(pet_shop)
    summer = mean(count for day, count in days.items() if day.month in (7, 8))
    autumn = mean(count for day, count in days.items() if day.month in (10, 11))

    assert summer > 1.15 * autumn
    shaving = [row for row in pet_shop.contacts if row["subject"] == "问夏天剃毛好不好"]
    assert shaving
    assert {row["created_at"].astimezone(SHANGHAI).month for row in shaving} <= {6, 7, 8}


def test_boarding_over_the_feast_is_asked_for_only_before_it(pet_shop: Rows) -> None:
    asked = [
        row["created_at"].astimezone(SHANGHAI).date()
        for row in pet_shop.contacts
        if row["subject"] == "问春节寄养"
    ]

    assert asked
    assert all(in_rush(day) for day in asked)


def test_something_is_open_something_overdue_and_the_old_is_settled(pet_shop: Rows) -> None:
    unsettled = [row for row in pet_shop.contacts if row["state"] in UNSETTLED]

    assert all(row["due_on"] is not None for row in unsettled)
    assert any(row["due_on"] < TODAY for row in unsettled)
    assert any(row["due_on"] >= TODAY for row in unsettled)
    assert len(unsettled) < 0.1 * len(pet_shop.contacts)
    assert any(row["state"] is ContactState.DROPPED for row in pet_shop.contacts)


def test_nothing_happened_in_the_future_or_before_the_first_visit(pet_shop: Rows) -> None:
    first_visit = {row["id"]: row["created_at"] for row in pet_shop.customers}

    assert all(row["created_at"].astimezone(SHANGHAI).date() < TODAY for row in pet_shop.customers)
    assert all(row["created_at"].astimezone(SHANGHAI).date() < TODAY for row in pet_shop.contacts)
    assert all(row["created_at"] > first_visit[row["customer_id"]] for row in pet_shop.contacts)


def test_newest_first_by_key_is_newest_first_by_time(pet_shop: Rows) -> None:
    by_key = sorted(pet_shop.contacts, key=lambda row: row["id"])

    assert [row["created_at"] for row in by_key] == sorted(row["created_at"] for row in by_key)


def test_vaccinations_are_due_around_today_and_some_are_overdue(pet_shop: Rows) -> None:
    due = [row["due_on"] for row in pet_shop.vaccinations]

    assert min(due) < TODAY < max(due)
    assert 0.05 < mean(day < TODAY for day in due) < 0.2
    assert all(row["given_on"] < row["due_on"] for row in pet_shop.vaccinations)


def test_phones_look_real_are_read_by_the_form_and_never_repeat() -> None:
    numbers = [phone_number(index) for index in range(50_000)]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"(154|161|164|194)\d{8}", number) for number in numbers)
    assert Phone("phone", "Phone").parse([numbers[0]]) == numbers[0]


def test_customers_with_one_pet_do_not_carry_the_tag_of_several(pet_shop: Rows) -> None:
    plan = plan_of(customers=500)
    made = whole(plan)
    position = next(i for i, tag in enumerate(plan.words.tags) if tag.several_pets)
    pets = Counter(row["owner_id"] for row in made.pets)

    tagged = {
        row["customer_id"] for row in made.customer_tags if row["tag_id"] == plan.tag_ids[position].bytes
    }

    assert tagged == {owner for owner, number in pets.items() if number >= 2}


def test_a_very_large_shop_keeps_no_more_regulars_than_its_staff_can_serve() -> None:
    assert plan_of(customers=2_000).regulars == 1.0
    assert plan_of(customers=200_000).regulars == 0.1


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_profile_has_a_shop_with_a_life_in_both_languages(profile: str, language: str) -> None:
    made = whole(plan_of(profile, language, 400))

    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert len(made.customers) == 400
    assert made.contacts
    assert made.customer_tags
    assert bool(made.pets) is (profile == "petshop")
    assert all(bool(chinese.search(row["subject"])) is (language == "zh_Hans") for row in made.contacts)


def test_a_seeded_shop_is_complete_and_says_that_it_is_a_sample(sample_shop: Flask) -> None:
    reported: list[tuple[int, int]] = []

    sample.seed("petshop", 150, lambda done, total: reported.append((done, total)))

    shop = db.session.scalars(select(ShopSettings)).one()
    assert (shop.is_sample, shop.profile, shop.opened_at is not None) == (True, "petshop", True)
    assert (count(Customer), count(Branch)) == (150, 3)
    assert min(count(Tag), count(Contact), count(Pet), count(Vaccination)) > 0
    assert reported == [(0, 150), (150, 150)]
    newest = db.session.scalars(select(Customer).order_by(Customer.id.desc()).limit(1)).one()
    assert newest.created_at == db.session.scalar(select(func.max(Customer.created_at)))
    assert newest.name_key == newest.name.casefold()


def test_seeding_again_replaces_the_sample(sample_shop: Flask) -> None:
    sample.seed("petshop", 40, FINISHED)
    sample.seed("salon", 30, FINISHED, "en")

    assert (count(Customer), count(Pet), count(Branch)) == (30, 0, 2)
    assert db.session.scalars(select(ShopSettings.name)).one() == "First Cut"


def test_a_sample_that_was_stopped_half_way_is_begun_anew(
    sample_shop: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Exception):
        """The power went off."""

    def stop(done: int, _total: int) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        sample.seed("petshop", 60, stop)
    half = db.session.scalars(select(ShopSettings)).one()
    assert half.is_sample
    assert half.opened_at is None
    db.session.rollback()
    sample.seed("petshop", 45, FINISHED)

    assert count(Customer) == 45
    assert db.session.scalars(select(ShopSettings)).one().opened_at is not None


def test_a_real_shop_is_never_touched(app: Flask) -> None:
    with pytest.raises(sample.NotASample):
        sample.seed("petshop", 10, FINISHED)
    with pytest.raises(sample.NotASample):
        sample.clear()
    with pytest.raises(sample.NotASample):
        sample.accounts()

    assert count(Customer) == 0


def test_clearing_leaves_a_database_for_a_first_run(sample_shop: Flask) -> None:
    sample.seed("petshop", 30, FINISHED)

    sample.clear()
    sample.clear()

    assert [count(model) for model in (ShopSettings, Customer, Tag, Contact, Pet, Branch, Person)] == [0] * 7


def test_accounts_get_new_passwords_that_open_the_door(sample_shop: Flask) -> None:
    sample.seed("petshop", 10, FINISHED)

    first, second = sample.accounts(), sample.accounts()

    assert [account.user for account in second] == [role.lower() for role in PROFILES["petshop"].roles]
    assert {account.password for account in first}.isdisjoint(account.password for account in second)
    for account in second:
        person = db.session.scalars(select(Person).where(Person.username == account.user)).one()
        assert check_password_hash(person.password, account.password)
        assert [role.name for role in person.roles] == [account.role]
        assert account.password not in repr(account)


@needs_a_copy
def test_a_second_process_makes_the_same_rows() -> None:
    plan = plan_of("petshop", "zh_Hans", 2 * BATCH_SIZE + 50)
    dialect = make_url("sqlite+pysqlite://").get_dialect()()

    here = [without_keys(load) for batch in bound_here(plan, dialect) for load in batch.loads]
    with made_by_a_copy(plan, dialect) as batches_made:
        there = [without_keys(load) for batch in batches_made for load in batch.loads]

    assert len(here) == 3 * len(TABLES)
    assert here == there


def without_keys(load: Load) -> list[tuple[Any, ...]]:
    """Return a load's table, and its rows without their keys, which chance makes different each time."""
    told = [place for place, name in enumerate(load.columns) if name != "id" and not name.endswith("_id")]
    return [(load.table,), *(tuple(row[place] for place in told) for row in load.rows)]


@needs_a_copy
def test_a_second_process_that_dies_is_noticed() -> None:
    plan = plan_of("general", "en", 10 * BATCH_SIZE)
    dialect = make_url("sqlite+pysqlite://").get_dialect()()

    with made_by_a_copy(plan, dialect) as batches_made:
        next(batches_made)
        for process in multiprocessing.active_children():
            process.kill()

        with pytest.raises(SampleInterrupted):
            list(batches_made)


def test_the_indexes_are_all_there_again_after_seeding(sample_shop: Flask) -> None:
    before = indexes()

    sample.seed("petshop", BATCH_SIZE + 10, FINISHED)

    assert indexes() == before
    assert count(Customer) == BATCH_SIZE + 10


def test_seeding_that_fails_leaves_the_indexes_as_they_were(sample_shop: Flask) -> None:
    before = indexes()

    def stop(done: int, _total: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        sample.seed("petshop", 60, stop)
    db.session.rollback()

    assert indexes() == before


def indexes() -> list[tuple[str, str, bool, str]]:
    """Return the indexes that the database has on the tables that a sample fills."""
    inspector = inspect(db.engine)
    return sorted(
        (
            str(index["name"]),
            str(index["column_names"]),
            bool(index["unique"]),
            str(index.get("dialect_options", {}).get("sqlite_where")),
        )
        for table in TABLES.values()
        for index in inspector.get_indexes(table.name)
    )


def test_dates_follow_the_day_on_which_the_sample_is_made(sample_shop: Flask) -> None:
    sample.seed("petshop", 200, FINISHED)

    today = business_date(utc_now(), SHANGHAI)
    newest = db.session.scalar(select(func.max(Contact.created_at)))
    assert newest is not None
    assert today - newest.astimezone(SHANGHAI).date() < datetime.timedelta(days=14)
