"""Every process serves what a manager made in another one, from its next request on."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.shaping.models import Kind
from app.shaping.plans import Settings
from app.shaping.quiet import Traffic
from tests.factories.shaping import make_field, make_type
from tests.support.databases import in_threads

PROGRAM = Path(__file__).parent / "second_process.py"


@pytest.fixture
def second(app_on: Flask, whole_houses: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """A second process on the same database: `second(address)` is its answer."""
    whole_houses(db.engine.dialect.name).restorer.suspect_everything()
    settings = app_on.config["KEBU_SETTINGS"]
    url = db.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(settings.home), url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROGRAM.parents[2],
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    assert json.loads(process.stdout.readline()) == "ready"

    def ask(address: str, method: str = "GET", data: dict[str, str] | None = None) -> dict[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps([method, address, data]) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    yield ask
    process.stdin.close()
    process.wait(timeout=30)


def test_a_second_process_serves_a_field_a_type_and_their_going_at_its_next_request(
    app_on: Flask, owner: FlaskClient, second: Callable[..., dict[str, Any]]
) -> None:
    assert second("/people/customer/add")["status"] == 200

    name = make_field(app_on, Kind.MONEY, label="Deposit")
    form = second("/people/customer/add")["text"]
    added = second("/people/customer/add", "POST", {"name": "王伟", name: "¥12.5"})
    noun = make_type(app_on)
    link = make_field(
        app_on, Kind.LINK, screen=f"own:{noun}", label="Pupil", settings=Settings(to="people:customer")
    )
    home, add = second("/")["text"], second(f"/own/{noun}/add")
    owner.post(f"/shaping/types/{noun}/park")
    parked = second(f"/own/{noun}/")["status"]

    assert f'name="{name}"' in form
    assert added["status"] == 302
    assert "12.50" in owner.get("/people/customer/").text
    assert f'href="/own/{noun}/"' in home
    assert add["status"] == 200 and link in add["text"]
    assert parked == 404


def test_fields_come_into_a_process_in_the_middle_of_its_traffic(app: Flask, sign_in: Any) -> None:
    clients = [sign_in(app.test_client(), "Owner") for _number in range(4)]
    wrong: list[tuple[str, int]] = []
    done = threading.Event()

    def visit(client: FlaskClient) -> None:
        while not done.is_set():
            for address in ("/people/customer/", "/people/customer/add", "/api/v1/people/customer"):
                answer = client.get(address)
                if answer.status_code != 200:
                    wrong.append((address, answer.status_code))

    def shape() -> None:
        try:
            with app.app_context():
                for kind in (Kind.TEXT, Kind.MONEY, Kind.LINK, Kind.FILE, Kind.CHOICE):
                    make_field(app, kind)
        finally:
            done.set()

    failures = in_threads([shape, *(lambda client=client: visit(client) for client in clients)])

    assert failures == []
    assert wrong == []


def test_a_change_waits_for_the_others_and_the_others_for_it() -> None:
    traffic, order = Traffic(), []
    traffic.enter()
    began, may_end = threading.Event(), threading.Event()

    def change() -> None:
        began.set()
        with traffic.quiet(within_a_request=False):
            order.append("changed")

    def request() -> None:
        began.wait(timeout=10)
        may_end.wait(timeout=10)
        order.append("request ended")
        traffic.leave()

    def later() -> None:
        began.wait(timeout=10)
        may_end.set()

    assert in_threads([change, request, later]) == []
    traffic.enter()
    order.append("next request")

    assert order == ["request ended", "changed", "next request"]


def test_a_request_that_never_ends_holds_a_change_up_only_for_a_while() -> None:
    traffic = Traffic(patience_seconds=0.01)
    traffic.enter()

    with traffic.quiet(within_a_request=False):
        changed = True

    assert changed
