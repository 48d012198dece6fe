"""One panel as a running server: a single synchronous gunicorn worker and its processor time."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from contenders import Contender, environment_with
from visitor import Visitor

START_SECONDS = 60
STOP_SECONDS = 20


class Server:
    """A started contender with a signed-in visitor; stop it when done."""

    def __init__(self, contender: Contender, logs: Path) -> None:
        """Start the contender and sign in; raise RuntimeError when it does not come up."""
        self.contender = contender
        self.port = _free_port()
        self.visitor = Visitor(self.port)
        self._log = logs / f"server_{contender.name}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=contender.folder,
                env=environment_with(contender.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_up()
            self.visitor.sign_in(contender.login, contender.pages["list"])
        except BaseException:
            self.stop()
            raise

    def cpu_seconds(self) -> float | None:
        """Return the worker's processor time so far, or None where the system does not tell (not Linux)."""
        try:
            workers = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            return sum(_scheduled_nanoseconds(int(worker)) for worker in workers) / 1e9
        except OSError:
            return None

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _command(self) -> list[str]:
        command = [str(self.contender.python), "-m", "gunicorn", "--workers", "1", "--worker-class", "sync"]
        return [*command, "--timeout", "120", "--bind", f"127.0.0.1:{self.port}", self.contender.application]

    def _wait_until_up(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process.poll() is None:
            with suppress(OSError):
                if self.visitor.get(self.contender.login).status == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{self.contender.name} does not answer, see {self._log}")


def _scheduled_nanoseconds(process: int) -> int:
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
