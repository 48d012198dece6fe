"""Accounts: the own profile, other people's accounts, and what nobody may do to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.access.accounts import create_owner, find_person, rescue_owner, role_numbers
from app.access.models import Person, ShopSettings
from app.access.roles import roles_of
from app.core.database import db
from app.core.errors import Invalid, NotFound
from app.core.fields import FieldProblem
from app.core.keys import encode_token
from tests.access.conftest import PASSWORD, House, enter, person_number, post, token_of
from tests.support.databases import in_threads

NEW_PASSWORD = "nine loud trumpets"


def token(app: Flask, username: str) -> str:
    return encode_token([person_number(app, username)])


def role_number(app: Flask, name: str) -> int:
    with app.app_context():
        number = db.session.scalar(select(Role.id).where(Role.name == name))
        db.session.remove()
    assert number is not None
    return number


def read(app: Flask, username: str) -> Person:
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.username == username))
        assert person is not None
        db.session.expunge(person)
        db.session.remove()
    return person


def stamp_of(browser: FlaskClient, address: str) -> str:
    page = browser.get(address).get_data(as_text=True)
    return page.split('name="stamp" value="')[1].split('"')[0]


def edit(browser: FlaskClient, address: str, **values: Any) -> Any:
    """Send an account's form with the stamp that its page shows."""
    return post(browser, address, {"stamp": stamp_of(browser, address), **values})


# --- The own account ------------------------------------------------------------------------------


def test_a_person_changes_the_own_profile(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("clerk")

    answer = post(
        browser,
        "/profile/",
        {"full_name": " 张  伟 ", "email": "Zhang@Example.com", "language": "zh_Hans", "theme": "dark"},
    )

    person = read(app, "clerk")
    assert answer.status_code == 302
    assert (person.full_name, person.address, person.language, person.theme) == (
        "张 伟",
        "zhang@example.com",
        "zh_Hans",
        "dark",
    )
    assert enter(app.test_client(), "zhang@example.com").status_code == 302


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("full_name", "", "Please fill this in."),
        ("full_name", "x" * 65, "At most 64 characters"),
        ("email", "not an address", "This is not an e-mail address"),
        ("language", "xx", "Please choose one of the list."),
        ("theme", "pink", "Please choose one of the list."),
    ],
)
def test_a_bad_profile_says_why_beside_the_field_and_keeps_the_rest(
    signed_in: Callable[[str], FlaskClient], field: str, text: str, message: str
) -> None:
    browser = signed_in("clerk")
    form = {
        "full_name": "Zhang Wei",
        "email": "z@example.com",
        "language": "en",
        "theme": "auto",
        field: text,
    }

    answer = post(browser, "/profile/", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert 'value="z@example.com"' in page or field == "email"


def test_an_address_that_another_has_is_refused(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    form = {"full_name": "A", "email": "shared@example.com", "language": "", "theme": ""}
    first = post(signed_in("clerk"), "/profile/", form).status_code

    second = post(signed_in("manager"), "/profile/", form)

    assert (first, second.status_code) == (302, 422)
    assert "Another account has this address." in second.get_data(as_text=True)


def test_the_own_password_changes_only_with_the_present_one(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("clerk")
    form = {"old": "wrong wrong wrong", "new": NEW_PASSWORD, "again": NEW_PASSWORD}

    refused = post(browser, "/profile/password/", form, page="/profile/")
    done = post(browser, "/profile/password/", {**form, "old": PASSWORD}, page="/profile/")

    assert refused.status_code == 422
    assert "This is not your present password." in refused.get_data(as_text=True)
    assert done.status_code == 302
    assert browser.get("/profile/").status_code == 200
    assert enter(app.test_client(), "clerk").status_code == 401
    assert enter(app.test_client(), "clerk", NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize(
    ("new", "again", "message"),
    [
        ("short", "short", "At least 12 characters."),
        ("x" * 129, "x" * 129, "At most 128 characters."),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "Too simple"),
        (NEW_PASSWORD, "nine loud trumpet", "The two new passwords differ."),
        (PASSWORD, PASSWORD, "This is your present password."),
        ("", "", "Please fill this in."),
    ],
)
def test_a_poor_new_password_is_refused_and_never_shown(
    signed_in: Callable[[str], FlaskClient], new: str, again: str, message: str
) -> None:
    browser = signed_in("clerk")

    answer = post(
        browser, "/profile/password/", {"old": PASSWORD, "new": new, "again": again}, page="/profile/"
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert not new or f'value="{new}"' not in page


# --- Other people's accounts ----------------------------------------------------------------------


def test_an_owner_makes_an_account_and_its_person_gets_in(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    form = {
        "username": "Chen.Jie",
        "full_name": "陈洁",
        "password": NEW_PASSWORD,
        "roles": [str(role_number(app, "Clerk"))],
        "active": "1",
    }

    answer = post(browser, "/users/add", form)

    assert answer.status_code == 302
    assert enter(app.test_client(), "chen.jie", NEW_PASSWORD).status_code == 302
    assert "陈洁" in browser.get("/users/?q=陈").get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("username", "owner", "Another account has this name."),
        ("username", "ＯＷＮＥＲ", "Another account has this name."),
        ("username", "a b", "Letters, digits, dots, hyphens and underscores only."),
        ("username", "x@example.com", "Letters, digits, dots, hyphens and underscores only."),
        ("username", "", "Please fill this in."),
        ("password", "short", "At least 12 characters."),
        ("email", "no", "This is not an e-mail address"),
        ("roles", "999", "Please choose one of the list."),
        ("branch", "nonsense", "Please choose one of the list."),
    ],
)
def test_a_bad_account_is_refused_beside_the_field_with_the_input_kept(
    signed_in: Callable[[str], FlaskClient], field: str, value: str, message: str
) -> None:
    browser = signed_in("owner")
    form = {
        "username": "newcomer",
        "full_name": "New Comer",
        "password": NEW_PASSWORD,
        "active": "1",
        field: value,
    }

    answer = post(browser, "/users/add", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert 'value="New Comer"' in page
    assert NEW_PASSWORD not in page


def test_an_account_is_changed_as_shown(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")
    manager = role_number(app, "Manager")
    address = f"/users/{token(app, 'clerk')}/edit"

    answer = edit(
        browser, address, full_name="Zhang W.", roles=[str(manager)], active="1", language="zh_Hans"
    )

    person = read(app, "clerk")
    with app.app_context():
        roles = [role.name for role in roles_of(person.id)]
    assert answer.status_code == 302
    assert (person.full_name, person.language, person.active) == ("Zhang W.", "zh_Hans", True)
    assert roles == ["Manager"]


def test_an_account_that_changed_meanwhile_is_shown_again_with_the_input(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    address = f"/users/{token(app, 'clerk')}/edit"
    seen = stamp_of(browser, address)
    edit(browser, address, full_name="First", active="1")

    late = post(browser, address, {"stamp": seen, "full_name": "Second", "active": "1"})

    assert late.status_code == 409
    assert 'value="Second"' in late.get_data(as_text=True)
    assert read(app, "clerk").full_name == "First"


def test_the_last_owner_stays_an_owner(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")
    address = f"/users/{token(app, 'owner')}/edit"
    owner = str(role_number(app, "Owner"))

    closed = edit(browser, address, full_name="Wang Fang", roles=[owner])
    demoted = edit(browser, address, full_name="Wang Fang", roles=[], active="1")

    assert (closed.status_code, demoted.status_code) == (409, 409)
    assert "This is the last owner." in closed.get_data(as_text=True)
    assert read(app, "owner").active is True


def test_of_two_owners_who_close_each_other_at_once_one_stays(house_on: House) -> None:
    app = house_on.app
    with app.app_context():
        create_owner("second", PASSWORD, "Second")
        db.session.remove()
    owner = str(role_number(app, "Owner"))
    browsers = {name: app.test_client() for name in ("owner", "second")}
    forms = {}
    for name, other in (("owner", "second"), ("second", "owner")):
        assert enter(browsers[name], name).status_code == 302
        address = f"/users/{token(app, other)}/edit"
        csrf = token_of(browsers[name], address)
        forms[name] = (
            address,
            {
                "csrf_token": csrf,
                "stamp": stamp_of(browsers[name], address),
                "full_name": read(app, other).full_name,
                "roles": [owner],
            },
        )

    failures = in_threads(
        [lambda name=name: browsers[name].post(forms[name][0], data=forms[name][1]) for name in browsers]  # type: ignore[misc]
    )

    assert failures == []
    assert sorted(bool(read(app, name).active) for name in browsers) == [False, True]


# --- Who may do what to whom ----------------------------------------------------------------------


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

    clerk = post(browser, f"/users/{token(app, 'clerk')}/password", {"password": NEW_PASSWORD})
    owner = post(browser, f"/users/{token(app, 'owner')}/password", {"password": NEW_PASSWORD})

    assert (clerk.status_code, owner.status_code) == (302, 403)
    assert enter(app.test_client(), "clerk", NEW_PASSWORD).status_code == 302
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
        seen += [part.split("<")[0] for part in page.split("<td>staff")[1:]]
        pages += 1
        address = (
            page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    back = page.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")

    assert pages == 3
    assert [part.split("<")[0] for part in seen] == [f"{number:03}" for number in range(120)]
    assert "<td>staff050" in browser.get(back).get_data(as_text=True)
    assert "staff" not in back.split("before=")[1]


# --- The command line -----------------------------------------------------------------------------


def test_create_owner_opens_an_empty_shop(unopened_on: House) -> None:
    with unopened_on.app.app_context():
        create_owner("Boss", NEW_PASSWORD, "王老板")

        person = db.session.scalar(select(Person).where(Person.username == "boss"))
        assert person is not None
        assert (person.full_name, [role.name for role in roles_of(person.id)]) == ("王老板", ["Owner"])
        assert db.session.scalar(select(ShopSettings.is_sample)) is False
    assert enter(unopened_on.app.test_client(), "boss", NEW_PASSWORD).status_code == 302


def test_create_owner_refuses_a_taken_name_and_a_poor_password(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(Invalid):
            create_owner("owner", NEW_PASSWORD)
        with pytest.raises(FieldProblem):
            create_owner("second", "x1")


def test_rescue_owner_opens_the_account_again_with_role_and_password(house_on: House) -> None:
    app = house_on.app
    with app.app_context():
        person = find_person(person_number(app, "clerk"))
        person.active = False
        db.session.commit()

        rescue_owner("CLERK", NEW_PASSWORD)

        saved = read(app, "clerk")
        assert saved.active is True
        assert check_password_hash(saved.password or "", NEW_PASSWORD)
        assert role_number(app, "Owner") in role_numbers(saved.id)


def test_rescue_owner_of_nobody_says_so(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotFound):
        rescue_owner("nobody", NEW_PASSWORD)
