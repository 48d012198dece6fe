"""Shops for stories: each gets a database file of its own and is served by the real web server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from flask import Flask

import config
from app import create_app, sample
from app.access import first_run
from app.access.permission_sync import declared_permissions, sync_permissions
from app.core import schema
from app.core.database import db
from tests.support.live import LiveServer

SAMPLE_LANGUAGES = {"zh": "zh_Hans", "en": "en"}


class Model:
    """A finished instance folder that stories get copies of: migrating and seeding once is enough."""

    def __init__(self, home: Path, language: str = "", customers: int = 0) -> None:
        self.home, self.passwords, self.phones = home, {}, {}
        home.mkdir(parents=True)
        settings = config.load({"KEBU_HOME": str(home)})
        schema.upgrade(settings.database_url)
        app = _application(settings)
        with app.app_context():
            sync_permissions(declared_permissions())
            if customers:
                sample.seed("petshop", customers, lambda _done, _total: None, SAMPLE_LANGUAGES[language])
                accounts = sample.accounts()
                self.passwords = {account.user: account.password for account in accounts}
                self.phones = {account.user: account.secret for account in accounts if account.secret}
            db.session.remove()
            db.engine.dispose()


class StoryShop:
    """One shop, served: `url`, the `passwords` and `phones` of its accounts, and its first-run `code`."""

    def __init__(self, model: Model, home: Path) -> None:
        shutil.copytree(model.home, home)
        self.home, self.passwords, self.phones = home, dict(model.passwords), dict(model.phones)
        self.app = _application(config.load({"KEBU_HOME": str(home)}))
        self._server = LiveServer(self.app)
        self.url = self._server.url

    @property
    def code(self) -> str:
        """The one-time code that the terminal would show."""
        return first_run.code(self.home)

    @contextmanager
    def database(self) -> Iterator[Any]:
        """Open the shop's database session for a look at what was really stored."""
        with self.app.app_context():
            try:
                yield db.session
            finally:
                db.session.remove()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)
        with self.app.app_context():
            db.engine.dispose()


def _application(settings: config.Settings) -> Flask:
    app = create_app(settings)
    # The cheapest parameters that still are scrypt: every story signs in.
    app.config.update(FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    return app
