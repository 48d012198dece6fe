"""What one sample shop is made from, and the batches of rows that come out of it."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from app.core.keys import keys_at
from app.sample import words_en, words_zh
from app.sample.words import LIVES, Life, ShopWords

SEED = 20_250_101
# Three branches have only so many conversations and pets on the table, however many members are in the book.
MOST_REGULARS = 20_000
# Part of a table: what stands in each of its columns, row after row. Keys are sixteen bytes.
Columns = dict[str, list[Any]]


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
    """Rows of some customers and of everything that belongs to them."""

    customers: Columns
    contacts: Columns
    customer_tags: Columns = field(default_factory=dict)
    pets: Columns = field(default_factory=dict)
    vaccinations: Columns = field(default_factory=dict)


def stamps(moments: list[datetime.datetime], changed: list[datetime.datetime] | None = None) -> Columns:
    """Return keys and stamps of rows made at `moments`; nobody in particular made them."""
    return {
        "id": keys_at(moments),
        "created_at": moments,
        "changed_at": moments if changed is None else changed,
        "row_version": [1] * len(moments),
    }
