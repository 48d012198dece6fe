"""The pages of jobs: everybody sees their own, nobody another's, and a page follows its job by itself."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app.access.doors import stands_open
from app.core.clock import utc_now
from app.core.database import db
from app.core.jobs import JOBS, enqueue, job_address
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.operations.models import Job, JobState
from app.operations.timekeeping import Timekeeper
from tests.operations.conftest import account, ask_as, state_of
from tests.support.jobs import run_jobs

ADD = {"upto": 25, "chunk": 10}
SignIn = Callable[..., FlaskClient]


def put(**values: Any) -> uuid.UUID:
    """Write a job's row as it is wanted and return its key."""
    job_id = uuid.uuid4()
    row = {"id": job_id, "kind": "testing:adding", "arguments": {}, "created_at": utc_now(), **values}
    with transaction():
        db.session.execute(insert(Job).values(row))
    return job_id


def test_the_list_teaches_what_jobs_are_while_there_are_none(jobs_app: Flask, sign_in: SignIn) -> None:
    page = sign_in(jobs_app.test_client(), "Clerk").get(JOBS)

    assert page.status_code == 200
    assert "No jobs yet" in page.text
    assert "in the background" in page.text


def test_a_job_s_page_tells_its_state_progress_and_result(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = ask_as(account("Manager"), "testing:adding", ADD)

    before = manager.get(job_address(job_id)).text
    run_jobs(jobs_app)
    after = manager.get(job_address(job_id)).text

    assert "Waiting" in before
    assert "<progress" in before
    assert 'http-equiv="refresh"' in before
    assert "25 numbers added." in after
    assert 'href="/people/customer/"' in after
    assert "<progress" not in after
    assert 'http-equiv="refresh"' not in after
    assert "Cancel the job" not in after
    assert "25 numbers added." in manager.get(JOBS).text


def test_the_script_gets_share_and_words(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = put(
        asked_by=account("Manager"), state=JobState.RUNNING, heartbeat_at=utc_now(), done=1234, total=5000
    )

    answer = manager.get(f"{job_address(job_id)}/state")

    assert answer.json == {
        "state": "Running",
        "tone": "info",
        "progress": "1,234 of 5,000 (24%)",
        "percent": 24,
        "finished": False,
    }
    assert 'value="24"' in manager.get(job_address(job_id)).text


def test_a_job_of_unknown_length_shows_a_bar_without_a_share(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = put(asked_by=account("Manager"), state=JobState.RUNNING, heartbeat_at=utc_now(), done=7)

    page = manager.get(job_address(job_id)).text

    assert re.search(r"<progress(?![^>]*value=)[^>]*aria-label", page)
    assert "7 done" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"message_code": "gave-up"}, "tried several times"),
        ({"message_code": "unexpected", "incident": "ab12cd34"}, "ab12cd34"),
        ({"message_code": "conflict", "message": "<b>不行</b>"}, "&lt;b&gt;不行&lt;/b&gt;"),
        ({"message_code": "strange"}, "This did not work."),
        ({"kind": "gone:forever"}, "gone:forever"),
    ],
)
def test_a_failed_job_says_why(jobs_app: Flask, sign_in: SignIn, values: dict[str, Any], words: str) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = put(asked_by=account("Manager"), state=JobState.FAILED, finished_at=utc_now(), **values)

    assert words in manager.get(job_address(job_id)).text


def test_other_people_s_jobs_are_not_there(jobs_app: Flask, sign_in: SignIn) -> None:
    job_id = ask_as(account("Manager"), "testing:adding", ADD)
    clerk = sign_in(jobs_app.test_client(), "Clerk")
    address = job_address(job_id)

    answers = {path: clerk.get(path).status_code for path in (address, f"{address}/state", f"{JOBS}all")}
    cancelled = clerk.post(f"{address}/cancel").status_code

    assert answers == {address: 404, f"{address}/state": 404, f"{JOBS}all": 403}
    assert cancelled == 404
    assert state_of(job_id) is JobState.WAITING
    assert encode_token([job_id]) not in clerk.get(JOBS).text
    assert clerk.get(f"{JOBS}working").json == {"working": 0, "text": ""}


def test_the_program_s_own_jobs_are_nobody_s(jobs_app: Flask, sign_in: SignIn) -> None:
    job_id = enqueue("testing:adding", ADD)

    assert sign_in(jobs_app.test_client(), "Clerk").get(job_address(job_id)).status_code == 404
    everybody = sign_in(jobs_app.test_client(), "Owner").get(f"{JOBS}all").text
    assert encode_token([job_id]) in everybody
    assert "The program itself" in everybody


def test_a_stranger_is_asked_to_sign_in(jobs_app: Flask, client: FlaskClient) -> None:
    job_id = enqueue("testing:adding", ADD)

    for path in (JOBS, f"{JOBS}all", f"{JOBS}working", job_address(job_id), f"{job_address(job_id)}/state"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert "/login/" in answer.headers["Location"]


@pytest.mark.parametrize("token", ["x", "u", "uAAAA", "k", "k%00", "../all", "u" + "A" * 3000])
def test_a_mistyped_address_is_not_there(jobs_app: Flask, sign_in: SignIn, token: str) -> None:
    clerk = sign_in(jobs_app.test_client(), "Clerk")

    assert clerk.get(f"{JOBS}{token}/state").status_code == 404
    assert clerk.get(f"{JOBS}?before={token}").status_code == 404


def test_whoever_asked_calls_the_job_off(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = ask_as(account("Manager"), "testing:adding", ADD)

    page = manager.get(job_address(job_id)).text
    answer = manager.post(f"{job_address(job_id)}/cancel", follow_redirects=True)
    again = manager.post(f"{job_address(job_id)}/cancel", follow_redirects=True)

    assert "data-confirm" in page
    assert "Cancelled" in answer.text
    assert "had ended already" in again.text
    assert state_of(job_id) is JobState.CANCELLED


def test_calling_off_wants_the_page_s_token(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = ask_as(account("Manager"), "testing:adding", ADD)
    manager.token = ""

    assert manager.post(f"{job_address(job_id)}/cancel").status_code == 400
    assert state_of(job_id) is JobState.WAITING


def test_a_list_goes_on_on_the_next_page(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    person = account("Manager")
    asked = [ask_as(person, "testing:silent", {}) for _number in range(30)]

    first = manager.get(JOBS).text
    following = re.search(r'href="([^"]+before=[^"]+)"', first)
    assert following is not None
    second = manager.get(following[1]).text

    tokens = [encode_token([job_id]) for job_id in asked]
    shown = [[f'href="{JOBS}{token}"' in page for token in tokens] for page in (first, second)]
    assert shown == [[False] * 5 + [True] * 25, [True] * 5 + [False] * 25]


# --- The mark in the top bar ----------------------------------------------------------------------------


def test_a_page_carries_the_mark_while_a_job_of_the_person_runs_and_costs_no_statement_more(
    jobs_app: Flask, sign_in: SignIn, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    # A page that asks for a job, as those of other slices do.
    asks = stands_open("a test asks for a job")(lambda: str(enqueue("testing:adding", ADD)))
    monkeypatch.setitem(jobs_app.view_functions, "healthz", asks)
    manager.get("/people/customer/")
    with statements() as without:
        before = manager.get("/people/customer/")
    assert manager.get("/healthz").status_code == 200
    with statements() as with_mark:
        during = manager.get("/people/customer/")
    working = manager.get(f"{JOBS}working").json
    run_jobs(jobs_app)
    done = manager.get(f"{JOBS}working").json
    after = manager.get("/people/customer/")

    assert [("data-working=" in page.text) for page in (before, during, after)] == [False, True, False]
    assert len(without) == len(with_mark)
    assert working == {"working": 1, "text": "Working on 1 job"}
    assert done == {"working": 0, "text": ""}


# --- The worker's sign of life --------------------------------------------------------------------------


def test_a_waiting_job_s_page_says_when_no_worker_runs(jobs_app: Flask, sign_in: SignIn) -> None:
    manager = sign_in(jobs_app.test_client(), "Manager")
    job_id = ask_as(account("Manager"), "testing:adding", ADD)

    absent, absent_health = manager.get(job_address(job_id)).text, manager.get("/healthz").json
    timekeeper = Timekeeper("a worker", 30)
    timekeeper.tick()
    alive, alive_health = manager.get(job_address(job_id)).text, manager.get("/healthz").json
    timekeeper.leave()

    assert "No worker is running" in absent
    assert "No worker is running" not in alive
    assert (absent_health["worker"], alive_health["worker"]) == ("absent", "alive")
    assert manager.get("/healthz").json["worker"] == "absent"
