"""The REST API keeps the panel's rules: same filters, same refusals, same permissions, problem documents for errors."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.transaction import transaction
from app.people.models import Customer, Tag

CUSTOMERS = "/api/v1/people/customer"


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app_on.test_client(), "Owner")
    return client


def test_a_record_is_added_read_changed_and_deleted(owner: FlaskClient) -> None:
    added = owner.post(CUSTOMERS, json={"name": "王伟", "phone": "138 1234 5678", "sex": "male"})
    address = added.headers["Location"]

    assert added.status_code == 201
    assert added.json["phone"] == "13812345678"
    assert owner.get(address).json == added.json

    changed = owner.patch(address, json={"row_version": 1, "notes": "VIP"})
    assert (changed.status_code, changed.json["notes"], changed.json["name"]) == (200, "VIP", "王伟")
    assert changed.json["row_version"] == 2

    stale = owner.patch(address, json={"row_version": 1, "notes": "later"})
    assert (stale.status_code, stale.json["code"]) == (409, "conflict")

    assert owner.delete(address).status_code == 204
    assert owner.get(address).json["deleted_at"] is not None
    assert owner.get(CUSTOMERS).json["data"] == []


def test_pages_follow_the_cursor_to_the_end(owner: FlaskClient) -> None:
    with transaction():
        db.session.add_all([Customer(name=f"{number:02}") for number in range(23)])

    names, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"{CUSTOMERS}?limit=10&sort=name&after={cursor}").json
        names += [record["name"] for record in page["data"]]
        cursor = page["next"]

    assert names == [f"{number:02}" for number in range(23)]


def test_links_travel_as_id_and_title(owner: FlaskClient) -> None:
    with transaction():
        db.session.add(Tag(name="VIP"))
    tag = owner.get("/api/v1/people/tag").json["data"][0]

    added = owner.post(CUSTOMERS, json={"name": "Amy", "tags": [{"id": tag["id"]}]})

    assert added.json["tags"] == [{"id": tag["id"], "title": "VIP"}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "phone": "call me"}, "phone"),
        ({"name": "x", "sex": "robot"}, "sex"),
        ({"name": "x", "birth_date": "2026-02-30"}, "birth_date"),
        ({"name": "x", "branch": {"id": "nonsense"}}, "branch"),
        ({"name": "x", "tags": "VIP"}, "tags"),
        ({"name": "x", "tags": [7]}, "tags"),
        ({"name": "x", "roles": ["Owner"]}, "roles"),
        ({"name": "x", "created_at": "2020-01-01T00:00:00Z"}, "created_at"),
        ({"name": "x", "deleted_at": None}, "deleted_at"),
    ],
)
def test_a_bad_member_is_named_and_nothing_is_saved(
    owner: FlaskClient, body: dict[str, Any], field: str
) -> None:
    answer = owner.post(CUSTOMERS, json=body)

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert list(answer.json["errors"]) == [field]
    assert db.session.query(Customer.id).limit(5).count() == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name": NaN}',
        b'{"name": 1' + b"0" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_record_is_refused(owner: FlaskClient, data: bytes) -> None:
    answer = owner.post(CUSTOMERS, data=data, content_type="application/json")

    assert 400 <= answer.status_code < 500


def test_a_stranger_gets_a_problem_document_and_no_page(app_on: Flask) -> None:
    answer = app_on.test_client().get(CUSTOMERS)

    assert answer.status_code == 401
    assert answer.json["code"] == "not-signed-in"


def test_what_a_role_may_not_do_the_api_refuses(app_on: Flask, sign_in: Any) -> None:
    clerk = sign_in(app_on.test_client(), "Clerk")

    assert clerk.get("/api/v1/access/branch/nonsense").status_code in (403, 404)
    assert clerk.post("/api/v1/access/branch", json={"name": "My own branch"}).status_code == 403


def test_a_cookie_without_the_csrf_token_writes_nothing(app_on: Flask, sign_in: Any) -> None:
    owner = sign_in(app_on.test_client(), "Owner")
    owner.token = ""

    answer = owner.post(CUSTOMERS, json={"name": "forged"})

    assert (answer.status_code, answer.json["code"]) == (400, "csrf")
    assert db.session.query(Customer.id).limit(5).count() == 0


def test_the_description_names_every_address_the_person_may_use(app_on: Flask, sign_in: Any) -> None:
    owner, clerk = sign_in(app_on.test_client(), "Owner"), sign_in(app_on.test_client(), "Clerk")

    whole, less = (each.get("/api/v1/openapi.json").json for each in (owner, clerk))

    assert whole["openapi"].startswith("3.1")
    assert set(less["paths"]) <= set(whole["paths"])
    assert {"get", "post"} <= set(whole["paths"][CUSTOMERS])
    assert "post" not in less["paths"].get("/api/v1/access/branch", {})
    properties = whole["components"]["schemas"]["PeopleCustomer"]["properties"]
    assert {"id", "row_version", "name", "tags", "branch", "deleted_at"} <= set(properties)


def test_a_page_carries_the_members_that_were_asked_for(owner: FlaskClient) -> None:
    owner.post(CUSTOMERS, json={"name": "王伟", "phone": "13800000001"})

    row = owner.get(f"{CUSTOMERS}?fields=phone,name").json["data"][0]
    one = owner.get(f"{CUSTOMERS}/{row['id']}?fields=phone").json

    assert list(row) == ["deleted_at", "id", "name", "phone", "row_version"]
    assert list(one) == ["deleted_at", "id", "phone", "row_version"]


def test_linked_records_and_related_lists_come_with_the_page(owner: FlaskClient, statements: Any) -> None:
    tag = owner.post("/api/v1/people/tag", json={"name": "VIP", "colour": "green"}).json
    customers = [
        owner.post(CUSTOMERS, json={"name": f"n{number}", "tags": [{"id": tag["id"]}]}).json
        for number in range(3)
    ]
    for number in range(28):
        subject = {"subject": f"s{number}", "kind": "inquiry", "channel": "phone"}
        owner.post("/api/v1/people/contact", json={"customer": customers[0]["id"], **subject})

    few = owner.get(f"{CUSTOMERS}?fields=name").json
    with statements() as seen:
        page = owner.get(f"{CUSTOMERS}?fields=name&include=tags,people:contact").json

    rows = {row["name"]: row for row in page["data"]}
    assert {name: row["tags"][0]["record"]["colour"] for name, row in rows.items()} == dict.fromkeys(
        rows, "green"
    )
    contacts = rows["n0"]["related"]["people:contact"]
    assert [entry["subject"] for entry in contacts["data"]] == [f"s{number}" for number in range(27, 2, -1)]
    assert contacts["more"] is True
    assert rows["n1"]["related"]["people:contact"] == {"data": [], "more": False}
    assert set(few["data"][0]) == {"id", "row_version", "deleted_at", "name"}
    assert len(seen) <= 6
    assert all("LIMIT" in statement.upper() for statement in seen if "FROM people_contact" in statement)


def test_what_a_person_may_not_list_is_not_included(app_on: Flask, sign_in: Any, owner: FlaskClient) -> None:
    answer = owner.get(f"{CUSTOMERS}?include=people:customer")
    unknown = owner.get(f"{CUSTOMERS}?fields=password")

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["include"])
    assert (unknown.status_code, list(unknown.json["errors"])) == (422, ["fields"])


def test_a_count_is_given_when_asked_for(owner: FlaskClient) -> None:
    owner.post(CUSTOMERS, json={"name": "王伟"})

    page = owner.get(f"{CUSTOMERS}?count=true&limit=1").json

    assert (page["count"], page["count_is_capped"]) == (1, False)
    assert owner.get(f"{CUSTOMERS}?count=maybe").status_code == 422


def test_problems_carry_the_members_of_the_standard(owner: FlaskClient) -> None:
    problem = owner.get(f"{CUSTOMERS}/nothing").json
    form = owner.post(CUSTOMERS, data={"name": "x"})
    wrong_way = owner.put(CUSTOMERS, json={})

    assert {"type", "title", "status", "detail", "code"} <= set(problem)
    assert (problem["title"], problem["status"]) == ("Not Found", 404)
    assert (form.status_code, form.json["code"]) == (415, "unsupported-media-type")
    assert (wrong_way.status_code, "POST" in wrong_way.headers["Allow"]) == (405, True)
