"""Fixtures: the three databases, the core alone, the whole application, signed-in clients and a real browser."""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.core.database import db
from tests.support import databases
from tests.support.core_house import CoreHouse
from tests.support.databases import BACKENDS, ENVIRONMENT, temporary_database, why_missing
from tests.support.live import LiveServer, chromium_path, open_browser
from tests.support.real_data import VARIABLE, why_no_data
from tests.support.statements import recorded
from tests.support.whole_house import PASSWORD, WholeHouse, sign_in_as


def worker_name() -> str:
    """Return the name of this test process, `main` when there is only one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be longer or shorter than usual."""
    group = parser.getgroup("kebu")
    group.addoption(
        "--every-variant",
        action="store_true",
        help="tell each story in both languages on both screens, instead of crosswise in two of these four",
    )
    group.addoption(
        "--once-each",
        action="store_true",
        help="run each test with the first of its parameters only",
    )
    group.addoption(
        "--on",
        choices=BACKENDS,
        default=BACKENDS[0],
        help="run what usually runs on SQLite alone on this database, and nothing that runs on all of them anyway",
    )
    group.addoption(
        "--full-size",
        action="store_true",
        help="take as many rows and rounds on PostgreSQL and MariaDB as on SQLite",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Remember how large the tests are to be."""
    databases.full_size = config.getoption("--full-size")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the options say, and mark what needs a browser or a server, so that `-m` can leave it out."""
    if not config.getoption("--every-variant"):
        _keep(config, items, _is_told)
    if config.getoption("--on") != BACKENDS[0]:
        _keep(config, items, lambda item: not _is_on_each(item))
    if config.getoption("--once-each"):
        known: set[str] = set()
        _keep(
            config,
            items,
            lambda item: (name := item.nodeid.partition("[")[0]) not in known and not known.add(name),
        )
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        parameters = getattr(item, "callspec", None)
        for value in parameters.params.values() if parameters else ():
            if isinstance(value, str) and value in ENVIRONMENT:
                item.add_marker(value)
    # A field that a manager adds stays with the model's class as long as the process lives, and other tests'
    # databases don't have its column: who adds some comes last.
    items.sort(key=lambda item: _adds_fields(item.module))  # type: ignore[attr-defined]


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]) -> None:
    """Keep the tests that are wanted; pytest counts the others as deselected."""
    kept, left = [], []
    for item in items:
        (kept if wanted(item) else left).append(item)
    items[:] = kept
    if left:
        config.hook.pytest_deselected(items=left)


def _is_on_each(item: pytest.Item) -> bool:
    """Say whether a test says by itself on which database it runs."""
    parameters = getattr(item, "callspec", None)
    return parameters is not None and any(
        value in BACKENDS for value in parameters.params.values() if isinstance(value, str)
    )


def _is_told(item: pytest.Item) -> bool:
    """Say whether a story is told in this variant: each in both languages and on both screens, but crosswise.

    Half of them begin in Chinese on the large screen, half in Chinese on the phone.
    """
    parameters = getattr(item, "callspec", None)
    variant = str(parameters.params.get("variant", "")) if parameters else ""
    if not variant:
        return True
    name = item.nodeid.partition("[")[0]
    crosses = ({"zh-1280", "en-390"}, {"zh-390", "en-1280"})
    return variant in crosses[zlib.crc32(name.encode()) % 2]


@functools.cache
def _adds_fields(module: ModuleType) -> bool:
    factory = "tests.factories.shaping"
    made = any(getattr(each, "__module__", "") == factory for each in vars(module).values())
    return made or "shaping" in module.__name__


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return a function that makes an empty database on a server and returns its address; skips where there is none."""
    folder = tmp_path_factory.mktemp("databases")
    with ExitStack() as stack:

        def make(backend: str) -> str:
            if reason := why_missing(backend):
                pytest.skip(reason)
            return stack.enter_context(temporary_database(backend, folder, worker_name()))

        yield make


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data that the tests were given; skips where there is none."""
    if reason := why_no_data():
        pytest.skip(reason)
    return Path(os.environ[VARIABLE])


@pytest.fixture(scope="session")
def core_houses(
    new_database: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Callable[[str], CoreHouse]]:
    """Return the core with a few test tables on one of the databases, made once per test process."""
    made: dict[str, CoreHouse] = {}

    def house(backend: str) -> CoreHouse:
        if backend not in made:
            made[backend] = CoreHouse(new_database(backend), tmp_path_factory.mktemp("core-home"))
        return made[backend]

    yield house
    for each in made.values():
        each.close()


@contextmanager
def _in_use(house: Any) -> Iterator[Flask]:
    with house.app.app_context():
        try:
            yield house.app
        finally:
            db.session.rollback()
            db.session.remove()
    house.restorer.restore()


@pytest.fixture(params=BACKENDS)
def core_app(request: pytest.FixtureRequest, core_houses: Callable[[str], CoreHouse]) -> Iterator[Flask]:
    """The core on each of the three databases, inside an application context; rows are taken back afterwards."""
    with _in_use(core_houses(request.param)) as app:
        yield app


@pytest.fixture
def sqlite_core(core_houses: Callable[[str], CoreHouse]) -> Iterator[Flask]:
    """The core on SQLite only, for what is a matter of SQLite or of no database at all."""
    with _in_use(core_houses("sqlite")) as app:
        yield app


@pytest.fixture
def engine(core_app: Flask) -> Engine:
    """The engine of `core_app`."""
    return db.engine


@pytest.fixture(scope="session")
def whole_houses(new_database: Callable[[str], str], tmp_path_factory: Any) -> Iterator[Callable[[str], Any]]:
    """Return the whole application on one of the databases, migrated once per test process."""
    made: dict[str, Any] = {}

    def house(backend: str) -> WholeHouse:
        if backend not in made:
            made[backend] = WholeHouse(new_database(backend), tmp_path_factory.mktemp("home"))
        return made[backend]

    yield house
    for each in made.values():
        each.close()


@pytest.fixture(scope="session")
def usual_backend(pytestconfig: pytest.Config) -> str:
    """The database for what need not run on each: SQLite, unless the option `--on` names another."""
    chosen: str = pytestconfig.getoption("--on")
    return chosen


@pytest.fixture
def app(whole_houses: Callable[[str], Any], usual_backend: str) -> Iterator[Flask]:
    """The whole application on the usual database with an opened shop, inside an application context."""
    with _in_use(whole_houses(usual_backend)) as application:
        yield application


@pytest.fixture(params=BACKENDS)
def app_on(request: pytest.FixtureRequest, whole_houses: Callable[[str], Any]) -> Iterator[Flask]:
    """The whole application on each of the three databases."""
    with _in_use(whole_houses(request.param)) as application:
        yield application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without pictures that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def sign_in() -> Callable[..., FlaskClient]:
    """Return `sign_in(client, role)`: make an account with this role, sign in through the page, return the client."""
    return sign_in_as


@pytest.fixture
def password() -> str:
    """The password of every account that `sign_in` makes."""
    return PASSWORD


@pytest.fixture
def statements() -> Callable[..., Any]:
    """Return `statements()`: a block that records SQL (`len(seen)`, `seen.rows`, `seen.writes`)."""
    return recorded


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """An installed Chromium driven by Playwright, one for the whole test process."""
    if chromium_path() is None:
        pytest.skip("no Chromium is installed")
    with open_browser() as opened:
        yield opened


@pytest.fixture
def live(app: Flask) -> Iterator[LiveServer]:
    """The application of `app` behind a real web server on a free port; `live.url` is its address."""
    with LiveServer(app) as server:
        yield server


@pytest.fixture
def page(browser: Any, live: LiveServer) -> Iterator[Any]:
    """A fresh browser page (1280 by 800, Chinese) whose relative addresses lead to the live server."""
    context = browser.new_context(base_url=live.url, locale="zh-CN", viewport={"width": 1280, "height": 800})
    try:
        yield context.new_page()
    finally:
        context.close()
