"""What one sample shop is made from, and the batches of rows that come out of it."""

from __future__ import annotations

import datetime
import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.core.keys import uuid7_at
from app.sample import words_en, words_zh
from app.sample.words import LIVES, Life, ShopWords

SEED = 20_250_101
# Three branches have only so many conversations and pets on the table, however many members are in the book.
MOST_REGULARS = 20_000
Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """A sample shop to be made: everything but the day and the staff follows from the seed.

    `today` is the shop's present business date: the year before it is what the shop has lived through.
    """

    profile: str
    language: str
    customers: int
    today: datetime.date
    zone: ZoneInfo
    currency: str
    staff: tuple[int, ...] = ()
    seed: int = SEED
    branch_ids: tuple[uuid.UUID, ...] = ()
    tag_ids: tuple[uuid.UUID, ...] = ()

    @property
    def regulars(self) -> float:
        """The share of customers with pets, contacts and all; the others only once signed up."""
        return min(1.0, MOST_REGULARS / self.customers)

    @property
    def tongue(self) -> str:
        """`zh` or `en`: the language of names and notes."""
        return "zh" if self.language.startswith("zh") else "en"

    @property
    def words(self) -> ShopWords:
        """The shop in words."""
        shops = words_zh.SHOPS if self.tongue == "zh" else words_en.SHOPS
        return shops[self.profile]

    @property
    def life(self) -> Life:
        """The numbers behind this kind of shop."""
        return LIVES[self.profile]


@dataclass
class Batch:
    """Rows of some customers and of everything that belongs to them, ready for bulk inserts."""

    customers: list[Row] = field(default_factory=list)
    customer_tags: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    pets: list[Row] = field(default_factory=list)
    vaccinations: list[Row] = field(default_factory=list)


def pick(random: Random, items: Sequence[T], sums: Sequence[int]) -> T:
    """Return one of `items`, each as likely as its share in the running totals `sums`.

    Does what `random.choices` does for one item, but faster: a large sample picks a million times.
    """
    return items[bisect_right(sums, random.random() * sums[-1])]


def stamps(moment: datetime.datetime, changed: datetime.datetime | None = None) -> Row:
    """Return key and stamps of a row made at `moment`; nobody in particular made it."""
    return {
        "id": uuid7_at(moment),
        "created_at": moment,
        "created_by": None,
        "changed_at": changed or moment,
        "changed_by": None,
        "row_version": 1,
    }
