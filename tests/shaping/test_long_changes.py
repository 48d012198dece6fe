"""Long changes of own fields: by a worker, while the shop goes on; stopped, killed, gone on with and given up."""

from __future__ import annotations

import contextvars
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, insert, inspect, select, text

from app.access.acting import acting_as
from app.access.models import Person
from app.core.database import db
from app.core.errors import Invalid
from app.core.jobs import JobCancelled
from app.core.keys import encode_token, uuid7
from app.core.transaction import transaction
from app.operations.models import Job, JobState
from app.people.models import Customer
from app.shaping import altering, converting, deleting, emptying, job, services, works
from app.shaping.models import Kind
from app.shaping.work_models import ShapingWork, WorkState
from tests.factories.shaping import make_field, make_type
from tests.shaping.forms import address, definition, read_definitions
from tests.support.databases import in_threads
from tests.support.jobs import run_jobs

ROOT = Path(__file__).resolve().parents[2]
FIELDS = "/shaping/fields/people/customer/"
MANY = 60


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker does what in a small shop would be done at once, ten records at a time."""
    monkeypatch.setattr(works, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(services, "LARGE", 0)
    monkeypatch.setattr(altering, "LARGE", 1)
    for module in (converting, deleting, emptying):
        monkeypatch.setattr(module, "CHUNK", 10)


def fill(name: str, count: int = MANY) -> list[Any]:
    """Make customers whose value in the field is their number; every seventh is no number."""
    keys = [uuid7() for _number in range(count)]
    with transaction():
        names = [f"n{number:03}" for number in range(count)]
        rows = [{"id": key, "name": each, "name_key": each} for key, each in zip(keys, names, strict=True)]
        db.session.execute(insert(Customer), rows)
        # Past the class, which may not have met the field in this process.
        write = text(f"UPDATE people_customer SET {name} = :value WHERE name = :name")
        for number, each in enumerate(names):
            value = "about ten" if number % 7 == 6 else str(number)
            db.session.connection().execute(write, {"value": value, "name": each})
    db.session.remove()
    return keys


def values(name: str) -> dict[str, Any]:
    """Return what stands in a column, by the customers' names."""
    db.session.rollback()
    found = db.session.execute(text(f"SELECT name, {name} FROM people_customer ORDER BY name"))
    return {row[0]: row[1] for row in found}


def works_there() -> list[ShapingWork]:
    """Return every work that the database knows."""
    db.session.rollback()
    return list(db.session.scalars(select(ShapingWork).order_by(ShapingWork.id)))


def job_states() -> list[JobState]:
    """Return what became of every job, in order."""
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def work_off(app: Flask) -> None:
    """Do what waits, with nothing left open here that an index would have to wait for."""
    db.session.rollback()
    run_jobs(app)


def ask_to_convert(owner: FlaskClient, name: str, kind: str) -> str:
    """Ask for a field of another kind and return where the page leads."""
    answer = owner.post(f"{address(name)}/convert", data={"to_kind": kind})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def active_fields() -> list[str]:
    """Return the names of the fields in use."""
    return [row.name for row in read_definitions().fields if row.state.value == "active"]


class Meddling:
    """A job between whose chunks something else happens."""

    def __init__(self, work: Any, meddle: Callable[[int], None]) -> None:
        self.id, self.arguments, self.state = uuid7(), {"work": str(work)}, {}
        self._meddle, self._count = meddle, 0

    def check(self) -> None:
        """Let something happen."""
        self._count += 1
        db.session.rollback()
        contextvars.Context().run(self._meddle, self._count)

    def keep(self, *_state: Any) -> None:
        """Go on."""

    def finish(self, _result: Any) -> None:
        """The end."""


def run_meddled(meddle: Callable[[int], None]) -> None:
    """Do the one work that there is, as the owner, with something happening between its chunks."""
    (work,) = works_there()
    person = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    work_id = work.id
    db.session.remove()

    def run() -> None:
        with acting_as(person):
            job.run(Meddling(work_id, meddle))

    contextvars.copy_context().run(run)


# --- Another kind ---------------------------------------------------------------------------------------


def test_a_long_conversion_is_a_job_and_its_field_is_as_ever_until_the_end(
    app_on: Flask, owner: FlaskClient
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)

    to = ask_to_convert(owner, old, "number")
    waiting = owner.get(FIELDS).text, owner.get("/shaping/").text, owner.get(address(old)).text
    form = owner.get("/people/customer/add").text
    again = owner.post(f"{address(old)}/convert", data={"to_kind": "money"}, follow_redirects=True).text
    parked = owner.post(f"{address(old)}/park", follow_redirects=True).text
    still = active_fields()
    work_off(app_on)
    (new,) = active_fields()
    result = owner.get(owner.get(to).text.split('btn btn-primary" href="')[1].split('"')[0]).text

    assert to.startswith("/operations/job/")
    assert all("Being made into another kind" in page and f'href="{to}"' in page for page in waiting)
    assert f'name="{old}"' in form
    assert "give it up first" in again and "give it up first" in parked
    assert still == [old]
    assert new != old
    assert values(new) == {f"n{at:03}": None if at % 7 == 6 else at * 10_000 for at in range(MANY)}
    assert "52 values were taken over" in result and "8 values do not fit" in result
    assert result.count("about ten") == 8
    assert job_states() == [JobState.DONE]
    assert values(old)["n006"] == "about ten"


def test_what_is_typed_while_a_field_is_converted_is_in_the_new_one(
    app_on: Flask, owner: FlaskClient
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    keys = fill(old)
    ask_to_convert(owner, old, "number")

    def meddle(count: int) -> None:
        first, second = (f"/people/customer/{encode_token((keys[at],))}/edit" for at in (0, 1))
        with app_on.app_context():
            if count == 4:
                assert (
                    owner.post(first, data={"name": "n000", old: "777", "row_version": "1"}).status_code
                    == 302
                )
                assert (
                    owner.post(second, data={"name": "n001", old: "", "row_version": "1"}).status_code == 302
                )
            if count == 9:
                assert owner.post("/people/customer/add", data={"name": "new", old: "888"}).status_code == 302
                assert (
                    owner.post(first, data={"name": "n000", old: "999", "row_version": "2"}).status_code
                    == 302
                )

    run_meddled(meddle)
    (new,) = active_fields()

    found = values(new)
    assert (found["n000"], found["n001"], found["new"]) == (9_990_000, None, 8_880_000)
    assert found["n002"] == 20_000


def test_whoever_saves_all_the_while_loses_nothing_when_the_fields_change_places(
    app_on: Flask, owner: FlaskClient, sign_in: Any
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    keys = fill(old)[:3]
    ask_to_convert(owner, old, "number")
    accepted: dict[int, int] = {}
    refused: dict[int, str] = {}
    clients = [sign_in(app_on.test_client(), "Owner") for _key in keys]

    def save(number: int) -> None:
        page = f"/people/customer/{encode_token((keys[number],))}/edit"
        for version in range(1, 500):
            data = {"name": f"n{number:03}", old: str(1_000 + version), "row_version": str(version)}
            answer = clients[number].post(page, data=data)
            if answer.status_code != 302:
                assert answer.status_code == 422
                refused[number] = answer.text
                return
            accepted[number] = 1_000 + version

    def convert() -> None:
        with app_on.app_context():
            work_off(app_on)

    db.session.rollback()
    failures = in_threads([convert, *(lambda number=number: save(number) for number in range(3))])
    (new,) = active_fields()
    found = values(new)

    assert failures == []
    assert {number: found[f"n{number:03}"] for number in accepted} == {
        number: value * 10_000 for number, value in accepted.items()
    }
    # Whoever was too late is told what they had typed, or may save once more.
    assert all(str(accepted.get(number, 1_000) + 1) in page for number, page in refused.items())


def test_a_form_opened_before_keeps_what_was_typed_in_sight(app_on: Flask, owner: FlaskClient) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)
    ask_to_convert(owner, old, "number")
    work_off(app_on)
    (new,) = active_fields()

    late = owner.post("/people/customer/add", data={"name": "Late", old: "<b>44</b>"})
    saved = owner.post("/people/customer/add", data={"name": "Late", new: "44"})
    untouched = owner.post("/people/customer/add", data={"name": "Empty", old: ""})

    assert late.status_code == 422
    assert "“&lt;b&gt;44&lt;/b&gt;”" in late.text and f'name="{new}"' in late.text
    assert (saved.status_code, untouched.status_code) == (302, 302)


def test_a_save_that_was_under_way_when_the_field_changed_is_refused_in_words(
    app_on: Flask, owner: FlaskClient
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    (key, *_rest) = fill(old)
    owner.get("/people/customer/add")
    owner.post(f"{address(old)}/park")

    with pytest.raises(Invalid) as refusal, transaction():
        setattr(db.session.get_one(Customer, key), old, "late")

    assert list(refusal.value.errors) == [old]
    assert values(old)["n000"] == "0"


def test_a_conversion_that_is_called_off_can_be_gone_on_with_or_given_up(
    app_on: Flask, owner: FlaskClient
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)
    to = ask_to_convert(owner, old, "number")

    def cancel(count: int) -> None:
        if count == 4:
            raise JobCancelled()

    with pytest.raises(JobCancelled):
        run_meddled(cancel)
    (work,) = works_there()
    page = f"/shaping/work/{encode_token((work.id,))}"
    stopped, shown, column = work.state, owner.get(page).text, f"x_{work.code}"
    half = [value for value in values(column).values() if value is not None]
    owner.post(f"{to}/cancel")
    owner.post(f"{page}/give-up")
    work_off(app_on)

    assert stopped is WorkState.STOPPED
    assert "Go on" in shown and "Give it up" in shown
    assert 0 < len(half) < MANY
    assert set(values(column).values()) == {None}
    assert works_there() == [] and active_fields() == [old]
    assert column[2:] in read_definitions().used, "nothing new ever takes the same name"
    ask_to_convert(owner, old, "number")
    work_off(app_on)
    assert active_fields() != [old]


def test_going_on_finishes_what_was_stopped(app_on: Flask, owner: FlaskClient) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)
    to = ask_to_convert(owner, old, "number")
    owner.post(f"{to}/cancel")
    work_off(app_on)
    (work,) = works_there()
    page = f"/shaping/work/{encode_token((work.id,))}"
    with transaction():
        works.find_work(work.id).changed_at -= 2 * works.SILENT

    lists = owner.get(FIELDS).text
    owner.post(f"{page}/go-on")
    work_off(app_on)

    assert "Stopped" in lists and f'href="{page}"' in lists
    (new,) = active_fields()
    assert new != old and values(new)["n005"] == 50_000


def test_values_that_do_not_allow_it_leave_nothing_but_a_message(app_on: Flask, owner: FlaskClient) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old, 130)

    to = ask_to_convert(owner, old, "choice")
    work_off(app_on)

    assert "more than 100 different texts" in owner.get(to).text
    assert works_there() == [] and active_fields() == [old]
    assert job_states() == [JobState.FAILED]


# --- Deletion for good ----------------------------------------------------------------------------------


def test_a_long_deletion_is_a_job_and_nobody_takes_the_field_back_meanwhile(
    app_on: Flask, owner: FlaskClient
) -> None:
    name = make_field(app_on, Kind.TEXT, label="Size")
    fill(name)
    page = address(name)
    owner.post(f"{page}/park")

    to = owner.post(f"{page}/delete", data={"typed": "Size"}).location
    listed = owner.get(FIELDS).text
    owner.post(f"{page}/take-back")
    refused = active_fields()
    work_off(app_on)

    assert to.startswith("/operations/job/")
    assert "Being deleted for good" in listed and f"{page}/take-back" not in listed
    assert refused == []
    assert set(values(name).values()) == {None}
    assert read_definitions().fields == [] and works_there() == []


def test_a_long_deletion_of_a_type_is_a_job_too(app_on: Flask, owner: FlaskClient) -> None:
    noun = make_type(app_on)
    document = make_field(app_on, Kind.FILE, screen=f"own:{noun}", label="Scan")
    for number in range(25):
        owner.post(f"/own/{noun}/add", data={"name": f"c{number}"})
    owner.post(f"/shaping/types/{noun}/park")

    to = owner.post(f"/shaping/types/{noun}/delete", data={"typed": "Course"}).location
    overview = owner.get("/shaping/").text
    owner.post(f"/shaping/types/{noun}/take-back")
    menu = owner.get("/").text
    work_off(app_on)

    assert to.startswith("/operations/job/") and document
    assert "Being deleted for good" in overview
    assert f'href="/own/{noun}/"' not in menu
    assert job_states()[-1] is JobState.DONE
    assert read_definitions().types == [] and works_there() == []


# --- Indexes --------------------------------------------------------------------------------------------


def indexes(name: str) -> set[str]:
    """Return the kinds of indexes that stand behind a field: `ix`, `uq`."""
    found = {str(each["name"]) for each in inspect(db.engine).get_indexes("people_customer")}
    return {kind for kind in ("ix", "uq") if f"{kind}_own_{name[2:]}" in found}


def test_an_index_on_a_large_table_is_a_job_and_the_field_is_used_meanwhile(
    app_on: Flask, owner: FlaskClient
) -> None:
    fill("notes", 20)
    name = make_field(app_on, Kind.TEXT, label="Size", is_unique=True)

    added = owner.post("/people/customer/add", data={"name": "Meanwhile", name: "b"})
    before = indexes(name), owner.get(f"/people/customer/?sort={name}").status_code
    listed = owner.get(FIELDS).text
    work_off(app_on)

    assert added.status_code == 302
    assert before == (set(), 422)
    assert "Being made ready" in listed
    assert indexes(name) == {"ix", "uq"}
    assert owner.get(f"/people/customer/?sort={name}").status_code == 200
    twice = owner.post("/people/customer/add", data={"name": "Twice", name: "b"})
    assert twice.status_code == 422 and works_there() == []


def test_values_that_are_there_twice_keep_the_field_as_it_was(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT, label="Size", sortable=False, searchable=False)
    fill(name)
    row = definition(name)
    data = {
        "kind": "text", "label_en": "Size", "label_zh": "尺码", "is_unique": "1", "personal": "none", "places": "0",
        "row_version": str(row.row_version),
    }  # fmt: skip

    changed = owner.post(address(name), data=data)
    work_off(app_on)

    assert changed.status_code == 302
    assert job_states() == [JobState.FAILED]
    assert indexes(name) == set() and works_there() == []
    assert not definition(name).is_unique and definition(name).label.zh_Hans == "尺码"


# --- Killed ---------------------------------------------------------------------------------------------


def mortal(app: Flask, moments: list[int]) -> list[str]:
    """Let the one work be killed at these moments of its database, one after the other, and then finish."""
    (work,) = works_there()
    person = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    home, url = str(app.extensions["kebu"].home), str(app.config["SQLALCHEMY_DATABASE_URI"])
    db.session.remove()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.shaping.mortal", home, url, str(work.id), str(person),
         ",".join(map(str, moments))],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork and no SIGKILL")
def test_a_conversion_killed_at_any_moment_ends_like_an_undisturbed_one(
    app_on: Flask, owner: FlaskClient
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old, 150)
    ask_to_convert(owner, old, "number")
    chance = random.Random(7)

    fates = mortal(app_on, [chance.randint(3, 60) for _kill in range(20)])
    (new,) = active_fields()

    assert fates[-1].endswith(": 0")
    assert sum(1 for fate in fates if fate.endswith("killed")) >= 8
    assert values(new) == {f"n{at:03}": None if at % 7 == 6 else at * 10_000 for at in range(150)}
    (work,) = works_there()
    assert (work.state, work.fitted, work.left_over) == (WorkState.DONE, 129, 21)
    assert (indexes(old), indexes(new)) == ({"ix"}, {"ix"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork and no SIGKILL")
@pytest.mark.parametrize("what", ["delete", "index"])
def test_a_deletion_and_an_index_killed_at_any_moment_end_all_the_same(
    app_on: Flask, owner: FlaskClient, what: str
) -> None:
    if what == "delete":
        name = make_field(app_on, Kind.TEXT, label="Size")
        work_off(app_on)
        fill(name, 150)
        owner.post(f"{address(name)}/park")
        owner.post(f"{address(name)}/delete", data={"typed": "Size"})
    else:
        fill("notes", 50)
        name = make_field(app_on, Kind.TEXT, label="Size")
    chance = random.Random(8)

    fates = mortal(app_on, [chance.randint(2, 30) for _kill in range(12)])

    assert fates[-1].endswith(": 0")
    assert sum(1 for fate in fates if fate.endswith("killed")) >= 3
    assert works_there() == []
    if what == "delete":
        assert set(values(name).values()) == {None} and read_definitions().fields == []
    else:
        assert indexes(name) == {"ix"} and definition(name).sortable


# --- Attacked -------------------------------------------------------------------------------------------


def test_a_clerk_neither_sees_nor_moves_a_long_change(
    app_on: Flask, owner: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)
    ask_to_convert(owner, old, "number")
    (work,) = works_there()
    page = f"/shaping/work/{encode_token((work.id,))}"
    clerk = sign_in(app_on.test_client(), "Clerk")

    answers = [clerk.get(page), clerk.post(f"{page}/go-on"), clerk.post(f"{page}/give-up")]
    wrong = [owner.get(f"/shaping/work/{token}") for token in ("x", encode_token((uuid7(),)))]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert [answer.status_code for answer in wrong] == [404, 404]
    assert owner.get(f"{page}/go-on").status_code == 405
    # What a worker is at can't be given up from the side.
    assert "being worked on" in owner.post(f"{page}/give-up", follow_redirects=True).text


def test_no_chunk_looks_through_what_was_done_before(
    app_on: Flask, owner: FlaskClient, statements: Any
) -> None:
    name = make_field(app_on, Kind.TEXT, label="Size")
    work_off(app_on)
    fill(name)
    owner.post(f"{address(name)}/park")
    owner.post(f"{address(name)}/delete", data={"typed": "Size"})

    with statements() as seen:
        work_off(app_on)

    chunks = [
        each for each in seen if "IS NOT NULL" in each and "LIMIT" in each and "people_customer" in each
    ]
    assert len(chunks) == MANY // 10 + 2
    assert sum(1 for each in chunks if "people_customer.id >" in each) == MANY // 10


def test_nothing_is_done_behind_the_back_of_a_request(app_on: Flask, owner: FlaskClient) -> None:
    old = make_field(app_on, Kind.TEXT, label="Size")
    fill(old)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, said, *_more: seen.append(said))

    ask_to_convert(owner, old, "number")

    assert not any("UPDATE people_customer" in said for said in seen)
