"""The verb `worker`: runs background jobs until it is told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading

from app import create_app, prepare
from app.cli.serving import load_settings, prepare_home
from app.core import schema
from app.core.logs import WORKER_FILE_NAME, write_logs
from app.operations.worker import Worker
from config import Settings, load

# What a job has for its present chunk once the worker is told to stop; what is cut off begins again from there.
SECONDS_TO_STOP = 20


def run(options: argparse.Namespace) -> int:
    """Work until Ctrl-C, SIGTERM or, beside a server, that server's end."""
    stop = Stop()
    if options.beside:
        threading.Thread(target=stop.with_the_server, name="server-watch", daemon=True).start()
    # The server has told what in the environment has no effect.
    settings = load() if options.beside else load_settings(options)
    prepare_home(settings.home)
    refuse_old_database(settings)
    write_logs(settings.home, settings.log_level, WORKER_FILE_NAME)
    app = create_app(settings)
    with app.app_context():
        prepare(app)
    worker = Worker(app, settings.worker_lease_seconds, stop.asked)
    stop.on_signals()
    if not options.beside:
        print("Kebu's worker is ready.", flush=True)
    worker.work()
    return 0


def refuse_old_database(settings: Settings) -> None:
    """Raise SchemaError unless the database is exactly what this program works with."""
    found = schema.state(settings.database_url)
    schema.refuse_unusable(found)
    if found.status is not schema.Status.CURRENT:
        raise schema.SchemaError(
            "The database is not up to date; run `python3 run.py migrate`, or start `serve` first."
        )


class Stop:
    """The wish that the worker ends: between two chunks of its jobs, or at once before it has begun."""

    def __init__(self) -> None:
        """Begin without the wish."""
        self.asked = threading.Event()
        self._is_ready = False

    def on_signals(self) -> None:
        """Take Ctrl-C and SIGTERM for the wish from now on.

        A thread hears of them through a socket, because the system may hand a signal to any thread, and Python runs
        handlers in the main one alone: waiting for the end, it would not wake. Nor could a handler set the event that
        the main thread is just about to wait for.
        """
        hearing, telling = socket.socketpair()
        telling.setblocking(False)
        signal.set_wakeup_fd(telling.detach(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)
        self._is_ready = True
        threading.Thread(target=self._when_told, args=(hearing,), name="signals", daemon=True).start()

    def _when_told(self, hearing: socket.socket) -> None:
        hearing.recv(1)
        self.ask()

    def with_the_server(self) -> None:
        """Take the end of standard input for the wish: the server's end of the pipe is closed however it ends."""
        while os.read(sys.stdin.fileno(), 1024):
            continue
        self.ask()

    def ask(self) -> None:
        """Wish it, and end the process when a chunk takes too long; it is void then and begun anew by another."""
        if not self._is_ready:
            os._exit(0)
        if not self.asked.is_set():
            last = threading.Timer(SECONDS_TO_STOP, os._exit, (0,))
            last.daemon = True
            last.start()
        self.asked.set()
