"""From record to record: the neighbours are those of the list, whatever it was asked, and nothing else is let out."""

from __future__ import annotations

import base64
import datetime
import html
import random
import re
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.access.models import Branch
from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.columns import token_of
from app.panel.list_page import readable_question
from app.panel.reading import PAGE_SIZE, Reader
from app.people.models import Customer, Source, Tag
from app.pets.models import Vaccination
from tests.factories.people import make_contact
from tests.factories.pets import make_pet
from tests.panel.test_hostile import TEXTS

ROWS = 61
ADDED = ("people:customer", "people:contact", "people:tag", "pets:pet", "pets:vaccination", "access:branch")
_GO = re.compile(r'class="go" href="([^"]+)"')
_WAY = re.compile(r'<a class="btn btn-quiet" href="([^"]+)"[^>]* data-(previous|next|back)>')


@pytest.fixture
def customers(app_on: Flask) -> Flask:
    """Customers with doubles and gaps in what lists are sorted by, some of them in the trash."""
    chance = random.Random(11)
    first = datetime.date(1980, 1, 1)
    with transaction():
        tag = Tag(name="VIP")
        for number in range(ROWS):
            birthday = None if chance.random() < 0.3 else first + datetime.timedelta(days=chance.randrange(6))
            record = Customer(
                name=chance.choice(["王伟", "王芳", "李娜", "Amy"]),
                birth_date=birthday,
                source=chance.choice([Source.WECHAT, None]),
                tags=[tag] if number % 3 else [],
            )
            db.session.add(record)
            if number % 5 == 0:
                record.move_to_trash()
    return app_on


def pages_of(client: FlaskClient, path: str) -> list[str]:
    """Return the rows' addresses on all pages of a list, in order."""
    found: list[str] = []
    while path:
        page = client.get(path).text
        found += [html.unescape(each) for each in _GO.findall(page)]
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(further[1]) if further else ""
    return found


def way(client: FlaskClient, path: str) -> dict[str, str]:
    """Return where the page at `path` leads within the list."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return {name: html.unescape(url) for url, name in _WAY.findall(answer.text)}


def bare(paths: list[str]) -> list[str]:
    """Return addresses without what they carry."""
    return [path.partition("?")[0] for path in paths]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sort=name",
        "?sort=-birth_date",
        "?sort=birth_date&f.source=wechat",
        "?q=王",
        "?q=王&sort=-name",
        '?where={"all":[["name","has","王"]]}&sort=birth_date',
        "trash",
        "trash?sort=birth_date",
    ],
)
def test_walking_on_from_the_first_record_visits_each_row_of_the_list_once(
    customers: Flask, sign_in: Any, query: str
) -> None:
    client = sign_in(customers.test_client(), "Owner")
    rows = pages_of(client, f"/people/customer/{query}")
    assert 8 <= len(rows) <= ROWS

    there, back, at = [rows[0]], [rows[-1]], way(client, rows[0])
    while "next" in at:
        there.append(at["next"])
        at = way(client, at["next"])
    at = way(client, there[-1])
    while "previous" in at:
        back.append(at["previous"])
        at = way(client, at["previous"])

    assert bare(there) == bare(rows)
    assert bare(back) == list(reversed(bare(rows)))


def test_the_way_back_leads_to_the_page_of_the_list_on_which_the_record_stands(
    customers: Flask, sign_in: Any
) -> None:
    client = sign_in(customers.test_client(), "Owner")
    path = pages_of(client, "/people/customer/?sort=name")[0]
    visited = 0

    while path:
        found = way(client, path)
        back, _mark, token = found["back"].partition("#")
        listed = [html.unescape(each) for each in _GO.findall(client.get(back).text)]
        assert path.partition("?")[0] in bare(listed), back
        assert token == path.partition("?")[0].rpartition("/")[2]
        visited += 1
        path = found.get("next", "")
    assert visited > PAGE_SIZE


@pytest.fixture
def some_of_each(app_on: Flask) -> Flask:
    """A few records of every kind that people add."""
    for number in range(4):
        make_contact(subject=f"call {number}")
        pet = make_pet(name=f"pet {number}")
        with transaction():
            day = datetime.date(2026, 1, 1 + number % 2)
            db.session.add(Vaccination(pet_id=pet.id, vaccine="rabies", given_on=day))
            db.session.add(Branch(name=f"branch {number}"))
            db.session.add(Tag(name=f"tag {number}"))
    return app_on


def test_on_every_declared_screen_and_by_every_sort_the_neighbours_are_the_list_s(
    some_of_each: Flask, sign_in: Any
) -> None:
    client = sign_in(some_of_each.test_client(), "Owner")
    seen = []
    for screen in list(kernel().screens.values()):
        if "list" not in screen.verbs:
            continue
        for sort in ("", *screen.sorts, *(f"-{name}" for name in screen.sorts)):
            everywhere = "f.branch=&" if "branch" in screen.filters else ""
            rows = pages_of(client, f"{screen.path}?{everywhere}sort={sort}")
            for number, row in enumerate(rows):
                found = way(client, row)
                assert bare([found.get("previous", "")]) == bare([rows[number - 1] if number else ""])
                assert bare([found.get("next", "")]) == bare([*rows, ""][number + 1 : number + 2])
        if len(rows) > 2:
            seen.append(screen.name)
    assert set(ADDED) <= set(seen)


def test_a_record_opened_from_nowhere_leads_nowhere(customers: Flask, sign_in: Any) -> None:
    client = sign_in(customers.test_client(), "Owner")
    row = pages_of(client, "/people/customer/")[0].partition("?")[0]

    for path in (row, f"{row}/edit", f"{row}?from=sort%3Dname", f"{row}?at=0", f"{row}?at=26"):
        assert way(client, path) == {}, path


def test_neighbours_cost_a_statement_a_side_for_each_range_of_the_index_that_is_looked_into(
    customers: Flask, sign_in: Any, statements: Any
) -> None:
    client = sign_in(customers.test_client(), "Owner")
    # By the key alone there is one range; rows with the same name are one more, and those without a birthday another.
    for query, most in (("", 2), ("?sort=name", 4), ("?q=王", 2), ("?sort=birth_date", 5), ("trash", 2)):
        for row in pages_of(client, f"/people/customer/{query}"):
            for page in ("", "/edit") if query != "trash" else ("",):
                plain, _mark, carried = row.partition("?")
                client.get(plain + page)
                with statements() as without:
                    client.get(plain + page)
                with statements() as seen:
                    client.get(f"{plain}{page}?{carried}")
                added = [text for text in seen if text not in without]
                assert len(seen) - len(without) <= most, added
                assert all(" LIMIT " in text.replace("\n", " ") for text in added if "people_" in text)


def test_a_record_that_the_list_no_longer_shows_still_has_neighbours(customers: Flask, sign_in: Any) -> None:
    client = sign_in(customers.test_client(), "Owner")
    rows = pages_of(client, "/people/customer/?f.source=wechat&sort=name")
    row = rows[3]
    with transaction():
        token = row.partition("?")[0].rpartition("/")[2]
        record = next(
            each
            for each in db.session.query(Customer)
            if token_of(kernel().screens["people:customer"], each) == token
        )
        record.source = None

    found = way(client, row)

    assert bare([found["previous"], found["next"]]) == bare([rows[2], rows[4]])


def test_save_and_next_leads_to_the_form_of_the_neighbour_by_the_place_before_the_save(
    customers: Flask, sign_in: Any
) -> None:
    client = sign_in(customers.test_client(), "Owner")
    rows = pages_of(client, "/people/customer/?sort=name&f.source=-")
    path, _mark, carried = rows[5].partition("?")
    form = client.get(f"{path}/edit?{carried}").text
    version = re.search(r'name="row_version" value="(\d+)"', form)
    assert version is not None and "data-save-next" in form

    values = {"row_version": version[1], "name": "啊 now the last of all", "source": "wechat"}
    answer = client.post(f"{path}/edit?{carried}", data={**values, "then": "next"})

    assert answer.status_code == 302
    assert answer.location.partition("?")[0] == f"{bare(rows)[6]}/edit"
    assert "data-previous" in client.get(answer.location).text
    last = client.get(f"{bare(rows)[-1]}/edit?{rows[-1].partition('?')[2]}").text
    assert "data-save-next" not in last


def test_saving_deleting_and_cancelling_keep_the_way(customers: Flask, sign_in: Any) -> None:
    client = sign_in(customers.test_client(), "Owner")
    rows = pages_of(client, "/people/customer/?sort=name")
    path, _mark, carried = rows[2].partition("?")
    page = html.unescape(client.get(rows[2]).text)
    form = html.unescape(client.get(f"{path}/edit?{carried}").text)
    version = re.search(r'name="row_version" value="(\d+)"', form)
    assert version is not None

    saved = client.post(f"{path}/edit?{carried}", data={"row_version": version[1], "name": "王"})
    deleted = client.post(f"{path}/delete?{carried}")

    assert f"{path}/edit?{carried}" in page and f"{path}/delete?{carried}" in page
    assert f'href="{path}?{carried}" data-leave' in form
    assert saved.location == rows[2]
    assert deleted.location == "/people/customer/?sort=name"


def test_no_trail_shows_more_than_the_list_itself(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")
    with transaction():
        for number in range(3):
            db.session.add(Customer(name=f"c{number}"))
            db.session.add(record := Customer(name=f"gone {number}"))
            record.move_to_trash()
    row = pages_of(client, "/people/customer/")[1]
    assert "next" in way(client, row)
    before = kernel().granted_names
    assert before is not None
    taken = {"people:customer:list", "people:customer:delete"}
    kernel().granted_names = lambda: before() - taken
    try:
        assert way(client, row) == {}
        assert way(client, f"{row}&from=trash%3D1") == {}
    finally:
        kernel().granted_names = before


@pytest.mark.parametrize("name", ["from", "at", "no"])
def test_a_hostile_trail_is_no_trail(app: Flask, sign_in: Any, name: str) -> None:
    client = sign_in(app.test_client(), "Owner")
    with transaction():
        for number in range(3):
            db.session.add(Customer(name=f"c{number}"))
    row = bare(pages_of(client, "/people/customer/"))[1]
    bomb = base64.urlsafe_b64encode(zlib.compress(b"q=" + b"a" * 10_000_000, 9)).decode()
    texts = [
        *TEXTS,
        "~",
        "~AAAA",
        "~" + "A" * 900,
        f"~{bomb}"[:1500],
        "sort=nobody",
        "sort=-",
        "where={",
        "f.x=1",
    ]
    texts += [
        "after=kW10",
        "before=" + "u" * 30,
        "trash=1&trash=2",
        "q=%00",
        "//evil.example",
        "%2F%2Fevil.example",
    ]

    for text in texts:
        with_place = "" if name == "at" else "at=1&"
        written = quote(text.encode("utf-8", "surrogatepass"), safe="")
        for page in ("", "/edit"):
            answer = client.get(f"{row}{page}?{with_place}{name}={written}")
            assert answer.status_code == 200, text[:50]
            for url, _kind in _WAY.findall(answer.text):
                assert html.unescape(url).startswith("/people/customer/")


def test_the_page_and_the_reader_agree_on_the_neighbours_of_a_row(customers: Flask, sign_in: Any) -> None:
    sign_in(customers.test_client(), "Owner")
    screen = kernel().screens["people:customer"]
    with customers.test_request_context("/"):
        question, _terms, _problem = readable_question(
            screen, MultiDict({"sort": "-birth_date"}), in_trash=False
        )
        reader = Reader(question, ("name",), 100)
        records = list(reader.page().records)
        for number, record in enumerate(records):
            before, after = reader.beside(record)
            assert before == (records[number - 1] if number else None)
            assert after == (records[number + 1] if number + 1 < len(records) else None)
