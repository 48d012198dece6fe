"""The verb `serve`: the shop's own instance."""

from __future__ import annotations

import argparse

from app import create_app
from app.access import first_run
from app.cli.serving import load_settings, prepare_database, prepare_home, serve_until_stopped
from app.core.shop import shop
from app.server import refuse_taken_port
from config import KnownFailure, Settings, is_loopback


class OpenNetwork(KnownFailure):
    """The address can be reached from elsewhere and nothing encrypts what is sent."""


def run(options: argparse.Namespace) -> int:
    """Serve the shop; on an empty database also print the one-time code that opens the first-run page."""
    settings = load_settings(options)
    refuse_open_network(settings)
    refuse_taken_port(settings.host, settings.port)
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    with app.app_context():
        opened = shop().is_open
    lines = [] if opened else [f"Set-up code (一次性设置码): {first_run.code(settings.home)}"]
    # Several processes each make their own application: connections must not be shared between them.
    return serve_until_stopped(settings, lines, app if settings.workers == 1 else None)


def refuse_open_network(settings: Settings) -> None:
    """Raise OpenNetwork when passwords would cross a network that others may listen to."""
    if is_loopback(settings.host) or settings.trusted_proxies or settings.plain_http:
        return
    raise OpenNetwork(
        f"Serving on {settings.host} without HTTPS would send passwords readable over the network. Put a proxy with "
        f"HTTPS in front and set KEBU_TRUSTED_PROXIES=1, or accept it with KEBU_PLAIN_HTTP=yes."
    )
