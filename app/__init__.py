"""Kebu 客簿: the application factory. Finds the slices by their folders and puts the house together."""

from __future__ import annotations

import gc
import logging
import sys
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_babel import get_babel
from werkzeug.middleware.proxy_fix import ProxyFix

from app.access.api_keys.calling import KebuCsrf, let_key_in
from app.access.doors import require_doors
from app.access.language import LANGUAGES, select_locale
from app.access.permission_sync import sync_if_changed
from app.access.security import KebuAppBuilder, KebuSecurityManager
from app.core import schema, storage
from app.core.capability import Capability, discover
from app.core.crypto import Keyring
from app.core.database import db, engine_options, install_hooks
from app.core.kernel import Kernel
from app.core.logs import write_logs
from app.profiles import words_of_profiles
from app.responses import SecureOverTls, install_responses
from app.translations import compile_catalogues
from config import ROOT, Settings

SESSION_HOURS = 12
_BYTES_BESIDE_THE_UPLOAD = 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Return a ready application for one instance; reads no table, so it also starts before the first migration."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    capabilities = discover(sys.modules[__name__])
    _configure(app, settings)
    app.session_interface = SecureOverTls()
    app.extensions["kebu"] = Kernel(
        home=settings.home,
        keys=Keyring(lambda: settings.instance_key),
        capabilities=capabilities,
        words=words_of_profiles(),
    )
    db.init_app(app)
    # Before the check for forged requests, which a program with a key need not pass.
    app.before_request(let_key_in)
    KebuCsrf(app)
    with app.app_context():
        install_hooks(
            db.engine,
            statement_seconds=settings.statement_timeout_seconds,
            lock_seconds=settings.lock_timeout_seconds,
        )
        KebuAppBuilder(
            app,
            db.session,
            security_manager_class=KebuSecurityManager,
            base_template="layout.html",
            update_perms=False,
        )
        get_babel(app).locale_selector = select_locale
        _install(app, capabilities)
    install_responses(app)
    require_doors(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return app


def make_ready(app: Flask) -> Flask:
    """Return `app` with what a start has to catch up on done: new permissions written, orphaned files removed.

    Skipped while the database is not at this program's version; the health check says so.
    """
    settings: Settings = app.config["KEBU_SETTINGS"]
    write_logs(settings.home, settings.log_level)
    with app.app_context():
        if schema.state(db.engine).status == schema.Status.CURRENT:
            prepare(app)
            sync_if_changed()
            storage.sweep(app.extensions["kebu"].home)
            for capability in app.extensions["kebu"].capabilities:
                if capability.start is not None:
                    capability.start()
        db.session.remove()
    # The libraries' half a million objects live as long as the process; without this the collector walks
    # through all of them again and again, in the middle of somebody's page.
    gc.freeze()
    return app


def prepare(app: Flask) -> None:
    """Let every slice refuse to go on, or ready its data, before anything is written; in an application context."""
    for capability in app.extensions["kebu"].capabilities:
        if capability.prepare is not None:
            capability.prepare()


def _install(app: Flask, capabilities: tuple[Capability, ...]) -> None:
    kernel: Kernel = app.extensions["kebu"]
    for capability in capabilities:
        kernel.events.subscribe(capability.handlers)
        if capability.install is not None:
            capability.install(app)
    get_babel(app).timezone_selector = lambda: kernel.shop().zone if kernel.shop else None


def _configure(app: Flask, settings: Settings) -> None:
    catalogues: Path = compile_catalogues(ROOT / "translations", settings.home / "cache" / "translations")
    app.config.update(
        KEBU_SETTINGS=settings,
        APP_NAME="Kebu 客簿",
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(
            settings.database_url,
            sqlite_busy_seconds=settings.sqlite_busy_seconds,
            statement_seconds=settings.statement_timeout_seconds,
            lock_seconds=settings.lock_timeout_seconds,
        ),
        FAB_CREATE_DB=False,
        FAB_UPDATE_PERMS=False,
        LANGUAGES={code: {"flag": code, "name": name} for code, name in LANGUAGES.items()},
        BABEL_DEFAULT_LOCALE="en",
        BABEL_TRANSLATION_DIRECTORIES=str(catalogues),
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024 * 1024 + _BYTES_BESIDE_THE_UPLOAD,
        # Up to a hundred rows stand in a form, each with a dozen inputs.
        MAX_FORM_PARTS=4_000,
        SESSION_COOKIE_NAME="kebu",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        WTF_CSRF_TIME_LIMIT=SESSION_HOURS * 3600,
        # A page of a shop open on the counter all day must still save in the evening; the referrer rule
        # only concerns HTTPS and stays on.
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    logging.getLogger("flask_appbuilder").setLevel(logging.WARNING)
