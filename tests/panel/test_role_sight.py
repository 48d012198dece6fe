"""What a role sees is decided on a page: fields, records, and what would change is said before."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.rules import row_rule_of, sights_of
from app.core.database import db
from app.core.keys import encode_token
from app.core.limits import Sight
from app.core.transaction import transaction
from app.people.models import Customer

CUSTOMER = "people:customer"
VIPS = '{"all":[["name","begins","Wang"]]}'


def role_number(name: str) -> int:
    number = db.session.scalar(select(Role.id).where(Role.name == name))
    db.session.rollback()
    assert number is not None
    return int(number)


def page_of(role: str, screen: str = "people/customer") -> str:
    return f"/roles/{encode_token([role_number(role)])}/sees/{screen}/"


def send(browser: Any, address: str, **values: str) -> Any:
    """Send the form as it stands with these values, by the button that asks what changes, and then by Save."""
    page = browser.get(address).get_data(as_text=True)
    form = {"stamp": page.split('name="stamp" value="')[1].split('"')[0], "csrf_token": browser.token}
    for name, options in re.findall(r'<select[^>]*name="(s\.[^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="(\w+)" selected', options)
        form[name] = chosen[1] if chosen else ""
    rows = re.search(r'name="rows" value="([^"]*)"', page)
    form["rows"] = html.unescape(rows[1]) if rows else ""
    form.update(values)
    shown = browser.post(address, data={**form, "preview": "1"})
    return shown, browser.post(address, data=form)


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main")[1].split("</main>")[0])
    return " ".join(html.unescape(text).split())


def test_fields_are_masked_and_hidden_after_it_is_said(app_on: Flask, sign_in: Any) -> None:
    owner = sign_in(app_on.test_client(), "Owner")
    clerk = sign_in(app_on.test_client(), "Clerk")
    before = clerk.get("/people/customer/add").get_data(as_text=True)

    shown, saved = send(owner, page_of("Clerk"), **{"s.email": "hidden", "s.phone": "visible"})

    assert "“Clerk” no longer sees: E-mail." in words(shown)
    assert "“Clerk” sees: Phone." in words(shown)
    assert "1 person holds this role." in words(shown)
    assert saved.status_code == 302
    seen = sights_of(role_number("Clerk"), CUSTOMER)
    assert (seen["email"], seen["phone"]) == (Sight.HIDDEN, Sight.VISIBLE)
    after = clerk.get("/people/customer/add").get_data(as_text=True)
    assert 'name="email"' in before and 'name="email"' not in after


def test_showing_what_changes_saves_nothing(app: Flask, sign_in: Any) -> None:
    owner = sign_in(app.test_client(), "Owner")
    before = dict(sights_of(role_number("Clerk"), CUSTOMER))
    page = owner.get(page_of("Clerk")).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]

    owner.post(page_of("Clerk"), data={"stamp": stamp, "preview": "1", "s.email": "hidden", "rows": VIPS})

    assert sights_of(role_number("Clerk"), CUSTOMER) == before
    assert row_rule_of(role_number("Clerk"), CUSTOMER) is None


@pytest.mark.parametrize("form", ["document", "address"])
def test_records_are_confined_to_a_filter(app_on: Flask, sign_in: Any, form: str) -> None:
    with transaction():
        db.session.add_all([Customer(name="Wang Fang"), Customer(name="Li Na")])
    owner = sign_in(app_on.test_client(), "Owner")
    clerk = sign_in(app_on.test_client(), "Clerk")
    rows = (
        VIPS
        if form == "document"
        else f"http://localhost/people/customer/?{urlencode({'where': VIPS, 'sort': 'name'})}"
    )

    shown, saved = send(owner, page_of("Clerk"), rows=rows)

    assert "“Clerk” sees only:" in words(shown) and "Wang" in words(shown)
    assert saved.status_code == 302
    listed = clerk.get("/people/customer/").get_data(as_text=True)
    assert "Wang Fang" in listed and "Li Na" not in listed
    again = owner.get(page_of("Clerk"))
    assert "Only: " in words(again)

    send(owner, page_of("Clerk"), rows="")
    assert "Li Na" in clerk.get("/people/customer/").get_data(as_text=True)


@pytest.mark.parametrize(
    "rows",
    [
        "nonsense",
        "/people/customer/?f.source=referral",
        "/people/customer/?q=wang",
        '{"all":[["nothing","is"]]}',
        "{",
    ],
)
def test_what_is_no_filter_is_refused_and_kept(app: Flask, sign_in: Any, rows: str) -> None:
    owner = sign_in(app.test_client(), "Owner")

    shown, saved = send(owner, page_of("Clerk"), rows=rows, **{"s.email": "hidden"})

    assert (shown.status_code, saved.status_code) == (422, 422)
    assert html.escape(rows, quote=True).replace("&#x27;", "&#39;") in saved.get_data(as_text=True).replace(
        "&#34;", "&quot;"
    )
    assert '<option value="hidden" selected>' in saved.get_data(as_text=True)
    assert row_rule_of(role_number("Clerk"), CUSTOMER) is None


def test_a_field_that_the_form_needs_is_not_hidden_from_who_adds(app: Flask, sign_in: Any) -> None:
    owner = sign_in(app.test_client(), "Owner")

    shown, saved = send(owner, page_of("Clerk"), **{"s.name": "hidden"})

    assert (shown.status_code, saved.status_code) == (422, 422)
    assert "it can be masked, not hidden" in words(saved)


def test_two_managers_at_once_do_not_overwrite_each_other(app: Flask, sign_in: Any) -> None:
    owner = sign_in(app.test_client(), "Owner")
    page = owner.get(page_of("Clerk")).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]
    send(owner, page_of("Clerk"), **{"s.email": "hidden"})

    late = owner.post(page_of("Clerk"), data={"stamp": stamp, "s.email": "visible"})

    assert late.status_code == 409
    assert sights_of(role_number("Clerk"), CUSTOMER)["email"] is Sight.HIDDEN


def test_the_owner_always_sees_everything(app: Flask, sign_in: Any) -> None:
    owner = sign_in(app.test_client(), "Owner")
    page = owner.get(page_of("Owner")).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]

    answer = owner.post(page_of("Owner"), data={"stamp": stamp, "s.email": "hidden"})

    assert "save-bar" not in page
    assert answer.status_code == 409


def test_a_look_shows_the_fields_and_records_of_the_role(app_on: Flask, sign_in: Any) -> None:
    with transaction():
        db.session.add_all([Customer(name="Wang Fang", phone="13800138000"), Customer(name="Li Na")])
    owner = sign_in(app_on.test_client(), "Owner")
    send(owner, page_of("Clerk"), rows=VIPS, **{"s.email": "hidden", "s.phone": "masked"})
    role = encode_token([role_number("Clerk")])

    owner.post(f"/roles/{role}/look")
    listed = owner.get("/people/customer/").get_data(as_text=True)
    exported = owner.get("/people/customer/export.csv").status_code
    asked = owner.get(f"/api/v1/people/customer?{urlencode({'f.phone': '13800138000'})}")
    owner.post("/look/leave")
    mine = owner.get("/people/customer/").get_data(as_text=True)

    assert "Wang Fang" in listed and "Li Na" not in listed
    assert "13800138000" not in listed.replace(" ", "") and exported == 403
    # A masked field is nothing to filter by.
    assert asked.status_code == 422 and "13800138000" not in asked.get_data(as_text=True)
    assert "Li Na" in mine
