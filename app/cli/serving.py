"""What `demo` and `serve` share: a usable home and database, and the line that says the server is ready."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from app import create_app, make_ready
from app.cli.worker_beside import WorkerBeside
from app.core import schema
from app.server import address, serve
from config import KnownFailure, Settings, load


class HomeError(KnownFailure):
    """The instance folder cannot be used."""


def load_settings(options: argparse.Namespace, default_home: Path | None = None) -> Settings:
    """Return the settings under the verb's arguments, telling what in the environment has no effect."""
    overrides: Mapping[str, Any] = {name: getattr(options, name, None) for name in ("host", "port")}
    settings = load(overrides=overrides, default_home=default_home)
    for warning in settings.warnings:
        print(f"Kebu: {warning}", file=sys.stderr)
    return settings


def prepare_home(home: Path) -> None:
    """Make the instance folder for this user alone and raise HomeError unless it can be written to."""
    trial = home / f".writable-{secrets.token_hex(4)}"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise HomeError(
            f"The folder {home} is not writable ({error.strerror}); make it writable or name another with "
            f"KEBU_HOME."
        ) from None


def prepare_database(settings: Settings) -> None:
    """Fill an empty database with Kebu's tables; raise SchemaError unless it is then exactly up to date."""
    schema.upgrade(settings.database_url, only_when_empty=True)


def serve_until_stopped(settings: Settings, lines: list[str], app: Flask | None = None) -> int:
    """Serve, print `lines` and last the ready line once the server answers, and return the exit code."""

    def ready(port: int) -> None:
        print("\n".join([*lines, f"Kebu is ready: {address(settings.host, port)}"]), flush=True)

    def make() -> Flask:
        return make_ready(app if app is not None else create_app(settings))

    if not settings.worker_process:
        return serve(make, settings, ready)
    with WorkerBeside(settings):
        return serve(make, settings, ready)
