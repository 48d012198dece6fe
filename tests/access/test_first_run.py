"""The first run, the shop's settings and the end of the sample."""

from __future__ import annotations

import datetime
import stat
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.access import first_run
from app.access.errors import AlreadyOpen
from app.access.events import SampleClearing
from app.access.models import Branch, Person, ShopSettings
from app.access.passwords import hash_password
from app.access.shop import load_shop
from app.core.database import db
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.people.models import Contact, Customer
from tests.access.conftest import PASSWORD, House, enrol, enter, person_number, post, token_of
from tests.support.databases import in_threads


def form(house: House, **values: str) -> dict[str, str]:
    """Return a complete first-run form."""
    return {
        "language": "en",
        "name": "Fur & Co",
        "profile": "petshop",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "branch": "Main street",
        "full_name": "Wang Fang",
        "username": "boss",
        "password": PASSWORD,
        "code": first_run.code(house.home),
        **values,
    }


def counted(app: Flask, model: Any) -> int:
    with app.app_context():
        number = db.session.scalar(select(func.count()).select_from(model)) or 0
        db.session.remove()
    return number


# --- The first run --------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/login/", "/people/customer/", "/users/", "/nowhere"])
def test_before_the_first_run_every_page_leads_there(unopened: House, address: str) -> None:
    answer = unopened.app.test_client().get(address)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/first-run/")


def test_the_first_run_opens_the_shop_and_its_owner_is_at_home(unopened_on: House) -> None:
    client = unopened_on.app.test_client()

    answer = post(client, "/first-run/", form(unopened_on))

    with unopened_on.app.app_context():
        shop = load_shop()
        db.session.remove()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/enrol/")
    assert enrol(client).status_code == 200
    assert (shop.name, shop.profile, shop.is_open, shop.is_sample) == ("Fur & Co", "petshop", True, False)
    assert client.get("/users/").status_code == 200
    assert "Main street" in client.get("/users/").get_data(as_text=True)
    assert not (unopened_on.home / first_run.CODE_FILE).exists()


def test_the_page_speaks_the_browsers_language_and_describes_the_profiles(unopened: House) -> None:
    page = (
        unopened.app.test_client()
        .get("/first-run/", headers={"Accept-Language": "en"})
        .get_data(as_text=True)
    )

    assert "Customers with their pets" in page
    assert page.count("<option") > 100


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("code", "AAAA-AAAA-AAAA", "This is not the code that the terminal shows."),
        ("code", "", "Please fill this in."),
        ("code", "编号", "This is not the code that the terminal shows."),
        ("name", "", "Please fill this in."),
        ("profile", "casino", "Please choose one of the list."),
        ("time_zone", "../../etc/passwd", "Please choose one of the list."),
        ("currency", "XXX", "Please choose one of the list."),
        ("language", "", "Please fill this in."),
        ("username", "a@b", "Letters, digits"),
        ("password", "short", "At least 15 characters."),
        ("password", "seven lantern", "At least 15 characters."),
    ],
)
def test_a_bad_first_run_says_why_and_keeps_the_rest(
    unopened: House, field: str, text: str, message: str
) -> None:
    client = unopened.app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    answer = post(client, "/first-run/", form(unopened, **{field: text}))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert 'value="Main street"' in page
    assert PASSWORD not in page
    assert counted(unopened.app, ShopSettings) == counted(unopened.app, Person) == 0


def test_the_code_may_be_typed_without_care_for_case_and_hyphens(unopened: House) -> None:
    typed = first_run.code(unopened.home).lower().replace("-", " ")

    assert first_run.code_matches(unopened.home, typed)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no POSIX file modes")
def test_only_the_owner_of_the_folder_may_read_the_code(unopened: House) -> None:
    code = first_run.code(unopened.home)

    mode = stat.S_IMODE((unopened.home / first_run.CODE_FILE).stat().st_mode)
    assert mode == 0o600
    assert first_run.code(unopened.home) == code
    assert len(code) == 14


def test_the_code_is_tried_only_a_few_times(unopened: House) -> None:
    client = unopened.app.test_client()
    token = token_of(client, "/first-run/")
    data = {"csrf_token": token, **form(unopened, code="AAAA-AAAA-AAAA")}

    answers = [client.post("/first-run/", data=data).status_code for _attempt in range(11)]

    assert answers == [422] * 10 + [429]


def test_of_two_people_who_open_the_shop_at_once_one_does(unopened_on: House) -> None:
    app = unopened_on.app
    clients = [app.test_client() for _person in range(2)]
    forms = [
        {"csrf_token": token_of(client, "/first-run/"), **form(unopened_on, username=f"boss{number}")}
        for number, client in enumerate(clients)
    ]
    places: list[str] = []

    def run(number: int) -> Callable[[], None]:
        def press() -> None:
            answer = clients[number].post("/first-run/", data=forms[number])
            places.append(answer.headers.get("Location") or answer.get_data(as_text=True))

        return press

    failures = in_threads([run(0), run(1)])

    assert failures == []
    assert all(place.startswith("/") for place in places) and len(places) == 2, places
    assert sorted(client.get("/login/enrol/").status_code for client in clients) == [200, 302]
    assert counted(app, ShopSettings) == counted(app, Person) == counted(app, Branch) == 1


def test_the_database_itself_keeps_a_second_shop_out(house_on: House) -> None:
    with house_on.app.app_context(), pytest.raises(IntegrityError), transaction():
        db.session.add(
            ShopSettings(name="Second", profile="general", time_zone="UTC", currency="CNY", language="en")
        )


def test_an_open_shop_has_no_first_run(house: House) -> None:
    client = house.app.test_client()

    page = client.get("/first-run/")
    answer = post(client, "/first-run/", form(house), page="/login/")

    assert (page.status_code, page.headers["Location"]) == (302, "/")
    assert answer.headers["Location"] == "/"
    with house.app.app_context(), pytest.raises(AlreadyOpen):
        first_run.open_shop(
            first_run.Opening("A", "general", "UTC", "CNY", "en", "B", "second", "C", hash_password(PASSWORD))
        )
    assert counted(house.app, ShopSettings) == 1


# --- Settings -------------------------------------------------------------------------------------


def settings_form(client: FlaskClient, **values: str) -> dict[str, str]:
    page = client.get("/access/shop/edit").get_data(as_text=True)
    version = page.split('name="row_version" value="')[1].split('"')[0]
    return {
        "row_version": version,
        "name": "毛球宠物",
        "profile": "petshop",
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "language": "en",
        "day_starts": "00:00",
        "shares_customers": "1",
        "reveals_a_day": "50",
        **values,
    }


def test_settings_count_at_once_in_every_process(
    house: House, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")

    answer = post(
        browser,
        "/access/shop/edit",
        settings_form(
            browser,
            name="New Name",
            time_zone="Asia/Tokyo",
            day_starts="4:00",
            shares_customers="",
            reveals_a_day="7",
        ),
    )

    with house.app.app_context():
        shop = load_shop()
    assert answer.status_code == 302
    assert (shop.name, str(shop.zone), shop.day_starts) == ("New Name", "Asia/Tokyo", datetime.time(4))
    assert (shop.shares_customers, shop.reveals_a_day) == (False, 7)
    assert "New Name" in browser.get("/profile/").get_data(as_text=True)


def test_settings_that_somebody_else_saved_meanwhile_are_not_overwritten(
    signed_in: Callable[[str], FlaskClient],
) -> None:
    browser = signed_in("owner")
    stale = settings_form(browser, name="Late")
    post(browser, "/access/shop/edit", settings_form(browser, name="Early"))

    answer = post(browser, "/access/shop/edit", stale)

    assert answer.status_code == 409
    assert 'value="Late"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("text", ["25:00", "4", "四点", "04:60", ""])
def test_a_time_that_is_none_is_refused(signed_in: Callable[[str], FlaskClient], text: str) -> None:
    browser = signed_in("owner")

    answer = post(browser, "/access/shop/edit", settings_form(browser, day_starts=text))

    assert answer.status_code == 422


def test_another_profile_adds_its_roles_and_takes_nothing_away(
    house: House, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")
    with house.app.app_context(), transaction():
        db.session.add(Customer(name="顾客"))
    before = browser.get("/roles/").get_data(as_text=True)
    counts = counted(house.app, Customer), counted(house.app, Person)

    answer = post(browser, "/access/shop/edit", settings_form(browser, profile="pharmacy"))

    after = browser.get("/roles/").get_data(as_text=True)
    assert answer.status_code == 302
    assert "Groomer" in before and "Pharmacist" not in before
    assert "Groomer" in after and "Pharmacist" in after
    assert counts == (counted(house.app, Customer), counted(house.app, Person))


# --- The end of the sample ------------------------------------------------------------------------


def make_sample(app: Flask, customers: int) -> None:
    """Turn the opened shop into a sample with customers and contacts in a second branch."""
    with app.app_context():
        with transaction():
            db.session.execute(
                update(ShopSettings)
                .values(is_sample=True)
                .execution_options(unjournalled="a test arranges its shop")
            )
            branch = Branch(name="Sample branch")
            db.session.add(branch)
            db.session.flush()
            db.session.execute(
                update(Person)
                .values(branch_id=branch.id)
                .execution_options(unjournalled="a test arranges its shop")
            )
            _insert_customers(customers, branch.id)
        db.session.remove()


def _insert_customers(count: int, branch_id: Any) -> None:
    for start in range(0, count, 5000):
        rows = [
            {"id": uuid7(), "name": f"Sample {number}", "name_key": "sample", "branch_id": branch_id}
            for number in range(start, min(count, start + 5000))
        ]
        db.session.execute(insert(Customer).execution_options(unjournalled="a test arranges its shop"), rows)


def test_clearing_the_sample_leaves_the_owner_an_empty_shop(house_on: House) -> None:
    make_sample(house_on.app, 300)
    browser = house_on.app.test_client()
    enter(browser, "owner")

    answer = post(browser, "/first-run/clear-sample", page="/profile/")

    with house_on.app.app_context():
        shop = load_shop()
        active = db.session.scalars(select(Person.username).where(Person.active.is_(True))).all()
        branches = db.session.scalars(select(Branch.name)).all()
        db.session.remove()
    assert answer.headers["Location"] == "/access/shop/edit"
    assert shop.is_sample is False
    assert (list(active), list(branches)) == (["owner"], ["Main branch"])
    assert counted(house_on.app, Customer) == counted(house_on.app, Contact) == 0
    assert browser.get("/access/shop/edit").status_code == 200


def test_clearing_takes_a_hundred_thousand_rows(house: House) -> None:
    make_sample(house.app, 100_000)
    browser = house.app.test_client()
    enter(browser, "owner")

    answer = post(browser, "/first-run/clear-sample", page="/profile/")

    assert answer.status_code == 302
    assert counted(house.app, Customer) == 0


def test_a_handler_that_fails_undoes_the_clearing(house: House) -> None:
    def fail(_event: SampleClearing) -> None:
        raise AlreadyOpen

    make_sample(house.app, 3)
    browser = house.app.test_client()
    enter(browser, "owner")
    handlers = house.app.extensions["kebu"].events._handlers.setdefault(SampleClearing, [])
    handlers.append(fail)

    answer = post(browser, "/first-run/clear-sample", page="/profile/")
    handlers.remove(fail)

    assert answer.status_code == 409
    assert counted(house.app, Customer) == 3


def test_a_real_shop_is_never_cleared(house: House) -> None:
    browser = house.app.test_client()
    enter(browser, "owner")

    answer = post(browser, "/first-run/clear-sample", page="/profile/")

    assert answer.status_code == 409
    assert counted(house.app, Branch) == 1


@pytest.mark.parametrize("username", ["manager", "clerk"])
def test_only_an_owner_clears_the_sample(house: House, username: str) -> None:
    make_sample(house.app, 3)
    browser = house.app.test_client()
    enter(browser, username)

    answer = post(browser, "/first-run/clear-sample", page="/profile/")

    assert answer.status_code == 403
    assert counted(house.app, Customer) == 3
    assert person_number(house.app, "owner")
