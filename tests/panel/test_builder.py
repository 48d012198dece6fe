"""The filter builder without a script: steps by posts, nothing typed is lost, and the list it leads to says it all."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.core.fields import Text
from app.core.kernel import Kernel
from app.core.keys import encode_token
from app.panel.builder_draft import changed, day_parts, normal, pruned, read_draft, without_blanks
from app.panel.operators import operators_of
from app.people.models import ContactKind, Source
from app.shaping.models import Kind
from tests.factories.people import make_contact, make_customer, make_tag
from tests.factories.shaping import make_field

BUILDER = "/people/customer/filter"
_INPUT = r"<(input|select)\b([^>]*)>((?:<option|<optgroup).*?</select>)?"


class Form:
    """The builder as a browser without scripts shows it: what its inputs hold, and what its buttons send."""

    def __init__(self, client: FlaskClient, path: str = BUILDER, query: str = "") -> None:
        self.client, self.path = client, path
        self.take(client.get(f"{path}?{query}"))

    def take(self, answer: Any) -> None:
        """Read the form of an answer."""
        self.answer, self.text = answer, html.unescape(answer.text)
        self.values: MultiDict[str, str] = MultiDict()
        body = re.search(r"<form class=\"builder\".*?</form>", answer.text, re.DOTALL)
        for tag in re.finditer(_INPUT, body[0] if body else "", re.DOTALL):
            name, value = _attribute(tag[2], "name"), _attribute(tag[2], "value")
            if tag[1] == "select":
                chosen = re.search(r'<option value="([^"]*)" selected', tag[3] or "")
                first = re.search(r'<option value="([^"]*)"', tag[3] or "")
                value = html.unescape((chosen or first)[1]) if chosen or first else ""
            elif 'type="checkbox"' in tag[2] and " checked" not in tag[2]:
                continue
            if name:
                self.values.add(name, value)

    def set(self, **inputs: str | list[str]) -> None:
        """Fill inputs of the root's conditions: `v0_field` is `r-0.field`, `v0_1_op` is `r-0-1.op`."""
        for key, value in inputs.items():
            *places, last = key.removeprefix("at").split("_")
            name = "-".join(["r", *places]) + "." + last
            self.values.setlist(name, value if isinstance(value, list) else [value])

    def step(self, do: str) -> None:
        """Press one of the buttons that change the form."""
        self.take(self.client.post(self.path, data=MultiDict([*self.values.items(multi=True), ("do", do)])))

    def apply(self) -> Any:
        """Press the button that puts the filter in force."""
        self.take(self.client.post(self.path, data=self.values))
        return self.answer

    def where(self) -> Any:
        """Press it and return the document that the list's address then carries."""
        answer = self.apply()
        assert answer.status_code == 303, re.findall(r'class="error"[^>]*>(.*?)</p>', answer.text)
        text = parse_qs(urlsplit(answer.headers["Location"]).query).get("where", [""])[0]
        return json.loads(text) if text else None


def _attribute(text: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', text)
    return html.unescape(found[1]) if found else ""


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The owner, signed in."""
    client: FlaskClient = sign_in(app_on.test_client())
    return client


def test_the_list_leads_to_the_builder_which_begins_with_one_blank_condition(owner: FlaskClient) -> None:
    page = owner.get("/people/customer/?sort=name&q=138")
    link = html.unescape(re.search(r'href="([^"]*filter[^"]*)" data-builder', page.text)[1])  # type: ignore[index]

    form = Form(owner, *link.split("?"))

    assert form.values["r-0.field"] == ""
    assert form.values["r.join"] == "all"
    assert parse_qs(form.values["arguments"]) == {"sort": ["name"], "q": ["138"]}


def test_a_nested_filter_is_built_step_by_step_and_finds_what_it_says(owner: FlaskClient) -> None:
    one = make_customer(name="王伟", source=Source.REFERRAL)
    make_contact(customer_id=one.id, kind=ContactKind.COMPLAINT)
    make_customer(name="王芳", source=Source.REFERRAL)
    make_customer(name="李雷")
    form = Form(owner)

    form.set(at0_field="name")
    form.step("show")
    form.set(at0_op="has", at0_v0="王")
    form.step("group:r")
    form.set(at1_0_field="source")
    form.step("show")
    form.set(at1_0_v=[Source.REFERRAL.value])
    form.step("add:r-1")
    form.set(at1_1_field="notes")
    form.step("show")
    form.set(at1_1_op="filled")
    form.step("relate:r")
    form.set(at2_relation="people:contact.customer")
    form.step("add:r-2")
    form.set(at2_0_field="kind")
    form.step("show")
    form.set(at2_0_v=[ContactKind.COMPLAINT.value])
    document = form.where()

    assert document == {
        "all": [
            ["name", "has", "王"],
            {"any": [["source", "any", "referral"], ["notes", "filled"]]},
            {"has": "people:contact.customer", "all": [["kind", "any", "complaint"]]},
        ]
    }
    page = owner.get(form.answer.headers["Location"])
    assert re.findall(r'class="go"[^>]*>(.*?)</a>', page.text) == ["王伟"]
    assert "contains “王”" in html.unescape(page.text)


def test_what_can_not_be_read_stands_beside_its_condition_and_everything_typed_is_kept(
    owner: FlaskClient,
) -> None:
    form = Form(owner)
    form.set(at0_field="created_at")
    form.step("show")
    form.set(at0_op="lt")
    form.step("show")
    form.values["r-0.v0.how"] = "date"
    form.values["r-0.v0"] = "next moon"
    form.step("add:r")
    form.set(at1_field="name")
    form.step("show")
    form.set(at1_v0="王")

    answer = form.apply()

    assert answer.status_code == 422
    assert 'id="e-r-0"' in answer.text
    assert 'id="e-r-1"' not in answer.text
    assert (form.values["r-0.v0"], form.values["r-1.v0"]) == ("next moon", "王")


@pytest.mark.parametrize(
    ("how", "days", "text"), [("today", "", "today"), ("ago", "30", "-30d"), ("ahead", "7", "+7d")]
)
def test_days_are_said_relative_to_today_and_come_back_into_the_form(
    owner: FlaskClient, how: str, days: str, text: str
) -> None:
    form = Form(owner)
    form.set(at0_field="created_at")
    form.step("show")
    form.set(at0_op="ge")
    form.step("show")
    form.values["r-0.v0.how"] = how
    form.step("show")
    form.values["r-0.v0.days"] = days

    assert form.where() == {"all": [["created_at", "ge", text]]}
    assert day_parts(text) == (how, "", days)


def test_the_last_thirty_days_are_offered_as_they_are_asked_for_most(owner: FlaskClient) -> None:
    make_customer(name="今天来的")
    form = Form(owner)
    form.set(at0_field="created_at")
    form.step("show")
    form.set(at0_op="last")
    form.step("show")

    assert form.values["r-0.v0"] == "30"
    assert form.where() == {"all": [["created_at", "last", "30"]]}
    assert "is in the last 30 days" in owner.get(form.answer.headers["Location"]).text


def test_linked_records_keep_their_titles_in_the_picker(owner: FlaskClient) -> None:
    tag = make_tag(name="老客户")
    query = urlencode({"where": json.dumps({"all": [["tags", "any", encode_token([tag.id])]]})})

    form = Form(owner, query=query)

    assert form.values.getlist("r-0.v")[0] == encode_token([tag.id])
    assert "老客户" in form.text


def test_a_picker_with_a_record_that_no_key_names_is_refused_beside_it(owner: FlaskClient) -> None:
    form = Form(owner)
    form.set(at0_field="tags")
    form.step("show")
    form.values["r-0.v"] = "nonsense"

    assert form.apply().status_code == 422
    assert "Please choose one from the suggestions." in form.text


def test_conditions_and_groups_are_taken_away_again(owner: FlaskClient) -> None:
    where = {"all": [["name", "has", "a"], {"any": [["name", "has", "b"], ["name", "has", "c"]]}]}
    form = Form(owner, query=urlencode({"where": json.dumps(where)}))

    form.step("drop:r-1-0")
    form.step("drop:r-0")

    assert form.where() == {"all": [{"any": [["name", "has", "c"]]}]}


def test_an_empty_builder_takes_the_filter_away_and_keeps_the_rest_of_the_address(owner: FlaskClient) -> None:
    query = urlencode({"where": json.dumps({"all": [["name", "has", "a"]]}), "sort": "-name", "q": "138"})
    form = Form(owner, query=query)
    form.step("drop:r-0")

    assert form.where() is None
    assert parse_qs(urlsplit(form.answer.headers["Location"]).query) == {"sort": ["-name"], "q": ["138"]}


def test_a_script_gets_the_form_alone_and_the_address_to_go_to(owner: FlaskClient) -> None:
    by_script = {"X-Requested-With": "fetch"}
    data = {"r.join": "all", "r-0.field": "name", "r-0.op": "has", "r-0.v0": "王"}

    part = owner.get(BUILDER, headers=by_script)
    done = owner.post(BUILDER, data=data, headers=by_script)

    assert part.text.lstrip().startswith("<form") and "<html" not in part.text
    assert done.status_code == 204
    assert done.headers["X-Go-To"].startswith("/people/customer/?where=")


def test_the_builder_offers_no_field_of_records_that_the_person_may_not_list(
    app_on: Flask, sign_in: Any
) -> None:
    kernel: Kernel = app_on.extensions["kebu"]
    client = sign_in(app_on.test_client(), "Clerk")
    before = kernel.granted_names
    kernel.granted_names = lambda: frozenset({"people:customer:list"})
    try:
        form = Form(client)
        form.step("relate:r")
        form.set(at0_field="branch.name", at0_v0="x")
        answer = form.apply()
    finally:
        kernel.granted_names = before

    assert 'value="people:contact.customer"' not in form.text
    assert answer.status_code == 422
    assert "can't be filtered by “branch.name”" in form.text


def test_who_may_not_see_the_list_may_not_build_a_filter(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Groomer")

    assert client.get("/access/branch/filter").status_code == 200
    assert client.get("/people/nothing/filter").status_code == 404
    assert app_on.test_client().get(BUILDER).status_code == 302


def test_every_field_of_every_record_has_inputs_for_each_of_its_operators(owner: FlaskClient) -> None:
    kernel: Kernel = owner.application.extensions["kebu"]
    for kind in Kind:
        make_field(owner.application, kind)
    screens = [screen for screen in kernel.screens.values() if "list" in screen.verbs]

    for screen in screens:
        for field in screen.fields.values():
            for operator in operators_of(field):
                data = {"r.join": "all", "r-0.field": field.name, "r-0.op": operator.name, "do": "show"}
                answer = owner.post(f"{screen.path}filter", data=data)

                assert answer.status_code == 200, (screen.name, field.name, operator.name)
                assert f'value="{operator.name}" selected' in answer.text
                has_input = re.search(r'name="r-0\.v|data-name="r-0\.v', answer.text)
                assert bool(has_input) == (operator.input != "none"), (screen.name, field.name, operator.name)


def test_options_of_a_managers_choices_are_filtered_by_the_builder_too(owner: FlaskClient) -> None:
    one = make_field(owner.application, Kind.CHOICE)
    many = make_field(owner.application, Kind.CHOICES)
    answered = make_field(owner.application, Kind.ANSWER)
    rows = {
        "红": {one: "red", many: ["red", "blue"], answered: "1"},
        "蓝": {one: "blue", many: ["blue"], answered: "0"},
        "无": {},
    }
    for name, values in rows.items():
        assert owner.post("/people/customer/add", data={"name": name, **values}).status_code == 302

    def found(*term: str) -> set[str]:
        query = urlencode({"where": json.dumps({"all": [list(term)]})})
        page = owner.get(f"/people/customer/?{query}")
        assert page.status_code == 200, page.text
        return set(re.findall(r'class="go"[^>]*>(.*?)</a>', page.text))

    assert found(one, "any", "red") == {"红"}
    assert found(one, "none", "red") == {"蓝", "无"}
    assert found(many, "any", "red", "blue") == {"红", "蓝"}
    assert found(many, "all", "red", "blue") == {"红"}
    assert found(many, "none", "red") == {"蓝", "无"}
    assert found(many, "empty") == {"无"}
    assert found(answered, "yes") == {"红"}
    assert found(answered, "no") == {"蓝"}
    assert found(answered, "empty") == {"无"}


# --- The document alone ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    ["", "add", "add:x", "add:r-9", "drop:r", "drop:r-7", "group:r-0", "add:r--1", "burn:r", "add:r-²"],
)
def test_a_step_that_makes_no_sense_changes_nothing(step: str) -> None:
    document = {"all": [["name", "has", "a"]]}

    assert changed(document, step) == ({"all": [["name", "has", "a"]]}, "")


@pytest.mark.parametrize(
    "document", [[], 1, "x", {"all": 1}, {"all": [[{}]]}, {"all": [{"has": "a", "lacks": "b"}]}]
)
def test_a_document_that_inputs_can_not_show_is_refused(document: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        normal(document)


def test_parts_are_left_out_by_their_places() -> None:
    document = {"all": [["a", "is"], {"any": [["b", "is"], ["c", "is"]]}, ["", ""]]}

    assert pruned(document, {"0", "1-1"}) == {"all": [{"any": [["b", "is"]]}, ["", ""]]}
    assert pruned(document, {"0", "1", "2"}) is None
    assert without_blanks(document) == {"all": [["a", "is"], {"any": [["b", "is"], ["c", "is"]]}]}


def test_a_form_with_thousands_of_inputs_is_read_up_to_a_bound(app: Flask) -> None:
    kernel: Kernel = app.extensions["kebu"]
    form = MultiDict([("r.join", "all"), *((f"r-{number}.field", "name") for number in range(5000))])

    document = read_draft(form, kernel.screens["people:customer"])

    assert len(document["all"]) <= 60


def test_a_field_type_of_a_slices_own_is_asked_like_its_base() -> None:
    class Shout(Text):
        """A text in capitals."""

    assert [each.name for each in operators_of(Shout("x", "X"))] == [
        each.name for each in operators_of(Text("x", "X"))
    ]
