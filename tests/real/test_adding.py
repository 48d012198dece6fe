"""Real people, added by the form and by the API, come back as they were written; what is refused says why."""

from __future__ import annotations

import html
import re
from pathlib import Path

from flask.testing import FlaskClient

from tests.real.conftest import REST, filled
from tests.support.real_data import Person, chinook_customers, mall_members, northwind_customers

FORM = "/people/customer/add"
# The words are written down a second time on purpose: a refusal in the wrong language must fail.
REFUSALS = {
    "en": {
        "code": "Another customer has this number already (perhaps in the trash).",
        "phone": "This is not a phone number: digits, with a leading + for numbers from abroad.",
        "email": "This is not an e-mail address, such as wang@example.com.",
        "birth_date": "This is not a date, such as 2026-03-05.",
    },
    "zh_Hans": {
        "code": "这个会员号已有客户在用，也可能在回收站里。",
        "phone": "看不出是哪个号码。请只写数字，国外号码前面加 +。",
        "email": "邮箱地址不完整，请写成 wang@example.com 这样。",
        "birth_date": "看不出是哪天，请写成 2026-03-05 这样。",
    },
}


def kept(person: Person) -> dict[str, str]:
    """Return a person as the customer book must keep them: one blank where there were two, a bare phone number."""
    found = {name: " ".join(text.split()) for name, text in person.items() if name != "notes"}
    if "notes" in person:
        found["notes"] = person["notes"]
    if "phone" in person:
        found["phone"] = re.sub(r"[^0-9+]", "", person["phone"].replace("(0)", ""))
    return found


def shown(record: dict[str, object]) -> dict[str, object]:
    """Return what a record of the API says of the person, without what the house adds of itself."""
    own = {"id", "row_version", "created_at", "deleted_at"}
    return {name: value for name, value in record.items() if value and name not in own}


def messages(page: str) -> dict[str, str]:
    """Return the messages of a form by the field that each stands beside."""
    return {name: html.unescape(text) for name, text in re.findall(r'id="e-(\w+)">([^<]*)<', page)}


def inputs(page: str) -> dict[str, str]:
    """Return what a form's inputs hold, by their names."""
    lines = re.findall(r'name="(\w+)" value="([^"]*)"', page)
    texts = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?([^<]*)</textarea>', page)
    choices = re.findall(
        r'<select[^>]* name="(\w+)"(?:(?!</select>).)*?<option value="(\w+)" selected', page, re.DOTALL
    )
    return {name: html.unescape(text) for name, text in [*lines, *texts, *choices]}


def slipped(person: Person) -> Person:
    """Return a person whose columns slipped, as happens in a spreadsheet."""
    return {**person, "phone": person["name"], "email": person["code"], "birth_date": person["name"]}


def speak(owner: FlaskClient, language: str) -> None:
    """Let the house speak this language to the owner from now on."""
    assert owner.post("/preferences/language", data={"language": language}).status_code == 302


def number_of_customers(owner: FlaskClient) -> int:
    """Return how many customers the list counts."""
    return int(owner.get("/people/customer/count").json["count"])


def test_the_files_hold_everybody(real_data: Path, people: list[Person]) -> None:
    shops = chinook_customers(real_data), northwind_customers(real_data), mall_members(real_data)

    assert [len(shop) for shop in shops] == [59, 91, 10]
    assert len({person["code"] for person in people}) == 160
    assert [person["code"] for person in people if "phone" not in person] == ["C-45"]


def test_everybody_added_by_the_form_comes_back_as_written(owner: FlaskClient, people: list[Person]) -> None:
    refused, changed = {}, {}

    for person in people:
        answer = owner.post(FORM, data=person)
        if answer.status_code != 302:
            refused[person["code"]] = (answer.status_code, messages(answer.text))
            continue
        record = owner.get(f"{REST}/{answer.headers['Location'].rpartition('/')[2]}").json
        if shown(record) != kept(person):
            changed[person["code"]] = shown(record)

    assert refused == {}
    assert changed == {}
    assert number_of_customers(owner) == len(people)


def test_everybody_added_by_a_program_comes_back_as_written(owner: FlaskClient, people: list[Person]) -> None:
    refused, changed = {}, {}

    for person in people:
        answer = owner.post(REST, json=person)
        if answer.status_code != 201:
            refused[person["code"]] = (answer.status_code, answer.json)
        elif shown(owner.get(answer.headers["Location"]).json) != kept(person):
            changed[person["code"]] = shown(answer.json)

    assert refused == {}
    assert changed == {}
    assert number_of_customers(owner) == len(people)


def test_whoever_comes_a_second_time_is_refused_beside_the_member_number(
    sqlite_owner: FlaskClient, people: list[Person]
) -> None:
    shop = filled(sqlite_owner, people)

    for language, words in REFUSALS.items():
        speak(shop.owner, language)
        refusal = (422, {"code": words["code"]})
        for person in people:
            by_form, by_program = shop.owner.post(FORM, data=person), shop.owner.post(REST, json=person)

            assert (by_form.status_code, messages(by_form.text)) == refusal, person["code"]
            assert (by_program.status_code, by_program.json["errors"]) == refusal, person["code"]
    assert number_of_customers(shop.owner) == len(people)


def test_slipped_columns_are_refused_each_beside_its_field_and_nothing_typed_is_lost(
    sqlite_owner: FlaskClient, people: list[Person]
) -> None:
    for language, words in REFUSALS.items():
        speak(sqlite_owner, language)
        refusal = (422, {name: words[name] for name in ("phone", "email", "birth_date")})
        for person in map(slipped, people):
            by_form, by_program = sqlite_owner.post(FORM, data=person), sqlite_owner.post(REST, json=person)

            assert (by_form.status_code, messages(by_form.text)) == refusal, person["code"]
            assert (by_program.status_code, by_program.json["errors"]) == refusal, person["code"]
            assert inputs(by_form.text).items() >= person.items(), person["code"]
    assert number_of_customers(sqlite_owner) == 0
