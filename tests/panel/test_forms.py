"""Forms: messages beside the field, input kept, stale saves refused with both versions, untouched inputs left alone."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import decode_token
from app.core.transaction import transaction
from app.people.models import Contact, Customer, Tag
from tests.support.databases import in_threads


@pytest.fixture
def owner(app_on: Flask, sign_in) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app_on.test_client(), "Owner")


def inputs(page: str) -> dict[str, str]:
    """Return the form's named inputs with their values, as a browser would post them."""
    form = page[max(0, page.index('name="row_version"') - 2000) :]
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and (kind is None or kind[1] not in ("checkbox", "radio", "file") or "checked" in tag):
            found[html.unescape(name[1])] = html.unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]*selected', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(text.removeprefix("\n"))
    return found


def add(client: FlaskClient, **values: object) -> str:
    """Add a customer and return the address of its page."""
    answer = client.post("/people/customer/add", data={"name": "王伟", **values})
    assert answer.status_code == 302
    return answer.headers["Location"]


def row(address: str) -> Customer:
    """Return the customer behind an address, freshly read."""
    db.session.expire_all()
    found = db.session.get(Customer, decode_token(address.rpartition("/")[2])[0])
    assert found is not None
    return found


def test_a_refused_form_keeps_everything_typed_and_speaks_beside_the_field(owner: FlaskClient) -> None:
    typed = {
        "name": "",
        "phone": "call me",
        "email": "nobody@",
        "notes": "<b>会员</b>",
        "birth_date": "yesterday",
    }

    answer = owner.post("/people/customer/add", data=typed)

    assert answer.status_code == 422
    assert answer.text.count("is-invalid") >= 4 or answer.text.count('aria-invalid="true"') >= 4
    for text in ("call me", "nobody@", "&lt;b&gt;会员&lt;/b&gt;", "Please fill this in."):
        assert text in answer.text, text


def test_what_people_paste_is_understood(owner: FlaskClient) -> None:
    address = add(owner, phone="＋８６ 138-1234 5678", birth_date="2001年3月5日", name="　王\u3000伟 ")

    saved = row(address)

    assert (saved.phone, saved.phone_last4, saved.name) == ("13812345678", "5678", "王 伟")
    assert saved.birth_date is not None and saved.birth_date.isoformat() == "2001-03-05"


def test_an_untouched_save_changes_nothing(owner: FlaskClient) -> None:
    address = add(owner, notes="first line\r\nsecond line", phone="02088887777")
    before = {column.name: getattr(row(address), column.name) for column in Customer.__table__.columns}

    answer = owner.post(f"{address}/edit", data=inputs(owner.get(f"{address}/edit").text))

    assert answer.status_code == 302
    assert {
        column.name: getattr(row(address), column.name) for column in Customer.__table__.columns
    } == before


def test_a_stale_save_shows_both_versions_and_changes_nothing(owner: FlaskClient) -> None:
    address = add(owner, notes="old")
    mine = inputs(owner.get(f"{address}/edit").text)
    theirs = inputs(owner.get(f"{address}/edit").text)
    owner.post(f"{address}/edit", data={**theirs, "notes": "their note"})

    answer = owner.post(f"{address}/edit", data={**mine, "notes": "my note"})

    assert answer.status_code == 409
    assert "their note" in answer.text and "my note" in answer.text
    assert row(address).notes == "their note"


@pytest.mark.parametrize(("choice", "kept"), [({}, "my note"), ({"use.notes": "theirs"}, "their note")])
def test_after_a_conflict_the_person_s_choice_is_saved(
    owner: FlaskClient, choice: dict[str, str], kept: str
) -> None:
    address = add(owner, notes="old")
    mine = inputs(owner.get(f"{address}/edit").text)
    owner.post(f"{address}/edit", data={**mine, "notes": "their note", "wechat": "theirs"})
    conflict = owner.post(f"{address}/edit", data={**mine, "notes": "my note"})

    answer = owner.post(f"{address}/edit", data={**inputs(conflict.text), **choice})

    assert answer.status_code == 302
    assert row(address).notes == kept
    assert row(address).wechat == "theirs"


def test_saving_a_new_record_twice_adds_it_once(owner: FlaskClient) -> None:
    form = inputs(owner.get("/people/customer/add").text)

    first, second = (
        owner.post("/people/customer/add", data={**form, "name": "王伟", "code": "A-1"}) for _ in "ab"
    )

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.query(Customer.id).limit(5).count() == 1


def test_a_used_form_sent_again_with_other_words_loses_neither(owner: FlaskClient) -> None:
    form = inputs(owner.get("/people/customer/add").text)
    owner.post("/people/customer/add", data={**form, "name": "王伟", "notes": "first"})

    answer = owner.post("/people/customer/add", data={**form, "name": "王伟", "notes": "second"})

    assert answer.status_code == 409
    assert "first" in answer.text and "second" in answer.text
    assert [one.notes for one in db.session.query(Customer).limit(5)] == ["first"]


@pytest.mark.parametrize("ticket", ["", "forged", "AAAA.BBBB"])
def test_a_forged_ticket_is_no_ticket(owner: FlaskClient, ticket: str) -> None:
    for _attempt in range(2):
        assert owner.post("/people/customer/add", data={"name": "王伟", "ticket": ticket}).status_code == 302

    assert db.session.query(Customer.id).limit(5).count() == 2


def test_an_edit_that_names_no_version_is_stale(owner: FlaskClient) -> None:
    address = add(owner)

    answer = owner.post(f"{address}/edit", data={"name": "changed"})

    assert answer.status_code == 409
    assert row(address).name == "王伟"


def test_a_unique_value_taken_meanwhile_is_said_by_the_field(owner: FlaskClient) -> None:
    with transaction():
        db.session.add(Customer(name="李娜", code="A-1"))

    answer = owner.post("/people/customer/add", data={"name": "王伟", "code": "A-1"})

    assert answer.status_code == 422
    assert "A-1" in answer.text


def test_links_are_kept_by_token_and_a_vanished_one_is_said(owner: FlaskClient) -> None:
    with transaction():
        tag = Tag(name="VIP")
        db.session.add(tag)
    picked = owner.get("/people/tag/pick?q=VI").json["items"][0]["token"]
    address = add(owner, tags=[picked])
    assert [one.name for one in row(address).tags] == ["VIP"]
    db.session.rollback()

    owner.post(f"/people/tag/{picked}/delete")
    answer = owner.post("/people/customer/add", data={"name": "李娜", "tags": [picked]})

    assert answer.status_code == 422


@pytest.mark.parametrize("token", ["nonsense", "u" + "A" * 22, "kW10", "k" + "A" * 100])
def test_a_made_up_link_is_refused(owner: FlaskClient, token: str) -> None:
    answer = owner.post("/people/customer/add", data={"name": "王伟", "branch": token, "tags": [token]})

    assert answer.status_code == 422


def test_read_only_and_undeclared_members_of_a_form_are_ignored(owner: FlaskClient) -> None:
    address = add(
        owner, created_at="1999-01-01T00:00", row_version="7", id="1", name_key="x", deleted_at="2020-01-01"
    )

    saved = row(address)

    assert saved.created_at.year > 2000
    assert (saved.row_version, saved.deleted_at) == (1, None)


def test_trash_and_back_and_gone_for_good(owner: FlaskClient) -> None:
    address = add(owner, name="Gone")

    assert owner.post(f"{address}/delete").status_code == 302
    assert owner.get("/people/customer/pick?q=Gone").json["items"] == []
    assert "Gone" in owner.get("/people/customer/trash").text
    assert owner.get(f"{address}/edit").status_code == 404
    assert owner.post(f"{address}/restore").status_code == 302
    assert owner.get(f"{address}/edit").status_code == 200
    assert owner.post(f"{address}/purge").status_code == 404
    owner.post(f"{address}/delete")
    assert owner.post(f"{address}/purge").status_code == 302
    assert owner.get(address).status_code == 404


def test_two_people_who_delete_at_once_delete_once(app_on: Flask, sign_in: Any) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _person in range(2)]
    address = add(clients[0])
    answers: list[int] = []

    failures = in_threads(
        [lambda client=each: answers.append(client.post(f"{address}/delete").status_code) for each in clients]
    )

    assert failures == []
    assert answers.count(302) == 1
    assert set(answers) - {302} <= {404, 409}
    assert row(address).deleted_at is not None


def test_a_customer_with_contacts_cannot_be_purged_and_is_told_why(owner: FlaskClient) -> None:
    address = add(owner)
    token = address.rpartition("/")[2]
    contact = {"customer": token, "kind": "complaint", "channel": "phone", "subject": "cold"}
    assert owner.post("/people/contact/add", data=contact).status_code == 302
    owner.post(f"{address}/delete")

    answer = owner.post(f"{address}/purge")

    assert answer.status_code == 409
    assert db.session.query(Customer.id).limit(5).count() == 1
    assert db.session.query(Contact.id).limit(5).count() == 1


def test_workflow_steps_run_through_their_command(owner: FlaskClient) -> None:
    token = add(owner).rpartition("/")[2]
    contact = {"customer": token, "kind": "complaint", "channel": "phone", "subject": "cold", "state": "done"}
    address = owner.post("/people/contact/add", data=contact).headers["Location"]

    assert ">To do<" in owner.get(address).text
    assert owner.post(f"{address}/do/start").status_code == 302
    assert ">In progress<" in owner.get(address).text
    owner.post(f"{address}/do/reopen")
    assert ">In progress<" in owner.get(address).text
    assert owner.post(f"{address}/do/nonsense").status_code in (302, 404, 409)
