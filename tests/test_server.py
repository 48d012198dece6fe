"""The web server: ready when it says so, gone when told, and plain about a port that it cannot have."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from app import server
from app.server import ServerError

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
from flask import Flask
from app.server import serve
from config import load
app = Flask("small")
app.route("/healthz")(lambda: ("{}", int(sys.argv[2])))
settings = load({"KEBU_HOME": sys.argv[1], "KEBU_PORT": "0", "KEBU_WORKERS": sys.argv[3]})
sys.exit(serve(lambda: app, settings, lambda port: print(port, flush=True)))
"""


def start(home: Path, status: int = 200, workers: int = 1) -> subprocess.Popen[str]:
    """Start a small server in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home), str(status), str(workers)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


WORKERS = [
    1,
    pytest.param(2, marks=pytest.mark.skipif(sys.platform == "win32", reason="no gunicorn on Windows")),
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", WORKERS)
def test_a_server_that_says_it_is_ready_answers_and_ends_cleanly(
    workers: int, number: int, tmp_path: Path
) -> None:
    process = start(tmp_path, workers=workers)
    assert process.stdout is not None

    port = process.stdout.readline().strip()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        status = answer.status
    process.send_signal(number)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)

    assert status == 200
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err
    assert server.why_not_listen("127.0.0.1", int(port)) is None


def test_a_taken_port_is_refused_with_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ServerError) as caught:
            server.refuse_taken_port("127.0.0.1", port)

        free = int(str(caught.value).rpartition("--port ")[2].strip("`."))
        assert free > port
        assert server.why_not_listen("127.0.0.1", free) is None


def test_any_free_port_is_always_free() -> None:
    assert server.refuse_taken_port("127.0.0.1", 0) is None


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ServerError, match=r"Cannot listen on 192\.0\.2\.1"):
        server.refuse_taken_port("192.0.2.1", 18080)


def test_an_address_is_written_as_a_person_types_it() -> None:
    assert server.address("127.0.0.1", 80) == "http://127.0.0.1:80/"
    assert server.address("::1", 80) == "http://[::1]:80/"
