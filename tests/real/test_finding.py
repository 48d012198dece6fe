"""Real people are found by what a clerk types, exported as they are, and met once each on the way through the list."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from urllib.parse import quote

from tests.real.conftest import REST, RealShop
from tests.real.test_adding import kept
from tests.support.real_data import Person

LIST = "/people/customer/"
COLUMNS = {
    "code": "Member number",
    "name": "Full name",
    "phone": "Phone",
    "email": "E-mail",
    "address": "Address",
    "birth_date": "Birthday",
    "notes": "Notes",
}
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


def folded(text: str) -> str:
    """Return a name without what a search must not mind: width, case and how an accent is encoded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def digits(person: Person) -> str:
    """Return a person's number as it is kept, '' for none."""
    return kept(person).get("phone", "")


def beginnings(name: str) -> list[str]:
    """Return two ways of typing it: the whole name loud and wide, and half of it with its accents set apart."""
    return [name.upper().translate(FULL_WIDTH), unicodedata.normalize("NFD", name[: len(name) // 2 + 1])]


def meant_by_name(shop: RealShop, typed: str) -> set[str]:
    """Return the tokens of everybody whose name begins so."""
    beginning = folded(typed)
    return {token for token, person in shop.people.items() if folded(person["name"]).startswith(beginning)}


def meant_by_number(shop: RealShop, number: str) -> set[str]:
    """Return the tokens of everybody whose number begins so, or ends so if these are four digits."""
    return {
        token
        for token, person in shop.people.items()
        if digits(person).startswith(number) or (len(number) == 4 and digits(person).endswith(number))
    }


def listed(shop: RealShop, typed: str) -> set[str]:
    """Return the tokens that the list's quick search finds."""
    answer = shop.owner.get(f"{REST}?limit=100&q={quote(typed)}")
    assert answer.status_code == 200, typed
    return {record["id"] for record in answer.json["data"]}


def picked(shop: RealShop, typed: str) -> set[str]:
    """Return the tokens that a picker suggests."""
    answer = shop.owner.get(f"{LIST}pick?q={quote(typed)}")
    assert answer.status_code == 200, typed
    return {item["token"] for item in answer.json["items"]}


def test_everybody_is_found_by_the_beginning_of_their_name(full_shop: RealShop) -> None:
    for person in full_shop.people.values():
        for typed in beginnings(person["name"]):
            expected = meant_by_name(full_shop, typed)

            assert len(expected) <= 20, typed
            assert listed(full_shop, typed) == picked(full_shop, typed) == expected, typed


def test_everybody_is_found_by_their_number_and_its_last_four_digits(full_shop: RealShop) -> None:
    for person in full_shop.people.values():
        if "phone" not in person:
            continue
        written, number = person["phone"], digits(person)
        begun = digits({"phone": written[:-3]})
        typings = [(written, number), (written[:-3].translate(FULL_WIDTH), begun), (number[-4:], number[-4:])]
        for typed, means in typings:
            expected = meant_by_number(full_shop, means)

            assert len(expected) <= 20, typed
            assert listed(full_shop, typed) == picked(full_shop, typed) == expected, typed


def test_an_export_gives_everybody_back_and_no_formula(full_shop: RealShop) -> None:
    answer = full_shop.owner.get(f"{LIST}export.csv?sort=name")

    text = answer.data.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    found = {row["Member number"]: {name: row[label] for name, label in COLUMNS.items()} for row in rows}
    cells = [(label, cell) for row in rows for label, cell in row.items()]
    assert text.startswith("\ufeff")
    assert len(rows) == len(full_shop.people)
    assert found == {person["code"]: exported(person) for person in full_shop.people.values()}
    assert [cell for label, cell in cells if label != "Phone" and cell.startswith(("=", "+", "-", "@"))] == []


def exported(person: Person) -> dict[str, str]:
    """Return a person's cells: exactly what is kept, disarmed by an apostrophe where it would run as a formula."""
    cells = {name: kept(person).get(name, "") for name in COLUMNS}
    if cells["notes"].startswith("+"):
        cells["notes"] = f"'{cells['notes']}"
    return cells


def test_the_list_by_name_shows_everybody_once_on_the_way_there_and_back(full_shop: RealShop) -> None:
    names = {token: kept(person)["name"] for token, person in full_shop.people.items()}

    for sort in ("name", "-name"):
        there = pages(full_shop, f"{LIST}?sort={sort}", "next")
        back = pages(full_shop, there[-1][0], "prev")

        walked = [token for _address, tokens in there for token in tokens]
        assert len(there) > 3
        assert len(walked) == len(set(walked)) == len(names)
        assert [names[token] for token in walked] == sorted(names.values(), reverse=sort == "-name")
        assert [tokens for _address, tokens in reversed(back)] == [tokens for _address, tokens in there]


def pages(shop: RealShop, address: str, direction: str) -> list[tuple[str, list[str]]]:
    """Return every page from `address` on that the link `next` or `prev` leads to: its address, its rows' tokens."""
    walked = []
    while address:
        page = shop.owner.get(address).text
        tokens = [
            token
            for token in re.findall(r'href="/people/customer/([\w-]+)["?]', page)
            if token in shop.people
        ]
        walked.append((address, list(dict.fromkeys(tokens))))
        link = re.search(rf'href="([^"]*)" rel="{direction}"', page)
        address = html.unescape(link[1]) if link else ""
    return walked
