"""A field that depends on another one shows, counts and is kept only where the other one says so."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.shaping.models import Kind
from app.shaping.plans import Settings
from tests.factories.shaping import OPTIONS, make_field
from tests.shaping.forms import hidden_inputs


@pytest.fixture
def pair(app_on: Flask, owner: FlaskClient) -> tuple[str, str]:
    """A choice, and a required text that shows for red alone."""
    choice = make_field(app_on, Kind.CHOICE)
    settings = Settings(when=choice, when_values=("red",), default=("start",))
    return choice, make_field(app_on, Kind.TEXT, required=True, settings=settings)


def test_the_form_names_the_condition_for_its_script(owner: FlaskClient, pair: tuple[str, str]) -> None:
    choice, _text = pair

    form = owner.get("/people/customer/add").text

    assert f'data-when="{choice}" data-when-values="[&#34;red&#34;]"' in form


def test_hidden_it_is_not_required_and_what_was_typed_is_not_kept(
    owner: FlaskClient, pair: tuple[str, str]
) -> None:
    choice, text = pair

    shown = owner.post("/people/customer/add", data={"name": "一", choice: "red", text: ""})
    hidden = owner.post("/people/customer/add", data={"name": "二", choice: "blue", text: "typed before"})

    assert shown.status_code == 422 and f'id="e-{text}"' in shown.text
    assert hidden.status_code == 302
    assert owner.get(f"/api/v1{hidden.headers['Location']}").json[text] is None


def test_hidden_on_a_change_it_keeps_what_it_had(owner: FlaskClient, pair: tuple[str, str]) -> None:
    choice, text = pair
    page = owner.post("/people/customer/add", data={"name": "一", choice: "red", text: "kept"}).headers[
        "Location"
    ]

    data = {**hidden_inputs(owner, page), "name": "一", choice: "blue", text: ""}
    answer = owner.post(f"{page}/edit", data=data)

    document = owner.get(f"/api/v1{page}").json
    assert answer.status_code == 302
    assert (document[choice], document[text]) == ("blue", "kept")


def test_a_program_is_told_what_does_not_apply(owner: FlaskClient, pair: tuple[str, str]) -> None:
    choice, text = pair

    refused = owner.post("/api/v1/people/customer", json={"name": "一", choice: "blue", text: "x"})
    silent = owner.post("/api/v1/people/customer", json={"name": "一", choice: "blue"})
    whole = owner.post("/api/v1/people/customer", json={"name": "一", choice: "red"})
    missing = owner.post("/api/v1/people/customer", json={"name": "一", choice: "red", text: None})
    echoed = owner.patch(
        f"/api/v1/people/customer/{whole.json['id']}",
        json={"row_version": 1, choice: "blue", text: "start"},
    )

    assert refused.status_code == 422 and text in refused.json["errors"]
    assert silent.status_code == 201 and silent.json[text] is None
    assert whole.status_code == 201 and whole.json[text] == "start"
    assert missing.status_code == 422
    assert echoed.status_code == 200 and echoed.json[text] == "start"


def test_a_chain_hides_to_its_end(app_on: Flask, owner: FlaskClient) -> None:
    first = make_field(app_on, Kind.ANSWER)
    second = make_field(app_on, Kind.CHOICES, settings=_when(first, "1"))
    third = make_field(app_on, Kind.TEXT, required=True, settings=Settings(when=second, when_values=("red",)))

    hidden = owner.post("/people/customer/add", data={"name": "一", first: "0", second: ["red"], third: ""})
    shown = owner.post(
        "/people/customer/add", data={"name": "二", first: "1", second: ["red", "blue"], third: ""}
    )

    assert hidden.status_code == 302
    assert shown.status_code == 422


def test_a_declared_choice_can_be_the_condition(app_on: Flask, owner: FlaskClient) -> None:
    text = make_field(
        app_on, Kind.TEXT, required=True, settings=Settings(when="source", when_values=("event",))
    )

    other = owner.post("/people/customer/add", data={"name": "一", "source": "phone", text: ""})
    event = owner.post("/people/customer/add", data={"name": "二", "source": "event", text: ""})

    assert (other.status_code, event.status_code) == (302, 422)


def test_fields_can_t_wait_for_each_other(app_on: Flask, owner: FlaskClient) -> None:
    first = make_field(app_on, Kind.CHOICE, label="First")
    second = make_field(app_on, Kind.ANSWER, label="Second", settings=_when(first, "red"))
    address = (
        owner.get("/shaping/fields/people/customer/").text.split('href="/shaping/field/')[1].split('"')[0]
    )
    lines = {"option.key": ["red"], "option.zh": ["红"], "option.en": ["Red"]}
    typed = {"kind": "choice", "label_en": "First", "personal": "none", "row_version": "1", **lines}

    circle = owner.post(f"/shaping/field/{address}", data={**typed, "when": second, f"when.{second}": "1"})
    nothing = owner.post(f"/shaping/field/{address}", data={**typed, "when": "source"})
    stranger = owner.post(f"/shaping/field/{address}", data={**typed, "when": "phone"})

    assert [each.status_code for each in (circle, nothing, stranger)] == [422] * 3
    assert "wait for each other" in circle.text


def _when(name: str, *values: str) -> Settings:
    return Settings(options=OPTIONS, when=name, when_values=values)
