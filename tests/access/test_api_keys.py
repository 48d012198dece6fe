"""API keys: a program may do what stands on its key, as far as the key's maker may, and nothing else."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from app.access.api_keys import metering
from app.access.api_keys.tables import ApiKey
from app.access.signing.tables import Attempt, SignInSession
from app.core.clock import utc_now
from app.core.database import db
from app.journal.models import JournalEntry
from tests.access.api_keys import (
    CUSTOMERS,
    READING,
    WRITING,
    call,
    entries,
    make_key,
    owner_of,
    page_of,
    sql,
)
from tests.access.conftest import House, enter, make_other_process, person_number, post
from tests.support.databases import in_threads

# --- What a key may do ----------------------------------------------------------------------------------


def test_a_key_reads_and_writes_without_cookies_and_tokens(house_on: House) -> None:
    key = make_key(owner_of(house_on), scopes=WRITING)

    added = call(house_on.app, key, method="POST", json={"name": "王伟"})
    changed = call(
        house_on.app, key, added.headers["Location"], "PATCH", json={"row_version": 1, "notes": "VIP"}
    )

    assert (added.status_code, changed.status_code) == (201, 200)
    assert [each["name"] for each in call(house_on.app, key).json["data"]] == ["王伟"]
    assert call(house_on.app, key, added.headers["Location"], "DELETE").status_code == 204


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", CUSTOMERS),
        ("GET", "/api/v1/people/tag"),
        ("POST", f"{CUSTOMERS}/bulk"),
        ("GET", f"{CUSTOMERS}/export.csv"),
        ("GET", "/api/v1/access/person"),
        ("PATCH", f"{CUSTOMERS}/u{'A' * 22}"),
        ("DELETE", f"{CUSTOMERS}/u{'A' * 22}"),
    ],
)
def test_what_does_not_stand_on_the_key_is_refused(house_on: House, method: str, address: str) -> None:
    key = make_key(owner_of(house_on), scopes=READING)

    body = (
        {"operations": [{"op": "add", "record": {"name": "x"}}]}
        if address.endswith("bulk")
        else {"name": "x"}
    )
    answer = call(house_on.app, key, address, method, json=body if method in ("POST", "PATCH") else None)

    refused = answer.json["results"][0] if answer.status_code == 200 else answer.json
    assert (refused["status"], refused["code"]) == (403, "forbidden")


def test_a_key_exports_only_where_that_stands_on_it(house_on: House) -> None:
    browser = owner_of(house_on)
    key = make_key(browser, scopes=WRITING)
    exporting = make_key(browser, "Warehouse", (*READING, "people:customer:export"))
    call(house_on.app, key, method="POST", json={"name": "=王伟"})

    refused = call(house_on.app, key, f"{CUSTOMERS}/export.json")
    given = call(house_on.app, exporting, f"{CUSTOMERS}/export.json")
    table = call(house_on.app, exporting, f"{CUSTOMERS}/export.csv").get_data(as_text=True)

    assert refused.status_code == 403
    assert [each["name"] for each in given.json] == ["=王伟"]
    assert "'=王伟" in table, "a spreadsheet must not run it"
    assert len(entries(house_on.app, "panel:export")) == 2


def test_a_person_proves_who_he_is_before_an_export_by_the_api(house: House) -> None:
    browser = owner_of(house)
    fresh = browser.get(f"{CUSTOMERS}/export.json").status_code
    sql(house.app, update(SignInSession).values(stepped_up_at=None))

    assert fresh == 200
    assert browser.get(f"{CUSTOMERS}/export.json").json["code"] == "step-up"


def test_many_records_come_in_by_a_key_as_one_batch(house_on: House) -> None:
    key = make_key(owner_of(house_on), scopes=WRITING)
    operations = [{"op": "add", "record": {"name": f"会员{number}"}} for number in range(30)]

    answer = call(house_on.app, key, f"{CUSTOMERS}/bulk", "POST", json={"operations": operations})

    assert {each["status"] for each in answer.json["results"]} == {201}
    with house_on.app.app_context():
        rows = db.session.scalars(select(JournalEntry).where(JournalEntry.subject == "people_customer")).all()
        assert len(rows) == 30
        assert len({each.batch_id for each in rows}) == 1
        db.session.remove()


@pytest.mark.parametrize(
    "address", ["/", "/people/customer/", "/users/", "/api-keys/", "/profile/", "/check/"]
)
def test_a_key_opens_no_page(house: House, address: str) -> None:
    key = make_key(owner_of(house), scopes=WRITING)

    answer = call(house.app, key, address)

    assert answer.status_code == 302
    assert answer.location.startswith("/login/")


def test_a_key_makes_no_session_and_gets_no_cookie(house: House) -> None:
    key = make_key(owner_of(house))
    with house.app.app_context():
        before = len(db.session.scalars(select(SignInSession.digest)).all())
        db.session.remove()

    answer = call(house.app, key)

    assert "Set-Cookie" not in answer.headers
    with house.app.app_context():
        assert len(db.session.scalars(select(SignInSession.digest)).all()) == before
        db.session.remove()


def test_a_key_beside_a_persons_cookie_is_refused(house: House) -> None:
    browser = owner_of(house)
    key = make_key(browser)

    answer = browser.get(CUSTOMERS, headers={"Authorization": f"Bearer {key}"})

    assert (answer.status_code, answer.json["code"]) == (400, "key-beside-session")


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token", "Authorization"])
def test_a_key_in_the_address_counts_for_nothing(house: House, name: str) -> None:
    key = make_key(owner_of(house))

    answer = house.app.test_client().get(f"{CUSTOMERS}?{name}={key}")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_stranger_needs_the_token_of_a_page_as_before(house: House) -> None:
    answer = house.app.test_client().post(
        CUSTOMERS, json={"name": "x"}, headers={"Authorization": "Basic eDp5"}
    )

    assert (answer.status_code, answer.json["code"]) == (400, "csrf")


def test_the_description_tells_of_the_key_and_is_limited_to_it(house: House) -> None:
    key = make_key(owner_of(house))

    document = call(house.app, key, "/api/v1/openapi.json").json

    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert set(document["paths"]) == {CUSTOMERS, f"{CUSTOMERS}/{{id}}"}
    assert "post" not in document["paths"][CUSTOMERS]


# --- Guessing and calling too often ------------------------------------------------------------------------


def test_guessing_keys_is_slowed_and_leaves_the_right_key_alone(house_on: House) -> None:
    key = make_key(owner_of(house_on))
    wrong = key[:-43] + "A" * 43

    statuses = [call(house_on.app, wrong).status_code for _try in range(21)]
    last = call(make_other_process(house_on), wrong)

    assert statuses[:20] == [401] * 20
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    assert call(house_on.app, key).status_code == 200
    assert entries(house_on.app, "access:key_refused")


@pytest.mark.parametrize(
    "text",
    ["", "x", "kebu_", "kebu_0123456789ab_", "eyJhbGciOiJub25lIn0.e30.", "kebu_" + "A" * 500, "\u00e9" * 20],
)
def test_what_is_no_key_is_refused_alike(house: House, text: str) -> None:
    answer = call(house.app, text)

    assert (answer.status_code, answer.json["code"]) == (401, "key-refused")


def test_a_key_that_calls_too_often_waits_in_every_process(
    house_on: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "CALLS_A_MINUTE", 2 * metering.AT_ONCE)
    noon = datetime.datetime(2026, 5, 1, 12, 0, 1, tzinfo=datetime.UTC)
    monkeypatch.setattr(metering, "utc_now", lambda: noon)
    elsewhere = make_other_process(house_on)
    key = make_key(owner_of(house_on))

    here = [call(house_on.app, key).status_code for _call in range(metering.AT_ONCE)]
    there = [call(elsewhere, key).status_code for _call in range(metering.AT_ONCE)]
    late = call(house_on.app, key)
    monkeypatch.setattr(metering, "utc_now", lambda: noon + datetime.timedelta(minutes=1))

    assert set(here) == set(there) == {200}
    assert (late.status_code, late.json["code"], late.headers["Retry-After"]) == (429, "too-many-calls", "59")
    assert call(elsewhere, key).status_code == 200


def test_a_call_by_key_writes_nothing_as_a_rule(house: House, statements: Callable[..., Any]) -> None:
    key = make_key(owner_of(house))
    call(house.app, key)

    with house.app.app_context(), statements() as seen:
        answer = call(house.app, key)

    assert answer.status_code == 200
    assert seen.writes == []


def test_many_calls_at_once_all_count(house_on: House) -> None:
    key = make_key(owner_of(house_on), scopes=WRITING)
    statuses: list[int] = []

    def work(number: int) -> None:
        for turn in range(5):
            answer = call(house_on.app, key, method="POST", json={"name": f"{number} {turn}"})
            statuses.append(answer.status_code)

    assert in_threads([partial(work, number) for number in range(8)]) == []
    assert statuses == [201] * 40
    assert len(entries(house_on.app, "access:key_used")) == 1


# --- On record ------------------------------------------------------------------------------------------


def test_the_history_says_by_which_key(house_on: House) -> None:
    browser = owner_of(house_on)
    key = make_key(browser, "仓库 ERP", WRITING)

    added = call(house_on.app, key, method="POST", json={"name": "王伟"})

    token = added.headers["Location"].rpartition("/")[2]
    page = browser.get(f"/people/customer/{token}/history").get_data(as_text=True)
    assert "Wang Fang (by key 仓库 ERP)" in page
    with house_on.app.app_context():
        entry = db.session.scalar(select(JournalEntry).where(JournalEntry.subject == "people_customer"))
        assert entry is not None
        assert entry.actor_id == person_number(house_on.app, "owner")
        assert entry.session_id == f"key:{key.split('_')[1]}"
        db.session.remove()


def test_what_happens_to_a_key_is_told(house_on: House) -> None:
    browser = owner_of(house_on)
    key = make_key(browser)
    call(house_on.app, key)
    call(house_on.app, key)
    post(browser, f"{page_of(house_on.app, key)}/revoke", page="/api-keys/")

    for kind in ("access:key_made", "access:key_used", "access:key_revoked"):
        told = entries(house_on.app, kind)
        assert len(told) == 1, kind
        assert told[0].actor_id == person_number(house_on.app, "owner")
        assert json.loads(str(told[0].after))["key"] == "ERP"


def test_the_list_says_when_a_key_was_used_and_that_it_ends_soon(house: House) -> None:
    browser = owner_of(house)
    key = make_key(browser)
    unused = browser.get("/api-keys/").get_data(as_text=True)
    call(house.app, key)
    sql(house.app, update(ApiKey).values(expires_at=utc_now() + datetime.timedelta(days=3)))

    page = browser.get("/api-keys/").get_data(as_text=True)

    assert "Never" in unused
    assert "127.0.0.1" in page
    assert "st warning" in page


def test_clerks_see_no_keys(house: House) -> None:
    browser = house.app.test_client()
    enter(browser, "clerk")

    assert [browser.get(each).status_code for each in ("/api-keys/", "/api-keys/add")] == [403, 403]


def test_no_table_keeps_where_wrong_keys_came_from(house: House) -> None:
    call(house.app, "wrong")

    with house.app.app_context():
        assert "127.0.0.1" not in str([each.key for each in db.session.scalars(select(Attempt))])
        db.session.remove()
