"""The life of an API key: who makes it, where it is kept, and all that ends it."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select, text, update

from app.access.api_keys.tables import ApiKey
from app.access.models import Person
from app.access.signing.tables import SignInSession
from app.core.clock import utc_now
from app.core.database import db
from app.journal.models import JournalEntry
from tests.access.api_keys import (
    READING,
    WRITING,
    ask_for_key,
    call,
    change_rights,
    make_key,
    owner_of,
    page_of,
    row_of,
    shown_key,
    sql,
)
from tests.access.conftest import House, enter, make_other_process, post

# --- Making, replacing and revoking ----------------------------------------------------------------------


def test_nobody_puts_on_a_key_what_he_may_not_do_himself(house_on: House) -> None:
    change_rights(house_on.app, "Clerk", add={"access:key:add", "access:key:list"})
    browser = house_on.app.test_client()
    enter(browser, "clerk")

    page = browser.get("/api-keys/add").get_data(as_text=True)
    answer = ask_for_key(browser, scopes=("people:customer:list", "people:customer:purge"))
    wider = ask_for_key(browser, scopes=("people:customer:list", "people:tag:delete"))

    assert "people:customer:list" in page
    assert "people:tag:delete" not in page
    assert answer.status_code == 422, "deleting for good stands on no key"
    assert wider.status_code == 403
    with house_on.app.app_context():
        assert db.session.scalars(select(ApiKey)).all() == []
        db.session.remove()


@pytest.mark.parametrize(
    "more",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"last_day": ""},
        {"last_day": "2020-01-01"},
        {"last_day": "2999-01-01"},
    ],
)
def test_a_form_that_is_wrong_keeps_what_was_ticked(house: House, more: dict[str, str]) -> None:
    wrong = {"name": "ERP", **more}
    name = wrong.pop("name")

    answer = ask_for_key(owner_of(house), name, READING, **wrong)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count('name="scopes"') > 2
    assert page.split('value="people:customer:list"')[1].split(">")[0].endswith("checked")


def test_a_key_with_nothing_on_it_is_not_made(house: House) -> None:
    answer = ask_for_key(owner_of(house), scopes=())

    assert answer.status_code == 422
    assert "Tick at least one thing" in answer.get_data(as_text=True)


def test_two_keys_don_t_share_a_name(house: House) -> None:
    browser = owner_of(house)
    make_key(browser, "ERP")

    answer = ask_for_key(browser, "erp")

    assert answer.status_code == 422
    assert "Another key has this name" in answer.get_data(as_text=True)


def test_making_a_key_asks_once_more_who_is_there(house: House) -> None:
    browser = owner_of(house)
    sql(house.app, update(SignInSession).values(stepped_up_at=None))

    assert browser.get("/api-keys/add").location.startswith("/step-up/")


def test_a_key_is_shown_once_and_kept_as_a_digest(house_on: House) -> None:
    browser = owner_of(house_on)
    key = make_key(browser)
    secret = key.split("_", 2)[2]

    row = row_of(house_on.app, key)
    page = browser.get("/api-keys/").get_data(as_text=True)
    with house_on.app.app_context():
        everything = str(db.session.execute(text("SELECT * FROM access_api_key")).mappings().all())
        told = [str(each.after) for each in db.session.scalars(select(JournalEntry))]
        db.session.remove()

    assert secret not in page and secret not in everything
    assert not any(secret in each for each in told)
    assert f"kebu_{row.public_id}_" in page
    assert key not in repr(row)


def test_a_replaced_key_works_beside_its_successor_for_a_week(house_on: House) -> None:
    browser = owner_of(house_on)
    old = make_key(browser, scopes=WRITING)

    new = shown_key(post(browser, f"{page_of(house_on.app, old)}/replace"))
    again = post(browser, f"{page_of(house_on.app, old)}/replace")

    assert (call(house_on.app, old).status_code, call(house_on.app, new).status_code) == (200, 200)
    assert again.status_code == 409
    left = row_of(house_on.app, old).expires_at - utc_now()
    assert datetime.timedelta(days=6) < left <= datetime.timedelta(days=7)
    assert row_of(house_on.app, new).scopes == row_of(house_on.app, old).scopes


# --- What ends a key ------------------------------------------------------------------------------------


def test_a_revoked_key_is_refused_by_the_next_call_of_another_process(house_on: House) -> None:
    browser, elsewhere = owner_of(house_on), make_other_process(house_on)
    key = make_key(browser)
    before = call(elsewhere, key).status_code

    post(browser, f"{page_of(house_on.app, key)}/revoke", page="/api-keys/")

    after = call(elsewhere, key)
    assert before == 200
    assert (after.status_code, after.json["code"]) == (401, "key-refused")


def test_a_key_ends_with_its_last_day(house_on: House) -> None:
    key = make_key(owner_of(house_on))
    sql(house_on.app, update(ApiKey).values(expires_at=utc_now()))

    assert call(house_on.app, key).status_code == 401


def test_a_key_ends_with_the_account_of_its_maker(house_on: House) -> None:
    elsewhere = make_other_process(house_on)
    key = make_key(owner_of(house_on))
    before = call(elsewhere, key).status_code
    sql(house_on.app, update(Person).where(Person.username == "owner").values(active=False))

    assert (before, call(elsewhere, key).status_code) == (200, 401)


def test_a_right_taken_from_the_maker_is_taken_from_the_key_in_every_process(house_on: House) -> None:
    elsewhere = make_other_process(house_on)
    change_rights(house_on.app, "Manager", add={"access:key:add"})
    browser = house_on.app.test_client()
    enter(browser, "manager")
    key = make_key(browser)
    before = call(elsewhere, key).status_code

    change_rights(house_on.app, "Manager", take={"people:customer:list"})

    assert (before, call(elsewhere, key).status_code) == (200, 403)
