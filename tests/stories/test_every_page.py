"""Every page, in both themes: usable by everybody, and never wider than a small phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.stories.places import OWNERS, STRANGERS, UNOPENED, Place
from tests.stories.places_of_lists import LISTS
from tests.stories.places_of_trust import CLERKS, TRUST
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit

SMALLEST_PHONE = 360
# Two tests can run at the same time.
PARTS = {
    "records": OWNERS[: len(OWNERS) // 2],
    "the rest": OWNERS[len(OWNERS) // 2 :],
    "lists": LISTS,
    "roles": TRUST[: len(TRUST) // 2],
    "keys and accounts": TRUST[len(TRUST) // 2 :],
}


def look_at(visit: Visit, places: Iterable[Place]) -> None:
    """Enter each place and assert that nobody is locked out of it and that it does not scroll sideways."""
    found: list[str] = []
    for place in places:
        visit.watch.answers_expected = {place.status}
        place.enter(visit)
        found += [f"{place.name}: {barrier}" for barrier in visit.serious_barriers()]
        if (needed := visit.width_needed(SMALLEST_PHONE)) > SMALLEST_PHONE:
            found.append(f"{place.name}: {needed} px wide on a phone of {SMALLEST_PHONE} px")
    assert not found, "\n".join(found)


def test_the_pages_of_strangers(
    empty_shop: StoryShop, shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    look_at(visiting(empty_shop), UNOPENED)
    look_at(visiting(shop), STRANGERS)


@pytest.mark.parametrize("part", PARTS)
def test_the_pages_of_the_owner(visit: Visit, part: str) -> None:
    visit.sign_in("owner")
    look_at(visit, PARTS[part])


def test_the_pages_of_a_clerk(visit: Visit) -> None:
    visit.sign_in("clerk")
    look_at(visit, CLERKS)
