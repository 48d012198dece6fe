"""The home page shows what is to be done next, only what the person may see, and as the person arranged it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Person
from app.core.database import db
from app.core.keys import encode_token
from app.core.shop import today
from app.core.transaction import transaction
from app.panel.arranging import Arrangement
from app.people.models import Channel, Contact, ContactKind, ContactState, Customer
from tests.factories.pets import make_pet, make_vaccination

OWN = "My contacts to settle next"
EVERYBODY = "Everybody&#39;s contacts to settle next"
WORK = "Who has how much to do"


def number_of(username: str) -> int:
    """Return the number of an account."""
    number = db.session.scalar(select(Person.id).where(Person.username == username))
    assert number is not None
    return int(number)


def add_contacts(username: str | None = None) -> None:
    """Add contacts that are due, settled, far off and without a date, in this person's care."""
    owner = number_of(username) if username else None
    db.session.rollback()
    with transaction():
        common = {
            "customer": Customer(name="王伟"),
            "kind": ContactKind.COMPLAINT,
            "channel": Channel.PHONE,
            "owner_id": owner,
        }
        day = today()
        db.session.add_all(
            [
                Contact(subject="tomorrow", due_on=day + datetime.timedelta(days=1), **common),
                Contact(subject="overdue", due_on=day - datetime.timedelta(days=3), **common),
                Contact(subject="far off", due_on=day + datetime.timedelta(days=90), **common),
                Contact(subject="settled", due_on=day, state=ContactState.DONE, **common),
                Contact(subject="whenever", **common),
            ]
        )


def test_the_own_contacts_to_settle_next_stand_on_the_home_page_soonest_first(
    app_on: Flask, sign_in: Any
) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    add_contacts("clerk")

    page = client.get("/").text

    assert 0 < page.index(">overdue<") < page.index(">tomorrow<")
    for subject in ("far off", "settled", "whenever"):
        assert subject not in page


def test_show_all_leads_to_the_list_of_the_same_rows(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    add_contacts("clerk")
    page = client.get("/").text
    start = page.index('href="', page.index(OWN)) + len('href="')

    answer = client.get(page[start : page.index('"', start)].replace("&amp;", "&"))

    assert answer.status_code == 200
    assert "overdue" in answer.text and "tomorrow" in answer.text and "far off" not in answer.text


def test_a_clerk_does_not_see_others_work_and_a_manager_does(app_on: Flask, sign_in: Any) -> None:
    clerk, manager = (sign_in(app_on.test_client(), role) for role in ("Clerk", "Manager"))
    add_contacts("manager")
    add_contacts()

    clerks, managers = clerk.get("/").text, manager.get("/").text

    assert ">overdue<" not in clerks and EVERYBODY not in clerks and WORK not in clerks
    assert managers.count(">overdue<") == 3, "one's own, and everybody's two"
    table = managers[managers.index(WORK) :]
    assert "Nobody yet" in table
    assert f"f.owner={encode_token([number_of('manager')])}" in table


@pytest.mark.parametrize(
    ("role", "seen", "unseen"),
    [
        ("Owner", {"Contacts to settle today", "New this month", "Vaccinations due next"}, set()),
        ("Manager", {"Contacts to settle today", "New this month", "Vaccinations due next"}, set()),
        (
            "Clerk",
            {"My contacts to settle today", "New this month", "Vaccinations due next"},
            {"Contacts to settle today", WORK},
        ),
        (
            "Groomer",
            {"My contacts to settle today", "Vaccinations due next"},
            {"Contacts to settle today", "New this month", WORK},
        ),
    ],
)
def test_each_role_has_a_home_page_of_its_own(
    app: Flask, sign_in: Any, role: str, seen: set[str], unseen: set[str]
) -> None:
    client = sign_in(app.test_client(), role)
    with app.app_context():
        make_vaccination(due_on=today() + datetime.timedelta(days=2))

    page = client.get("/").text

    assert {label for label in seen if f">{label}<" not in page} == set()
    assert {label for label in unseen if f">{label}<" in page} == set()


def test_a_home_page_costs_one_statement_a_block_and_two_more(
    app_on: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    for _round in range(4):
        add_contacts("owner")
    pet = make_pet()
    for _number in range(8):
        make_vaccination(pet_id=pet.id, due_on=today())
    client.get("/")

    with statements() as seen:
        page = client.get("/").text

    blocks = page.count('class="figure ') + page.count('<section class="found">')
    assert blocks == 6 + 4
    # The check-up's number stands in a file.
    assert len(seen) <= blocks - 1 + 2, list(seen)
    assert seen.writes == []


# --- Arranging -------------------------------------------------------------------------------------


def arrange(client: FlaskClient, shown: list[str], **further: str) -> Any:
    """Send the arranging form."""
    return client.post("/home/arrange", data={"shown": shown, **further})


def labels(client: FlaskClient) -> list[str]:
    """Return the numbers on the home page in their order."""
    page = client.get("/").text
    return [part.split("<")[0] for part in page.split('<span class="label">')[1:]]


def test_a_person_hides_numbers_and_pays_for_them_no_more(
    app_on: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    client.get("/")
    with statements() as before:
        client.get("/")

    answer = arrange(client, ["people:customers", "people:own_contacts", "panel:pinned"])
    with statements() as after:
        client.get("/")

    assert answer.status_code == 302
    assert labels(client) == ["Customers"]
    # Three numbers, and the vaccinations with the tail of those without a date.
    assert len(after) == len(before) - 5


def test_a_person_moves_a_number_and_everything_else_stays_where_it_is(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    first = labels(client)
    every = ["people:own_due", "pets:due_vaccinations", "people:new_customers", "people:customers"]

    answer = arrange(client, every, move="up|people:customers")

    assert answer.headers["Location"].startswith("/home/arrange?moved=")
    assert labels(client) == [*first[:2], "Customers", first[2]]
    page = client.get(answer.headers["Location"]).text
    assert page.count("autofocus") == 1
    arrange(client, [], reset="1")
    assert labels(client) == first


def test_an_arrangement_belongs_to_one_person(app_on: Flask, sign_in: Any) -> None:
    clerk, manager = (sign_in(app_on.test_client(), role) for role in ("Clerk", "Manager"))
    before = labels(manager)

    arrange(clerk, [])

    assert labels(clerk) == []
    assert labels(manager) == before


@pytest.mark.parametrize(
    "move",
    ["", "up|", "up|people:workloads", "sideways|people:customers", "up|\x00", "|" * 500, "down|x" * 99],
)
def test_the_arranging_form_is_believed_for_own_blocks_only(app: Flask, sign_in: Any, move: str) -> None:
    client = sign_in(app.test_client(), "Clerk")
    before = labels(client)
    every = ["people:own_due", "pets:due_vaccinations", "people:new_customers", "people:customers"]

    answer = arrange(client, [*every, "people:due", "nobody:nothing", "' OR 1=1 --"], move=move)

    assert answer.status_code == 302
    assert labels(client) == before
    assert WORK not in client.get("/").text


def test_what_a_program_declares_anew_stands_behind_an_arranged_page() -> None:
    arrangement = Arrangement.read('{"order":["a:2","a:1"],"hidden":["a:3"]}')

    ordered = arrangement.sorted([("a:1", 1), ("a:2", 2), ("a:new", 3)])

    assert [name for name, _block in ordered] == ["a:2", "a:1", "a:new"]
    assert Arrangement.read(arrangement.text()) == arrangement
    assert Arrangement().text() is None


def test_strangers_have_no_home_page_to_arrange(app: Flask, client: FlaskClient) -> None:
    assert client.get("/home/arrange").status_code == 302
    assert client.post("/home/arrange", data={"shown": "x"}).status_code in (302, 400)
