"""Databases of others: the zoo, real ones, and workshops for single columns; each built once per test process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.adoption.column_workshop import Workshop, open_engine
from tests.adoption.proposing_support import OWN, Adopted, Open, adopt, schema_script
from tests.adoption.zoo import build, shapes_of
from tests.support.real_databases import load, run_script


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


@pytest.fixture(scope="session")
def opened(new_database: Callable[[str], str], request: pytest.FixtureRequest) -> Iterator[Open]:
    """Return a function that opens a database of the answer keys on a server, with what is proposed for it."""
    made: dict[tuple[str, str], Adopted] = {}

    def open_(name: str, backend: str) -> Adopted:
        if (name, backend) not in made:
            if name in OWN:
                address = new_database(backend)
                run_script(address, schema_script(name, plain=backend == "sqlite"))
            else:
                address = request.getfixturevalue("real_database")(name, backend)
            made[name, backend] = adopt(address)
        return made[name, backend]

    yield open_
    for each in made.values():
        each.engine.dispose()
