"""Where somebody works is chosen on the account's page, and counts from the person's next request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.models import Branch
from app.core.database import db
from app.core.transaction import transaction
from tests.access.accounts import edit, role_number, token
from tests.access.conftest import PASSWORD, House, post
from tests.access.places import Places, make_chief, three_branches, tokens


@pytest.fixture
def places(house: House) -> Places:
    """The shop on SQLite."""
    return three_branches(house.app)


@pytest.fixture
def chief(places: Places) -> FlaskClient:
    """A browser of somebody who looks after accounts, and works in North and South alone."""
    with places.app.app_context():
        make_chief(places)
        db.session.remove()
    browser = places.app.test_client()
    answer = post(browser, "/login/", {"username": "chief", "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def edit_address(places: Places, username: str) -> str:
    """Return the address of an account's form."""
    return f"/users/{token(places.app, username)}/edit"


def filled(places: Places, **more: Any) -> dict[str, Any]:
    """Return the clerk's form as it stands, with other answers."""
    roles = [str(role_number(places.app, "Clerk"))]
    return {"full_name": "Zhang Wei", "roles": roles, "active": "1", **more}


def test_an_owner_confines_a_clerk_whose_next_request_sees_no_other_branch(
    places: Places, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner, clerk = signed_in("owner"), signed_in("clerk")
    before = clerk.get("/people/customer/add").get_data(as_text=True)

    answer = edit(
        owner,
        edit_address(places, "clerk"),
        **filled(places, works="some", works_in=tokens(places.north, places.south)),
    )

    after = clerk.get("/people/customer/add").get_data(as_text=True)
    assert answer.status_code == 302
    assert places.works_in("clerk") == {places.north, places.south}
    assert ("Main branch" in before, "Main branch" in after, "North" in after) == (True, False, True)


def test_a_person_is_set_free_again_and_boxes_left_ticked_do_not_count(
    places: Places, signed_in: Callable[[str], FlaskClient]
) -> None:
    places.confine("clerk", places.north)

    answer = edit(
        signed_in("owner"),
        edit_address(places, "clerk"),
        **filled(places, works="all", works_in=tokens(places.north)),
    )

    assert (answer.status_code, places.works_in("clerk")) == (302, frozenset())


@pytest.mark.parametrize(
    ("boxes", "role", "message"),
    [
        ([], "Clerk", "Please tick at least one branch."),
        (["nonsense"], "Clerk", "Please choose one of the list."),
        (["north"], "Owner", "An owner works in all branches."),
    ],
)
def test_what_can_t_be_is_said_beside_the_boxes_with_the_input_kept(
    places: Places, signed_in: Callable[[str], FlaskClient], boxes: list[str], role: str, message: str
) -> None:
    sent = [tokens(places.north)[0] if each == "north" else each for each in boxes]
    form = {
        "username": "newcomer",
        "full_name": "New Comer",
        "roles": [str(role_number(places.app, role))],
        "works": "some",
        "works_in": sent,
    }

    answer = post(signed_in("owner"), "/users/add", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="e-works_in">{message}' in page
    assert 'value="New Comer"' in page
    assert 'value="some" checked' in page


def test_the_branch_to_begin_with_is_one_that_the_person_works_in(
    places: Places, signed_in: Callable[[str], FlaskClient]
) -> None:
    form = filled(places, works="some", works_in=tokens(places.north), branch=tokens(places.south)[0])

    answer = edit(signed_in("owner"), edit_address(places, "clerk"), **form)

    assert answer.status_code == 422
    assert 'id="e-branch">The person does not work in this branch.' in answer.get_data(as_text=True)
    assert places.works_in("clerk") == frozenset()


def test_who_is_confined_is_offered_the_own_branches_alone(places: Places, chief: FlaskClient) -> None:
    page = chief.get("/users/add").get_data(as_text=True)

    assert "North" in page
    assert "Main branch" not in page
    assert 'name="works"' not in page


@pytest.mark.parametrize("boxes", [[], ["main"], ["north", "main"]])
def test_who_is_confined_makes_no_account_that_is_less_so(
    places: Places, chief: FlaskClient, boxes: list[str]
) -> None:
    form = {
        "username": "puppet",
        "full_name": "Puppet",
        "roles": [str(role_number(places.app, "Helper"))],
        "works": "all",
        "works_in": tokens(*(getattr(places, each) for each in boxes)),
    }

    answer = post(chief, "/users/add", form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="e-works_in"' in page
    assert 'value="Puppet"' in page


def test_who_is_confined_makes_accounts_for_one_of_the_own_branches(
    places: Places, chief: FlaskClient
) -> None:
    form = {
        "username": "puppet",
        "full_name": "Puppet",
        "roles": [str(role_number(places.app, "Helper"))],
        "works_in": tokens(places.south),
    }

    assert post(chief, "/users/add", form).status_code == 200
    assert places.works_in("puppet") == {places.south}


def test_who_is_confined_can_t_save_somebody_who_works_everywhere(places: Places, chief: FlaskClient) -> None:
    address = edit_address(places, "helper")
    form = {"full_name": "Renamed", "roles": [str(role_number(places.app, "Helper"))], "active": "1"}

    answer = edit(chief, address, **form, works_in=tokens(places.north))

    assert answer.status_code == 403
    assert 'value="Renamed"' in answer.get_data(as_text=True)
    assert places.works_in("helper") == frozenset()


def test_nobody_is_asked_where_he_works_himself(places: Places, chief: FlaskClient) -> None:
    address = edit_address(places, "chief")
    form = {"full_name": "Chief", "roles": [str(role_number(places.app, "Chief"))], "active": "1"}

    answer = edit(chief, address, **form, works="all", works_in=tokens(places.north))

    assert 'name="works_in"' not in chief.get(address).get_data(as_text=True)
    assert answer.status_code == 302
    assert places.works_in("chief") == {places.north, places.south}


def test_a_shop_with_one_branch_is_not_asked(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")

    page = browser.get("/users/add").get_data(as_text=True)

    assert 'name="works' not in page
    assert post(browser, "/users/add", {"username": "anna", "full_name": "Anna"}).status_code == 200


def test_a_closed_branch_stays_ticked_until_somebody_takes_it_away(
    places: Places, signed_in: Callable[[str], FlaskClient]
) -> None:
    places.confine("clerk", places.north)
    with places.app.app_context(), transaction():
        branch = db.session.get(Branch, places.north)
        assert branch is not None
        branch.is_active = False
    browser, address = signed_in("owner"), edit_address(places, "clerk")

    page = browser.get(address).get_data(as_text=True)
    answer = edit(browser, address, **filled(places, works="some", works_in=tokens(places.north)))

    assert "North (closed)" in page
    assert (answer.status_code, places.works_in("clerk")) == (302, {places.north})


def test_the_list_says_who_is_confined_and_names_no_branch_out_of_sight(
    places: Places, chief: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    places.confine("clerk", places.main, places.north)

    seen_by_owner = signed_in("owner").get("/users/?q=zhang").get_data(as_text=True)
    seen_by_chief = chief.get("/users/?q=zhang").get_data(as_text=True)

    assert "only Main branch and North" in seen_by_owner
    assert "only North and other branches" in seen_by_chief
    assert "Main branch" not in seen_by_chief


def test_a_form_opened_before_somebody_else_confined_the_person_is_shown_again(
    places: Places, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser, address = signed_in("owner"), edit_address(places, "clerk")
    page = browser.get(address).get_data(as_text=True)
    seen = page.split('name="stamp" value="')[1].split('"')[0]
    places.confine("clerk", places.north)

    late = post(browser, address, filled(places, stamp=seen, works="all"))

    assert (late.status_code, places.works_in("clerk")) == (409, {places.north})
