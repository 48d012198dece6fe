"""Fixtures for adopted databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.adoption.column_workshop import Workshop, open_engine


@pytest.fixture(scope="session")
def workshops(new_database: Callable[[str], str]) -> Iterator[Callable[[str], Workshop]]:
    """Return the workshop on one of the databases, made once per test process."""
    made: dict[str, Workshop] = {}

    def workshop(backend: str) -> Workshop:
        if backend not in made:
            made[backend] = Workshop(backend, open_engine(new_database(backend)))
        return made[backend]

    yield workshop
    for each in made.values():
        each.engine.dispose()


@pytest.fixture
def workshop(sqlite_core: Flask, workshops: Callable[[str], Workshop]) -> Callable[[str], Workshop]:
    """The workshops, inside an application with a shop in Shanghai."""
    return workshops
