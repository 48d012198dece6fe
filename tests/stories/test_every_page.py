"""Every page, in both themes: usable by everybody, and never wider than a small phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.stories.places import OWNERS, STRANGERS, UNOPENED, Place
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit

SMALLEST_PHONE = 360


def look_at(visit: Visit, places: Iterable[Place]) -> None:
    """Enter each place and assert that nobody is locked out of it and that it does not scroll sideways."""
    found: dict[str, object] = {}
    for place in places:
        visit.watch.answers_expected = {place.status}
        place.enter(visit)
        if barriers := visit.serious_barriers():
            found[place.name] = barriers
        if (needed := visit.width_needed(SMALLEST_PHONE)) > SMALLEST_PHONE:
            found[f"{place.name} at {SMALLEST_PHONE} px"] = needed
    assert found == {}


def test_the_pages_of_strangers(
    empty_shop: StoryShop, shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    look_at(visiting(empty_shop), UNOPENED)
    look_at(visiting(shop), STRANGERS)


def test_the_pages_of_the_owner(visit: Visit) -> None:
    visit.sign_in("owner")
    look_at(visit, OWNERS)
