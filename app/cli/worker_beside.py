"""A worker beside the server: started with it, started again when it crashes, and gone when the server is gone."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Self

from config import ROOT, Settings

FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 60.0
# A worker that lived this long was well: whatever ended it, the next one starts without much ado.
WELL_AFTER_SECONDS = 60.0
SECONDS_TO_STOP = 25
log = logging.getLogger("kebu.jobs")


class WorkerBeside:
    """Keeps one worker process; to be used as a block around serving.

    The worker holds the reading end of a pipe whose writing end only this process has. The system closes it
    whatever ends this process, kill -9 included, and the worker sees the end of its input. No signal and no
    process group is needed, so it is the same on every system.
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare a worker with these settings."""
        self._environment = {**os.environ, "KEBU_HOME": str(settings.home)}
        self._owner = os.getpid()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        # Gunicorn's processes are copies of this one and leave the block too; the worker is not theirs.
        if os.getpid() == self._owner:
            self.close()

    def close(self) -> None:
        """Let the worker end between two chunks of its jobs; end it by force when that takes too long."""
        self._closing.set()
        with self._lock:
            child = self._child
            if child is not None and child.stdin is not None:
                child.stdin.close()
        if child is not None:
            try:
                child.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                child.kill()
        self._keeper.join(FIRST_REST_SECONDS)

    def _keep(self) -> None:
        rest = FIRST_REST_SECONDS
        while not self._closing.is_set():
            began = time.monotonic()
            child = self._start()
            if child is None:
                return
            code = child.wait()
            if self._closing.is_set():
                return
            lived = time.monotonic() - began
            rest = FIRST_REST_SECONDS if lived > WELL_AFTER_SECONDS else min(rest * 2, LONGEST_REST_SECONDS)
            log.error("the worker ended with code %s after %d s; the next starts in %d s", code, lived, rest)
            self._closing.wait(rest)

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closing.is_set():
                return None
            self._child = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "worker", "--beside"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
            return self._child
