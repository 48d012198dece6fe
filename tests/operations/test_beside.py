"""The worker as people start it: by its verb, or beside the server, with which it comes and goes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core import schema
from tests.support.waiting import wait_until
from tests.test_cli import ROOT, call, environment, failure, get, served, until_ready

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
# More than one serving process means gunicorn, whose processes are copies of the one that keeps the worker.
SERVERS = [1, pytest.param(2, marks=posix_only)]


def log_of(home: Path) -> str:
    """Return what the workers of this instance have said so far."""
    path = home / "logs" / "worker.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def begun(home: Path) -> list[int]:
    """Return the process numbers of the workers that have begun."""
    return [int(number) for number in re.findall(r"begins in process (\d+)", log_of(home))]


def ended(home: Path) -> int:
    """Return how many workers have ended by themselves."""
    return log_of(home).count("has ended")


@pytest.mark.parametrize("processes", SERVERS)
def test_a_worker_comes_and_goes_with_the_server(processes: int, tmp_path: Path) -> None:
    with served(tmp_path, "serve", "--port", "0", KEBU_WORKERS=str(processes)) as (address, _lines):
        wait_until(lambda: json.loads(get(f"{address}healthz")[1])["worker"] == "alive")
        assert len(begun(tmp_path)) == 1
        assert ended(tmp_path) == 0

    assert len(begun(tmp_path)) == 1
    assert ended(tmp_path) == 1


@posix_only
@pytest.mark.parametrize("processes", SERVERS)
def test_a_worker_ends_when_the_server_is_killed(processes: int, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment(tmp_path, KEBU_WORKERS=str(processes)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    until_ready(server.stdout)
    wait_until(lambda: begun(tmp_path))

    server.kill()
    server.communicate(timeout=60)

    wait_until(lambda: ended(tmp_path) == 1)


@posix_only
def test_a_worker_that_is_killed_is_followed_by_another(tmp_path: Path) -> None:
    with served(tmp_path, "serve", "--port", "0") as (address, _lines):
        wait_until(lambda: begun(tmp_path))

        os.kill(begun(tmp_path)[0], signal.SIGKILL)
        wait_until(lambda: len(begun(tmp_path)) == 2)

        assert get(f"{address}healthz")[0] == 200
    assert ended(tmp_path) == 1


def test_a_server_that_is_to_have_no_worker_has_none(tmp_path: Path) -> None:
    with served(tmp_path, "serve", "--port", "0", KEBU_WORKER_PROCESS="no") as (address, _lines):
        health = json.loads(get(f"{address}healthz")[1])

    assert health["worker"] == "absent"
    assert log_of(tmp_path) == ""


def test_a_senseless_switch_is_one_line(tmp_path: Path) -> None:
    assert "must be yes or no" in failure(call(tmp_path, "config", KEBU_WORKER_PROCESS="perhaps"))


def test_a_worker_wants_a_database_of_its_own_version(tmp_path: Path) -> None:
    told = failure(call(tmp_path / "home", "worker"))

    assert "run `python3 run.py migrate`" in told


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_by_itself_says_that_it_is_ready_and_ends_when_told(number: int, tmp_path: Path) -> None:
    schema.upgrade(f"sqlite:///{tmp_path / 'kebu.db'}")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "worker"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()

    process.send_signal(number)
    _out, err = process.communicate(timeout=60)

    assert line == "Kebu's worker is ready.\n"
    assert (process.returncode, err) == (0, "")
    assert ended(tmp_path) == 1
