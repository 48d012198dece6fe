"""The own account, and the accounts that the command line makes and rescues."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.access.accounts import create_owner, find_person, rescue_owner, role_numbers
from app.access.models import Person, ShopSettings
from app.access.roles import roles_of
from app.core.database import db
from app.core.errors import Invalid, NotFound
from app.core.fields import FieldProblem
from tests.access.accounts import NEW_PASSWORD, read, role_number
from tests.access.conftest import PASSWORD, House, enter, person_number, post


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
