"""The whole application on one database: migrated, with an opened pet shop and an account for every role."""

from __future__ import annotations

from contextvars import Context
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from flask_appbuilder import Model

import config
from app import create_app
from app.access import accounts, first_run
from app.access.passwords import hash_password
from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.version import bump_version, prepare_version
from app.core.database import db
from app.core.transaction import transaction
from app.profiles import PROFILES
from tests.support.databases import Restorer

PASSWORD = "seven quiet lanterns"


class FreshClient(FlaskClient):
    """A client whose requests see nothing of the test's own application context, as over a network."""

    def open(self, *arguments: Any, **named: Any) -> Any:
        """Send a request in an empty context, so that `g` and the database session are the request's own."""
        named.setdefault("buffered", True)
        return Context().run(super().open, *arguments, **named)


class _Restorer:
    """Brings the rows back and voids what the process remembers about them."""

    def __init__(self, house: WholeHouse) -> None:
        self.house, self.rows = house, Restorer(db.engine)

    def restore(self) -> None:
        with self.house.app.app_context():
            db.session.remove()
            self.rows.restore()
            with transaction():
                bump_version()
            db.session.remove()
        self.house.app.extensions["appbuilder"].sm.limiter.reset()


class WholeHouse:
    """The application as a shop would run it, rows brought back after every test."""

    def __init__(self, url: str, home: Path, *, make_tables: bool = False) -> None:
        settings = config.load({"KEBU_HOME": str(home), "KEBU_DATABASE_URL": url})
        self.app = create_app(settings)
        self.app.config.update(
            TESTING=True, WTF_CSRF_ENABLED=False, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1"
        )
        self.app.test_client_class = FreshClient
        with self.app.app_context():
            Model.metadata.create_all(db.engine)
            prepare_version()
            roles = PROFILES["petshop"].roles
            sync_permissions(declared_permissions(), roles)
            hashed = hash_password(PASSWORD)
            first_run.open_shop(
                first_run.Opening(
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
            )
            for role in roles:
                if role != "Owner":
                    accounts.create_account(role.lower(), hashed, f"Some {role}", role)
            db.session.remove()
            self.restorer = _Restorer(self)

    def close(self) -> None:
        """Let go of every connection."""
        with self.app.app_context():
            db.engine.dispose()


def sign_in_as(client: FlaskClient, role: str) -> FlaskClient:
    """Sign in through the page as the account that has `role`, and return the client."""
    client.application.extensions["appbuilder"].sm.limiter.reset()
    answer: Any = client.post("/login/", data={"username": role.lower(), "password": PASSWORD})
    assert answer.status_code == 302
    return client
