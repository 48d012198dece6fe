"""A long conversion: by a worker while the shop goes on, and nothing that is typed meanwhile is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.errors import Invalid
from app.core.jobs import JobCancelled
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.operations.models import JobState
from app.people.models import Customer
from app.shaping import works
from app.shaping.models import Kind
from app.shaping.work_models import WorkState
from tests.factories.shaping import make_field
from tests.shaping.forms import address, read_definitions
from tests.shaping.long_changes import (
    FIELDS,
    MANY,
    active_fields,
    ask_to_convert,
    fill,
    job_states,
    make_long,
    run_meddled,
    values,
    work_off,
    works_there,
)
from tests.support.databases import in_threads


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker does what in a small shop would be done at once, ten records at a time."""
    make_long(monkeypatch)


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
