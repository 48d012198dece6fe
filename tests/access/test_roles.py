"""Roles: a readable table of rights, and nobody hands out what he lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.authority import role_names
from app.core.database import db
from app.core.keys import encode_token
from tests.access.conftest import post


def find(app: Flask, name: str) -> Role | None:
    with app.app_context():
        role = db.session.scalar(select(Role).where(Role.name == name))
        if role is not None:
            db.session.expunge(role)
        db.session.remove()
    return role


def held(app: Flask, name: str) -> frozenset[str]:
    role = find(app, name)
    assert role is not None
    with app.app_context():
        names = role_names(role)
        db.session.remove()
    return names


def address_of(app: Flask, name: str) -> str:
    role = find(app, name)
    assert role is not None
    return f"/roles/{encode_token([role.id])}"


def boxes(page: str) -> dict[str, str]:
    """Return the boxes of a role's page by permission: '', ' checked', ' disabled' or both."""
    parts = page.split('name="granted" value="')[1:]
    return {part.split('"')[0]: part.split(">")[0].rpartition('"')[2] for part in parts}


def save(browser: FlaskClient, address: str, name: str, granted: Iterable[str], **more: Any) -> Any:
    page = browser.get(address).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]
    data = {"stamp": stamp, "name": name, "granted": list(granted), **more}
    return post(browser, f"{address}/edit", data, page=address)


def test_the_table_shows_what_a_role_holds(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    page = signed_in("owner").get(address_of(app, "Clerk")).get_data(as_text=True)

    shown = boxes(page)
    assert {name for name, state in shown.items() if "checked" in state} == held(app, "Clerk")
    assert not [name for name, state in shown.items() if "disabled" in state]
    assert "See the accounts" in page and "Customers: Change" in page


def test_a_role_is_given_and_loses_rights(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")
    wanted = (held(app, "Clerk") - {"people:customer:edit"}) | {"people:tag:add"}

    answer = save(browser, address_of(app, "Clerk"), "Clerk", wanted)

    assert answer.status_code == 302
    assert held(app, "Clerk") == wanted


def test_a_change_counts_on_the_next_click(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    owner, clerk = signed_in("owner"), signed_in("clerk")
    before = clerk.get("/people/customer/").status_code

    save(owner, address_of(app, "Clerk"), "Clerk", [])

    assert (before, clerk.get("/people/customer/").status_code) == (200, 403)


def test_a_new_role_with_rights_is_made_and_renamed(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")

    made = post(browser, "/roles/add", {"name": "Evening shift", "granted": ["people:customer:list"]})
    renamed = save(browser, address_of(app, "Evening shift"), "夜班", ["people:customer:list"])

    assert (made.status_code, renamed.status_code) == (302, 302)
    assert held(app, "夜班") == {"people:customer:list"}


@pytest.mark.parametrize("name", ["", "  ", "owner", "Public", "CLERK", "x" * 65])
def test_a_bad_name_is_refused_with_the_boxes_kept(
    signed_in: Callable[[str], FlaskClient], name: str
) -> None:
    answer = post(signed_in("owner"), "/roles/add", {"name": name, "granted": ["people:customer:list"]})

    assert answer.status_code == 422
    assert "checked" in boxes(answer.get_data(as_text=True))["people:customer:list"]


def test_a_right_that_does_not_exist_is_not_given(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    wanted = ["people:customer:list", "access:shop:own", "made:up:right", "people:customer:list' OR 1=1"]

    post(browser, "/roles/add", {"name": "Sly", "granted": wanted})

    assert held(app, "Sly") == {"people:customer:list"}


def test_the_owners_role_is_fixed(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser, address = signed_in("owner"), address_of(app, "Owner")
    before = held(app, "Owner")

    page = browser.get(address).get_data(as_text=True)
    answer = post(browser, f"{address}/edit", {"name": "Boss", "granted": []}, page="/roles/add")
    gone = post(browser, f"{address}/delete", page="/roles/add")

    assert "This role can't be changed." in page and "save-bar" not in page
    assert answer.status_code == 409
    assert gone.status_code == 302
    assert held(app, "Owner") == before


def test_a_role_changed_meanwhile_is_not_overwritten(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser, address = signed_in("owner"), address_of(app, "Clerk")
    stamp = browser.get(address).get_data(as_text=True).split('name="stamp" value="')[1].split('"')[0]
    save(browser, address, "Clerk", ["people:customer:list"])

    late = post(browser, f"{address}/edit", {"stamp": stamp, "name": "Clerk", "granted": []}, page=address)

    assert late.status_code == 409
    assert held(app, "Clerk") == {"people:customer:list"}


def test_a_role_that_somebody_holds_is_not_deleted(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")

    used = post(browser, f"{address_of(app, 'Clerk')}/delete", page="/roles/add")
    told = browser.get("/roles/").get_data(as_text=True)
    free = post(browser, f"{address_of(app, 'Groomer')}/delete", page="/roles/add")

    assert used.headers["Location"] == address_of(app, "Clerk")
    assert "Somebody still has this role." in told
    assert free.headers["Location"] == "/roles/"
    assert find(app, "Groomer") is None and find(app, "Clerk") is not None


def test_a_manager_who_may_edit_roles_hands_out_only_what_he_holds(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    mine = held(app, "Manager") | {"access:role:list", "access:role:edit", "access:role:add"}
    save(signed_in("owner"), address_of(app, "Manager"), "Manager", mine)
    save(signed_in("owner"), address_of(app, "Clerk"), "Clerk", {"access:shop:edit", "people:customer:list"})
    browser = signed_in("manager")

    page = boxes(browser.get(address_of(app, "Clerk")).get_data(as_text=True))
    save(browser, address_of(app, "Clerk"), "Clerk", {"access:user:edit", "people:tag:list"})
    post(browser, "/roles/add", {"name": "Puppet", "granted": ["access:user:edit", "people:tag:list"]})
    save(browser, address_of(app, "Manager"), "Manager", [*mine, "access:shop:edit", "access:user:edit"])

    assert "disabled" in page["access:shop:edit"] and "disabled" not in page["people:tag:list"]
    assert held(app, "Clerk") == {"access:shop:edit", "people:tag:list"}
    assert held(app, "Puppet") == {"people:tag:list"}
    assert held(app, "Manager") == mine


def test_a_manager_may_not_delete_a_role_that_holds_more(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner = signed_in("owner")
    mine = held(app, "Manager") | {"access:role:list", "access:role:delete"}
    save(owner, address_of(app, "Manager"), "Manager", mine)
    save(owner, address_of(app, "Groomer"), "Groomer", {"access:shop:edit"})
    browser = signed_in("manager")

    post(browser, f"{address_of(app, 'Groomer')}/delete", page="/profile/")

    assert find(app, "Groomer") is not None
