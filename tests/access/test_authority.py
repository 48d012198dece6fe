"""Authority: who may do what to whom, and nobody hands out what he lacks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Person
from app.core.database import db
from app.core.keys import encode_token
from tests.access.accounts import NEW_PASSWORD, choose_password, edit, link_on, read, role_number, token
from tests.access.conftest import enter, post


def give_manager_the_accounts(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    """Let managers look after accounts and roles, as a shop may decide."""
    browser = signed_in("owner")
    address = f"/roles/{encode_token([role_number(app, 'Manager')])}"
    page = browser.get(address).get_data(as_text=True)
    ticked = [
        part.split('"')[0]
        for part in page.split('name="granted" value="')[1:]
        if " checked" in part.split(">")[0]
    ]
    more = [
        f"access:{noun}:{verb}"
        for noun in ("user", "role")
        for verb in ("list", "add", "edit", "reset", "delete")
    ]
    stamp = page.split('name="stamp" value="')[1].split('"')[0]
    answer = post(
        browser,
        f"{address}/edit",
        {"stamp": stamp, "name": "Manager", "granted": [*ticked, *more]},
        page=address,
    )
    assert answer.status_code == 302


@pytest.mark.parametrize("address", ["/users/", "/users/add", "/roles/", "/roles/add", "/access/shop/edit"])
def test_a_clerk_sees_no_page_of_accounts_roles_or_settings(
    signed_in: Callable[[str], FlaskClient], address: str
) -> None:
    assert signed_in("clerk").get(address).status_code == 403


def test_a_manager_resets_a_clerk_but_not_an_owner(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    give_manager_the_accounts(app, signed_in)
    browser = signed_in("manager")

    clerk = post(browser, f"/users/{token(app, 'clerk')}/link")
    owner = post(browser, f"/users/{token(app, 'owner')}/link")
    phone = post(browser, f"/users/{token(app, 'owner')}/factor", page="/profile/")

    assert (clerk.status_code, owner.status_code, phone.status_code) == (200, 403, 403)
    assert choose_password(app.test_client(), link_on(clerk)).headers["Location"] == "/"
    assert enter(app.test_client(), "clerk", NEW_PASSWORD).status_code == 302
    assert enter(app.test_client(), "owner").status_code == 302


def test_nobody_resets_the_own_password_without_the_present_one(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    address = f"/users/{token(app, 'owner')}/link"

    answer = post(browser, address, page="/profile/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/")
    assert enter(app.test_client(), "owner").status_code == 302


def test_a_manager_makes_nobody_an_owner_himself_included(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    give_manager_the_accounts(app, signed_in)
    browser = signed_in("manager")
    owner = str(role_number(app, "Owner"))
    new = {"username": "puppet", "full_name": "P", "password": NEW_PASSWORD, "roles": [owner], "active": "1"}

    self_made = edit(
        browser, f"/users/{token(app, 'manager')}/edit", full_name="Li Na", roles=[owner], active="1"
    )
    puppet = post(browser, "/users/add", new)
    clerk = edit(browser, f"/users/{token(app, 'clerk')}/edit", full_name="Z", roles=[owner], active="1")

    assert [answer.status_code for answer in (self_made, puppet, clerk)] == [403, 403, 403]
    with app.app_context():
        assert db.session.scalar(select(Person.id).where(Person.username == "puppet")) is None


def test_a_manager_neither_closes_nor_changes_an_owner(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    give_manager_the_accounts(app, signed_in)
    address = f"/users/{token(app, 'owner')}/edit"

    answer = edit(signed_in("manager"), address, full_name="Nobody", email="thief@example.com")

    assert answer.status_code == 403
    assert read(app, "owner").full_name == "Wang Fang"


@pytest.mark.parametrize(
    "wrong",
    [
        "x",
        "u" + "A" * 22,
        encode_token([0]),
        encode_token([-1]),
        encode_token([2**70]),
        encode_token(["1"]),
        encode_token([True]),
        encode_token([1, 2]),
        encode_token([99999]),
    ],
)
def test_an_address_of_nobody_is_not_found(signed_in: Callable[[str], FlaskClient], wrong: str) -> None:
    browser = signed_in("owner")

    answers = {browser.get(f"/users/{wrong}/{page}").status_code for page in ("edit", "password")}

    assert answers | {browser.get(f"/roles/{wrong}").status_code} == {404}


def test_long_lists_of_accounts_are_paged_both_ways(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        db.session.add_all(
            Person(
                username=f"staff{number:03}",
                full_name=f"Staff {number}",
                last_name="",
                email=f"s{number}@x.invalid",
            )
            for number in range(120)
        )
        db.session.commit()
    browser = signed_in("owner")

    seen: list[str] = []
    address, pages = "/users/?q=staff", 0
    while address:
        page = browser.get(address).get_data(as_text=True)
        seen += [part.split("<")[0] for part in page.split('">staff')[1:]]
        pages += 1
        address = (
            page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    back = page.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")

    assert pages == 3
    assert [part.split("<")[0] for part in seen] == [f"{number:03}" for number in range(120)]
    assert '">staff050' in browser.get(back).get_data(as_text=True)
    assert "staff" not in back.split("before=")[1]
