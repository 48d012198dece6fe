"""A record type that a manager makes has everything that a declared one has, at once and in every place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect

from app.access.emptying import empty_tables
from app.access.events import SampleClearing
from app.core.database import db
from app.core.events import publish
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.shaping import definitions, services
from app.shaping.deleting import delete_field
from app.shaping.models import Kind, State
from app.shaping.plans import Settings
from app.shaping.sweeping import sweep_at_start
from tests.factories.shaping import acting, make_field, make_type

TYPED = {"label_zh": "设备", "label_en": "Equipment", "plural_en": "Pieces of equipment", "icon": "tools"}


def read_definitions() -> definitions.Definitions:
    """Return what stands in the database now."""
    db.session.rollback()
    return definitions.read_definitions()


@pytest.fixture
def course(app_on: Flask, owner: FlaskClient) -> tuple[str, str]:
    """A type “Course” with a link to a customer: its noun and the link's name."""
    noun = make_type(app_on)
    return noun, make_field(
        app_on, Kind.LINK, screen=f"own:{noun}", label="Pupil", settings=Settings(to="people:customer")
    )


def test_one_form_makes_a_type_with_menu_entry_list_form_and_interface(
    app_on: Flask, owner: FlaskClient
) -> None:
    answer = owner.post("/shaping/types/add", data=TYPED)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/shaping/fields/own/equipment/"
    home = owner.get("/").text
    assert 'href="/own/equipment/"' in home
    assert "Pieces of equipment" in home
    added = owner.post("/own/equipment/add", data={"name": "烘干机"}).headers["Location"]
    for address in (added, "/own/equipment/", f"{added}/edit", f"{added}/preview", f"{added}/print"):
        assert "烘干机" in owner.get(address).text, address
    assert "烘干机" in owner.get("/own/equipment/export.csv").text
    assert "烘干机" in owner.get("/search?q=烘干").text
    assert owner.get("/own/equipment/pick?q=烘").json["items"][0]["title"] == "烘干机"
    assert owner.get("/api/v1/own/equipment").json["data"][0]["name"] == "烘干机"
    assert "/api/v1/own/equipment/{id}" in owner.get("/api/v1/openapi.json").json["paths"]


def test_its_records_go_to_the_trash_and_come_back(app_on: Flask, owner: FlaskClient) -> None:
    noun = make_type(app_on)
    page = owner.post(f"/own/{noun}/add", data={"name": "拉花"}).headers["Location"]

    owner.post(f"{page}/delete")
    gone, trash = owner.get(f"/own/{noun}/").text, owner.get(f"/own/{noun}/trash").text
    owner.post(f"{page}/restore")

    assert f'href="{page}' not in gone
    assert "拉花" in trash
    assert f'href="{page}' in owner.get(f"/own/{noun}/").text


def test_the_linked_record_s_page_has_a_tab_with_them(
    app_on: Flask, owner: FlaskClient, course: tuple[str, str]
) -> None:
    noun, link = course
    customer = owner.post("/people/customer/add", data={"name": "王伟"}).headers["Location"]
    token = customer.rpartition("/")[2]

    owner.post(f"/own/{noun}/add", data={"name": "拉花", link: token})
    page = owner.get(customer).text

    assert "拉花" in page
    assert f'href="/own/{noun}/add?{link}={token}"' in page
    assert "王伟" in owner.get(f"/own/{noun}/add?{link}={token}").text
    assert owner.post(f"{customer}/delete").status_code == 302
    assert owner.post(f"{customer}/purge").status_code == 409, "a course still names this customer"


def test_two_links_to_the_same_records_are_two_tabs(
    app_on: Flask, owner: FlaskClient, course: tuple[str, str]
) -> None:
    noun, _link = course
    make_field(
        app_on, Kind.LINK, screen=f"own:{noun}", label="Teacher", settings=Settings(to="people:customer")
    )
    customer = owner.post("/people/customer/add", data={"name": "王伟"}).headers["Location"]

    tabs = re.findall(r'id="(tab-own-[^"]+)"', owner.get(customer).text)

    assert len(tabs) == len(set(tabs)) == 2


def test_rights_begin_with_the_owner_and_the_roles_that_were_ticked(
    app_on: Flask, owner: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    manager, clerk = sign_in(app_on.test_client(), "Manager"), sign_in(app_on.test_client(), "Clerk")
    form = owner.get("/shaping/types/add").text
    ticked = re.findall(r'name="roles" value="(\d+)" checked', form)

    owner.post("/shaping/types/add", data={**TYPED, "roles": ticked})

    assert len(ticked) == 1, "managers may use it unless somebody says otherwise"
    assert manager.get("/own/equipment/").status_code == 200
    assert clerk.get("/own/equipment/").status_code == 403
    roles = owner.get("/roles/").text
    clerk_role = re.search(r'href="(/roles/[^"]+)">Clerk', roles)
    assert clerk_role is not None
    assert 'value="own:equipment:list"' in owner.get(clerk_role[1]).text


def test_a_right_to_an_own_type_is_given_on_the_page_of_the_role(
    app_on: Flask, owner: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    make_type(app_on)
    address = re.search(r'href="(/roles/[^"]+)">Clerk', owner.get("/roles/").text)
    assert address is not None
    page = owner.get(address[1]).text
    held = re.findall(r'name="granted" value="([^"]+)"[^>]*checked', page)
    stamp = re.search(r'name="stamp" value="([^"]+)"', page)
    assert stamp is not None

    answer = owner.post(
        f"{address[1]}/edit",
        data={"name": "Clerk", "stamp": stamp[1], "granted": [*held, "own:course:list"]},
    )

    assert answer.status_code == 302
    clerk = sign_in(app_on.test_client(), "Clerk")
    assert clerk.get("/own/course/").status_code == 200
    assert clerk.get("/own/course/add").status_code == 403


@pytest.mark.parametrize(
    ("english", "chinese", "noun"),
    [
        ("Equipment", "设备", "equipment"),
        ("", "设备", None),
        ("Select", "", "select"),
        ("  42nd Street!! ", "", None),
        ("Ünïcode 😀", "", None),
        ("../../etc", "", "etc"),
    ],
)
def test_the_address_is_made_of_the_english_name_or_of_a_code(
    app: Flask, english: str, chinese: str, noun: str | None
) -> None:
    made = make_type(app, english, chinese)

    assert made == noun if noun else re.fullmatch(r"[a-z][a-z0-9_]*", made)
    with acting(app):
        assert kernel().screens[f"own:{made}"].permission("list") == f"own:{made}:list"


def test_the_same_name_twice_and_a_declared_one_are_refused(app_on: Flask, owner: FlaskClient) -> None:
    owner.post("/shaping/types/add", data=TYPED)

    again = owner.post("/shaping/types/add", data={**TYPED, "label_zh": "", "label_en": "EQUIPMENT"})
    declared = owner.post("/shaping/types/add", data={**TYPED, "label_zh": "", "label_en": "Customer"})
    nothing = owner.post("/shaping/types/add", data={**TYPED, "label_zh": "", "label_en": ""})
    icon = owner.post("/shaping/types/add", data={**TYPED, "label_en": "Z", "label_zh": "", "icon": "../x"})

    assert [each.status_code for each in (again, declared, nothing, icon)] == [422] * 4
    assert len(read_definitions().types) == 1


def test_a_parked_type_is_seen_nowhere_and_comes_back_with_its_records(
    app_on: Flask, owner: FlaskClient, course: tuple[str, str]
) -> None:
    noun, _link = course
    page = owner.post(f"/own/{noun}/add", data={"name": "拉花"}).headers["Location"]
    customer = owner.post("/people/customer/add", data={"name": "王伟"}).headers["Location"]

    owner.post(f"/shaping/types/{noun}/park")
    gone = (owner.get(page).status_code, owner.get(customer).status_code, owner.get("/").text)
    owner.post(f"/shaping/types/{noun}/take-back")

    assert gone[:2] == (404, 200)
    assert f"/own/{noun}/" not in gone[2]
    assert "拉花" in owner.get(page).text


def test_a_type_goes_for_good_only_when_parked_unlinked_and_confirmed(
    app_on: Flask, owner: FlaskClient
) -> None:
    noun = make_type(app_on)
    link = make_field(app_on, Kind.LINK, label="Course", settings=Settings(to=f"own:{noun}"))
    owner.post(f"/own/{noun}/add", data={"name": "拉花"})
    table = f"own_{read_definitions().types[0].code}"

    in_use = owner.get(f"/shaping/types/{noun}/delete")
    owner.post(f"/shaping/types/{noun}/park")
    linked = owner.post(f"/shaping/types/{noun}/delete", data={"typed": "Course"})
    with acting(app_on):
        (row,) = [row for row in read_definitions().fields if row.name == link]
        key = row.id
        services.park_field(key)
    with acting(app_on):
        delete_field(key, "Course")
    done = owner.post(f"/shaping/types/{noun}/delete", data={"typed": "Course"})

    assert (in_use.status_code, linked.status_code, done.status_code) == (404, 422, 302)
    assert read_definitions().types == []
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0
    customer = owner.post("/people/customer/add", data={"name": "王伟"}).headers["Location"]
    owner.post(f"{customer}/delete")
    assert owner.post(f"{customer}/purge").status_code == 302
    assert make_type(app_on) == noun, "the name is free again"


class Killed(BaseException):
    """What a process that is killed feels like from inside."""


def test_a_process_killed_between_table_and_definition_leaves_nothing(
    app_on: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_anything: object) -> None:
        raise Killed

    before = set(inspect(db.engine).get_table_names())
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(services, "_store_type", killed)
        make_type(app_on)
    half_made = set(inspect(db.engine).get_table_names()) - before
    home = owner.get("/").text
    sweep_at_start()

    assert len(half_made) == 1
    assert "/own/" not in home
    assert not half_made & set(inspect(db.engine).get_table_names())
    assert make_type(app_on) == "course"


def test_clearing_the_sample_empties_own_records_and_keeps_the_types(
    app_on: Flask, owner: FlaskClient, course: tuple[str, str]
) -> None:
    noun, link = course
    customer = owner.post("/people/customer/add", data={"name": "王伟"}).headers["Location"]
    owner.post(f"/own/{noun}/add", data={"name": "拉花", link: customer.rpartition("/")[2]})

    with transaction():
        publish(SampleClearing())
        empty_tables()

    assert owner.get(f"/api/v1/own/{noun}").json["data"] == []
    assert owner.get("/api/v1/people/customer").json["data"] == []
    assert [row.state for row in read_definitions().types] == [State.ACTIVE]
    assert (
        f'name="{link}"' in owner.get(f"/own/{noun}/add").text or link in owner.get(f"/own/{noun}/add").text
    )
