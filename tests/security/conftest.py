"""Fixtures of the attacks: the houses of the tests of access, beside those of the whole program."""

from tests.access.conftest import access_houses, counted_in, house, house_on  # noqa: F401 - fixtures
