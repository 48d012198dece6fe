"""The palette finds records by what is known of them and commands by what they are called, and only one's own."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.models import Branch
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.panel.commands import Findable, find_commands, fold
from app.panel.initials import initials
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.factories.pets import make_pet


def ask(client: FlaskClient, text: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the palette shows for a text, by group."""
    answer = client.post("/palette", data={"q": text})
    assert answer.status_code == 200
    return {group["label"]: group["items"] for group in answer.json["groups"]}


def titles(found: dict[str, list[dict[str, Any]]], group: str) -> list[str]:
    """Return the titles of a group."""
    return [item["title"] for item in found.get(group, [])]


# --- Records ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["王伟", "1381234", "138 1234", "5678"])
def test_a_customer_is_found_by_name_half_a_phone_number_or_its_end(
    app_on: Flask, sign_in: Any, text: str
) -> None:
    client = sign_in(app_on.test_client(), "Manager")
    customer = make_customer(name="王伟", phone="13812345678")

    (hit,) = ask(client, text)["Customers"]

    assert (hit["title"], hit["url"]) == ("王伟", f"/people/customer/{encode_token([customer.id])}")
    assert hit["note"].startswith("138")


def test_a_record_can_be_edited_and_given_what_belongs_to_it(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    token = encode_token([make_customer(name="王伟").id])

    (hit,) = ask(client, "王伟")["Customers"]

    assert [(one["title"], one["url"]) for one in hit["more"]] == [
        ("Open", f"/people/customer/{token}"),
        ("Edit", f"/people/customer/{token}/edit"),
        ("Add contact", f"/people/contact/add?customer={token}"),
        ("Add pet", f"/pets/pet/add?owner={token}"),
    ]
    assert all(client.get(one["url"]).status_code == 200 for one in hit["more"])


def test_a_role_is_offered_only_what_it_may_do_with_a_record(app_on: Flask, sign_in: Any) -> None:
    groomer = sign_in(app_on.test_client(), "Groomer")
    make_customer(name="王伟")

    (hit,) = ask(groomer, "王伟")["Customers"]

    assert [one["title"] for one in hit["more"]] == ["Open", "Add contact"]


def test_five_hits_of_a_kind_are_shown_and_where_all_of_them_are(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    with transaction():
        db.session.add_all([Customer(name=f"陈{number:02}") for number in range(9)])

    hits = ask(client, "陈")["Customers"]

    assert len(hits) == 6
    assert hits[-1]["title"] == "Show all"
    assert client.get(hits[-1]["url"]).text.count("陈08") >= 1


def test_the_palette_asks_each_source_once_and_those_that_cannot_match_not_at_all(
    app_on: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    make_pet(owner_id=make_customer(name="王伟").id, name="王子")
    ask(client, "王")
    sources = [screen for screen in kernel().screens.values() if screen.search]

    with statements() as seen:
        found = ask(client, "王")
    with statements() as empty:
        ask(client, "")

    assert {"Customers", "Pets"} <= set(found)
    assert len(seen) <= len(sources) + 1, list(seen)
    assert all(" LIMIT " in each.replace("\n", " ") for each in seen)
    assert len(empty) == 2, "the person and the marks"
    assert seen.writes == [] and empty.writes == []


def test_the_trash_and_other_roles_records_stay_out(app_on: Flask, sign_in: Any) -> None:
    owner, groomer = (sign_in(app_on.test_client(), role) for role in ("Owner", "Groomer"))
    with transaction():
        gone = Customer(name="王不在")
        db.session.add(gone)
        gone.move_to_trash()

    assert "Customers" not in ask(owner, "王不在")
    assert "Accounts" not in titles(ask(groomer, "accounts"), "Go to")
    assert "Accounts" in titles(ask(owner, "accounts"), "Go to")


# --- Commands --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "group", "title"),
    [
        ("add cus", "Commands", "Add customer"),
        ("cust add", "Commands", "Add customer"),
        ("new", "Commands", "Add customer"),
        ("trash", "Commands", "Trash: Customers"),
        ("log out", "Commands", "Sign out"),
        ("dark", "Settings", "Theme: Dark"),
        ("语言", "Settings", "Language: 简体中文"),
        ("hotk", "Commands", "Keyboard shortcuts"),
        ("ＣＵＳＴＯＭＥＲＳ", "Go to", "Customers"),
    ],
)
def test_commands_are_found_by_their_name_and_by_other_words_for_it(
    app: Flask, sign_in: Any, text: str, group: str, title: str
) -> None:
    client = sign_in(app.test_client(), "Owner")

    assert title in titles(ask(client, text), group)


@pytest.mark.parametrize(
    ("text", "group", "title"),
    [
        ("新增客户", "操作", "新增客户"),
        ("xzkh", "操作", "新增客户"),
        ("kh", "前往", "客户"),
        ("add customer", "操作", "新增客户"),
        ("录入", "操作", "新增客户"),
        ("sign out", "操作", "退出登录"),
        ("language", "设置", "语言：English"),
    ],
)
def test_in_chinese_commands_are_found_by_their_initials_and_in_english_too(
    app: Flask, sign_in: Any, text: str, group: str, title: str
) -> None:
    client = sign_in(app.test_client(), "Owner")
    client.post("/preferences/language", data={"language": "zh_Hans"})

    assert title in titles(ask(client, text), group)


def test_finding_commands_asks_the_database_nothing(
    app: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app.test_client(), "Owner")
    ask(client, "add")

    with app.test_request_context(), statements() as seen:
        found = find_commands("add")

    assert found == []  # nobody is signed in here, so there is nothing to do
    assert [text for text in seen if "access_version" not in text] == []


def test_every_page_that_the_palette_offers_opens(app: Flask, sign_in: Any) -> None:
    for role in ("Owner", "Manager", "Clerk", "Groomer"):
        client = sign_in(app.test_client(), role)
        offered = [item for letter in "abcdefghijklmnopqrstuvwxyz" for item in everything(client, letter)]
        addresses = {item["url"] for item in offered if "url" in item}

        assert len(addresses) > 5
        assert {url for url in addresses if client.get(url).status_code != 200} == set()


def everything(client: FlaskClient, text: str) -> list[dict[str, Any]]:
    """Return all items for a text."""
    return [item for items in ask(client, text).values() for item in items]


def test_switches_do_what_they_say(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")
    with transaction():
        db.session.add(Branch(name="Second"))
    (branch,) = [one for one in ask(client, "second")["Settings"] if one["title"] == "Branch: Second"]
    (dark,) = ask(client, "theme: dark")["Settings"]
    (sign_out,) = ask(client, "sign out")["Commands"]

    for address, name, value in (branch["post"], dark["post"]):
        assert client.post(address, data={name: value}).status_code == 302
    page = client.get("/").text
    client.post(sign_out["post"][0])

    assert 'data-theme="dark"' in page and ">Second<" in page
    assert client.get("/").status_code == 302


def test_before_anything_is_typed_the_frequent_commands_stand_there(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")

    assert titles(ask(client, ""), "Commands")[:2] == ["Add customer", "Add contact"]


def test_the_first_letters_of_pinyin_are_known_for_common_characters() -> None:
    assert initials("新增客户") == "xzkh"
    assert initials("打开回收站 A1") == "dkhsza1"
    assert initials("啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝座") == "abcdefghjklmnopqrstwxyzz"
    assert initials("龘😀、繁體") == "f"


def test_a_better_match_stands_before_a_lesser_one() -> None:
    from app.panel.commands import _score

    def score(label: str, text: str) -> int | None:
        return _score(Findable(None, fold(label), initials(fold(label)), ("log out",)), fold(text))  # type: ignore[arg-type]

    assert [score("Customers", text) for text in ("cust", "stom", "log", "xyz")] == [0, 1, 3, None]
    assert [score("新增客户", text) for text in ("新增", "客户", "xzk", "k")] == [0, 1, 2, None]


# --- Through the door ------------------------------------------------------------------------------


def test_strangers_get_no_palette(app: Flask, client: FlaskClient) -> None:
    page = client.get("/login/").text
    token = page[page.index('name="csrf-token" content="') :].split('"')[3]
    headers = {"X-CSRFToken": token, "Accept": "application/json"}

    answer = client.post("/palette", data={"q": "王"}, headers=headers)

    assert answer.status_code == 401
    assert answer.json["code"] == "not-signed-in"
    assert 'id="palette"' not in page


def test_the_palette_answers_no_other_site(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Owner")
    client.token = ""

    assert client.post("/palette", data={"q": "王"}).status_code == 400
    assert client.get("/palette?q=王").status_code in (404, 405)


def test_what_was_typed_stands_in_no_log(
    app_on: Flask, sign_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = sign_in(app_on.test_client(), "Owner")

    with caplog.at_level(logging.DEBUG):
        ask(client, "13812345678")

    assert "1381234" not in caplog.text


HOSTILE = (
    "\x00",
    "\ud800",
    "%",
    "_",
    "'",
    '"><script>',
    "[" * 5000,
    "王" * 3000,
    "😀" * 99,
    "{{7*7}}",
    "\r\nX: y",
)


def test_hostile_questions_find_nothing_and_break_nothing(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    make_customer(name="王伟")
    chance = random.Random(8)
    texts = [*HOSTILE, *("".join(chance.choices("王a1+%_\\' \x07\u202e９", k=12)) for _n in range(20))]

    for text in texts:
        answer = client.post("/palette", data={"q": text.encode("utf-8", "surrogatepass")})
        assert answer.status_code == 200, text
        assert "<script>" not in answer.text or "\\u003c" in answer.text
    assert client.post("/palette", data=b"\xff\xfe=1").status_code == 200
    assert client.post("/palette", json={"q": ["王"]}).status_code == 200
