"""A sample shop in words: its name, branches, tags, notes and what its customers talk about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.people.models import ContactKind, Source, TagColour
from app.sample.calendar import Rhythm

ASK, COMPLAIN, SUGGEST, FOLLOW = (
    ContactKind.INQUIRY,
    ContactKind.COMPLAINT,
    ContactKind.SUGGESTION,
    ContactKind.FOLLOW_UP,
)
Season = Literal["", "summer", "winter", "rush"]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something customers talk about; at most `yuan` are at stake (0: none), `season` is when it comes up."""

    kind: ContactKind
    subject: str
    details: str = ""
    yuan: int = 0
    season: Season = ""


@dataclass(frozen=True, slots=True)
class SampleTag:
    """A tag, how many in a hundred carry it (of those with several pets, if it says so), what it is for."""

    name: str
    colour: TagColour
    percent: int
    notes: str = ""
    several_pets: bool = False


@dataclass(frozen=True)
class ShopWords:
    """One kind of shop in one language."""

    name: str
    branches: tuple[tuple[str, str, str], ...]
    tags: tuple[SampleTag, ...]
    topics: tuple[Topic, ...]
    notes: tuple[str, ...]
    streets: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Life:
    """The numbers behind a kind of shop: rhythm, share of women, contacts per customer and year, sources."""

    rhythm: Rhythm
    women_percent: int
    contacts_a_year: float
    sources: dict[Source, int]


STREETS_ZH = (
    "幸福路",
    "和平街",
    "花园路",
    "长青路",
    "学府路",
    "滨河路",
    "银杏街",
    "新华路",
    "春江路",
    "东风街",
)
STREETS_EN = (
    "Xingfu Road",
    "Heping Street",
    "Huayuan Road",
    "Changqing Road",
    "Xuefu Road",
    "Binhe Road",
    "Yinxing Street",
    "Xinhua Road",
)

_SOURCES = {
    Source.WALK_IN: 34,
    Source.REFERRAL: 20,
    Source.PLATFORM: 18,
    Source.WECHAT: 12,
    Source.SOCIAL: 9,
    Source.PHONE: 4,
    Source.EVENT: 3,
}

LIVES: dict[str, Life] = {
    "petshop": Life(
        Rhythm(
            (0.75, 0.72, 0.78, 0.85, 1.05, 1.75, 1.6),
            (0.95, 0.9, 0.92, 0.97, 1.0, 1.2, 1.4, 1.35, 1.0, 1.02, 0.9, 0.98),
            1.9,
        ),
        66,
        0.9,
        _SOURCES,
    ),
    "pharmacy": Life(
        Rhythm(
            (1.1, 1.0, 1.0, 1.0, 1.0, 1.05, 0.9),
            (1.3, 1.25, 1.1, 1.0, 0.9, 0.85, 0.85, 0.85, 0.95, 1.0, 1.15, 1.3),
            1.3,
        ),
        55,
        0.6,
        {Source.WALK_IN: 70, Source.REFERRAL: 12, Source.WECHAT: 8, Source.PLATFORM: 6, Source.PHONE: 4},
    ),
    "retail": Life(
        Rhythm(
            (0.7, 0.7, 0.75, 0.8, 1.1, 1.9, 1.8),
            (1.1, 0.9, 0.95, 1.0, 1.15, 1.1, 0.85, 0.85, 1.05, 1.15, 1.35, 1.2),
            1.8,
        ),
        72,
        0.5,
        {Source.WALK_IN: 48, Source.SOCIAL: 20, Source.WECHAT: 14, Source.REFERRAL: 12, Source.EVENT: 6},
    ),
    "salon": Life(
        Rhythm(
            (0.6, 0.75, 0.8, 0.85, 1.2, 1.8, 1.5),
            (1.0, 0.7, 1.05, 0.95, 1.0, 1.05, 1.1, 1.1, 1.0, 1.0, 0.95, 1.1),
            2.1,
        ),
        70,
        0.7,
        {Source.PLATFORM: 34, Source.REFERRAL: 26, Source.WALK_IN: 22, Source.SOCIAL: 12, Source.WECHAT: 6},
    ),
    "general": Life(
        Rhythm(
            (1.1, 1.1, 1.05, 1.05, 1.0, 0.6, 0.4),
            (1.0, 0.8, 1.1, 1.05, 1.0, 1.0, 0.95, 0.95, 1.05, 0.95, 1.05, 1.0),
            1.0,
        ),
        50,
        0.6,
        {Source.REFERRAL: 35, Source.WEBSITE: 25, Source.PHONE: 15, Source.EVENT: 15, Source.WECHAT: 10},
    ),
}
