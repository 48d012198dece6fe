"""The web server: waitress, or gunicorn for several processes; never the development server."""

from __future__ import annotations

import errno
import http.client
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import waitress
from flask import Flask

from config import KnownFailure, Settings

READY_SECONDS = 30
PORTS_TRIED = 200
SHUTDOWN_SECONDS = 5


class ServerError(KnownFailure):
    """The server cannot serve; the message is one line that says what to do."""


def serve(make_app: Callable[[], Flask], settings: Settings, ready: Callable[[int], None]) -> int:
    """Serve until Ctrl-C or SIGTERM and return the exit code; call `ready(port)` once /healthz answers 200.

    Raises ServerError, naming the next free port when the wanted one is taken.
    """
    refuse_taken_port(settings.host, settings.port)
    if settings.workers == 1:
        return _serve_with_waitress(make_app(), settings, ready)
    if sys.platform == "win32":
        raise ServerError("Several processes are not possible on Windows; set KEBU_WORKERS to 1.")
    # By name, because gunicorn cannot be imported on Windows.
    processes = importlib.import_module("app.server_processes")
    return int(processes.serve_with_gunicorn(make_app, settings, ready))


def _serve_with_waitress(app: Flask, settings: Settings, ready: Callable[[int], None]) -> int:
    """Serve with one process and several threads."""
    try:
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="",
            max_request_body_size=(max(settings.upload_limit_mb, settings.import_limit_mb) + 1) * 1024 * 1024,
            clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        )
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from error
    port = int(getattr(server, "effective_port", 0) or settings.port)
    watch = Watch(settings, port, ready, os.getpid())
    stop_on_signals()
    watch.start()
    try:
        server.run()  # returns after the SystemExit of a signal, its threads ended
    finally:
        server.close()
    return watch.exit_code


def stop_on_signals() -> None:
    """Make Ctrl-C and SIGTERM end the server once, cleanly; a second signal meanwhile changes nothing."""

    def stop(_number: int, _frame: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopping)
        raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _already_stopping(_number: int, _frame: Any) -> None:
    """Take a further signal calmly: the first one is being obeyed."""


# --- Ready ---------------------------------------------------------------------------------------


class Watch(threading.Thread):
    """Asks /healthz until it answers 200 and then says that the server is ready; else it stops the server."""

    def __init__(self, settings: Settings, port: int, ready: Callable[[int], None], process: int) -> None:
        """Prepare to ask the server on `port`; `process` is told to end when it is not well."""
        super().__init__(name="ready-watch", daemon=True)
        self.settings = settings
        self.port = port
        self.ready = ready
        self.process = process
        self.exit_code = 0

    def run(self) -> None:
        """Ask until the answer is good or the time is over."""
        last = "no answer"
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                status = healthz_status(self.settings, self.port)
            except OSError as error:
                last = type(error).__name__
            else:
                if status == http.client.OK:
                    self.ready(self.port)
                    return
                last = f"status {status}"
            time.sleep(0.05)
        self.exit_code = 2
        print(
            f"Kebu: the server started but /healthz is not well ({last}); see the log.",
            file=sys.stderr,
            flush=True,
        )
        os.kill(self.process, signal.SIGTERM)


def healthz_status(settings: Settings, port: int) -> int:
    """Return the HTTP status of GET /healthz, asked under a host name that the program trusts."""
    connection = http.client.HTTPConnection(reachable_host(settings.host), port, timeout=5)
    try:
        # A name may stand for its subdomains (".example") and an IPv6 address in brackets.
        trusted = settings.trusted_hosts[0] if settings.trusted_hosts else reachable_host(settings.host)
        name = trusted.strip(".[]")
        connection.request("GET", "/healthz", headers={"Host": f"[{name}]" if ":" in name else name})
        return connection.getresponse().status
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error
    finally:
        connection.close()


def reachable_host(host: str) -> str:
    """Return the address under which a server listening on `host` can be called from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound  # nosec B104


def address(host: str, port: int) -> str:
    """Return the server's address as a person types it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


# --- Ports ---------------------------------------------------------------------------------------


def refuse_taken_port(host: str, port: int) -> None:
    """Raise ServerError unless the program may listen on the port; 0 is always free."""
    if port == 0:
        return
    problem = why_not_listen(host, port)
    if problem is not None:
        raise cannot_listen(host, port, problem)


def why_not_listen(host: str, port: int) -> OSError | None:
    """Return the error that listening would meet, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Without it a port counts as taken for a minute after a server with open connections ended.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def next_free_port(host: str, port: int) -> int | None:
    """Return the first port after `port` that is free, or None within the next 200."""
    for candidate in range(port + 1, min(port + 1 + PORTS_TRIED, 65536)):
        if why_not_listen(host, candidate) is None:
            return candidate
    return None


def cannot_listen(host: str, port: int, error: OSError) -> ServerError:
    """Return the one-line error for a port or an address that cannot be listened on."""
    if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) == 10048:
        free = next_free_port(host, port)
        hint = f"the next free one is {free}: add `--port {free}`" if free else "name another with `--port`"
        return ServerError(f"Port {port} is taken; {hint}.")
    if error.errno == errno.EACCES or getattr(error, "winerror", 0) == 10013:
        return ServerError(f"Port {port} may not be used by this user; name one above 1023 with `--port`.")
    return ServerError(f"Cannot listen on {host}: {error.strerror or error}; check `--host`.")
