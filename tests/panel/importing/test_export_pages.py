"""The export page and its three kinds of file, over the network."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.factories.people import make_customer
from tests.support.whole_house import sign_in_as

LIST = "/people/customer/"


@pytest.fixture
def owner(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app.test_client(), "Owner")


def test_the_export_page_keeps_the_lists_filters(owner: FlaskClient) -> None:
    make_customer(name="王芳", phone="15400000001", source="referral")
    make_customer(name="李雷", phone="15400000002")

    page = owner.get(f"{LIST}export?f.source=referral&sort=name").text
    text = owner.get(f"{LIST}export.csv?f.source=referral&which=shown&form=person").text
    machine = owner.get(f"{LIST}export.json?form=machine").json
    book = owner.get(f"{LIST}export.xlsx?which=shown").data

    assert 'name="f.source" value="referral"' in page and "1 record" in page
    assert text.splitlines()[0] == "\ufeffFull name,Phone,Tags,Branch,Found us by,Customer since"
    assert "王芳" in text and "李雷" not in text
    assert {row["name"] for row in machine} == {"王芳", "李雷"} and machine[0]["id"].startswith("u")
    assert load_workbook(io.BytesIO(book)).active["A1"].value == "Full name"
    assert owner.get(f"{LIST}export.exe").status_code == 404


def test_without_the_right_nothing_is_exported(app: Flask) -> None:
    clerk = sign_in_as(app.test_client(), "Clerk")

    answers = [clerk.get(f"{LIST}export{rest}").status_code for rest in ("", ".csv", ".xlsx", ".json")]

    assert answers == [403, 403, 403, 403]
