"""Adding a record from a picker: the add form as a fragment, what it answers, and who gets it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.people.models import Customer
from tests.panel.test_forms import inputs, row


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app_on.test_client(), "Owner")


def drawer(client: FlaskClient, path: str = "/people/customer/add") -> dict[str, str]:
    """Return the inputs of the form in the drawer."""
    return inputs(client.get(f"{path}?in=drawer").text)


def test_the_drawer_holds_the_same_form_without_a_page_around_it(owner: FlaskClient) -> None:
    page, fragment = owner.get("/people/customer/add").text, owner.get("/people/customer/add?in=drawer").text

    assert fragment.lstrip().startswith('<div class="in-drawer"')
    assert "<html" not in fragment and "<script" not in fragment
    form = page[page.index('<form class="form"') : page.index("</form>", page.index('<form class="form"'))]
    names = {name for name in inputs(form) if not name.startswith("rows.")}
    assert set(inputs(fragment)) == names | {"in"}
    assert 'id="f-name"' in page and 'id="f-drawer-name"' in fragment, "both stand on one page"
    assert 'id="f-name"' not in fragment and 'for="f-name"' not in fragment
    assert 'data-title-input="name"' in fragment


def test_what_is_saved_comes_back_as_token_and_title(owner: FlaskClient) -> None:
    answer = owner.post("/people/customer/add", data={**drawer(owner), "name": "<b>王伟</b>"})

    assert answer.status_code == 200
    assert answer.json["title"] == "<b>王伟</b>"
    assert row(f"/people/customer/{answer.json['token']}").name == "<b>王伟</b>"
    assert "<b>王伟</b>" in answer.json["message"]
    assert "王伟" not in owner.get("/profile/").text, "no message waits for the next page"


def test_a_refused_form_comes_back_as_a_fragment_with_everything_typed(owner: FlaskClient) -> None:
    typed = {**drawer(owner), "name": "", "email": "nobody@", "notes": "会员"}

    answer = owner.post("/people/customer/add", data=typed)

    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<div class="in-drawer"')
    for text in ("nobody@", "会员", 'href="#f-drawer-email"', 'id="e-drawer-email"'):
        assert text in answer.text, text
    assert inputs(answer.text)["in"] == "drawer"
    assert inputs(answer.text)["ticket"] == typed["ticket"]


def test_sent_twice_it_adds_once(owner: FlaskClient) -> None:
    form = {**drawer(owner), "name": "王伟"}

    first, second = (owner.post("/people/customer/add", data=form) for _ in "ab")

    assert first.json["token"] == second.json["token"]
    assert db.session.query(Customer.id).limit(5).count() == 1


def test_sent_again_with_other_words_it_shows_both_in_the_drawer(owner: FlaskClient) -> None:
    form = {**drawer(owner), "name": "王伟"}
    owner.post("/people/customer/add", data={**form, "notes": "first"})

    conflict = owner.post("/people/customer/add", data={**form, "notes": "second"})
    settled = owner.post(
        conflict.text.split('action="')[1].split('"')[0],
        data={**inputs(conflict.text), "use.notes": "theirs"},
    )

    assert conflict.status_code == 409
    assert "first" in conflict.text and "second" in conflict.text
    assert settled.status_code == 200
    assert row(f"/people/customer/{settled.json['token']}").notes == "first"


def test_another_place_is_no_place(owner: FlaskClient) -> None:
    assert "<html" in owner.get("/people/customer/add?in=elsewhere").text


def test_only_who_may_add_such_a_record_gets_the_button_and_the_form(app: Flask, sign_in: Any) -> None:
    groomer, clerk = (sign_in(app.test_client(), role) for role in ("Groomer", "Clerk"))
    add = 'href="/people/customer/add" target="_blank" data-add'

    assert add in clerk.get("/people/contact/add").text
    assert add not in groomer.get("/people/contact/add").text
    assert groomer.get("/people/customer/add?in=drawer").status_code == 403
    refused = groomer.post("/people/customer/add", data={"in": "drawer", "name": "王伟"})
    assert refused.status_code == 403
    assert db.session.query(Customer.id).limit(1).count() == 0


def test_who_is_signed_out_gets_no_fragment(client: FlaskClient) -> None:
    assert client.get("/people/customer/add?in=drawer").status_code == 302
    answer = client.get("/people/customer/add?in=drawer", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_a_form_refused_once_still_notices_what_others_save_meanwhile(owner: FlaskClient) -> None:
    address = owner.post("/people/customer/add", data={"name": "王伟", "notes": "old"}).headers["Location"]
    mine = inputs(owner.get(f"{address}/edit").text)
    owner.post(f"{address}/edit", data={**mine, "notes": "theirs"})
    refused = owner.post(f"{address}/edit", data={**mine, "notes": "mine", "email": "nobody@"})

    answer = owner.post(f"{address}/edit", data={**inputs(refused.text), "email": ""})

    assert refused.status_code == 422
    assert answer.status_code == 409
    assert row(address).notes == "theirs"
