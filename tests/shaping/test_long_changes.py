"""Long deletions and indexes; all long changes stopped, killed, gone on with, given up and attacked."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.operations.models import JobState
from app.shaping.models import Kind
from app.shaping.work_models import WorkState
from tests.factories.shaping import make_field, make_type
from tests.shaping.forms import address, definition, read_definitions
from tests.shaping.long_changes import (
    FIELDS,
    MANY,
    active_fields,
    ask_to_convert,
    fill,
    indexes,
    job_states,
    make_long,
    mortal,
    values,
    work_off,
    works_there,
)


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker does what in a small shop would be done at once, ten records at a time."""
    make_long(monkeypatch)


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
    assert sum(1 for fate in fates if fate.endswith("killed")) >= 5
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
