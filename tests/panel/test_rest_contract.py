"""The API keeps its own description: whatever a generated caller sends, the answer is one that was announced."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.live import LiveServer
from tests.support.whole_house import csrf_token

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 8


def credentials(client: FlaskClient) -> dict[str, dict[str, str]]:
    """Return the cookie and the CSRF token of a signed-in client, in place of those that a caller invents."""
    cookie = client.get_cookie("kebu")
    assert cookie is not None
    return {"cookies": {"kebu": cookie.value}, "headers": {"X-CSRFToken": csrf_token(client, "/profile/")}}


def add_a_record_of_each_kind(client: FlaskClient) -> None:
    """Add a tag, a customer, a contact, a pet and a vaccination."""

    def added(path: str, **members: Any) -> str:
        answer = client.post(f"/api/v1/{path}", json=members)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    tag = added("people/tag", name="VIP", colour="green")
    customer = added("people/customer", name="王伟", phone="13800000001", tags=[tag])
    added("people/contact", customer=customer, kind="inquiry", channel="phone", subject="洗澡多少钱")
    pet = added("pets/pet", owner=customer, name="旺财", species="dog")
    added("pets/vaccination", pet=pet, vaccine="狂犬疫苗", given_on="2026-01-05")


def known_id(client: FlaskClient, operation: schemathesis.schemas.APIOperation) -> dict[str, Any]:
    """Return the id of a record that is there, for an operation on one record."""
    collection, _brace, is_item = operation.path.partition("/{id}")
    rows = client.get(collection).json["data"] if "{id}" in operation.path else []
    return {"path_parameters": {"id": rows[-1]["id"]}} if rows and not is_item else {}


@pytest.mark.parametrize("role", ["Owner", "Clerk"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_every_answer_is_one_that_the_description_announces(
    app_on: Flask, sign_in: Any, role: str, mode: GenerationMode
) -> None:
    add_a_record_of_each_kind(sign_in(app_on.test_client(), "Owner"))
    client = sign_in(app_on.test_client(), role)
    who = credentials(client)
    description = client.get("/api/v1/openapi.json").json
    operations = [found.ok() for found in schemathesis.openapi.from_dict(description).get_all_operations()]
    operations.sort(key=lambda one: one.method == "delete")  # until then there is something to look at
    called: dict[str, set[int]] = {operation.label: set() for operation in operations}

    with LiveServer(app_on) as server:
        for operation in operations:
            known = known_id(client, operation) if mode is GenerationMode.POSITIVE else {}

            @seed(20_260_305)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(mode, **known))
            def call(case: schemathesis.Case) -> None:
                # An invented key beside the cookie is refused before anything else is looked at.
                case.headers = {
                    name: text for name, text in (case.headers or {}).items() if name != "Authorization"
                }
                answer = case.call(base_url=server.url, **who)
                case.validate_response(answer, checks=CHECKS)
                called[case.operation.label].add(answer.status_code)

            call()

    assert all(called.values())
    assert len(called) >= (20 if role == "Owner" else 5)
    wanted = {200, 201} if mode is GenerationMode.POSITIVE else {422, 404}
    assert wanted <= set.union(*called.values())


def test_the_description_is_valid_openapi(app_on: Flask, sign_in: Any) -> None:
    description = sign_in(app_on.test_client(), "Owner").get("/api/v1/openapi.json").json
    names = [
        operation["operationId"]
        for path in description["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]

    schemathesis.openapi.from_dict(description).validate()
    assert len(names) == len(set(names))


def test_the_library_s_own_sign_in_is_not_there(app_on: Flask, sign_in: Any) -> None:
    addresses = {rule.rule for rule in app_on.url_map.iter_rules()}
    owner = sign_in(app_on.test_client(), "Owner")

    assert not any(address.startswith(("/security/", "/api/v1/security")) for address in addresses)
    assert owner.post("/api/v1/security/login", json={"username": "owner"}).status_code == 404
