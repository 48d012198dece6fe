"""The whole application as it is served, on a migrated database, and people who sign in to it."""

from __future__ import annotations

import re
from contextvars import Context
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import config
from app import create_app
from app.access import accounts, first_run
from app.access.models import Person
from app.access.passwords import hash_password
from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.version import bump_version
from app.core import schema
from app.core.clock import _frozen
from app.core.database import db
from app.core.transaction import transaction
from tests.support import second_steps
from tests.support.databases import Restorer
from tests.support.visitors import Visitor

PASSWORD = "seven quiet lanterns"
OWNER = "Owner"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|<meta name="csrf-token" content="([^"]+)"')


class FreshClient(FlaskClient):
    """A browser whose requests see nothing of the test's own application context, as over a network.

    Once signed in it sends the CSRF token that its pages carry, as their scripts do; `token` = "" withholds it.
    """

    token = ""

    def open(self, *arguments: Any, **named: Any) -> Any:
        """Send a request in an empty context, so that `g` and the database session are the request's own."""
        named.setdefault("buffered", True)
        if self.token:
            named["headers"] = {"X-CSRFToken": self.token, **dict(named.get("headers") or {})}
        return _outside().run(super().open, *arguments, **named)


def _outside() -> Context:
    """Return an empty context in which it is as late as in the test."""
    context = Context()
    context.run(_frozen.set, _frozen.get())
    return context


class WholeHouse:
    """One application with an opened pet shop in Shanghai and an owner `owner`; rows are taken back after a test."""

    def __init__(self, url: str, home: Path) -> None:
        self.home = home
        settings = config.load({"KEBU_HOME": str(home), "KEBU_DATABASE_URL": url})
        schema.upgrade(settings.database_url)
        self.app = create_app(settings)
        self.app.test_client_class = Visitor
        self.app.test_client_class = FreshClient
        # The cheapest parameters that still are scrypt: dozens of accounts are made and signed in.
        self.app.config.update(TESTING=True, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
        with self.app.app_context():
            sync_permissions(declared_permissions())
            open_the_shop()
            db.session.remove()
            self.restorer = WholeRestorer(db.engine)
            self.restorer.app = self.app

    def close(self) -> None:
        """Let go of every connection."""
        with self.app.app_context():
            db.engine.dispose()


class WholeRestorer(Restorer):
    """Takes rows back and tells every memory that what it knows is void."""

    app: Flask

    def restore(self) -> None:
        """Put back the rows and count the access version up, as after any change of rights."""
        with self.app.app_context():
            super().restore()
            with transaction():
                bump_version()
            db.session.remove()


def open_the_shop() -> None:
    """Open a pet shop with one branch and one owner."""
    number = first_run.open_shop(
        first_run.Opening(
            name="毛球宠物",
            profile="petshop",
            time_zone="Asia/Shanghai",
            currency="CNY",
            language="en",
            branch="Main branch",
            username="owner",
            full_name="Wang Fang",
            password_hash=hash_password(PASSWORD),
        )
    )
    second_steps.set_up_where_needed(number)


def csrf_token(client: FlaskClient, page: str = "/login/") -> str:
    """Return the CSRF token that a page carries."""
    found = _TOKEN.search(client.get(page).get_data(as_text=True))
    assert found is not None, f"{page} carries no CSRF token"
    return found[1] or found[2]


def sign_in_as(client: FlaskClient, role: str = OWNER) -> FlaskClient:
    """Make the role's account where there is none yet, sign in through the page and return the client."""
    username = role.lower()
    with client.application.app_context():
        if db.session.scalar(select(Person.id).where(Person.username == username).limit(1)) is None:
            number = accounts.create_account(username, hash_password(PASSWORD), role, role)
            second_steps.set_up_where_needed(number)
        db.session.remove()
    answer = client.post(
        "/login/",
        data={"username": username, "password": PASSWORD, "csrf_token": csrf_token(client)},
    )
    answer = second_steps.take(client, answer, lambda: csrf_token(client, "/login/code/"))
    assert answer.status_code == 302, f"signing in as {role} gave {answer.status_code}"
    assert "/login/" not in answer.location, f"signing in as {role} led to {answer.location}"
    if isinstance(client, FreshClient):
        client.token = csrf_token(client, "/profile/")
    return client
