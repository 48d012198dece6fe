"""Which orders a list has, how people and programs ask for them, and what is said of those it hasn't."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import db
from app.core.kernel import kernel
from app.panel.ordering import order_text, parse_order
from app.panel.reading import Question, Reader
from app.panel.sorting import Sorting
from app.people.models import Customer, Source
from tests.factories.people import make_customer

LIST = "/people/customer/"
REST = "/api/v1/people/customer"


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in, and six customers of three sources."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    for name, source in (("B", Source.WECHAT), ("A", Source.WECHAT), ("C", Source.PHONE), ("D", None)):
        make_customer(name=name, source=source)
    return client


def titles(client: FlaskClient, address: str, status: int = 200) -> list[str]:
    """Return the names in a list's rows."""
    answer = client.get(address)
    assert answer.status_code == status, address
    return re.findall(r'<a class="go"[^>]*>([^<]*)</a>', answer.text)


def test_a_list_and_the_api_sort_by_several_fields(owner: FlaskClient) -> None:
    def named(sort: str) -> list[str]:
        rows = owner.get(f"{REST}?sort={sort}").json["data"]
        return [row["name"] for row in rows]

    for sort, expected in (
        ("source,name", ["C", "A", "B", "D"]),
        ("source,-name", ["C", "B", "A", "D"]),
        ("-source,name", ["A", "B", "C", "D"]),
        ("-source,-name", ["B", "A", "C", "D"]),
    ):
        assert titles(owner, f"{LIST}?sort={sort}") == expected == named(sort)


def test_the_api_pages_through_several_fields(owner: FlaskClient) -> None:
    found, address = [], f"{REST}?sort=source,-name&limit=1"
    after = ""
    while after is not None:
        page = owner.get(f"{address}&after={after}").json
        found += [row["name"] for row in page["data"]]
        after = page["next"]

    assert found == ["C", "B", "A", "D"]


def test_exports_and_views_keep_the_order(owner: FlaskClient) -> None:
    text = owner.get(f"{LIST}export.csv?which=shown&form=machine&columns=name&sort=source,-name").text
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == ["C", "B", "A", "D"]

    page = owner.get(f"{LIST}?sort=source,-name&f.sex=-").text
    assert page.count("sort=source%2C-name") >= 3, "choosing columns, conditions and views keep it"
    assert '<input type="hidden" name="sort" value="source,-name">' in page


@pytest.mark.parametrize(
    ("sort", "reason", "shown"),
    [
        ("name,source", "goes together", ["A", "B", "C", "D"]),
        ("-name,source", "goes together", ["D", "C", "B", "A"]),
        ("name,created_at", "goes together", ["A", "B", "C", "D"]),
        ("source", "goes together", ["C", "A", "B", "D"]),
        ("source,name,created_at", "goes together", ["C", "A", "B", "D"]),
        ("source,name,created_at,branch", "3 fields at most", ["C", "A", "B", "D"]),
        ("name,name", "each field once", ["A", "B", "C", "D"]),
        ("name,-name", "each field once", ["A", "B", "C", "D"]),
        ("name,id", "“id”", ["A", "B", "C", "D"]),
        ("name,", "“”", ["A", "B", "C", "D"]),
        (",name", "“”", None),
        ("-", "“”", None),
        (",", "“”", None),
        ("--name", "“-name”", None),
        (" name", "“ name”", None),
        ("branch.name,name", "“branch.name”", None),
        ("name,phone", "“phone”", ["A", "B", "C", "D"]),
        ("name,password", "“password”", ["A", "B", "C", "D"]),
        ("deleted_at,name", "“deleted_at”", None),
        ("name;drop table", "“name;drop table”", None),
        ("," * 5000, "3 fields at most", None),
        ("name," * 900, "3 fields at most", ["A", "B", "C", "D"]),
        ("王" * 3000, "“王", None),
        ("name,\x00", "“\x00”", ["A", "B", "C", "D"]),
    ],
)
def test_an_order_that_cannot_be_had_is_told_and_what_can_be_had_of_it_stays(
    owner: FlaskClient, sort: str, reason: str, shown: list[str] | None
) -> None:
    newest_first = ["D", "C", "A", "B"]
    answer = owner.get(LIST, query_string={"sort": sort, "q": ""})
    rest = owner.get(REST, query_string={"sort": sort})
    export = owner.get(f"{LIST}export.csv", query_string={"sort": sort})

    assert answer.status_code == rest.status_code == export.status_code == 422
    assert reason in html.unescape(answer.text)
    assert re.findall(r'<a class="go"[^>]*>([^<]*)</a>', answer.text) == (shown or newest_first)
    assert reason in rest.json["errors"]["sort"]


def test_a_cursor_of_another_order_is_no_cursor(owner: FlaskClient) -> None:
    screen = kernel().screens["people:customer"]
    record = db.session.scalars(select(Customer).where(Customer.name == "A")).one()
    cursors = {
        sort: Reader(Question(screen, order=parse_order(sort)), ()).cursor_of(record)
        for sort in ("name", "source,name", "branch,name", "id")
    }

    for sort in cursors:
        for other, cursor in cursors.items():
            for place in ("after", "before"):
                answer = owner.get(f"{LIST}?sort={sort}&{place}={cursor}")
                assert answer.status_code == (200 if sort == other else 404), (sort, other)
    assert owner.get(f"{LIST}?sort=-source,name&after={cursors['source,name']}").status_code == 200


def heads(page: str) -> dict[str, str]:
    """Return the markup of each head by its column."""
    found = re.findall(r'(<th scope="col"[^>]* data-c="([^"]+)".*?)(?=<th|</thead>)', page, re.DOTALL)
    return {name: html.unescape(markup) for markup, name in found}


def test_heads_say_the_order_and_what_a_press_with_shift_does(owner: FlaskClient) -> None:
    page = heads(owner.get(f"{LIST}?sort=source,-name").text)

    assert 'aria-sort="ascending"' in page["source"] and '<span class="nth">1</span>' in page["source"]
    assert "aria-sort" not in page["name"] and '<span class="nth">2</span>' in page["name"]
    assert "descending" in page["name"]
    assert "sort=-source%2C-name" in page["source"], "a press turns the first field round"
    assert 'data-more="/people/customer/?sort=source%2Cname"' in page["name"], "source alone has no index"
    assert "sort=name" in page["name"], "a press sorts by this alone"
    assert "No index covers" in page["created_at"]


def test_a_head_that_can_be_added_leads_there_with_shift(owner: FlaskClient) -> None:
    page = heads(owner.get("/pets/pet/?sort=name").text)
    assert page == {}  # no pets, no table
    screen = kernel().screens["pets:vaccination"]

    sorting = Sorting(screen, parse_order("-due_on"), str)
    assert "vaccine" in sorting.head("vaccine")["more_url"]
    assert sorting.head("given_on")["more_url"] == "" and sorting.head("given_on")["note"]
    assert [choice.label for choice in sorting.menu().further] == [str(screen.fields["vaccine"].label)]


def every_press(sorting: Sorting) -> list[str]:
    """Return all addresses that the heads and the menu of a list offer."""
    asked = [sorting.head(name) for name in sorting.screen.fields]
    menu = sorting.menu()
    urls = [each.get(kind, "") for each in asked for kind in ("sort_url", "more_url")]
    urls += [url for line in menu.now for url in (line.turn_url, line.remove_url)]
    return [url for url in (*urls, *(each.url for each in (*menu.further, *menu.others))) if url]


def test_whatever_is_offered_can_be_had(owner: FlaskClient) -> None:
    """Press everything that any reachable order offers: none is ever refused."""
    for screen in kernel().screens.values():
        seen, waiting = set(), [f"{screen.path}?sort={screen.sort}"]
        while waiting:
            text = waiting.pop().partition("sort=")[2]
            if text in seen:
                continue
            seen.add(text)
            order = parse_order(text)
            assert owner.get(screen.path, query_string={"sort": text}).status_code == 200, (screen.name, text)
            waiting += every_press(Sorting(screen, order, lambda each: f"sort={order_text(each)}"))
        wanted = {*((name,) for name in screen.sorts), *screen.orders}
        assert {tuple(each.strip("-") for each in text.split(",")) for text in seen} >= wanted


def test_the_description_lists_every_order(owner: FlaskClient) -> None:
    description = owner.get("/api/v1/openapi.json").json
    parameters = description["paths"]["/api/v1/people/customer"]["get"]["parameters"]
    sort = next(each for each in parameters if each["name"] == "sort")["schema"]["enum"]

    assert {"id", "-id", "name", "source,-name", "-source,name", "branch,name"} <= set(sort)
    for text in sort:
        assert owner.get(f"{REST}?sort={text}&limit=1").status_code == 200, text
