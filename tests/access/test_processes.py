"""Two real servers of one shop: what one of them takes away, the next request to the other doesn't have any more."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest

from app.core.keys import encode_token
from tests.access.accounts import role_number
from tests.access.conftest import PASSWORD, House, person_number
from tests.access.test_roles import held
from tests.support import second_steps

ROOT = Path(__file__).resolve().parents[2]
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class _StayHere(HTTPRedirectHandler):
    def redirect_request(self, *_parts: Any) -> None:
        """Follow nothing."""


class Browser:
    """A browser that speaks HTTP with whichever server it is told to; its cookies go to all of this machine."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _StayHere)

    def get(self, address: str) -> tuple[int, str]:
        """Return a page's status and text."""
        return self._open(Request(address))

    def post(self, address: str, page: str, **values: Any) -> tuple[int, str]:
        """Send a form with the token of `page`."""
        token = TOKEN.search(self.get(page)[1])
        assert token is not None, f"{page} carries no CSRF token"
        body = urlencode({"csrf_token": token[1], **values}, doseq=True).encode()
        return self._open(Request(address, body))

    def enter(self, server: str, username: str) -> None:
        """Sign in, with a code where one is asked for."""
        page = f"{server}/login/"
        assert self.post(page, page, username=username, password=PASSWORD)[0] == 302
        with self._house.app.app_context():
            second_steps.as_if_half_a_minute_had_passed()
        code = f"{server}/login/code/"
        if self.get(code)[0] == 200:
            assert self.post(code, code, code=second_steps.code())[0] == 302

    def _open(self, request: Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def started() -> Iterator[Callable[[House], tuple[str, str]]]:
    """Return `started(house)`: the addresses of two servers of a shop, started once."""
    known: dict[str, tuple[str, str]] = {}
    with ExitStack() as stack:

        def start(url: str, home: Path) -> str:
            command = [sys.executable, "-m", "tests.access.server_process", str(home), url]
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE))
            stack.callback(process.kill)
            assert process.stdout is not None
            return f"http://127.0.0.1:{process.stdout.readline().decode().strip()}"

        def servers_of(house: House) -> tuple[str, str]:
            url = str(house.app.config["SQLALCHEMY_DATABASE_URI"])
            if url not in known:
                known[url] = (start(url, house.home), start(url, house.home))
            return known[url]

        yield servers_of


@pytest.fixture
def servers(house_on: House, started: Callable[[House], tuple[str, str]]) -> tuple[str, str]:
    """Two servers on each of the three databases; what they write is taken back."""
    house_on.restorer.suspect_everything()
    return started(house_on)


def role_address(house: House, name: str) -> str:
    return f"/roles/{encode_token([role_number(house.app, name)])}"


def edit_role(browser: Browser, server: str, house: House, name: str, granted: set[str]) -> int:
    address = f"{server}{role_address(house, name)}"
    stamp = browser.get(address)[1].split('name="stamp" value="')[1].split('"')[0]
    return browser.post(f"{address}/edit", address, stamp=stamp, name=name, granted=sorted(granted))[0]


def take_a_right(browser: Browser, server: str, house: House) -> int:
    return edit_role(browser, server, house, "Clerk", held(house.app, "Clerk") - {"people:customer:list"})


def hide_a_field(browser: Browser, server: str, house: House) -> int:
    address = f"{server}{role_address(house, 'Clerk')}/sees/people/customer/"
    stamp = browser.get(address)[1].split('name="stamp" value="')[1].split('"')[0]
    return browser.post(address, address, stamp=stamp, rows="", **{"s.email": "hidden"})[0]


def take_the_role(browser: Browser, server: str, house: House) -> int:
    return change_account(browser, server, house, {"active": "1"})


def close_the_account(browser: Browser, server: str, house: House) -> int:
    return change_account(browser, server, house, {"roles": [str(role_number(house.app, "Clerk"))]})


def change_account(browser: Browser, server: str, house: House, values: dict[str, Any]) -> int:
    address = f"{server}/users/{encode_token([person_number(house.app, 'clerk')])}/edit"
    stamp = browser.get(address)[1].split('name="stamp" value="')[1].split('"')[0]
    return browser.post(address, address, stamp=stamp, full_name="Zhang Wei", **values)[0]


CHANGES: dict[str, tuple[Callable[[Browser, str, House], int], str, int]] = {
    "a right": (take_a_right, "/people/customer/", 403),
    "the role": (take_the_role, "/people/customer/", 302),
    "the account": (close_the_account, "/people/customer/", 302),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_one_server_takes_the_next_request_to_the_other_does_not_have(
    house_on: House, servers: tuple[str, str], what: str
) -> None:
    change, page, refused = CHANGES[what]
    here, there = servers
    owner, clerk = Browser(house_on), Browser(house_on)
    owner.enter(here, "owner")
    clerk.enter(there, "clerk")
    before = clerk.get(f"{there}{page}")[0]
    clerk.get(f"{there}{page}")

    changed = change(owner, here, house_on)
    after = clerk.get(f"{there}{page}")[0]

    assert (before, changed, after) == (200, 302, refused)


def test_a_field_hidden_by_one_server_is_gone_from_the_next_page_of_the_other(
    house_on: House, servers: tuple[str, str]
) -> None:
    here, there = servers
    owner, clerk = Browser(house_on), Browser(house_on)
    owner.enter(here, "owner")
    clerk.enter(there, "clerk")
    before = clerk.get(f"{there}/people/customer/add")[1]

    changed = hide_a_field(owner, here, house_on)
    after = clerk.get(f"{there}/people/customer/add")[1]

    assert changed == 302
    assert ('name="email"' in before, 'name="email"' in after) == (True, False)


def test_a_right_given_by_one_server_is_there_at_the_next_request_to_the_other(
    house_on: House, servers: tuple[str, str]
) -> None:
    here, there = servers
    owner, clerk = Browser(house_on), Browser(house_on)
    owner.enter(here, "owner")
    clerk.enter(there, "clerk")
    before = clerk.get(f"{there}/roles/")[0]

    changed = edit_role(owner, here, house_on, "Clerk", held(house_on.app, "Clerk") | {"access:role:list"})

    assert (before, changed, clerk.get(f"{there}/roles/")[0]) == (403, 302, 200)
