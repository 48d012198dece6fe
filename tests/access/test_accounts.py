"""Other people's accounts: made, changed, paged, and never the last owner's undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.accounts import create_owner
from app.access.roles import roles_of
from app.core.database import db
from tests.access.accounts import (
    NEW_PASSWORD,
    choose_password,
    edit,
    link_on,
    read,
    role_number,
    stamp_of,
    token,
)
from tests.access.conftest import PASSWORD, House, enter, post, token_of
from tests.support import second_steps
from tests.support.databases import in_threads


def test_an_owner_makes_an_account_and_its_person_gets_in(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    form = {
        "username": "Chen.Jie",
        "full_name": "陈洁",
        "roles": [str(role_number(app, "Clerk"))],
        "active": "1",
    }

    answer = post(browser, "/users/add", form)

    assert answer.status_code == 200
    assert enter(app.test_client(), "chen.jie", NEW_PASSWORD).status_code == 401
    assert choose_password(app.test_client(), link_on(answer)).headers["Location"] == "/"
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
        "active": "1",
        field: value,
    }

    answer = post(browser, "/users/add", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert 'value="New Comer"' in page


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
        second_steps.set_up(create_owner("second", PASSWORD, "Second"))
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
