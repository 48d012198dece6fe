"""Pinned and recent records: one's own, never more than fit, never what one may not see, and cheap to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import delete, func, select

from app.access.version import bump_version
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.panel import marks
from app.panel.models import Mark, MarkKind
from app.people.models import Customer
from tests.factories.people import make_customer, make_tag


def add_customers(count: int) -> list[str]:
    """Add customers called Customer 00, 01 … and return the addresses of their marks."""
    with transaction():
        rows = [Customer(name=f"Customer {number:02}") for number in range(count)]
        db.session.add_all(rows)
        db.session.flush()
        tokens = [encode_token([row.id]) for row in rows]
    return [f"/marks/people/customer/{token}" for token in tokens]


def kept(kind: MarkKind) -> int:
    """Return how many marks of a kind there are now."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Mark).where(Mark.kind == kind)) or 0


def groups(client: FlaskClient) -> dict[str, list[str]]:
    """Return the titles of the palette before anything is typed, by group."""
    answer = client.post("/palette", data={"q": ""})
    return {group["label"]: [item["title"] for item in group["items"]] for group in answer.json["groups"]}


def test_what_was_opened_last_comes_first_and_only_once(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    first, second, third = add_customers(3)

    for mark in (first, second, third, first):
        assert client.post(f"{mark}/opened").status_code == 204

    assert groups(client)["Recently opened"] == ["Customer 00", "Customer 02", "Customer 01"]


def test_opening_writes_once_and_loading_the_page_again_not_at_all(
    app_on: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    first, second = add_customers(2)

    with statements() as opened:
        client.post(f"{first}/opened")
    with statements() as again:
        client.post(f"{first}/opened")
    client.post(f"{second}/opened")
    with statements() as back:
        client.post(f"{first}/opened")

    assert len(opened.writes) <= 2, "one that finds nothing to change and one that adds"
    assert again.writes == []
    assert len(back.writes) == 1


def test_looking_at_a_record_writes_nothing_itself(
    app_on: Flask, sign_in: Any, statements: Callable[..., Any]
) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    (mark,) = add_customers(1)

    with statements() as seen:
        page = client.get(mark.removeprefix("/marks")).text

    assert f'data-opened="{mark}/opened"' in page
    assert seen.writes == []


def test_no_more_than_thirty_records_are_remembered_for_a_person(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")

    for mark in add_customers(marks.MOST_RECENT + 3):
        client.post(f"{mark}/opened")

    assert kept(MarkKind.RECENT) == marks.MOST_RECENT
    assert groups(client)["Recently opened"][0] == f"Customer {marks.MOST_RECENT + 2}"


def test_pins_keep_their_order_and_are_not_said_twice(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    first, second = add_customers(2)
    for mark in (second, first):
        client.post(f"{mark}/opened")
        assert client.post(f"{mark}/pin").status_code == 302
    client.post(f"{first}/pin")

    shown = groups(client)

    assert shown["Pinned"] == ["Customer 01", "Customer 00"]
    assert "Recently opened" not in shown
    home = client.get("/").text
    assert home.index("Customer 01") < home.index("Customer 00")


def test_a_pin_goes_away_again_and_the_button_says_which_it_is(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    (mark,) = add_customers(1)
    page = mark.removeprefix("/marks")

    before = client.get(page).text
    client.post(f"{mark}/pin", data={"next": page})
    between = client.get(page).text
    client.post(f"{mark}/unpin")
    after = client.get(page).text

    assert f"{mark}/pin" in before and f"{mark}/unpin" in between and f"{mark}/pin" in after
    assert kept(MarkKind.PINNED) == 0


def test_pins_move_up_and_down_among_each_other(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    first, second, third = add_customers(3)
    for mark in (first, second, third):
        client.post(f"{mark}/pin")

    client.post(f"{third}/up")
    client.post(f"{first}/up")
    client.post(f"{first}/down")

    assert groups(client)["Pinned"] == ["Customer 02", "Customer 00", "Customer 01"]


def test_when_no_more_pins_fit_it_says_so_and_those_of_gone_records_make_room(
    app_on: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "MOST_PINNED", 2)
    client = sign_in(app_on.test_client(), "Owner")
    first, second, third = add_customers(3)
    for mark in (first, second, third):
        client.post(f"{mark}/pin")
    refused = client.get("/").text

    page = first.removeprefix("/marks")
    client.post(f"{page}/delete")
    client.post(f"{page}/purge")
    client.post(f"{third}/pin")

    assert "You have pinned as many records as fit." in refused
    assert groups(client)["Pinned"] == ["Customer 01", "Customer 02"]


def test_marks_belong_to_one_person(app_on: Flask, sign_in: Any) -> None:
    clerk, manager = (sign_in(app_on.test_client(), role) for role in ("Clerk", "Manager"))
    (mark,) = add_customers(1)

    clerk.post(f"{mark}/pin")
    clerk.post(f"{mark}/opened")

    assert "Pinned" not in groups(manager)
    assert "Recently opened" not in groups(manager)


def test_a_mark_shows_the_title_of_today_and_nothing_from_the_trash(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    first, second = add_customers(2)
    for mark in (first, second):
        client.post(f"{mark}/pin")

    with transaction():
        for customer in db.session.scalars(select(Customer)):
            if customer.name == "Customer 00":
                customer.name = "王伟"
            else:
                customer.move_to_trash()

    assert groups(client)["Pinned"] == ["王伟"]


def take_away(role: str, screen: str, verb: str) -> None:
    """Take a right from a role, as a manager does on the roles page."""
    right = (
        select(PermissionView.id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(Permission.name == verb, ViewMenu.name == screen)
    )
    with transaction():
        bump_version()
        number = db.session.scalar(select(Role.id).where(Role.name == role))
        held = assoc_permissionview_role.c
        taken = delete(assoc_permissionview_role).where(
            held.role_id == number, held.permission_view_id == db.session.scalar(right)
        )
        assert (
            db.session.execute(taken.execution_options(unjournalled="a test arranges its roles")).rowcount
            == 1
        )


def test_what_a_person_may_no_longer_see_is_no_longer_shown(app_on: Flask, sign_in: Any) -> None:
    groomer = sign_in(app_on.test_client(), "Groomer")
    (mark,) = add_customers(1)
    token = encode_token([make_tag(name="Regulars").id])
    groomer.post(f"{mark}/opened")
    groomer.post(f"/marks/people/tag/{token}/pin")
    assert groups(groomer)["Pinned"] == ["Regulars"]

    take_away("Groomer", "people:tag", "show")
    take_away("Groomer", "people:customer", "show")

    shown = groups(groomer)
    assert "Pinned" not in shown and "Recently opened" not in shown
    groomer.get("/")  # takes the message that the tag was pinned
    assert "Regulars" not in groomer.get("/").text
    assert groomer.post(f"/marks/people/tag/{token}/pin").status_code == 403
    assert groomer.post(f"{mark}/opened").status_code == 403


@pytest.mark.parametrize("verb", ["pin", "unpin", "opened", "up", "down"])
def test_marks_of_what_one_may_not_see_or_what_is_not_there_are_refused(
    app_on: Flask, sign_in: Any, verb: str
) -> None:
    clerk, stranger = sign_in(app_on.test_client(), "Clerk"), app_on.test_client()
    (mark,) = add_customers(1)
    role_page = f"/marks/access/role/{encode_token([1])}/{verb}"

    assert stranger.post(f"{mark}/{verb}").status_code in (302, 400, 401)
    assert clerk.post(role_page).status_code == 404
    assert clerk.post(f"/marks/people/customer/{encode_token([7])}/{verb}").status_code == 404
    assert clerk.post(f"/marks/people/customer/%00/{verb}").status_code == 404
    assert clerk.get(f"{mark}/{verb}").status_code in (404, 405)
    assert kept(MarkKind.PINNED) + kept(MarkKind.RECENT) == 0


def test_without_the_page_s_own_token_nobody_s_marks_change(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")
    with app.app_context():
        token = encode_token([make_customer().id])
    client.token = ""

    answer = client.post(f"/marks/people/customer/{token}/pin")

    assert answer.status_code == 400
    assert kept(MarkKind.PINNED) == 0


def test_a_look_behind_another_one_that_waits_is_not_remembered(
    app: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "PATIENCE_SECONDS", 0)
    client = sign_in(app.test_client(), "Clerk")
    (mark,) = add_customers(1)

    with marks._noting:
        answer = client.post(f"{mark}/opened")

    assert answer.status_code == 204
    assert kept(MarkKind.RECENT) == 0
    client.post(f"{mark}/opened")
    assert kept(MarkKind.RECENT) == 1
