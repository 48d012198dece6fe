"""A shop with a real OpenID Connect provider beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.access.conftest import House
from tests.access.oidc.providers import shop_with
from tests.support.oidc_provider import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on a free port."""
    with running_provider() as made:
        yield made


@pytest.fixture
def app(house: House, provider: Provider) -> Iterator[Flask]:
    """The opened shop, in which the clerk has an address and the provider is set."""
    with shop_with(house.app, provider):
        yield house.app


@pytest.fixture
def app_on(house_on: House, provider: Provider) -> Iterator[Flask]:
    """The same shop on each of the three databases."""
    with shop_with(house_on.app, provider):
        yield house_on.app
