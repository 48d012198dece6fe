"""The zoo, built once per test process on each database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adoption.zoo import build, shapes_of
from tests.support.real_databases import load


@pytest.fixture(scope="session")
def zoo(new_database: Callable[[str], str]) -> Callable[[str], str]:
    """Return a function that gives the address of the zoo on a database; nobody may change what lives there."""
    made: dict[str, str] = {}

    def address(backend: str) -> str:
        if backend not in made:
            url = new_database(backend)
            build(url, backend, shapes_of(backend))
            made[backend] = url
        return made[backend]

    return address


@pytest.fixture(scope="session")
def real_database(new_database: Callable[[str], str], real_data: Path) -> Callable[[str, str], str]:
    """Return a function that gives the address of `chinook`, `northwind` or `mall` on a database, loaded once."""
    made: dict[tuple[str, str], str] = {}

    def address(name: str, backend: str) -> str:
        if (name, backend) not in made:
            url = new_database(backend)
            load(name, backend, url, real_data)
            made[name, backend] = url
        return made[name, backend]

    return address
