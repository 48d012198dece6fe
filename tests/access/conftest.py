"""Two houses for access, one with an opened shop, one before its first run; rows are taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import config
from app import create_app
from app.access import accounts, first_run
from app.access.models import Person
from app.access.passwords import hash_password
from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.version import bump_version, prepare_version
from app.core import schema
from app.core.database import db
from app.core.transaction import transaction
from app.profiles import PROFILES
from tests.support import redis_server, second_steps
from tests.support.databases import BACKENDS, Restorer
from tests.support.statements import recorded

PASSWORD = "seven quiet lanterns"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class House:
    """One application with its database, and what brings the rows back."""

    app: Flask
    home: Path
    restorer: Restorer

    def restore(self) -> None:
        """Take back what a test wrote; what processes remember is void then, as after any change."""
        with self.app.app_context():
            db.session.remove()
            self.restorer.restore()
            with transaction():
                bump_version()
            db.session.remove()
        first_run.forget_code(self.home)


def make_house(url: str, home: Path, *, opened: bool) -> House:
    """Return the whole application on an empty database, with an opened shop or before its first run."""
    settings = config.load({"KEBU_HOME": str(home), "KEBU_DATABASE_URL": url})
    schema.upgrade(settings.database_url)
    app = create_app(settings)
    app.config.update(TESTING=True, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    with app.app_context():
        prepare_version()
        sync_permissions(declared_permissions())
        if opened:
            open_the_shop()
        db.session.remove()
        return House(app, home, Restorer(db.engine))


def make_other_process(house: House) -> Flask:
    """Return the application as another process of the shop has it: the same keys and database, no memory shared."""
    settings = config.load(
        {"KEBU_HOME": str(house.home), "KEBU_DATABASE_URL": house.app.config["SQLALCHEMY_DATABASE_URI"]}
    )
    app = create_app(settings)
    app.config.update(TESTING=True, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    return app


def open_the_shop() -> None:
    """Open a pet shop in Shanghai with one owner, one manager and one clerk, all with the same password."""
    hashed = hash_password(PASSWORD)
    opening = first_run.Opening(
        name="毛球宠物",
        profile="petshop",
        time_zone="Asia/Shanghai",
        currency="CNY",
        language="en",
        branch="Main branch",
        username="owner",
        full_name="Wang Fang",
        password_hash=hashed,
    )
    second_steps.set_up_where_needed(first_run.open_shop(opening))
    accounts.create_account("manager", hashed, "Li Na", "Manager")
    accounts.create_account("clerk", hashed, "Zhang Wei", "Clerk")


@pytest.fixture(scope="session")
def access_houses(
    new_database: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Callable[[str, bool], House]]:
    """Return the house on one database, opened or not, made once per test process."""
    made: dict[tuple[str, bool], House] = {}

    def house(backend: str, opened: bool) -> House:
        if (backend, opened) not in made:
            made[backend, opened] = make_house(
                new_database(backend), tmp_path_factory.mktemp("access"), opened=opened
            )
        return made[backend, opened]

    yield house
    for each in made.values():
        with each.app.app_context():
            db.engine.dispose()


@pytest.fixture
def house(access_houses: Callable[[str, bool], House], usual_backend: str) -> Iterator[House]:
    """An opened shop on the usual database."""
    made = access_houses(usual_backend, True)
    yield made
    made.restore()


@pytest.fixture(params=BACKENDS)
def house_on(request: pytest.FixtureRequest, access_houses: Callable[[str, bool], House]) -> Iterator[House]:
    """An opened shop on each of the three databases."""
    made = access_houses(request.param, True)
    yield made
    made.restore()


@pytest.fixture(params=BACKENDS)
def unopened_on(
    request: pytest.FixtureRequest, access_houses: Callable[[str, bool], House]
) -> Iterator[House]:
    """A shop before its first run on each of the three databases."""
    made = access_houses(request.param, False)
    yield made
    made.restore()


@pytest.fixture
def unopened(access_houses: Callable[[str, bool], House], usual_backend: str) -> Iterator[House]:
    """A shop before its first run on the usual database."""
    made = access_houses(usual_backend, False)
    yield made
    made.restore()


# The application alone, without a context of its own: requests that share one would share what they remember.
@pytest.fixture
def app(house: House) -> Flask:
    """The application of the opened shop."""
    return house.app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture(params=["database", "redis"])
def counted_in(request: pytest.FixtureRequest, house: House) -> Iterator[str]:
    """The opened shop counts tries in its database, then in Redis."""
    if request.param == "redis":
        redis_server.count_in(house.app, redis_server.redis_address())
        redis_server.clean(house.app)
    yield request.param
    if request.param == "redis":
        redis_server.clean(house.app)
        redis_server.count_in(house.app, "")


def token_of(client: FlaskClient, page: str = "/login/") -> str:
    """Return the CSRF token of a page."""
    found = TOKEN.search(client.get(page).get_data(as_text=True))
    assert found is not None, f"{page} carries no CSRF token"
    return found[1]


def post(
    client: FlaskClient, address: str, data: dict[str, Any] | None = None, page: str | None = None
) -> Any:
    """Post a form with the token of `page` (by default the page that the form stands on)."""
    token = token_of(client, page or address)
    return client.post(address, data={"csrf_token": token, **(data or {})})


def enter(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form, and a code where one is asked for."""
    answer = enter_password(client, username, password, **more)
    return second_steps.take(client, answer, lambda: token_of(client, "/login/code/"))


def key_on(page: str) -> str:
    """Return the key that the page with the square spells out."""
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert found is not None, "the page shows no key"
    return found[1].replace(" ", "")


def enrol(client: FlaskClient) -> Any:
    """Set up a phone on the page that the browser was led to, and send its first code."""
    page = client.get("/login/enrol/").get_data(as_text=True)
    return post(client, "/login/enrol/", {"code": pyotp.TOTP(key_on(page)).now()})


def enter_password(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in form."""
    return post(client, "/login/", {"username": username, "password": password, **more})


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Return `signed_in(username)`: a browser of its own in which this person is signed in."""

    def open_browser(username: str) -> FlaskClient:
        browser = app.test_client()
        assert enter(browser, username).status_code == 302
        return browser

    return open_browser


def person_number(app: Flask, username: str) -> int:
    """Return the account number of a user name."""
    with app.app_context():
        number = db.session.scalar(select(Person.id).where(Person.username == username))
        db.session.remove()
    assert number is not None
    return number


def role_patterns() -> dict[str, tuple[str, ...]]:
    """Return the roles of the opened shop."""
    return dict(PROFILES["petshop"].roles)


@pytest.fixture
def statements() -> Callable[..., Any]:
    """Return `statements()`: a block that records SQL."""
    return recorded


NEXT_HOSTS = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "/\t/evil.example",
    "javascript:alert(1)",
)
