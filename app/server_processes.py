"""Several serving processes with gunicorn; not on Windows, where gunicorn does not import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.errors import HaltServer

from app.server import SHUTDOWN_SECONDS, Watch, cannot_listen
from config import Settings


class Processes(BaseApplication):
    """Gunicorn, told by Kebu's settings instead of its own files and arguments."""

    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        """Prepare to serve what `make_app` returns; every process makes its own connections."""
        self.make_app = make_app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's settings."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application of this process."""
        return self.make_app()


def serve_with_gunicorn(
    make_app: Callable[[], Flask], settings: Settings, ready: Callable[[int], None]
) -> int:
    """Serve with several processes until a signal; raises ServerError when it cannot listen."""

    def begin_watch(worker: Any) -> None:
        # Only the very first process tells that the server is ready, not one that replaces another.
        if worker.age == 1:
            Watch(settings, worker.sockets[0].getsockname()[1], ready, worker.ppid).start()

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": settings.threads,
        "timeout": max(60, settings.statement_timeout_seconds * 2),
        # The most that gunicorn reads; filters stand in addresses, and panel/where.py keeps them below it.
        "limit_request_line": 8190,
        "graceful_timeout": SHUTDOWN_SECONDS,
        "loglevel": "warning",
        "proc_name": "kebu",
        "control_socket_disable": True,
        "post_worker_init": begin_watch,
    }
    try:
        Processes(make_app, options).run()
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from error
    except HaltServer as error:
        return int(error.exit_status)
    except SystemExit as error:
        return int(error.code or 0)
    return 0
