"""R21: numbers, texts and documents at the edge of what machines hold are refused or kept, and never a failure of ours.

Random calls by the API's own description: `tests/panel/test_rest_contract.py`; hostile addresses: `test_hostile.py`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import fields
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.panel.writing import editable_fields
from tests.panel.importing.test_round_trip import made, plain
from tests.security.test_extra_keys import document_of
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

LONGEST = 10_000
NUMBERS = (
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "100000000000000000000",
    "1e400",
)
TEXTS = (
    *NUMBERS,
    *("NaN", "Infinity", "-0", "-0.0", "0x10", "１２３", "1_000", "1,5", "٣", "--1", "9" * 5000),
    *(
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\u202e",
        "\ufeff",
        "\x1b[31m",
        "\r\n",
        "😀" * 300,
        "a" * 100_000,
    ),
    *(
        "0000-00-00",
        "9999-12-31",
        "10000-01-01",
        "2026-02-30",
        "-0001-01-01",
        "24:00",
        "2026-01-01T00:00:00+99:00",
    ),
)
# As they stand in a document: what Python's reader takes, whatever JSON says.
RAW = (
    *NUMBERS,
    *("-0", "-0.0", "NaN", "Infinity", "1E400", "1e-400", "true", "null", "{}", "[]", "[[[]]]", '""'),
    *('"\\u0000"', '"\\ud800"', '{"id": 1}', '{"amount": 1e400}', '{"amount": "NaN"}', '{"id": "\\u0000"}'),
)
BODIES = (
    *(
        "",
        " ",
        "{",
        "[]",
        "null",
        '"x"',
        "1",
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"name":' + "9" * 10_000 + "}",
    ),
    *(
        "\ufeff{}",
        '{"name": "\\ud800"}',
        "{" + ",".join(['"a":1'] * 20_000) + "}",
    ),
)


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(app_on))
    return client


def records() -> dict[str, str]:
    """Make a record for each screen that can be edited, and return their tokens by screen."""
    found = {}
    for screen in kernel().screens.values():
        if "edit" in screen.verbs:
            with transaction():
                found[screen.name] = encode_token([made(screen, plain(screen)).id])
    return found


def as_bytes(text: str) -> bytes:
    """Return a text as it goes over the network, lone halves of signs included."""
    return text.encode("utf-8", "surrogatepass")


def test_every_field_of_every_screen_takes_or_refuses_every_number_and_text_of_a_program(
    owner: FlaskClient,
) -> None:
    failures, answers = [], Counter[int]()
    for screen in kernel().screens.values():
        if "add" not in screen.verbs:
            continue
        plainly = document_of(screen)
        for entry in editable_fields(screen):
            raws = [*RAW, *(json.dumps(text) for text in TEXTS if len(text) < LONGEST)]
            if db.engine.dialect.name != "sqlite":
                # Which of them reach the database at all is the same everywhere; there a third of them does.
                raws = raws[len(entry.name) % 3 :: 3]
            rest = json.dumps({name: value for name, value in plainly.items() if name != entry.name})[:-1]
            records = [f'{rest}{", " if len(rest) > 1 else ""}"{entry.name}": {raw}}}' for raw in raws]
            operations = ",".join(f'{{"op": "add", "record": {each}}}' for each in records)
            answer = owner.post(
                f"/api/v1{screen.path}bulk",
                data=as_bytes(f'{{"operations": [{operations}]}}'),
                content_type="application/json",
            )
            if answer.status_code != 200:
                failures.append((screen.name, entry.name, answer.status_code))
                continue
            statuses = [each["status"] for each in answer.json["results"]]
            answers.update(statuses)
            failures += [
                (screen.name, entry.name, raw[:40])
                for raw, status in zip(raws, statuses, strict=True)
                if status not in (201, 409, 422)
            ]

    assert failures == []
    assert answers[201] > 50
    assert answers[422] > 100


def test_every_field_of_every_form_takes_or_refuses_every_text(owner: FlaskClient) -> None:
    failures = []
    for name, token in records().items():
        screen = kernel().screens[name]
        address = f"{screen.path}{token}/edit"
        inputs = form_of(owner.get(address).text).to_dict(flat=False)
        entries = [entry for entry in editable_fields(screen) if not isinstance(entry, fields.File)]
        for text in TEXTS:
            hostile = {entry.name: as_bytes(text) for entry in entries}
            answer = owner.post(address, data={**inputs, **hostile})
            if answer.status_code not in (302, 409, 413, 422):
                failures.append((name, text[:40], answer.status_code))

    assert failures == []


@pytest.mark.parametrize("path", ["people/customer", "people/customer/bulk", "pets/vaccination"])
def test_a_document_of_any_shape_is_refused_with_a_reason(owner: FlaskClient, path: str) -> None:
    for body in BODIES:
        answer = owner.post(f"/api/v1/{path}", data=as_bytes(body), content_type="application/json")
        assert answer.status_code in (400, 413, 422), body[:40]
        assert answer.json["code"], body[:40]


@pytest.mark.parametrize("version", ["1.0", "true", "null", "-1", "1e400", "NaN", *NUMBERS])
def test_a_version_that_is_none_changes_nothing(owner: FlaskClient, version: str) -> None:
    token = records()["people:tag"]
    body = f'{{"row_version": {version}, "notes": "x"}}'

    answer = owner.patch(f"/api/v1/people/tag/{token}", data=body, content_type="application/json")

    assert answer.status_code in (409, 422)
    assert owner.get(f"/api/v1/people/tag/{token}").json["notes"] is None


def test_a_place_in_a_list_at_the_edge_of_numbers_is_refused(owner: FlaskClient) -> None:
    for text in TEXTS:
        for name in ("limit", "after", "f.birth_date.from", "f.created_at.from", "sort", "fields"):
            query = {name: text.encode("utf-8", "replace")}
            answer = owner.get("/api/v1/people/customer", query_string=query)
            assert answer.status_code in (200, 404, 414, 422), (name, text[:40], answer.status_code)
