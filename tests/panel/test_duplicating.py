"""A duplicate is an add form: it begins like the original, leaves out what belongs to one record, writes nothing."""

from __future__ import annotations

import datetime
import html
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.access.models import Branch
from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.columns import record_url
from app.panel.duplicating import own_to_one
from app.panel.writing import editable_fields, raw_of
from app.people.models import Contact, ContactState, Customer, Sex, Source, Tag
from app.pets.models import Pet
from tests.factories.people import make_contact, make_customer, make_tag
from tests.factories.pets import make_pet, make_vaccination

_PICKED = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def screen_of(name: str) -> Screen:
    """Return a declared screen."""
    return kernel().screens[name]


def inputs(page: str) -> dict[str, list[str]]:
    """Return what stands in a form, by input; hidden bookkeeping aside."""
    found: dict[str, list[str]] = {}
    form = page[page.index("data-guard") :]
    for tag in re.findall(
        r"<(?:input|textarea|select)[^>]*>(?:\n[^<]*</textarea>)?|<option[^>]* selected", form
    ):
        if tag.startswith("<option"):
            last = next(reversed(found))
            found[last] = [html.unescape(re.search(r'value="([^"]*)"', tag)[1])]  # type: ignore[index]
            continue
        name = re.search(r' name="([^"]*)"', tag)
        if name is None:
            continue
        values = found.setdefault(name[1], [])
        if tag.startswith("<textarea"):
            values.append(html.unescape(tag.partition(">\n")[2].removesuffix("</textarea>")))
        elif 'type="checkbox"' not in tag or " checked" in tag:
            value = re.search(r' value="([^"]*)"', tag)
            values += [html.unescape(value[1])] if value else []
    return {name: [value for value in values if value] for name, values in found.items()}


@pytest.fixture
def originals(app_on: Flask) -> dict[str, Any]:
    """One full record of each kind that people add."""
    tags = [make_tag(name=f"tag {number}") for number in range(12)]
    with transaction():
        branch = Branch(name="North", code="N1", address="Lake 1")
        db.session.add(branch)
    customer = make_customer(
        name="王芳",
        code="M-17",
        sex=Sex.FEMALE,
        wechat="fang",
        email="fang@example.com",
        address="路 1",
        source=Source.WECHAT,
        notes="first\nsecond",
        birth_date=datetime.date(1990, 3, 5),
        branch_id=branch.id,
        tags=tags,
    )
    pet = make_pet(owner_id=customer.id, chip_number="900123", weight=Decimal("4.5"), notes="bites")
    dose = make_vaccination(pet_id=pet.id, batch="B7", due_on=datetime.date(2026, 3, 1))
    contact = make_contact(customer_id=customer.id)
    with transaction():
        db.session.get_one(Contact, contact.id).state = ContactState.DONE
    return {
        "people:customer": customer,
        "people:tag": tags[0],
        "people:contact": contact,
        "pets:pet": pet,
        "pets:vaccination": dose,
        "access:branch": branch,
    }


def test_every_declared_screen_s_duplicate_begins_with_what_may_be_copied(
    app_on: Flask, originals: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    adding = {screen.name for screen in kernel().screens.values() if {"add", "show"} <= set(screen.verbs)}
    assert adding == set(originals)

    for name, key in [(name, record.id) for name, record in originals.items()]:
        screen = screen_of(name)
        record = db.session.get_one(screen.model, key)
        expected = {entry.name: raw_of(entry, record) for entry in editable_fields(screen)}
        alone = own_to_one(screen)
        page = client.get(f"{record_url(screen, record)}/duplicate")
        assert page.status_code == 200
        stands = inputs(page.text)
        for field, texts in expected.items():
            if field in alone or screen.fields[field].widget == "checkbox":
                continue
            assert sorted(stands[field]) == sorted(filter(None, texts)), (name, field)
        for field in alone & set(stands):
            assert not set(stands[field]) & set(expected.get(field, ())), (name, field)
        assert stands["ticket"] and stands["row_version"] == []


def test_what_is_left_out_is_said_and_what_belongs_to_the_original_too(
    app_on: Flask, originals: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    url = record_url(screen_of("people:customer"), originals["people:customer"])

    page = client.get(f"{url}/duplicate").text

    note = page[page.index("copy-of") : page.index("</div>", page.index("copy-of"))]
    assert f'<a href="{url}">王芳</a>' in note
    assert "M-17" not in page and "15412345678" not in page
    labels = {str(entry.label): entry.name for entry in screen_of("people:customer").fields.values()}
    assert {name for label, name in labels.items() if label in note.partition("</p>")[2]} >= {"phone", "code"}


def test_nothing_is_written_until_the_form_is_saved_and_twice_sent_it_adds_once(
    app_on: Flask, originals: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    url = record_url(screen_of("people:customer"), originals["people:customer"])
    before = db.session.scalar(select(func.count()).select_from(Customer))
    stands = inputs(client.get(f"{url}/duplicate").text)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Customer)) == before

    values = {**stands, "name": ["王芳的妹妹"], "phone": ["15400000009"]}
    first = client.post(f"{url}/duplicate", data=values)
    second = client.post(f"{url}/duplicate", data=values)

    db.session.rollback()
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location
    sister = db.session.scalars(select(Customer).where(Customer.name == "王芳的妹妹")).one()
    mother = db.session.get_one(Customer, originals["people:customer"].id)
    assert sister.id != mother.id
    assert {tag.id for tag in sister.tags} == {tag.id for tag in mother.tags}
    assert (sister.code, sister.notes, sister.branch_id) == (None, mother.notes, mother.branch_id)
    assert db.session.scalar(select(func.count()).select_from(Pet)) == 1
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 1


def test_an_objection_comes_back_with_all_input_and_still_says_whose_copy_it_is(
    app: Flask, sign_in: Any
) -> None:
    client = sign_in(app.test_client(), "Owner")
    url = record_url(screen_of("people:customer"), make_customer(name="王芳"))

    answer = client.post(f"{url}/duplicate", data={"name": "", "wechat": "typed"})

    assert answer.status_code == 422
    assert 'value="typed"' in answer.text
    assert f'action="{url}/duplicate"' in answer.text and "copy-of" in answer.text


def test_a_copy_of_what_was_deleted_meanwhile_is_saved_all_the_same(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Owner")
    url = record_url(screen_of("people:customer"), make_customer(name="王芳"))
    stands = inputs(client.get(f"{url}/duplicate").text)
    client.post(f"{url}/delete")

    assert client.get(f"{url}/duplicate").status_code == 404
    assert client.post(f"{url}/duplicate", data={**stands, "name": ["李娜"]}).status_code == 302


def test_a_file_stays_with_the_original(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Owner")
    owner = record_url(screen_of("people:customer"), make_customer()).rpartition("/")[2]
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    values = {"owner": owner, "name": "汤圆", "species": "cat", "photo": (picture, "cat.png")}
    url = client.post("/pets/pet/add", data=values).location

    page = client.get(f"{url}/duplicate").text

    assert "/thumb/photo" not in page and "photo.kept" not in page
    assert str(screen_of("pets:pet").fields["photo"].label) in page[page.index("copy-of") :][:600]


def test_a_link_that_the_person_may_not_choose_is_not_copied(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Owner")
    tags = [make_tag(name="hidden tag"), make_tag(name="gone tag")]
    url = record_url(screen_of("people:customer"), make_customer(name="王芳", tags=tags))
    with transaction():
        record = db.session.get_one(Tag, tags[1].id)
        getattr(record, "move_to_trash", lambda: None)()

    page = client.get(f"{url}/duplicate").text
    assert "hidden tag" in page
    assert "gone tag" not in page or not hasattr(record, "move_to_trash")

    before = kernel().granted_names
    assert before is not None
    kernel().granted_names = lambda: before() - {"people:tag:list"}
    try:
        assert "hidden tag" not in client.get(f"{url}/duplicate").text
    finally:
        kernel().granted_names = before


@pytest.mark.parametrize("verb", ["add", "show"])
def test_a_duplicate_needs_the_right_to_add_and_to_see(app: Flask, sign_in: Any, verb: str) -> None:
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    url = record_url(screen_of("people:customer"), make_customer(name="王芳"))
    assert "data-duplicate" in client.get(url).text
    assert f"{url}/duplicate" in client.get(f"{url}/preview").text

    before = kernel().granted_names
    assert before is not None
    kernel().granted_names = lambda: before() - {f"people:customer:{verb}"}
    try:
        assert client.get(f"{url}/duplicate").status_code == 403
        assert client.post(f"{url}/duplicate", data={"name": "x"}).status_code == 403
        if verb == "add":
            assert "data-duplicate" not in client.get(url).text
            assert f"{url}/duplicate" not in client.get(f"{url}/preview").text
    finally:
        kernel().granted_names = before
    assert app.test_client().get(f"{url}/duplicate").status_code == 302


def test_no_kind_of_field_is_copied_that_a_form_does_not_take(app: Flask) -> None:
    with app.test_request_context("/"):
        for screen in kernel().screens.values():
            alone = own_to_one(screen)
            taken = {entry.name for entry in editable_fields(screen)} - alone
            assert not {"id", "row_version", "created_at", "changed_at", screen.state} & taken
            assert not {rule.field for rule in screen.unique} & taken
            assert not {name for name in taken if isinstance(screen.fields[name], fields.File)}
