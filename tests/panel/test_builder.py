"""The filter builder: every step answers with the form anew, nothing typed is lost, what can't be read is said."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.people import make_customer

FILTER = "/people/customer/filter"
BY_SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


def term(place: str, field: str, operator: str, *values: str) -> dict[str, str]:
    """Return the inputs of one condition."""
    named = {f"{place}.v{number}": value for number, value in enumerate(values)}
    return {f"{place}.field": field, f"{place}.op": operator, **named}


def where_of(answer: Any) -> Any:
    """Return the filter in the address that an answer leads to."""
    return json.loads(parse_qs(urlsplit(answer.headers["Location"]).query)["where"][0])


def places(text: str) -> set[str]:
    """Return the places of all conditions that a form shows."""
    return set(re.findall(r'name="(r[\d-]*)\.field"', text))


def test_a_nested_filter_is_put_in_force(owner: FlaskClient) -> None:
    for name, phone in (("王伟", "13800000001"), ("王芳", "13900000002"), ("李娜", "13800000003")):
        make_customer(name=name, phone=phone)
    inputs = {
        "r.join": "all",
        **term("r-0", "name", "has", "王"),
        "r-1.join": "any",
        **term("r-1-0", "phone", "starts", "138"),
        **term("r-1-1", "notes", "filled"),
    }

    answer = owner.post(FILTER, data=inputs)
    page = owner.get(answer.headers["Location"]).text

    assert answer.status_code == 303
    assert where_of(answer) == {
        "all": [["name", "has", "王"], {"any": [["phone", "starts", "138"], ["notes", "filled"]]}]
    }
    assert "王伟" in page
    assert "王芳" not in page
    assert "李娜" not in page


def test_other_arguments_of_the_list_are_kept(owner: FlaskClient) -> None:
    answer = owner.post(
        FILTER,
        data={**term("r-0", "name", "has", "王"), "arguments": "q=138&f.sex=female&sort=-name&after=x"},
    )

    query = parse_qs(urlsplit(answer.headers["Location"]).query)

    assert (query["q"], query["f.sex"], query["sort"]) == (["138"], ["female"], ["-name"])
    assert "after" not in query


def test_conditions_and_groups_are_added_and_taken_away(owner: FlaskClient) -> None:
    inputs = term("r-0", "name", "has", "王")

    added = owner.post(FILTER, data={**inputs, "do": "add:r"}, headers=BY_SCRIPT).text
    grouped = owner.post(FILTER, data={**inputs, "do": "group:r"}, headers=BY_SCRIPT).text
    dropped = owner.post(
        FILTER, data={**inputs, **term("r-1", "phone", "starts", "1"), "do": "drop:r-0"}
    ).text

    assert places(added) == {"r-0", "r-1"}
    assert places(grouped) == {"r-0", "r-1-0"}
    assert 'value="王"' in added
    assert places(dropped) == {"r-0"}
    assert 'value="王"' not in dropped
    assert "<html" not in added
    assert "<html" in dropped


def test_what_cant_be_read_is_said_beside_it_and_everything_stays(owner: FlaskClient) -> None:
    inputs = {**term("r-0", "name", "has", "王"), **term("r-1", "birth_date", "before", "someday")}

    answer = owner.post(FILTER, data=inputs)

    assert answer.status_code == 422
    assert 'aria-describedby="e-r-1"' in answer.text
    assert 'value="王"' in answer.text
    assert 'value="someday"' in answer.text


def test_blank_conditions_ask_nothing(owner: FlaskClient) -> None:
    answer = owner.post(FILTER, data={"r-0.field": "", "r-0.op": ""})

    assert "where" not in parse_qs(urlsplit(answer.headers["Location"]).query)


def test_the_builder_opens_with_the_filter_in_force(owner: FlaskClient) -> None:
    asked = json.dumps({"all": [["name", "has", "王"], {"any": [["phone", "starts", "138"]]}]})

    page = owner.get(FILTER, query_string={"where": asked}).text

    assert places(page) == {"r-0", "r-1-0"}
    assert 'value="王"' in page
    assert 'value="138"' in page


@pytest.mark.parametrize(
    "inputs",
    [
        {"r-0.field": "password", "r-0.op": "has", "r-0.v0": "x"},
        {"r-0.field": "branch.phone.name", "r-0.op": "has", "r-0.v0": "x"},
        {"r-0.relation": "people:nobody", "r-0.quant": "has", "r-0.join": "all"},
        {"r-0.field": "name", "r-0.op": "has", "r-0.v0": "x" * 5000},
    ],
)
def test_what_nobody_may_ask_is_refused_with_a_reason(owner: FlaskClient, inputs: dict[str, str]) -> None:
    answer = owner.post(FILTER, data=inputs)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "step", ["drop:r", "drop:r-9-9", "add:", "group:r-7", "relate:x", "nonsense", "add:r-0-0-0-0"]
)
def test_a_step_that_makes_no_sense_changes_nothing(owner: FlaskClient, step: str) -> None:
    answer = owner.post(FILTER, data={**term("r-0", "name", "has", "王"), "do": step})

    assert answer.status_code == 200
    assert 'value="王"' in answer.text


def test_a_builder_needs_the_right_to_see_the_list(app: Flask, sign_in: Any) -> None:
    clerk = sign_in(app.test_client(), "Clerk")

    assert clerk.get(FILTER).status_code == 200
    assert clerk.get("/access/person/filter").status_code in (200, 403)
    assert app.test_client().get(FILTER).status_code == 302
    assert clerk.get("/people/nothing/filter").status_code == 404
