"""Fields are made, changed, parked, taken back and deleted by a manager, and nothing is lost by accident."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from app.core.database import db
from app.core.errors import NotFound
from app.core.transaction import transaction
from app.core.upload import Upload
from app.core.words import OwnWords
from app.people.models import Customer
from app.shaping import emptying, services
from app.shaping.models import Kind
from app.shaping.plans import Settings, plan_of
from tests.factories.shaping import OPTIONS, acting, make_field, plan
from tests.shaping.forms import address, definition, hidden_inputs, read_definitions
from tests.support.databases import in_threads

FIELDS = "/shaping/fields/people/customer/"
TYPED = {
    "kind": "text",
    "label_zh": "尺码",
    "label_en": "Size",
    "personal": "none",
    "places": "0",
    "in_list": "1",
}
HOSTILE = (
    '"><script>alert(1)</script>',
    "=HYPERLINK(1)",
    "{{7*7}}",
    "%(label)s %s",
    "😀 名 字",
    "اسم الحقل",
    "select",
    "id",
    "__class__",
    "'; DROP TABLE people_customer; --",
)


def only_name(client: FlaskClient) -> str:
    """Return the name of the one own field of customers."""
    (row,) = [row for row in read_definitions().fields if row.screen == "people:customer"]
    return row.name


def test_a_field_made_on_the_page_is_there_at_the_next_click(app_on: Flask, owner: FlaskClient) -> None:
    answer = owner.post(f"{FIELDS}add", data=TYPED)

    assert answer.status_code == 302
    assert "Size" in owner.get(answer.headers["Location"]).text
    assert "Size" in owner.get("/people/customer/add").text


def test_a_manager_may_and_a_clerk_may_not(app_on: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    manager, clerk = sign_in(app_on.test_client(), "Manager"), sign_in(app_on.test_client(), "Clerk")

    assert manager.get("/shaping/").status_code == 200
    assert manager.post(f"{FIELDS}add", data=TYPED).status_code == 302
    assert clerk.get(FIELDS).status_code == 403
    assert clerk.post(f"{FIELDS}add", data=TYPED).status_code == 403
    assert clerk.get("/shaping/").status_code == 404
    assert 'href="/shaping/"' not in clerk.get("/").text


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_names_are_only_names(app_on: Flask, owner: FlaskClient, label: str) -> None:
    answer = owner.post(f"{FIELDS}add", data={**TYPED, "label_zh": label, "label_en": label})
    assert answer.status_code == 302
    name = only_name(owner)

    page = owner.post("/people/customer/add", data={"name": "王伟", name: "值"}).headers["Location"]
    shown = owner.get(page).text

    assert "值" in shown
    assert "<script>alert" not in shown
    form = owner.get("/people/customer/add").text.replace(name, "")
    assert "49" not in form.split("Further details")[1].split("</fieldset>")[0]
    heading = owner.get("/people/customer/export.csv").text.splitlines()[0].rpartition(",")[2]
    assert not heading.lstrip('"').startswith("=")
    for place in (FIELDS, address(name), "/people/customer/", "/people/customer/add", "/api/v1/openapi.json"):
        assert owner.get(place).status_code == 200, place


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label_zh": "", "label_en": " \u200b "}, "label_zh"),
        ({"label_zh": "长" * 500}, "label_zh"),
        ({"help_en": "x" * 301}, "help_en"),
        ({"label_en": "Phone"}, "label_zh"),
        ({"kind": "choice"}, "options"),
        ({"kind": "link", "to": "people:nobody"}, "to"),
        ({"kind": "link"}, "to"),
        ({"kind": "date", "default": "soon"}, "default"),
        ({"kind": "nothing"}, "kind"),
        ({"kind": "number", "places": "9"}, "places"),
        ({"personal": "secret"}, "personal"),
    ],
)
def test_what_can_t_be_is_told_beside_its_input_and_all_that_was_typed_stays(
    app: Flask, sign_in: Any, changes: dict[str, str], field: str
) -> None:
    owner = sign_in(app.test_client(), "Owner")

    answer = owner.post(f"{FIELDS}add", data={**TYPED, "group_en": "Kept heading", **changes})

    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text or (field == "options" and 'class="error"' in answer.text)
    assert "Kept heading" in answer.text
    assert read_definitions().fields == []


def test_the_same_name_twice_is_refused_whatever_its_case(app_on: Flask, owner: FlaskClient) -> None:
    make_field(app_on, Kind.TEXT, label="Size")

    answer = owner.post(f"{FIELDS}add", data={**TYPED, "label_zh": "", "label_en": "SIZE"})

    assert answer.status_code == 422
    assert len(read_definitions().fields) == 1


def test_two_managers_at_once_make_two_fields_or_one_of_the_same_name(app_on: Flask) -> None:
    def add(label: str) -> Callable[[], str]:
        return lambda: make_field(app_on, Kind.TEXT, label=label)

    different = in_threads([add("Left"), add("Right")])
    same = in_threads([add("Same"), add("Same")])

    assert different == []
    assert len(same) == 1
    labels = sorted(row.label_en for row in read_definitions().fields)
    assert labels == ["Left", "Right", "Same"]


def test_a_change_on_an_old_page_is_refused(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT)
    place = address(name)
    first = owner.post(place, data={**TYPED, "label_en": "First", "row_version": "1"})

    second = owner.post(place, data={**TYPED, "label_en": "Second", "row_version": "1"})

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Second" in second.text, "what was typed stays"
    assert definition(name).label_en == "First"


def test_no_value_twice_is_kept_by_the_database_and_refused_where_there_are_two(
    app_on: Flask, owner: FlaskClient
) -> None:
    name = make_field(app_on, Kind.TEXT, sortable=False, searchable=False)
    for number in (1, 2):
        owner.post("/people/customer/add", data={"name": str(number), name: "same"})
    wanted = {**TYPED, "row_version": "1", "is_unique": "1"}

    refused = owner.post(address(name), data=wanted)
    with transaction():
        customer = db.session.scalar(select(Customer).where(Customer.name == "2"))
        setattr(customer, name, "other")
    done = owner.post(address(name), data=wanted)

    assert refused.status_code == 422
    assert 'id="e-is_unique"' in refused.text
    assert done.status_code == 302
    third = owner.post("/people/customer/add", data={"name": "3", name: "other"})
    assert third.status_code == 422
    assert f'id="e-{name}"' in third.text
    assert owner.post("/people/customer/add", data={"name": "4", name: ""}).status_code == 302


def test_an_index_comes_and_goes_with_what_it_is_for(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT, sortable=False, searchable=False)

    def indexes() -> set[str]:
        return {str(each["name"]) for each in inspect(db.engine).get_indexes("people_customer")}

    before = indexes()
    owner.post(address(name), data={**TYPED, "row_version": "1", "sortable": "1"})
    with_it = indexes()
    owner.post(address(name), data={**TYPED, "row_version": "2"})

    assert with_it - before == {f"ix_own_{name[2:]}"}
    assert indexes() == before
    assert owner.get(f"/api/v1/people/customer?sort={name}").status_code == 422


def test_renaming_a_choice_keeps_its_records_and_a_retired_one_stays_readable(
    app_on: Flask, owner: FlaskClient
) -> None:
    name = make_field(app_on, Kind.CHOICE)
    page = owner.post("/people/customer/add", data={"name": "王伟", name: "red"}).headers["Location"]
    lines = {
        **TYPED,
        "kind": "choice",
        "row_version": "1",
        "option.key": ["red", "blue", "grey", ""],
        "option.zh": ["朱", "蓝", "灰", "绿"],
        "option.en": ["Crimson", "Blue", "Grey", "Green"],
        "option.retired": ["red"],
    }

    assert owner.post(address(name), data=lines).status_code == 302

    assert "Crimson" in owner.get(page).text
    assert "Crimson" not in owner.get("/people/customer/add").text
    assert "Crimson" in owner.get(f"{page}/edit").text, "it stands in the form of the record that has it"
    assert "王伟" in owner.get(f"/people/customer/?f.{name}=red").text
    again = owner.post("/people/customer/add", data={"name": "二", name: "red"})
    assert again.status_code == 422
    assert "no longer offered" in again.text
    keys = [option.value for option in plan_of(definition(name)).settings.options]
    assert keys[:3] == ["red", "blue", "grey"] and len(keys) == 4


def test_a_parked_field_is_seen_nowhere_and_comes_back_with_its_values(
    app_on: Flask, owner: FlaskClient
) -> None:
    name = make_field(app_on, Kind.TEXT)
    page = owner.post("/people/customer/add", data={"name": "王伟", name: "值在这里"}).headers["Location"]

    owner.post(f"{address(name)}/park")
    hidden = [owner.get(place).text for place in (page, "/people/customer/", "/people/customer/add")]
    changed = owner.post(f"{page}/edit", data={"name": "王大伟", "row_version": "1"})
    owner.post(f"{address(name)}/take-back")

    assert not any("值在这里" in text or name in text for text in hidden)
    assert changed.status_code == 302
    assert owner.get(f"/api/v1{page}").json[name] == "值在这里"


def test_values_go_for_good_only_when_parked_and_confirmed(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT, label="Size")
    owner.post("/people/customer/add", data={"name": "王伟", name: "值"})
    place = address(name)

    in_use = owner.get(f"{place}/delete")
    owner.post(f"{place}/park")
    asked = owner.get(f"{place}/delete")
    wrong = owner.post(f"{place}/delete", data={"typed": "Sise"})
    still = definition(name)
    done = owner.post(f"{place}/delete", data={"typed": "Size"})

    assert (in_use.status_code, asked.status_code, wrong.status_code) == (404, 200, 422)
    assert "will be gone: 1." in asked.text
    assert still is not None
    assert done.status_code == 302
    assert read_definitions().fields == []
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql(f"SELECT {name} FROM people_customer").scalars().all()
        left = connection.exec_driver_sql("SELECT label_zh, label_en FROM shaping_field").all()
    assert kept == [None]
    assert [tuple(row) for row in left] == [("", "")]
    assert owner.get("/people/customer/").status_code == 200
    assert owner.post("/people/customer/add", data={"name": "二"}).status_code == 302


def test_deleting_in_chunks_leaves_nothing_of_a_file(
    app_on: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emptying, "CHUNK", 2)
    name = make_field(app_on, Kind.FILE, label="Contract")
    for number in range(5):
        file = (io.BytesIO(b"%PDF-1.4\n" + bytes([65 + number]) + b"\n%%EOF"), "a.pdf")
        assert owner.post("/people/customer/add", data={"name": f"n{number}", name: file}).status_code == 302
    stored = list((app_on.extensions["kebu"].home / "uploads").glob("[0-9a-f][0-9a-f]/*"))
    place = address(name)
    owner.post(f"{place}/park")

    owner.post(f"{place}/delete", data={"typed": "Contract"})

    assert len(stored) >= 5
    db.session.rollback()
    assert db.session.scalars(select(Upload)).all() == []
    kept = [path for path in stored if path.exists()]
    assert len(stored) - len(kept) == 5


def test_a_field_on_which_another_one_s_condition_hangs_can_t_be_parked(
    app_on: Flask, owner: FlaskClient
) -> None:
    choice = make_field(app_on, Kind.CHOICE)
    make_field(app_on, Kind.TEXT, settings=Settings(when=choice, when_values=("red",)))

    owner.post(f"{address(choice)}/park")

    assert definition(choice).state.value == "active"


def test_fields_change_places_within_their_heading(app_on: Flask, owner: FlaskClient) -> None:
    first = make_field(app_on, Kind.TEXT, label="One")
    second = make_field(app_on, Kind.TEXT, label="Two")
    make_field(app_on, Kind.TEXT, label="Elsewhere", group=OwnWords("别处", "Elsewhere"))

    owner.post(f"{address(second)}/move/up")
    owner.post(f"{address(second)}/move/up")
    form = owner.get("/people/customer/add").text

    assert form.index(f'name="{second}"') < form.index(f'name="{first}"')
    assert owner.post(f"{address(second)}/move/sideways").status_code == 404


def test_required_asks_new_records_and_leaves_old_ones_alone_until_touched(
    app_on: Flask, owner: FlaskClient
) -> None:
    page = owner.post("/people/customer/add", data={"name": "旧"}).headers["Location"]
    name = make_field(app_on, Kind.TEXT, required=True)

    new = owner.post("/people/customer/add", data={"name": "新"})
    old = owner.post(f"{page}/edit", data={**hidden_inputs(owner, page), "name": "旧改", name: ""})
    by_program = owner.post("/api/v1/people/customer", json={"name": "三"})
    changed = owner.patch(f"/api/v1{page}", json={"name": "四", "row_version": 2})

    assert new.status_code == 422 and f'id="e-{name}"' in new.text
    assert old.status_code == 302
    assert by_program.status_code == 422 and name in by_program.json["errors"]
    assert changed.status_code == 200


def test_a_first_value_stands_in_the_form_and_counts_for_programs(app_on: Flask, owner: FlaskClient) -> None:
    text = make_field(app_on, Kind.TEXT, settings=Settings(default=("未说明",)))
    choice = make_field(app_on, Kind.CHOICE, settings=Settings(options=OPTIONS, default=("Blue",)))

    form = owner.get("/people/customer/add").text
    added = owner.post("/api/v1/people/customer", json={"name": "王伟"}).json
    emptied = owner.post("/people/customer/add", data={"name": "二", text: "", choice: ""})

    assert 'value="未说明"' in form
    assert '<option value="blue" selected' in form
    assert (added[text], added[choice]) == ("未说明", "blue")
    document = owner.get(f"/api/v1{emptied.headers['Location']}").json
    assert (document[text], document[choice]) == (None, None)


def test_a_ready_made_set_adds_what_is_missing(app_on: Flask, owner: FlaskClient) -> None:
    owner.post(f"{FIELDS}set", data={"set": "finance"})
    first = len(read_definitions().fields)
    owner.post(f"{FIELDS}set", data={"set": "finance"})

    assert first == 4
    assert len(read_definitions().fields) == 4
    assert "Credit score" in owner.get("/people/customer/add").text
    assert owner.post(f"{FIELDS}set", data={"set": "nothing"}).status_code == 404


def test_the_preview_shows_the_input_and_stores_nothing(app_on: Flask, owner: FlaskClient) -> None:
    lines = {"option.key": ["", ""], "option.zh": ["小", "大"], "option.en": ["Small", "Large"]}

    answer = owner.post(f"{FIELDS}preview", data={**TYPED, **lines, "kind": "choice"})
    nothing = owner.post(f"{FIELDS}preview", data={**TYPED, "personal": "x"})

    assert answer.status_code == nothing.status_code == 200
    assert "Large" in answer.text and "<html" not in answer.text
    assert read_definitions().fields == []


def test_a_plan_for_another_kind_of_record_or_none_is_not_found(app_on: Flask, owner: FlaskClient) -> None:
    for screen in ("access/branch", "people/nobody", "own/nothing"):
        assert owner.get(f"/shaping/fields/{screen}/").status_code == 404
    with acting(app_on), pytest.raises(NotFound):
        services.add_field("access:branch", plan())
