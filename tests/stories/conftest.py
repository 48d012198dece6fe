"""Fixtures of the stories: shops with a database of their own and visits to them in four variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stories.shops import Model, StoryShop
from tests.stories.visit import VARIANTS, Variant, Visit

CUSTOMERS = 60


@pytest.fixture(params=VARIANTS, ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Chinese and English, each on a desktop's screen and on a phone's."""
    return request.param


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Model]:
    """Return the finished folder of the sample shop in 'zh' or 'en', or of a shop that nobody opened yet ('')."""
    made: dict[str, Model] = {}

    def model(language: str) -> Model:
        if language not in made:
            folder = tmp_path_factory.mktemp("story-model") / "home"
            made[language] = Model(folder, language, CUSTOMERS if language else 0)
        return made[language]

    return model


@pytest.fixture
def empty_shop(models: Callable[[str], Model], tmp_path: Any) -> Iterator[StoryShop]:
    """A server on an empty database."""
    with StoryShop(models(""), tmp_path / "unopened") as shop:
        yield shop


@pytest.fixture
def shop(models: Callable[[str], Model], variant: Variant, tmp_path: Any) -> Iterator[StoryShop]:
    """A small sample shop in the variant's language."""
    with StoryShop(models(variant.language), tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def visiting(browser: Any, variant: Variant) -> Iterator[Callable[..., Visit]]:
    """Return `visiting(shop)`: open one more browser at a shop; all are closed and checked at the end."""
    visits: list[Visit] = []

    def begin(shop: StoryShop) -> Visit:
        visits.append(Visit(browser, shop, variant))
        return visits[-1]

    yield begin
    for each in visits:
        each.close()


@pytest.fixture
def visit(shop: StoryShop, visiting: Callable[..., Visit]) -> Visit:
    """One browser at the sample shop, not signed in."""
    return visiting(shop)
