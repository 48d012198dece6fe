"""The core alone: a small application with a database, a shop and a few tables of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import Babel

from app.core.crypto import Keyring
from app.core.database import db, engine_options, install_hooks
from app.core.kernel import Kernel
from app.core.shop import Shop
from tests.core import models
from tests.support.databases import Restorer

SHANGHAI = ZoneInfo("Asia/Shanghai")


class CoreHouse:
    """A small Flask application with the core, the test tables and nothing else."""

    def __init__(self, url: str, home: Path) -> None:
        self.app = core_application(url, home)
        with self.app.app_context():
            install_hooks(db.engine)
            models.metadata.create_all(db.engine)
            models.UPLOADS.create(db.engine)
            self.restorer = Restorer(db.engine)

    def close(self) -> None:
        """Let go of every connection."""
        with self.app.app_context():
            db.engine.dispose()


def core_application(url: str, home: Path, **options: Any) -> Flask:
    """Return a Flask application that knows the database, the languages and a shop in Shanghai."""
    app = Flask("core-under-test")
    app.config.update(
        SECRET_KEY="only-for-tests",
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url, **options),
        KEBU_HOME=str(home),
    )
    db.init_app(app)
    Babel(app, default_locale="en", default_timezone="Asia/Shanghai")
    shop = Shop("测试店", "petshop", SHANGHAI, "CNY", "zh_Hans")
    app.extensions["kebu"] = Kernel(home=home, keys=Keyring(lambda: bytes(32)), shop=lambda: shop)
    return app
