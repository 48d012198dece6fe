"""What a list was asked by somebody else, or by an address that goes along, tells nothing out of sight."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import encode_token
from app.core.limits import Sight
from app.people.models import Source
from tests.factories.people import make_customer
from tests.panel.limits.attack import WHATEVER_DIFFERS, readable
from tests.panel.limits.conftest import CUSTOMER, rows, sight
from tests.panel.test_saved_views import LIST, VIEWS, current, listed, saved

REFERRED = '{"all":[["source","any","referral"]]}'
LEFT_OUT = "Parts of this view ask for what is gone or not for you."
ASKED: dict[str, Any] = {
    "filter": {"f.source": "walk_in"},
    "nested filter": {"where": json.dumps({"all": [["source", "any", "walk_in"], ["name", "has", "Li"]]})},
    "sort": {"sort": "source,-created_at"},
    "columns": {"columns": "name,source"},
    "quick search": {"q": "13800000002"},
}


@pytest.fixture
def person(app_on: Flask, sign_in: Any) -> Callable[[str], FlaskClient]:
    """Return `person(role)`: a browser in which somebody with this role is signed in."""
    return lambda role: sign_in(app_on.test_client(), role)


@pytest.fixture
def customers(app_on: Flask) -> list[str]:
    """Three customers of whom the middle one walked in."""
    made = [
        make_customer(name=name, phone=f"1380000000{number}", source=source)
        for number, (name, source) in enumerate(
            [("Li An", Source.REFERRAL), ("Li Bo", Source.WALK_IN), ("Li Cai", Source.REFERRAL)], 1
        )
    ]
    return [encode_token([each.id]) for each in made]


# --- Views of colleagues -----------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED)
def test_a_colleague_s_view_opens_without_what_is_hidden_and_says_so(
    person: Callable[[str], FlaskClient], customers: list[str], asked: str
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    _url, token = saved(owner, "Ours", urlencode(ASKED[asked]), visibility="everybody", is_pinned="1")
    sight("Clerk", CUSTOMER, source=Sight.HIDDEN)

    page = clerk.get(f"{LIST}?view={token}")
    menu = re.search(rf'<a class="view"[^>]*href="([^"]*{token})"', clerk.get("/").text) or re.search(
        rf'href="([^"]*view={token}[^"]*)"', clerk.get("/").text
    )
    opened = clerk.get(menu[1].replace("&amp;", "&")) if menu else page
    form = clerk.get(f"{VIEWS}{token}/edit")

    assert menu is not None
    assert opened.status_code == 200
    assert LEFT_OUT.replace("'", "&#39;") in opened.text
    assert current(opened) == "Ours"
    assert sorted(listed(opened)) == ["Li An", "Li Bo", "Li Cai"]
    for each in (page, opened, form):
        assert not re.search(r"walk_in|13800000002|[=,.\"]-?source\b", each.text)


def test_a_view_with_nothing_out_of_sight_says_nothing(
    person: Callable[[str], FlaskClient], customers: list[str]
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    url, _token = saved(owner, "Ours", urlencode({"f.source": "walk_in"}), visibility="everybody")

    page = clerk.get(url)

    assert "Parts of this view" not in page.text
    assert listed(page) == ["Li Bo"]


@pytest.mark.parametrize("closed", [Sight.HIDDEN, Sight.MASKED])
def test_a_link_to_a_colleague_s_view_answers_a_right_guess_of_what_it_asks_as_a_wrong_one(
    person: Callable[[str], FlaskClient], customers: list[str], closed: Sight
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    _url, token = saved(owner, "Ours", urlencode({"f.source": "walk_in"}), visibility="everybody")
    sight("Clerk", CUSTOMER, source=closed)

    right, wrong = (clerk.get(f"{LIST}?f.source={guess}&view={token}") for guess in ("walk_in", "referral"))

    said = [
        WHATEVER_DIFFERS.sub("", readable(answer).replace(guess, "GUESS"))
        for answer, guess in ((right, "walk_in"), (wrong, "referral"))
    ]
    assert said[0] == said[1]


# --- Trails ------------------------------------------------------------------------------------------


def ways(page: Any) -> list[str]:
    """Return the tokens of the records that a page leads to as neighbours."""
    return re.findall(rf'href="{LIST}([\w-]+)[^"]*"[^>]*rel="(?:prev|next)"', page.text) + re.findall(
        rf'rel="(?:prev|next)"[^>]*href="{LIST}([\w-]+)', page.text
    )


def test_the_neighbours_of_a_record_lie_within_reach(
    person: Callable[[str], FlaskClient], customers: list[str]
) -> None:
    clerk = person("Clerk")
    address = f"{LIST}{customers[0]}?at=1&from={quote('sort=name')}"
    before = ways(clerk.get(address))
    rows("Clerk", CUSTOMER, REFERRED)

    after = clerk.get(address)

    assert (before, ways(after)) == ([customers[1]], [customers[2]])
    assert customers[1] not in after.text
    assert clerk.get(f"{LIST}{customers[1]}?at=1&from={quote('sort=name')}").status_code == 404


@pytest.mark.parametrize("closed", [Sight.HIDDEN, Sight.MASKED])
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("f.source=walk_in", "f.source=referral"),
        ("sort=source,-created_at", "sort=-source,-created_at"),
        ('where={"all":[["source","any","walk_in"]]}', 'where={"all":[["source","any","referral"]]}'),
    ],
)
def test_a_trail_finds_no_neighbours_by_a_field_out_of_sight(
    person: Callable[[str], FlaskClient], customers: list[str], right: str, wrong: str, closed: Sight
) -> None:
    clerk = person("Clerk")
    sight("Clerk", CUSTOMER, source=closed)

    found = [
        ways(clerk.get(f"{LIST}{customers[1]}?at=1&from={quote(asked, safe='')}")) for asked in (right, wrong)
    ]

    assert found[0] == found[1]
    db.session.rollback()
