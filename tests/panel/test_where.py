"""The nested filter: on every database it admits exactly what plain Python admits, and it says what it can't read."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.models import Branch
from app.core import fields
from app.core.clock import UTC, business_date, frozen_at
from app.core.database import db
from app.core.declaration import Group, Screen
from app.core.kernel import Kernel
from app.core.keys import encode_token
from app.core.money import Money
from app.core.shop import Shop
from app.core.transaction import transaction
from app.core.upload import Upload
from app.panel.days import PERIODS
from app.panel.operators import operators_of
from app.panel.reaches import linked_screen, relations
from app.panel.reading import alive
from app.panel.where import DEEPEST, read_where, write_document
from app.people.models import (
    Channel,
    Contact,
    ContactKind,
    ContactState,
    Customer,
    Sex,
    Source,
    Tag,
    TagColour,
)
from app.pets.models import Pet, PetSex, Species, Temperament, Vaccination
from tests.panel.plainly import Evaluator

NOW = datetime.datetime(2026, 3, 29, 21, 30, tzinfo=UTC)
HOUSES = {
    "Shanghai": ("Asia/Shanghai", "00:00"),
    "Berlin by night": ("Europe/Berlin", "02:30"),
    "Santiago": ("America/Santiago", "00:00"),
}
LETTERS = "aAbBａＢ王伟王1１2%_*?[]^-.\\'\"(+|{$ßẞéÉΩως😀/,"
DAYS = st.dates(datetime.date(2026, 2, 20), datetime.date(2026, 4, 20))
MODELS = {
    "people:customer": Customer,
    "people:contact": Contact,
    "people:tag": Tag,
    "pets:pet": Pet,
    "pets:vaccination": Vaccination,
    "access:branch": Branch,
}
EVERY_SCREEN = pytest.mark.parametrize("name", [*MODELS, "access:person"])


class Rows:
    """Random records of every screen, made of one chance, with gaps, odd letters and days that the clock changes."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tags = [
            Tag(name=f"{number}{self.line()}"[:40], colour=self.one(TagColour)) for number in range(4)
        ]
        self.branches = [
            Branch(name=f"{number}{self.line()}"[:80], is_active=self.yes()) for number in range(3)
        ]
        self.uploads = [
            Upload(file_name=f"{number}.pdf", media_type="application/pdf", size=1, sha256=f"{number:064}")
            for number in range(2)
        ]
        self.customers = [self.customer() for _number in range(25)]
        self.contacts = [self.contact() for _number in range(25)]
        self.pets = [self.pet() for _number in range(15)]
        self.vaccinations = [self.vaccination() for _number in range(12)]

    @property
    def all(self) -> list[Any]:
        return [
            *self.tags, *self.branches, *self.customers, *self.contacts, *self.pets, *self.vaccinations
        ]  # fmt: skip

    def yes(self) -> bool:
        return self.chance.random() < 0.5

    def one(self, values: Any) -> Any:
        return self.chance.choice(list(values))

    def maybe(self, value: Any) -> Any:
        return value if self.chance.random() < 0.7 else None

    def line(self) -> str:
        return "".join(self.chance.choices(LETTERS, k=self.chance.randint(1, 4)))

    def day(self) -> datetime.date:
        return NOW.date() + datetime.timedelta(days=int(self.chance.gauss(0, 1) * self.one([2, 30, 400])))

    def moment(self) -> datetime.datetime:
        near = datetime.timedelta(minutes=self.chance.randint(-6000, 6000))
        return self.one([NOW, datetime.datetime(2026, 4, 5, 3, 30, tzinfo=UTC)]) + near

    def gone(self) -> dict[str, Any]:
        return {"deleted_at": NOW if self.chance.random() < 0.15 else None, "created_at": self.moment()}

    def customer(self) -> Customer:
        return Customer(
            name=self.line(),
            sex=self.maybe(self.one(Sex)),
            source=self.maybe(self.one(Source)),
            birth_date=self.maybe(self.day()),
            phone=self.maybe(f"138{self.chance.randint(0, 99)}0"),
            wechat=self.maybe(self.line()),
            address=self.maybe(self.line()),
            notes=self.one([None, "", f"{self.line()}\n{self.line()}"]),
            branch=self.maybe(self.one(self.branches)),
            tags=self.chance.sample(self.tags, self.chance.randint(0, 3)),
            **self.gone(),
        )

    def contact(self) -> Contact:
        amount = Money(self.chance.randint(-300, 300), self.one(["CNY", "CNY", "USD"]))
        return Contact(
            customer=self.one(self.customers),
            kind=self.one(ContactKind),
            channel=self.one(Channel),
            state=self.one(ContactState),
            subject=self.line(),
            details=self.maybe(self.line()),
            due_on=self.maybe(self.day()),
            amount=self.maybe(amount),
            attachment=self.maybe(self.one(self.uploads)),
            **self.gone(),
        )

    def pet(self) -> Pet:
        return Pet(
            name=self.line(),
            owner=self.one(self.customers),
            species=self.one(Species),
            breed=self.one([None, "", self.line()]),
            sex=self.maybe(self.one(PetSex)),
            neutered=self.yes(),
            birth_date=self.maybe(self.day()),
            weight=self.maybe(Decimal(self.chance.randint(1, 400)) / 100),
            temperament=self.maybe(self.one(Temperament)),
            photo=self.maybe(self.one(self.uploads)),
            row_version=self.chance.randint(1, 4),
            **self.gone(),
        )

    def vaccination(self) -> Vaccination:
        given = self.day()
        due = given + datetime.timedelta(days=self.chance.randint(0, 60))
        return Vaccination(
            pet=self.one(self.pets),
            vaccine=self.line(),
            given_on=given,
            due_on=self.maybe(due),
            **self.gone(),
        )


class Filters:
    """Draws filters that can be read, over everything that a screen lets one ask."""

    def __init__(self, draw: Any, rows: Rows) -> None:
        self.draw, self.rows = draw, rows

    def one(self, values: Any) -> Any:
        return self.draw(st.sampled_from(list(values)))

    def group(self, screen: Screen, depth: int = 1, *, own: bool = False) -> dict[str, Any]:
        size = self.draw(st.integers(1, 3))
        members = [self.member(screen, depth + 1, own=own) for _number in range(size)]
        return {self.one(("all", "any")): members}

    def member(self, screen: Screen, depth: int, *, own: bool) -> Any:
        kind = self.draw(st.integers(0, 9)) if depth < DEEPEST else 0
        related = relations(screen)
        if kind >= 8:
            return self.group(screen, depth, own=own)
        if kind >= 6 and related and not own:
            relation = related[self.one(related)]
            inner = self.group(relation.screen, depth, own=True) if self.draw(st.booleans()) else {}
            return {self.one(("has", "lacks")): relation.path, **inner}
        return self.term(screen, own=own)

    def term(self, screen: Screen, *, own: bool) -> list[Any]:
        field = screen.fields[self.one(screen.fields)]
        path = field.name
        target = linked_screen(field)
        if target is not None and not own and self.draw(st.booleans()):
            field = target.fields[self.one(target.fields)]
            path = f"{path}.{field.name}"
        operator = self.one(operators_of(field))
        return [path, operator.name, *self.values(field, operator)]

    def values(self, field: fields.Field, operator: Any) -> list[Any]:
        count = operator.values or self.draw(st.integers(1, 2))
        match operator.input:
            case "none":
                return []
            case "text":
                return [self.text(field)]
            case "number":
                return [
                    self.one(
                        ["0", "1", "2", "-1.5" if not isinstance(field, fields.WholeNumber) else "-1", "3", 2]
                    )
                    for _n in range(count)
                ]
            case "day":
                return [
                    self.one(["today", "-3d", "+10d", self.draw(DAYS).isoformat()]) for _n in range(count)
                ]
            case "count":
                return [self.one([1, 7, 30, "400"])]
            case "period":
                return [self.one(PERIODS)]
            case "choices":
                return [self.one(field.choices).value for _n in range(count)]  # type: ignore[attr-defined]
            case "records":
                return [self.token(field.to) for _n in range(count)]  # type: ignore[attr-defined]
        raise AssertionError(operator.input)

    def text(self, field: fields.Field) -> str:
        if isinstance(field, fields.Phone):
            return self.one(["138", "0", "13", "1380", "+86 138-00", "9"])
        return self.draw(st.text(LETTERS, min_size=1, max_size=3).filter(str.strip))

    def token(self, screen: str) -> str:
        pools = {
            "people:customer": self.rows.customers,
            "people:tag": self.rows.tags,
            "access:branch": self.rows.branches,
            "pets:pet": self.rows.pets,
        }
        pool = pools.get(screen)
        return encode_token([self.one(pool).id]) if pool else encode_token([12345])


@pytest.fixture
def everybody_may(app_on: Flask) -> Iterator[Kernel]:
    """The kernel, with every right granted."""
    house: Kernel = app_on.extensions["kebu"]
    before = house.granted_names
    names = frozenset(
        name for each in house.capabilities for screen in each.screens for name in screen.permissions
    )
    house.granted_names = lambda: names
    yield house
    house.granted_names = before


@pytest.mark.parametrize("house", HOUSES)
def test_sql_admits_what_plain_python_admits(
    app_on: Flask, everybody_may: Kernel, monkeypatch: pytest.MonkeyPatch, house: str
) -> None:
    zone, starts = ZoneInfo(HOUSES[house][0]), datetime.time.fromisoformat(HOUSES[house][1])
    shop = Shop("测试", "petshop", zone, "CNY", "en", is_open=True, day_starts=starts)
    monkeypatch.setattr(everybody_may, "shop", lambda: shop)
    rows = Rows(len(house))
    with transaction():
        db.session.add_all(rows.all)
    screens = dict(everybody_may.screens)
    whole = Group("More", (fields.WholeNumber("row_version", "Version"),))
    screens["pets:pet"] = replace(screens["pets:pet"], groups=(*screens["pets:pet"].groups, whole))
    records = {
        name: list(db.session.scalars(select(model).limit(1000)).unique()) for name, model in MODELS.items()
    }
    evaluator = Evaluator(screens, records, zone, starts, business_date(NOW, zone, starts))

    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(MODELS)))
        screen = screens[name]
        document = Filters(data.draw, rows).group(screen)
        with frozen_at(NOW):
            where = read_where(screen, write_document(document))
            assert where is not None
            query = select(screen.model).where(*alive(screen), where.condition()).limit(1000)
            found = {each.id for each in db.session.scalars(query).unique()}
        wanted = {
            each.id
            for each in records[name]
            if getattr(each, "deleted_at", None) is None and evaluator.admits(document, each, screen)
        }
        assert found == wanted, document
        again = read_where(screen, where.text())
        assert again is not None and again.text() == where.text()

    holds()
