"""Saved views: a list's question under a name, one's own unless shared, never a way to see more."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select

from app.core.database import db
from app.core.keys import encode_token
from app.panel.saved_view_models import View, Visibility, view_choice, view_role
from app.profiles import PROFILES
from tests.factories.people import make_customer

LIST = "/people/customer/"
VIEWS = "/views/people/customer/"
WHERE = json.dumps({"all": [["name", "has", "王"]]}, ensure_ascii=False)
ASKED = urlencode({"where": WHERE, "sort": "-name"})


@pytest.fixture
def person(app_on: Flask, sign_in: Any) -> Callable[[str], FlaskClient]:
    """Return `person(role)`: a browser in which somebody with this role is signed in."""
    return lambda role: sign_in(app_on.test_client(), role)


def save(client: FlaskClient, name: str, asked: str = ASKED, **inputs: Any) -> Any:
    """Save a view and return the answer."""
    data = {"name": name, "visibility": "own", "position": "100", "arguments": asked, **inputs}
    return client.post(f"{VIEWS}add", data=data)


def saved(client: FlaskClient, name: str, asked: str = ASKED, **inputs: Any) -> tuple[str, str]:
    """Save a view and return its address and its token."""
    answer = save(client, name, asked, **inputs)
    assert answer.status_code == 303, re.findall(r'class="error"[^>]*>(.*?)</p>', answer.text)
    url = str(answer.headers["Location"])
    return url, parse_qs(urlsplit(url).query)["view"][0]


def names(page: Any) -> list[str]:
    """Return the names on the tabs of a list, without “All”."""
    found = re.search(r'<nav class="view-tabs".*?</nav>', page.text, re.DOTALL)
    return re.findall(r"<a [^>]*><span>(.*?)</span>", found[0])[1:] if found else []


def current(page: Any) -> str:
    """Return the name on the tab that is marked."""
    found = re.search(r'<a href="[^"]*" aria-current="page"[^>]*><span>(.*?)</span>', page.text)
    return found[1] if found else ""


def in_menu(page: Any) -> list[str]:
    """Return the views in the sidebar."""
    return re.findall(r'<a class="view"[^>]*>.*?<span>(.*?)</span></a>', page.text)


def listed(page: Any) -> list[str]:
    """Return the titles of the listed records."""
    return re.findall(r'class="go"[^>]*>(.*?)</a>', page.text)


def role_token(name: str) -> str:
    """Return the token of a role."""
    number = db.session.scalar(select(Role.id).where(Role.name == name).limit(1))
    db.session.rollback()
    return encode_token([number])  # type: ignore[list-item]


def kept(model: Any) -> int:
    """Return how many rows a table has now."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@contextmanager
def without(app: Flask, *gone: str) -> Iterator[None]:
    """Take permissions away from everybody for a while."""
    house = app.extensions["kebu"]
    before = house.granted_names
    house.granted_names = lambda: before() - set(gone)
    try:
        yield
    finally:
        house.granted_names = before


def test_a_view_keeps_the_question_under_a_name_and_its_address_asks_it(
    person: Callable[[str], FlaskClient],
) -> None:
    for name in ("王伟", "王芳", "李雷"):
        make_customer(name=name)
    clerk = person("Clerk")

    url, _token = saved(clerk, "  姓王的 ")
    page = clerk.get(url)

    assert (names(page), current(page)) == (["姓王的"], "姓王的")
    assert set(listed(page)) == {"王伟", "王芳"}
    assert parse_qs(urlsplit(url).query)["where"] == [WHERE]


def test_a_changed_view_says_so_and_is_saved_over_or_as_another_one(
    person: Callable[[str], FlaskClient],
) -> None:
    make_customer(name="李雷")
    clerk = person("Clerk")
    url, token = saved(clerk, "姓王的")
    other = json.dumps({"all": [["name", "has", "李"]]}, ensure_ascii=False)
    changed = f"{LIST}?{urlencode({'where': other, 'view': token})}"

    before, page = clerk.get(url), clerk.get(changed)
    replace = html.unescape(re.search(r'formaction="([^"]*/replace[^"]*)"', page.text)[1])  # type: ignore[index]
    answer = clerk.post(replace)

    assert "/replace" not in before.text and 'class="changed"' not in before.text
    assert 'class="changed"' in page.text and current(page) == "姓王的"
    assert f"{VIEWS}add?" in page.text
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["where"] == [other]
    assert listed(clerk.get(answer.headers["Location"])) == ["李雷"]


def test_nobody_sees_anothers_own_view_by_any_of_its_addresses(person: Callable[[str], FlaskClient]) -> None:
    url, token = saved(person("Clerk"), "只有我")
    owner = person("Owner")

    page = owner.get(url)

    assert page.status_code == 200
    assert "只有我" not in page.text
    for path in ("edit", "replace", "delete", "choose"):
        data = {"deed": "pin", "name": "x", "visibility": "own", "row_version": "1"}
        assert owner.post(f"{VIEWS}{token}/{path}", data=data).status_code == 404
    assert owner.get(f"{VIEWS}{token}/edit").status_code == 404
    assert kept(View) == 1


def test_a_view_is_shared_with_roles_or_with_everybody_who_sees_the_list(
    person: Callable[[str], FlaskClient],
) -> None:
    owner, clerk, groomer = person("Owner"), person("Clerk"), person("Groomer")
    saved(owner, "给店员", visibility="roles", roles=[role_token("Clerk")])
    saved(owner, "给大家", visibility="everybody")

    seen = {name: names(client.get(LIST)) for name, client in {"clerk": clerk, "groomer": groomer}.items()}

    assert seen == {"clerk": ["给大家", "给店员"], "groomer": ["给大家"]}


def test_sharing_needs_its_permission_and_those_without_it_change_no_shared_view(
    person: Callable[[str], FlaskClient],
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    _url, token = saved(owner, "给大家", visibility="everybody")

    form = clerk.get(f"{VIEWS}add?{ASKED}")

    assert 'name="visibility"' not in form.text
    assert save(clerk, "硬要", visibility="everybody").status_code == 403
    assert save(clerk, "硬要", visibility="roles", roles=[role_token("Clerk")]).status_code == 403
    assert clerk.post(f"{VIEWS}{token}/delete").status_code == 403
    assert clerk.post(f"{VIEWS}{token}/replace?{ASKED}").status_code == 403
    assert kept(View) == 1


def test_a_view_gives_no_rights(app_on: Flask, person: Callable[[str], FlaskClient]) -> None:
    make_customer(name="王伟")
    owner, clerk = person("Owner"), person("Clerk")
    url, _token = saved(owner, "给大家", visibility="everybody", is_pinned="1")

    with without(app_on, "people:customer:list"):
        answer, home = clerk.get(url), clerk.get("/")

    assert answer.status_code == 403
    assert "给大家" not in home.text


def test_a_view_of_what_one_may_not_ask_opens_with_a_notice_and_the_rest(
    app_on: Flask, person: Callable[[str], FlaskClient]
) -> None:
    make_customer(name="王伟")
    make_customer(name="李雷")
    owner, clerk = person("Owner"), person("Clerk")
    where = {
        "all": [["name", "has", "王"], {"lacks": "people:contact.customer", "all": []}, ["gone", "has", "x"]]
    }
    url, _token = saved(owner, "给大家", urlencode({"where": json.dumps(where)}), visibility="everybody")

    with without(app_on, "people:contact:list"):
        page = clerk.get(url)

    assert page.status_code == 200
    assert "Parts of this view" in page.text
    assert listed(page) == ["王伟"]


def test_views_are_pinned_into_the_menu_for_oneself_or_for_all(person: Callable[[str], FlaskClient]) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    _mine, own = saved(clerk, "我的", is_pinned="1")
    _ours, shared = saved(owner, "大家的", visibility="everybody", is_pinned="1")
    assert in_menu(clerk.get("/")) == ["大家的", "我的"]

    clerk.post(f"{VIEWS}{shared}/choose", data={"deed": "unpin"})
    clerk.post(f"{VIEWS}{own}/choose", data={"deed": "unpin"})

    assert in_menu(clerk.get("/")) == []
    assert in_menu(owner.get("/")) == ["大家的"]
    clerk.post(f"{VIEWS}{shared}/choose", data={"deed": "pin"})
    assert in_menu(clerk.get("/")) == ["大家的"]


def test_the_palette_finds_ones_own_and_shared_views_and_nobody_elses(
    person: Callable[[str], FlaskClient],
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    own, _own = saved(clerk, "生日快到")
    shared, _shared = saved(owner, "生日已过", visibility="everybody")
    saved(owner, "生日不明")

    assert found_by_palette(clerk, "生日") == {own, shared}
    assert found_by_palette(clerk, "srkd") == {own}


def found_by_palette(client: FlaskClient, text: str) -> set[str]:
    """Return the addresses of the views that the palette offers."""
    groups = client.post("/palette", data={"q": text}).get_json()["groups"]
    return {item["url"] for group in groups for item in group["items"] if item.get("note") == "Customers"}


def test_a_list_opens_with_the_default_view_and_all_of_it_is_one_click_away(
    person: Callable[[str], FlaskClient],
) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    ours, _token = saved(owner, "大家的", visibility="everybody", is_default="1")
    assert clerk.get(LIST).headers["Location"] == ours

    mine, token = saved(clerk, "我的", urlencode({"q": "138"}), is_default="1")
    first = clerk.get(LIST)
    page = clerk.get(mine)
    everything = html.unescape(re.search(r'<nav class="view-tabs"[^>]*><a href="([^"]*)"', page.text)[1])  # type: ignore[index]

    assert first.status_code == 302 and first.headers["Location"] == mine
    assert clerk.get(everything).status_code == 200
    assert f'href="{LIST}?view="' in page.text
    clerk.post(f"{VIEWS}{token}/choose", data={"deed": "close"})
    assert clerk.get(LIST).headers["Location"] == ours


def test_a_view_is_renamed_shared_and_deleted_for_all(person: Callable[[str], FlaskClient]) -> None:
    owner, clerk = person("Owner"), person("Clerk")
    _url, token = saved(owner, "旧名")
    form = owner.get(f"{VIEWS}{token}/edit")
    version = re.search(r'name="row_version" value="(\d+)"', form.text)[1]  # type: ignore[index]

    data = {"name": "新名", "visibility": "everybody", "position": "5", "row_version": version}
    answer = owner.post(f"{VIEWS}{token}/edit", data=data)
    stale = owner.post(f"{VIEWS}{token}/edit", data={**data, "name": "更新名"})

    assert answer.status_code == 303
    assert (stale.status_code, "更新名" in stale.text) == (409, True)
    assert names(clerk.get(LIST)) == ["新名"]
    assert owner.post(f"{VIEWS}{token}/delete").headers["Location"] == LIST
    assert names(clerk.get(LIST)) == []
    assert (kept(View), kept(view_choice), kept(view_role)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"name": " "}, "Please fill this in."),
        ({"name": "名" * 81}, "At most 80 characters."),
        ({"position": "first"}, "This is not a whole number."),
        ({"visibility": "roles"}, "Please choose at least one."),
        ({"visibility": "roles", "roles": ["kxxx", "u" + "A" * 22]}, "Please choose at least one."),
        ({"name": "有了"}, "There is a view of this name already."),
        ({"arguments": urlencode({"where": "x" * 9000})}, "This filter is too long."),
    ],
    ids=["no name", "long name", "place", "no role", "no such role", "same name", "too long"],
)
def test_what_can_not_be_saved_is_said_by_its_field_and_everything_typed_stays(
    person: Callable[[str], FlaskClient], inputs: dict[str, Any], message: str
) -> None:
    owner = person("Owner")
    saved(owner, "有了")

    asked = inputs.get("arguments", ASKED)
    answer = save(owner, **{"name": "新的", "asked": asked, "is_pinned": "1", **inputs})

    assert answer.status_code == 422
    assert message in answer.text
    assert html.escape(asked) in answer.text
    assert re.search(r'name="is_pinned" value="1" checked', answer.text)
    assert f'value="{inputs.get("position", "100")}"' in answer.text
    assert kept(View) == 1


def test_a_person_keeps_at_most_a_hundred_views(
    person: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.panel.saved_view_commands.MOST_OWN", 2)
    clerk = person("Clerk")
    saved(clerk, "一")
    saved(clerk, "二")

    answer = save(clerk, "三")

    assert answer.status_code == 422
    assert "Delete one first." in answer.text


def test_the_branch_at_hand_and_the_place_in_the_list_are_no_part_of_a_view(
    person: Callable[[str], FlaskClient],
) -> None:
    clerk = person("Clerk")

    url, _token = saved(
        clerk, "一", urlencode({"sort": "name", "after": "x", "view": "y", "where": "", "z": "1"})
    )

    assert set(parse_qs(urlsplit(url).query)) == {"sort", "view"}


def test_pages_read_views_once_until_something_changes(
    person: Callable[[str], FlaskClient], statements: Any
) -> None:
    clerk = person("Clerk")
    saved(clerk, "我的", is_pinned="1")
    clerk.get("/people/tag/")

    with statements() as seen:
        page = clerk.get("/people/tag/")

    assert in_menu(page) == ["我的"]
    assert [text for text in seen if "panel_view" in text] == []


def test_what_is_done_to_a_view_without_a_known_deed_is_not_found(
    person: Callable[[str], FlaskClient],
) -> None:
    clerk = person("Clerk")
    _url, token = saved(clerk, "我的")

    assert clerk.post(f"{VIEWS}{token}/choose", data={"deed": "burn"}).status_code == 404
    assert clerk.post(f"/views/people/tag/{token}/delete").status_code == 404
    assert clerk.post("/views/people/nothing/add").status_code == 404


def test_what_a_damaged_row_holds_is_left_out(person: Callable[[str], FlaskClient]) -> None:
    clerk = person("Clerk")
    url, _token = saved(clerk, "我的")
    db.session.rollback()
    for text in ("{", "1", '[["q"],[1,2],"x"]'):
        db.session.execute(View.__table__.update().values(arguments=text))
        db.session.commit()

        assert clerk.get(url).status_code == 200


def test_managers_share_views_and_clerks_do_not() -> None:
    for profile in PROFILES.values():
        assert any(pattern.startswith("panel:") for pattern in profile.roles["Manager"])
        assert not any(pattern.startswith("panel:") for pattern in profile.roles["Clerk"])
    assert {each.value for each in Visibility} == {"own", "roles", "everybody"}
