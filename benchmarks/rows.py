"""The rows that every panel gets: twenty shops, a million customers, drawn with a fixed seed or read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from places import Places, sqlalchemy_url
from sqlalchemy import create_engine, text

SHOPS = 20
SEED = 42
FIRST_SIGN_UP = datetime(2018, 1, 1)  # noqa: DTZ001 - the peers keep wall-clock times
SECONDS_BETWEEN_SIGN_UPS = 250

_SHOP_NAMES = ("朝阳店", "浦东店", "天河店", "南山店", "西湖店")
_SHOP_CITIES = ("北京", "上海", "广州", "深圳", "杭州")
_CITIES = (*_SHOP_CITIES, "成都", "武汉", "西安", "London", "New York")
_FIRST_NAMES = ("Alice", "Bob", "Carol", "David", "Emma", "Frank", "Grace", "Henry", "Irene", "Jack")
_LAST_NAMES = ("Smith", "Jones", "Brown", "Wilson", "Taylor", "Davies", "Evans", "Thomas", "Walker", "White")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙"
_GIVEN_NAMES = "伟芳娜敏静丽强磊军洋"
_SECOND_GIVEN_NAMES = ("", "一", "文", "明", "国", "华", "建", "玉")
_TIERS = ("bronze", "silver", "gold", "vip")


class Store(NamedTuple):
    """One shop."""

    id: int
    name: str
    city: str


class Customer(NamedTuple):
    """One customer; `created_at` is UTC without a zone."""

    id: int
    name: str
    phone: str
    email: str
    city: str
    tier: str
    created_at: datetime
    store_id: int


def stores(places: Places) -> list[Store]:
    """Return the shops, from the named database or made here."""
    if places.rows_url:
        return [Store(*row) for row in _read(places.rows_url, "SELECT id, name, city FROM store ORDER BY id")]
    return [Store(key, f"{_SHOP_NAMES[key % 5]} {key}", _SHOP_CITIES[key % 5]) for key in range(1, SHOPS + 1)]


def customers(places: Places) -> Iterator[Customer]:
    """Yield the customers in order of their keys, from the named database or made here."""
    if places.rows_url:
        statement = f"SELECT {', '.join(Customer._fields)} FROM customer ORDER BY id LIMIT {places.customers}"
        yield from (Customer(*row) for row in _read(places.rows_url, statement))
        return
    chance = random.Random(SEED)
    for key in range(1, places.customers + 1):
        yield _customer(key, chance)


def _customer(key: int, chance: random.Random) -> Customer:
    if key % 3 == 0:
        name = f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)} {key}"
    else:
        name = chance.choice(_SURNAMES) + chance.choice(_GIVEN_NAMES) + chance.choice(_SECOND_GIVEN_NAMES)
    return Customer(
        id=key,
        name=name,
        phone=f"1{chance.randint(30, 99)}{chance.randint(0, 99_999_999):08d}",
        email=f"c{key}@example.com",
        city=chance.choice(_CITIES),
        tier=_TIERS[int(chance.random() * chance.random() * 4)],
        created_at=FIRST_SIGN_UP + timedelta(seconds=key * SECONDS_BETWEEN_SIGN_UPS),
        store_id=1 + key * 7919 % SHOPS,
    )


def _read(url: str, statement: str) -> Iterator[tuple[Any, ...]]:
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        yield from connection.execution_options(yield_per=10_000).execute(text(statement))
    engine.dispose()
