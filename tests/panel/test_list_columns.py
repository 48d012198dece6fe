"""The columns of a list: chosen by the address or kept by the person, any field, in any order, as wide as wished."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.kernel import kernel
from app.panel.column_layout import MOST_COLUMNS, WIDEST, possible_columns
from tests.factories.people import make_customer

LIST = "/people/customer/"
CHOOSER = f"{LIST}columns"
HEADS = re.compile(r'<th scope="col"[^>]* data-c="([^"]+)"')


@pytest.fixture(name="app")
def _app(app_on: Flask) -> Flask:
    """Return the shop on each of the three databases."""
    return app_on


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    make_customer(name="Amy", wechat="amy-chat")
    return client


def heads(client: FlaskClient, path: str = LIST) -> list[str]:
    """Return the names of the list's columns."""
    return HEADS.findall(client.get(path).text)


def order(*first: str) -> list[str]:
    """Return the hidden names of the chooser's form, these first."""
    return [*first, *(each for each in ("name", "wechat", "phone", "sex") if each not in first)]


def test_the_address_names_the_columns_in_their_order(owner: FlaskClient) -> None:
    page = owner.get(f"{LIST}?columns=wechat,name,sex").text

    assert HEADS.findall(page) == ["wechat", "name", "sex"]
    assert "amy-chat" in page
    assert "columns=wechat%2Cname%2Csex" in page, "sorting and paging keep them"


def test_what_leads_to_the_record_is_always_shown(owner: FlaskClient) -> None:
    assert heads(owner, f"{LIST}?columns=wechat") == ["name", "wechat"]


def test_a_person_keeps_their_own_columns(app: Flask, owner: FlaskClient, sign_in: Any) -> None:
    declared = heads(owner)
    colleague = sign_in(app.test_client(), "Clerk")

    owner.post(CHOOSER, data={"order": order("wechat"), "shown": ["wechat", "name"]})
    kept = heads(owner)
    owner.post(CHOOSER, data={"reset": "1"})

    assert kept == ["wechat", "name"]
    assert heads(colleague) == declared == heads(owner)


def test_columns_for_once_are_not_kept(owner: FlaskClient) -> None:
    answer = owner.post(CHOOSER, data={"order": order(), "shown": ["sex"], "once": "1"})

    assert answer.location == f"{LIST}?columns=name%2Csex"
    assert "sex" not in heads(owner)


def test_a_column_moves_by_a_button_and_nothing_is_kept_before_saving(owner: FlaskClient) -> None:
    page = owner.post(
        CHOOSER, data={"order": order(), "shown": ["wechat", "phone"], "move": "up|phone", "w.phone": "99"}
    ).text

    assert re.findall(r'name="order" value="([^"]+)"', page)[:3] == ["name", "phone", "wechat"]
    assert 'value="99"' in page
    assert "wechat" not in heads(owner)


def test_a_width_is_kept_for_the_person(owner: FlaskClient) -> None:
    answer = owner.patch(CHOOSER, data={"name": "phone", "width": "5000"})

    assert answer.status_code == 204
    assert f'data-c="phone" data-edit data-w="{WIDEST}"' in owner.get(LIST).text


@pytest.mark.parametrize("columns", ["password", "name,nonsense", "id", "<script>", "name;drop"])
def test_an_unknown_column_is_said_and_the_list_is_shown_as_ever(owner: FlaskClient, columns: str) -> None:
    answer = owner.get(LIST, query_string={"columns": columns})

    assert answer.status_code == 422
    assert "This list has no column" in answer.text
    assert HEADS.findall(answer.text) == list(kernel().screens["people:customer"].columns)


@pytest.mark.parametrize(
    ("name", "width"), [("phone", "wide"), ("phone", "-5"), ("nonsense", "100"), ("phone", "9" * 40)]
)
def test_a_width_that_is_none_is_refused(owner: FlaskClient, name: str, width: str) -> None:
    assert owner.patch(CHOOSER, data={"name": name, "width": width}).status_code == 422


def test_a_wrong_width_stays_typed(owner: FlaskClient) -> None:
    answer = owner.post(CHOOSER, data={"order": order(), "shown": ["phone"], "w.phone": "7"})

    assert answer.status_code == 422
    assert 'value="7"' in answer.text


def test_every_field_of_every_screen_can_be_a_column(owner: FlaskClient) -> None:
    for screen in kernel().screens.values():
        names = [entry.name for entry in possible_columns(screen)][:MOST_COLUMNS]
        answer = owner.get(screen.path, query_string={"columns": ",".join(names)})
        assert answer.status_code == 200, screen.name
        if "<table" in answer.text:
            assert set(HEADS.findall(answer.text)) == set(names), screen.name


def test_a_column_without_an_index_says_why_it_does_not_sort(owner: FlaskClient) -> None:
    page = owner.get(f"{LIST}?columns=name,wechat").text

    assert re.search(r'data-c="wechat"[^>]* title="[^"]*no index', page)
    assert not re.search(r'data-c="name"[^>]* title=', page)


def test_an_export_of_the_shown_columns_follows_the_address(owner: FlaskClient) -> None:
    text = owner.get(f"{LIST}export.csv?which=shown&form=machine&columns=wechat").text

    assert text.lstrip("\ufeff").splitlines()[0] == "id,name,wechat"
