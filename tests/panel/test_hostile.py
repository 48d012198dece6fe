"""Hostile input over every address of the route map: a refusal with a reason, never a failure of ours."""

from __future__ import annotations

import random
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.core.transaction import transaction
from app.people.models import Customer
from tests.support.databases import less_on_servers

TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "9223372036854775808",
    "99999999999999999999999999",
    "NaN",
    "'",
    '"><script>alert(1)</script>',
    "../../etc/passwd",
    "%00",
    "\x00",
    "\ud800",
    "😀",
    "王" * 3000,
    "{{7*7}}",
    "' OR 1=1 --",
    "[" * 5000,
    "\r\nSet-Cookie: x=1",
    "u" + "A" * 22,
    "kW10",
    "kWyJzIl0",
    "k" + "B" * 4000,
)
NAMES = (
    "q",
    "sort",
    "after",
    "before",
    "limit",
    "trash",
    "f.name",
    "f.branch",
    "f.tags",
    "f.created_at.from",
    "f.x",
    "next",
    "where",
    "view",
)
BUILDER = (
    "r.join",
    "r-0.field",
    "r-0.op",
    "r-0.v0",
    "arguments",
    "do",
    "deed",
    "visibility",
    "roles",
    "position",
)
HOSTILE_FILTERS = (
    "{",
    "null",
    "[]",
    '"x"',
    "[" * 3000,
    '{"all":' * 900,
    '{"all":[["name","has","\\ud800"]]}',
    '{"all":[["name","has","\\u0000"]]}',
    '{"all":[["name","has"]]}',
    '{"all":[["name","has","a","b"]],"any":[]}',
    '{"all":[["name","begins",{"x":1}]]}',
    '{"all":[["name","drop table",""]]}',
    '{"all":[["password","has","a"]]}',
    '{"all":[["created_by.password","has","a"]]}',
    '{"all":[["branch.name.x","has","a"]]}',
    '{"all":[["__class__","has","a"]]}',
    '{"all":[["created_at","last","99999999999"]]}',
    '{"all":[["created_at","ge","-999999d"]]}',
    '{"all":[["created_at","between","0001-01-01","9999-12-31"]]}',
    '{"all":[["created_at","within","this_eternity"]]}',
    '{"all":[["tags","any","kW10"]]}',
    '{"all":[["source","any",true]]}',
    '{"all":[["source","any","nowhere"]]}',
    '{"all":[["phone","has","1 OR 1=1"]]}',
    '{"has":"people:contact.customer"}',
    '{"all":[{"has":"access:role.users"}]}',
    '{"all":[{"has":"people:contact.customer","lacks":"people:contact.customer"}]}',
    '{"all":[{"has":"people:contact.customer","all":[{"has":"people:contact.customer"}]}]}',
    '{"all":[{"all":[{"all":[{"all":[{"all":[["name","has","a"]]}]}]}]}]}',
    '{"all":[' + ",".join(['["name","has","a"]'] * 31) + "]}",
    '{"all":[["tags","any"' + ',"x"' * 51 + "]]}",
)
ADDRESSES = ("people", "customer", "pets", "access", "branch", "contact", "tag", "admin", "api", "v1")


def fill(rule: Rule, chance: random.Random, known: str) -> str:
    """Return an address of `rule` with each part filled by something likely or hostile."""
    address = ""
    for part in rule.rule.replace("<path:", "<").split("<"):
        name, closed, rest = part.partition(">")
        if not closed:
            address += name
            continue
        likely = {"slice_name": "people", "noun": "customer", "token": known}.get(name, "phone")
        pool = [likely, likely, chance.choice(ADDRESSES), chance.choice(TEXTS)]
        address += quote(chance.choice(pool).encode("utf-8", "surrogatepass"), safe="") + rest
    # Two slashes at the start would be a host to the client, not a path to us.
    return "/%20" + address[1:] if address.startswith("//") else address


@pytest.mark.parametrize("role", ["", "Clerk", "Owner"])
def test_no_address_fails_on_hostile_input(app_on: Flask, sign_in: Any, role: str) -> None:
    with transaction():
        customer = Customer(name="王伟")
        db.session.add(customer)
    known = encode_token([customer.id])
    client = sign_in(app_on.test_client(), role) if role else app_on.test_client()
    chance = random.Random(f"hostile {role}")
    failures = []

    for rule in app_on.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PATCH", "DELETE"}):
            if rule.rule.startswith(("/logout", "/static", "/healthz")):
                continue
            for _attempt in range(less_on_servers(6, 2)):
                address = fill(rule, chance, known)
                query = {
                    chance.choice(NAMES): chance.choice(TEXTS).encode("utf-8", "replace") for _n in range(2)
                }
                data = {
                    name: chance.choice(TEXTS).encode("utf-8", "replace")
                    for name in ("name", "phone", "base", "tags", "row_version", *BUILDER)
                }
                body: dict[str, Any] = {} if method == "GET" else {"data": data}
                if method in ("PATCH", "POST") and "/api/" in address:
                    body = {"json": {"row_version": chance.choice([1, -1, "x", None, 2**70]), "name": "x"}}
                answer = client.open(address, method=method, query_string=query, **body)
                answer.close()
                if answer.status_code >= 500:
                    failures.append((method, address[:120], query, answer.status_code))

    assert failures == []


@pytest.mark.parametrize("where", HOSTILE_FILTERS, ids=range(len(HOSTILE_FILTERS)))
def test_a_hostile_filter_is_refused_with_a_reason_wherever_an_address_takes_one(
    app_on: Flask, sign_in: Any, where: str
) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    query = {"where": where}

    page = client.get("/people/customer/", query_string=query)
    others = [
        client.get(f"/people/customer/{name}", query_string=query)
        for name in ("count", "export", "export.csv", "export.json", "filter", "trash")
    ]
    saved = client.post(
        "/views/people/customer/add",
        data={"name": "x", "visibility": "everybody", "position": "1", "arguments": urlencode(query)},
    )
    reopened = client.get(saved.headers["Location"]) if saved.status_code == 303 else saved

    assert page.status_code == 422
    assert re.search(r'<div class="notice bad" role="alert">[^<]{15,}</div>', page.text)
    assert all(answer.status_code in (200, 302, 400, 422) for answer in others)
    assert reopened.status_code in (200, 422)


def test_keys_of_every_kind_in_an_address_are_simply_not_found(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    keys: list[Any] = [7, -1, 2**80, "text", "", "王/伟 😀", b"\x00\xff", None, True, uuid7()]

    for key in keys:
        for token in (encode_token([key]), encode_token([key, key])):
            for ending in ("", "/edit", "/preview", "/print", "/file/photo", "/thumb/photo"):
                assert client.get(f"/people/customer/{token}{ending}").status_code == 404, (key, ending)


def test_a_key_opens_its_own_record_only(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    with transaction():
        db.session.add_all([Customer(id=uuid7(), name=f"n{number}") for number in range(40)])
    rows = client.get("/api/v1/people/customer?limit=100").json["data"]

    for row in rows:
        assert client.get(f"/api/v1/people/customer/{row['id']}").json["name"] == row["name"]
        flipped = row["id"][:-2] + ("A" if row["id"][-2] != "A" else "B") + row["id"][-1]
        assert client.get(f"/api/v1/people/customer/{flipped}").status_code == 404


def test_an_address_with_a_control_sign_names_nothing_on_any_route(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    answers = {}

    for rule in app_on.url_map.iter_rules():
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        if rule.arguments:
            with client.open(re.sub("<[^>]+>", "a%00b", rule.rule), method=method) as answer:
                answers[rule.rule] = answer.status_code

    assert len(answers) > 50
    assert set(answers.values()) == {404}
