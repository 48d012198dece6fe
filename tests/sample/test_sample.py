"""The sample shops: the same people every time, a year with a rhythm, a clean start after a broken one."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from dataclasses import replace
from statistics import mean
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select, update
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
from app.sample import ahead
from app.sample.batches import batches
from app.sample.calendar import in_rush, new_year
from app.sample.customers import phone_number
from app.sample.plan import Batch, Plan

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = datetime.date(2025, 9, 10)
FINISHED = lambda _done, _total: None  # noqa: E731 - a report that nobody reads


def plan_of(profile: str = "petshop", language: str = "zh_Hans", customers: int = 3_000) -> Plan:
    """Return a plan with made-up keys of branches and tags."""
    plan = Plan(profile, language, customers, TODAY, SHANGHAI, "CNY", staff=(1, 2, 3))
    words = plan.words
    return replace(
        plan,
        branch_ids=tuple(uuid7() for _branch in words.branches),
        tag_ids=tuple(uuid7() for _tag in words.tags),
    )


def whole(plan: Plan) -> Batch:
    """Return all rows of a plan as one batch."""
    return next(iter(batches(plan, size=plan.customers)))


@pytest.fixture(scope="module")
def pet_shop() -> Batch:
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


def per_day(batch: Batch) -> Counter[datetime.date]:
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


def test_the_size_of_batches_changes_nothing_about_the_people() -> None:
    small = [row["name"] for batch in batches(plan_of(customers=100), size=7) for row in batch.customers]

    assert small == [row["name"] for row in whole(plan_of(customers=100)).customers]


@pytest.mark.parametrize("customers", [1, 2, 999, 2_001])
def test_exactly_as_many_customers_are_made_as_were_asked_for(customers: int) -> None:
    made = sum(len(batch.customers) for batch in batches(plan_of("general", "en", customers)))

    assert made == customers


def test_weekends_are_busier_than_weekdays(pet_shop: Batch) -> None:
    days = per_day(pet_shop)
    year = [TODAY - datetime.timedelta(days=back) for back in range(1, 366)]

    weekend = mean(days[day] for day in year if day.weekday() >= 5)
    weekday = mean(days[day] for day in year if day.weekday() < 4)

    assert weekend > 1.5 * weekday


def test_the_weeks_before_the_lunar_new_year_are_busier_and_the_feast_is_quiet(pet_shop: Batch) -> None:
    days, feast = per_day(pet_shop), new_year(2025)
    rush = [feast - datetime.timedelta(days=back) for back in range(2, 22)]
    before = [feast - datetime.timedelta(days=back) for back in range(22, 42)]

    assert mean(days[day] for day in rush) > 1.3 * mean(days[day] for day in before)
    assert [days[feast + datetime.timedelta(days=after)] for after in (-1, 0, 1, 2)] == [0, 0, 0, 0]


def test_summer_is_the_grooming_season(pet_shop: Batch) -> None:
    days = per_day(pet_shop)
    summer = mean(count for day, count in days.items() if day.month in (7, 8))
    autumn = mean(count for day, count in days.items() if day.month in (10, 11))

    assert summer > 1.15 * autumn
    shaving = [row for row in pet_shop.contacts if row["subject"] == "问夏天剃毛好不好"]
    assert shaving
    assert {row["created_at"].astimezone(SHANGHAI).month for row in shaving} <= {6, 7, 8}


def test_boarding_over_the_feast_is_asked_for_only_before_it(pet_shop: Batch) -> None:
    asked = [
        row["created_at"].astimezone(SHANGHAI).date()
        for row in pet_shop.contacts
        if row["subject"] == "问春节寄养"
    ]

    assert asked
    assert all(in_rush(day) for day in asked)


def test_something_is_open_something_overdue_and_the_old_is_settled(pet_shop: Batch) -> None:
    unsettled = [row for row in pet_shop.contacts if row["state"] in UNSETTLED]

    assert all(row["due_on"] is not None for row in unsettled)
    assert any(row["due_on"] < TODAY for row in unsettled)
    assert any(row["due_on"] >= TODAY for row in unsettled)
    assert len(unsettled) < 0.1 * len(pet_shop.contacts)
    assert any(row["state"] is ContactState.DROPPED for row in pet_shop.contacts)


def test_nothing_happened_in_the_future_or_before_the_first_visit(pet_shop: Batch) -> None:
    first_visit = {row["id"]: row["created_at"] for row in pet_shop.customers}

    assert all(row["created_at"].astimezone(SHANGHAI).date() < TODAY for row in pet_shop.customers)
    assert all(row["created_at"].astimezone(SHANGHAI).date() < TODAY for row in pet_shop.contacts)
    assert all(row["created_at"] > first_visit[row["customer_id"]] for row in pet_shop.contacts)


def test_newest_first_by_key_is_newest_first_by_time(pet_shop: Batch) -> None:
    by_key = sorted(pet_shop.contacts, key=lambda row: row["id"].bytes)

    assert [row["created_at"] for row in by_key] == sorted(row["created_at"] for row in by_key)


def test_vaccinations_are_due_around_today_and_some_are_overdue(pet_shop: Batch) -> None:
    due = [row["due_on"] for row in pet_shop.vaccinations]

    assert min(due) < TODAY < max(due)
    assert 0.05 < mean(day < TODAY for day in due) < 0.2
    assert all(row["given_on"] < row["due_on"] for row in pet_shop.vaccinations)


def test_phones_look_real_are_read_by_the_form_and_never_repeat() -> None:
    numbers = [phone_number(index) for index in range(50_000)]

    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"(154|161|164|194)\d{8}", number) for number in numbers)
    assert Phone("phone", "Phone").parse([numbers[0]]) == numbers[0]


def test_customers_with_one_pet_do_not_carry_the_tag_of_several(pet_shop: Batch) -> None:
    plan = plan_of(customers=500)
    made = whole(plan)
    position = next(i for i, tag in enumerate(plan.words.tags) if tag.several_pets)
    pets = Counter(row["owner_id"] for row in made.pets)

    tagged = {row["customer_id"] for row in made.customer_tags if row["tag_id"] == plan.tag_ids[position]}

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

    assert [account.user for account in second] == ["owner", "manager", "clerk", "groomer"]
    assert {account.password for account in first}.isdisjoint(account.password for account in second)
    for account in second:
        person = db.session.scalars(select(Person).where(Person.username == account.user)).one()
        assert check_password_hash(person.password, account.password)
        assert [role.name for role in person.roles] == [account.role]
        assert account.password not in repr(account)


def test_a_second_process_makes_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of("general", "en", 120)
    here = [load.rows for batch in ahead.bound_here(plan, "sqlite+pysqlite") for load in batch.loads]

    monkeypatch.setattr(ahead, "WORTH_A_PROCESS", 1)
    there = [load.rows for batch in ahead.bound_batches(plan, "sqlite+pysqlite") for load in batch.loads]

    name = 7
    assert [row[name] for row in here[0]] == [row[name] for row in there[0]]
    assert [len(rows) for rows in here] == [len(rows) for rows in there]


def test_dates_follow_the_day_on_which_the_sample_is_made(sample_shop: Flask) -> None:
    sample.seed("petshop", 200, FINISHED)

    today = business_date(utc_now(), SHANGHAI)
    newest = db.session.scalar(select(func.max(Contact.created_at)))
    assert newest is not None
    assert today - newest.astimezone(SHANGHAI).date() < datetime.timedelta(days=14)
