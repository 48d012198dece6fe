"""Counting in Redis: nothing readable stands there, and when it does not answer nobody may guess for free."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from app.access import checks
from app.access.signing import attempts
from app.access.signing.attempts import BY_PAIR, STORE, TooManyTries
from app.access.signing.redis_tries import RedisTries, SharedTries
from app.access.signing.tries import FORGOTTEN_AFTER
from app.core.checks import Light
from app.core.database import db
from config import SettingError, load
from tests.access.conftest import House
from tests.access.test_lockout import tries
from tests.support.redis_server import NOBODY, clean, count_in, names, redis_address


@pytest.fixture
def redis_app(house: House) -> Iterator[Flask]:
    """A shop that counts in Redis."""
    count_in(house.app, redis_address())
    clean(house.app)
    yield house.app
    clean(house.app)
    count_in(house.app, "")


@pytest.fixture
def lonely_app(house: House) -> Iterator[Flask]:
    """A shop whose Redis does not answer."""
    count_in(house.app, NOBODY)
    yield house.app
    count_in(house.app, "")


def test_redis_is_told_neither_names_nor_addresses_and_forgets_by_itself(redis_app: Flask) -> None:
    tries(redis_app.test_client(), "clerk", 6, "203.0.113.7")

    client = redis_app.extensions[STORE].first.client
    kept = names(redis_app)
    everything = str([(name, client.hgetall(name)) for name in kept])
    assert len(kept) == 3
    assert all(each not in everything for each in ("clerk", "203.0.113", "pair", "account"))
    longest = int(FORGOTTEN_AFTER.total_seconds()) + BY_PAIR.longest
    assert all(0 < client.ttl(name) <= longest for name in kept)


def test_with_redis_the_database_counts_nothing(redis_app: Flask) -> None:
    tries(redis_app.test_client(), "clerk", 2)

    with redis_app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM access_attempt")).scalar() == 0
        db.session.remove()


def test_while_redis_does_not_answer_the_database_slows_guessing_down(
    lonely_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answers = tries(lonely_app.test_client(), "clerk", 8)

    assert answers == [401] * 5 + [429] * 3
    told = [record.getMessage() for record in caplog.records if "Redis" in record.getMessage()]
    assert told == ["Redis does not answer (ConnectionError); tries are counted in the database."]


def test_a_redis_that_refuses_is_as_good_as_none(redis_app: Flask) -> None:
    store = redis_app.extensions[STORE]
    with redis_app.app_context():
        store.first._take = store.first.client.register_script("return redis.call('NO SUCH COMMAND')")
        for _try in range(BY_PAIR.free):
            attempts.take_try((BY_PAIR, "somebody"))
        with pytest.raises(TooManyTries):
            attempts.take_try((BY_PAIR, "somebody"))
        db.session.remove()


def test_the_check_tells_whether_redis_answers(house: House) -> None:
    address = redis_address()
    lights = []
    for url in ("", address, NOBODY):
        count_in(house.app, url)
        with house.app.app_context():
            lights.append(checks.tries().light)
            db.session.remove()
    count_in(house.app, "")

    assert lights == [Light.GREEN, Light.GREEN, Light.YELLOW]


def test_a_success_is_forgiven_in_both_places(house: House) -> None:
    count_in(house.app, NOBODY)
    with house.app.app_context():
        attempts.take_try((BY_PAIR, "somebody"))
        count_in(house.app, redis_address())
        attempts.take_try((BY_PAIR, "somebody"))
        attempts.forgive((BY_PAIR, "somebody"))
        left = db.session.execute(db.text("SELECT count(*) FROM access_attempt")).scalar()
        db.session.remove()
    in_redis = names(house.app)
    count_in(house.app, "")

    assert (left, in_redis) == (0, [])


@pytest.mark.parametrize(
    "url",
    [
        "redis",
        "localhost:6379",
        "http://localhost:6379",
        "redis://",
        "redis://:geheim@host:notaport/0",
        "redis://:geheim@host:6379/zero",
        "redis://:geheim@host:6379/0?db=1",
    ],
)
def test_an_address_of_redis_that_cant_be_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(SettingError) as refusal:
        load({"KEBU_REDIS_URL": url})

    assert "\n" not in str(refusal.value)
    assert "redis://:password@host:6379/0" in str(refusal.value)
    assert "geheim" not in str(refusal.value)


def test_the_password_of_redis_is_shown_to_nobody() -> None:
    settings = load({"KEBU_REDIS_URL": "rediss://:geheim@redis.example:6380/2"})

    shown = next(row.value for row in settings.describe() if row.name == "redis_url")
    assert shown == "rediss://:***@redis.example:6380/2"
    assert "geheim" not in repr(settings)


def test_without_a_setting_there_is_no_redis_at_all(app: Flask) -> None:
    store = app.extensions[STORE]

    assert not isinstance(store, SharedTries | RedisTries)
