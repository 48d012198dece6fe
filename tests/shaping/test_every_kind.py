"""A field that a manager adds takes part like a declared one: every kind, everywhere, on three databases."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.shaping.models import Kind
from tests.factories.shaping import make_field

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Sample:
    """What is typed, read, exported and sent for one kind."""

    def __init__(self, typed: Any, shown: str, exported: str, json: Any, filters: dict[str, bool]) -> None:
        self.typed, self.shown, self.exported, self.json, self.filters = (
            typed,
            shown,
            exported,
            json,
            filters,
        )


SAMPLES = {
    Kind.TEXT: Sample("  蓝 色  天空 ", "蓝 色 天空", "蓝 色 天空", "蓝 色 天空", {"{f}=蓝": True, "{f}=天": False}),
    Kind.LONG_TEXT: Sample("第一行\r\n第二行", "第二行", "第一行\n第二行", "第一行\n第二行",
                           {"{f}=第一行": True, "{f}=第二行": False}),
    Kind.NUMBER: Sample("１,234.5", "1,234.5", "1234.5", "1234.5",
                        {"{f}.from=1234.5&{f}.to=1234.5": True, "{f}.from=1234.51": False}),
    Kind.MONEY: Sample("¥12.5", "12.50", "12.50", {"amount": "12.50", "currency": "CNY"},
                       {"{f}.to=12.50": True, "{f}.from=12.51": False}),
    Kind.DATE: Sample("2026年3月5日", "2026", "2026-03-05", "2026-03-05",
                      {"{f}.from=2026-03-05&{f}.to=2026-03-05": True, "{f}.to=2026-03-04": False}),
    Kind.CHOICE: Sample("red", "Red", "Red", "red", {"{f}=red": True, "{f}=blue": False, "{f}=-": False}),
    Kind.CHOICES: Sample(["blue", "red"], "Red", "Red; Blue", ["red", "blue"],
                         {"{f}=red": True, "{f}=grey": False, "{f}=grey&{f}=blue": True, "{f}=-": False}),
    Kind.ANSWER: Sample("0", "No", "No", False, {"{f}=0": True, "{f}=1": False, "{f}=-": False}),
}  # fmt: skip
ALL = pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.value)


def add(client: FlaskClient, **values: Any) -> str:
    """Add a customer through the form and return the address of its page."""
    answer = client.post("/people/customer/add", data={"name": "王伟", **values})
    assert answer.status_code == 302, re.findall(r'class="error".*?</p>', answer.text)
    return str(answer.headers["Location"])


@ALL
def test_a_field_is_in_form_list_detail_preview_and_print(
    app_on: Flask, owner: FlaskClient, kind: Kind
) -> None:
    name, sample = make_field(app_on, kind), SAMPLES[kind]

    form = owner.get("/people/customer/add").text
    page = add(owner, **{name: sample.typed})

    assert f'name="{name}"' in form
    for address in (page, "/people/customer/", f"{page}/preview", f"{page}/print"):
        text = owner.get(address).text
        if not address.endswith("preview"):
            assert sample.shown in text, address
            assert f"Own {kind.value}" in text, address


@ALL
def test_opening_and_saving_changes_nothing_and_touching_it_does(
    app_on: Flask, owner: FlaskClient, kind: Kind
) -> None:
    name, sample = make_field(app_on, kind), SAMPLES[kind]
    page = add(owner, **{name: sample.typed})
    api = f"/api/v1{page}"
    base = re.search(r'name="base" value="([^"]*)"', owner.get(f"{page}/edit").text)
    assert base is not None
    hidden = {"base": html.unescape(base[1]), "row_version": "1"}

    kept = owner.post(f"{page}/edit", data={**hidden, "name": "王伟", name: sample.typed})
    after = owner.get(api).json
    emptied = owner.post(f"{page}/edit", data={**hidden, "name": "王伟", name: ""})

    assert kept.status_code == 302
    assert (after[name], after["row_version"]) == (sample.json, 1), "nothing was touched, nothing is written"
    assert emptied.status_code == 302
    assert owner.get(api).json[name] in (None, [])


@ALL
def test_filters_of_every_kind_find_the_row_and_nothing_else(
    app_on: Flask, owner: FlaskClient, kind: Kind
) -> None:
    name, sample = make_field(app_on, kind), SAMPLES[kind]
    add(owner, **{name: sample.typed})
    add(owner)

    found = {}
    for query in sample.filters:
        rows = owner.get(f"/api/v1/people/customer?{query.replace('{f}', f'f.{name}')}").json["data"]
        assert owner.get(f"/people/customer/?{query.replace('{f}', f'f.{name}')}").status_code == 200
        found[query] = [row["name"] for row in rows if row[name] not in (None, [])] == ["王伟"]

    assert found == sample.filters


@ALL
def test_export_and_interface_carry_the_exact_value(app_on: Flask, owner: FlaskClient, kind: Kind) -> None:
    name, sample = make_field(app_on, kind), SAMPLES[kind]
    page = add(owner, **{name: sample.typed})

    rows = list(csv.DictReader(io.StringIO(owner.get("/people/customer/export.csv").text.lstrip("\ufeff"))))
    document = owner.get(f"/api/v1{page}").json
    posted = owner.post("/api/v1/people/customer", json={"name": "二", name: document[name]})
    described = owner.get("/api/v1/openapi.json").json["components"]["schemas"]["PeopleCustomer"]

    assert rows[0][f"Own {kind.value}"] == sample.exported
    assert document[name] == sample.json
    assert posted.status_code == 201, posted.json
    assert posted.json[name] == sample.json
    assert described["properties"][name]["description"].startswith(f"Own {kind.value}")


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE], ids=lambda kind: kind.value)
def test_a_sortable_field_sorts_page_by_page_with_empty_values_last(
    app_on: Flask, owner: FlaskClient, kind: Kind
) -> None:
    name = make_field(app_on, kind)
    typed = {
        Kind.TEXT: ["a", "b", "c"],
        Kind.NUMBER: ["-2", "0.5", "10"],
        Kind.MONEY: ["1", "2.5", "30"],
        Kind.DATE: ["1999-12-31", "2026-01-02", "2026-10-01"],
    }[kind]
    for number in (1, 0, 2):
        add(owner, name=str(number), **{name: typed[number]})
    add(owner, name="none")

    orders = {}
    for sort in (name, f"-{name}"):
        names, cursor = [], ""
        while True:
            answer = owner.get(f"/api/v1/people/customer?sort={sort}&limit=1&after={cursor}").json
            names += [row["name"] for row in answer["data"]]
            cursor = answer["next"]
            if not cursor:
                break
        orders[sort] = names

    assert orders == {name: ["0", "1", "2", "none"], f"-{name}": ["2", "1", "0", "none"]}


def test_a_searchable_text_is_found_by_its_beginning(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT)
    add(owner, **{name: "合同 2026-17"})

    assert [one["title"] for one in owner.get("/people/customer/pick?q=合同").json["items"]] == ["王伟"]
    assert "王伟" in owner.get("/people/customer/?q=合同 2026").text
    assert "王伟" in owner.get("/search?q=合同").text


def test_a_link_leads_there_and_back(app_on: Flask, owner: FlaskClient, tag: str) -> None:
    name = make_field(app_on, Kind.LINK)
    page = add(owner, **{name: tag})

    assert f'href="/people/tag/{tag}"' in owner.get(page).text
    assert owner.get(f"/api/v1{page}").json[name] == {"id": tag, "title": "VIP"}
    assert "王伟" in owner.get(f"/people/customer/?f.{name}={tag}").text
    assert "王伟" in owner.get(f"/people/tag/{tag}").text, "the linked record shows who links to it"
    refused = owner.post(f"/people/tag/{tag}/delete")
    assert refused.status_code == 409


def test_a_file_is_kept_and_given_out(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.FILE)
    page = add(owner, **{name: (io.BytesIO(PDF), "合同.pdf")})

    text = owner.get(page).text
    assert "合同.pdf" in text
    assert owner.get(f"{page}/file/{name}").data == PDF
    assert "合同.pdf" in owner.get("/people/customer/").text
    assert json.loads(owner.get(f"/api/v1{page}").data)[name]["name"] == "合同.pdf"
