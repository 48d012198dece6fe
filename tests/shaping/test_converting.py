"""Another kind of field is made out of an old one's values, and what does not fit is told and stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import encode_token
from app.shaping import converting, definitions
from app.shaping.models import Kind
from tests.factories.shaping import make_field

CASES: dict[tuple[Kind, Kind], tuple[list[Any], list[Any], int]] = {
    (Kind.TEXT, Kind.NUMBER): (["12", "1,234.5", "about ten"], ["12", "1234.5"], 1),
    (Kind.TEXT, Kind.MONEY): (["¥3", "3元", "free"], ["3.00", "3.00"], 1),
    (Kind.TEXT, Kind.DATE): (["2026年3月5日", "2026-03-06", "soon"], ["2026-03-05", "2026-03-06"], 1),
    (Kind.TEXT, Kind.ANSWER): (["是", "no", "maybe"], [True, False], 1),
    (Kind.TEXT, Kind.LONG_TEXT): (["a", "b"], ["a", "b"], 0),
    (Kind.TEXT, Kind.CHOICE): (["S", "M", "S"], None, 0),  # type: ignore[dict-item]
    (Kind.LONG_TEXT, Kind.TEXT): (["short", "x" * 300], ["short"], 1),
    (Kind.NUMBER, Kind.TEXT): (["1.5"], ["1.5"], 0),
    (Kind.NUMBER, Kind.MONEY): (["1.5"], ["1.50"], 0),
    (Kind.MONEY, Kind.NUMBER): (["1.5"], ["1.5"], 0),
    (Kind.DATE, Kind.TEXT): (["2026-03-05"], ["2026-03-05"], 0),
    (Kind.CHOICE, Kind.CHOICES): (["red", "blue"], [["red"], ["blue"]], 0),
    (Kind.CHOICE, Kind.TEXT): (["red"], ["Red"], 0),
    (Kind.CHOICES, Kind.TEXT): ([["red", "blue"]], ["Red, Blue"], 0),
    (Kind.ANSWER, Kind.TEXT): (["1", "0"], ["Yes", "No"], 0),
}


@pytest.mark.parametrize("pair", CASES, ids=lambda pair: f"{pair[0].value}-to-{pair[1].value}")
def test_values_are_taken_over_and_the_rest_is_told_and_kept(
    app_on: Flask, owner: FlaskClient, pair: tuple[Kind, Kind], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converting, "CHUNK", 2)
    (kind, to), (typed, expected, left) = pair, CASES[pair]
    old = make_field(app_on, kind, label="Thing", sortable=False, searchable=False)
    for number, value in enumerate(typed):
        added = owner.post("/people/customer/add", data={"name": f"n{number}", old: value})
        assert added.status_code == 302
    key = next(row.id for row in definitions.read_definitions().fields)
    db.session.rollback()

    answer = owner.post(
        f"/shaping/field/{encode_token([key])}/convert", data={"to_kind": to.value}, follow_redirects=True
    )

    assert answer.status_code == 200
    rows = owner.get("/api/v1/people/customer?sort=name").json["data"]
    (new,) = [name for name in rows[0] if name.startswith("x_")]
    values = [row[new]["amount"] if isinstance(row[new], dict) else row[new] for row in rows]
    found = [value for value in values if value not in (None, [])]
    if expected is None:
        assert len(found) == len(typed) and len(set(found)) == 2
    else:
        assert found == expected
    assert len(re.findall(r'<tr><td><a href="/people/customer/', answer.text)) == left
    assert new != old
    states = {row.name: (row.state.value, row.kind) for row in definitions.read_definitions().fields}
    assert states == {old: ("parked", kind), new: ("active", to)}
    assert "Thing" in owner.get("/people/customer/").text


def test_links_and_files_become_nothing_else(app_on: Flask, owner: FlaskClient) -> None:
    make_field(app_on, Kind.FILE)
    key = encode_token([next(row.id for row in definitions.read_definitions().fields)])
    db.session.rollback()

    owner.post(f"/shaping/field/{key}/convert", data={"to_kind": "text"})

    assert [row.state.value for row in definitions.read_definitions().fields] == ["active"]
    assert owner.post(f"/shaping/field/{key}/convert", data={"to_kind": "x"}).status_code == 404


def test_too_many_different_texts_are_no_choices(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT)
    for number in range(101):
        owner.post("/api/v1/people/customer", json={"name": "n", name: f"text {number}"})
    key = encode_token([next(row.id for row in definitions.read_definitions().fields)])
    db.session.rollback()

    owner.post(f"/shaping/field/{key}/convert", data={"to_kind": "choice"})

    assert [row.kind for row in definitions.read_definitions().fields] == [Kind.TEXT]
