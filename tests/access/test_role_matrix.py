"""The table of rights: what saving would do is said before, all of a row or column at once, copies and comparisons."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access import accounts
from app.access.acting import acting_as
from app.access.passwords import hash_password
from app.access.rules import set_row_rule, set_sights, sights_of
from app.core.database import db
from app.core.limits import Sight
from app.journal.models import JournalEntry
from tests.access.accounts import role_number
from tests.access.conftest import PASSWORD, House, enter, person_number, post
from tests.access.test_roles import address_of, boxes, find, held

CLERKS_LOSS = {"people:customer:edit", "people:contact:list"}


def send(browser: FlaskClient, address: str, granted: Any, name: str = "Clerk", **more: Any) -> Any:
    """Send a role's form by one of its buttons."""
    page = browser.get(address).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]
    return post(
        browser,
        f"{address}/edit",
        {"stamp": stamp, "name": name, "granted": list(granted), **more},
        page=address,
    )


def words(answer: Any) -> str:
    """Return a page's text without its marks."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main")[1].split("</main>")[0])
    return " ".join(html.unescape(text).split())


def hidden(answer: Any) -> dict[str, list[str]]:
    """Return the hidden inputs of a page's content."""
    content = answer.get_data(as_text=True).split("<main")[1]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', content):
        found.setdefault(name, []).append(html.unescape(value))
    return found


def ticked(answer: Any) -> set[str]:
    return {name for name, state in boxes(answer.get_data(as_text=True)).items() if "checked" in state}


def test_what_changes_is_said_in_words_and_nothing_is_saved_yet(house_on: House) -> None:
    app = house_on.app
    owner = app.test_client()
    enter(owner, "owner")
    before = held(app, "Clerk")
    with app.app_context():
        entries = len(db.session.scalars(select(JournalEntry.id)).all())
        db.session.remove()

    shown = send(owner, address_of(app, "Clerk"), (before - CLERKS_LOSS) | {"people:tag:add"}, preview="1")

    text = words(shown)
    assert shown.status_code == 200
    assert "“Clerk” can no longer change customers." in text
    assert "“Clerk” can no longer see the list of contacts." in text
    assert "“Clerk” can now add tags." in text
    assert "These entries vanish from the menu: Contacts." in text
    assert "1 person holds this role." in text
    assert "Zhang Wei loses 2 rights · gains 1 right" in text
    assert held(app, "Clerk") == before
    with app.app_context():
        assert len(db.session.scalars(select(JournalEntry.id)).all()) == entries
        db.session.remove()


def test_saving_what_was_shown_saves_exactly_that(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner, wanted = signed_in("owner"), held(app, "Clerk") - CLERKS_LOSS
    shown = send(owner, address_of(app, "Clerk"), wanted, preview="1", need="any", name="Counter")

    saved = owner.post(f"{address_of(app, 'Clerk')}/edit", data=hidden(shown))

    assert "The role is called “Counter” from now on." in words(shown)
    assert "A code as well: from the phone or by mail" in words(shown)
    assert saved.status_code == 302
    assert find(app, "Clerk") is None
    assert held(app, "Counter") == wanted


def test_going_back_from_what_changes_keeps_what_was_ticked(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner, wanted = signed_in("owner"), held(app, "Clerk") - CLERKS_LOSS
    shown = send(owner, address_of(app, "Clerk"), wanted, preview="1", name="Counter")

    again = owner.post(f"{address_of(app, 'Clerk')}/edit", data={**hidden(shown), "again": "1"})

    assert ticked(again) == wanted
    assert 'value="Counter"' in again.get_data(as_text=True)
    assert again.get_data(as_text=True).count('class="changed"') == len(CLERKS_LOSS)


def test_a_right_that_another_role_gives_is_not_lost(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        manager = role_number(app, "Manager")
        number = accounts.create_account("both", hash_password(PASSWORD), "Ma Li", "Clerk")
        with acting_as(person_number(app, "owner")):
            shown = accounts.account_of(accounts.find_person(number))
            db.session.rollback()
            accounts.change_account(number, shown, accounts.Account("Ma Li", roles=shown.roles | {manager}))
        db.session.remove()

    answer = send(signed_in("owner"), address_of(app, "Clerk"), held(app, "Clerk") - CLERKS_LOSS, preview="1")

    text = words(answer)
    assert "2 people hold this role." in text
    assert "Zhang Wei loses 2 rights" in text and "Ma Li" not in text
    assert "For 1 of them nothing changes, because of another role." in text


def test_a_refusal_is_met_before_anybody_says_yes(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner, wanted = signed_in("owner"), held(app, "Clerk") - CLERKS_LOSS

    taken = send(owner, address_of(app, "Clerk"), wanted, preview="1", name="Manager")

    assert taken.status_code == 422
    assert "Another role has this name." in words(taken)
    assert ticked(taken) == wanted


def test_a_role_that_changed_between_showing_and_saving_is_not_overwritten(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner = signed_in("owner")
    shown = send(owner, address_of(app, "Clerk"), held(app, "Clerk") - CLERKS_LOSS, preview="1")
    send(owner, address_of(app, "Clerk"), {"people:tag:list"})

    late = owner.post(f"{address_of(app, 'Clerk')}/edit", data=hidden(shown))

    assert late.status_code == 409
    assert held(app, "Clerk") == {"people:tag:list"}


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        ("screen:people:tag", lambda name: name.startswith("people:tag:")),
        ("group:pets", lambda name: name.startswith("pets:")),
        ("verb:export", lambda name: name.endswith(":export") and not name.startswith("journal")),
    ],
)
def test_all_of_a_row_a_column_or_a_group_without_a_script(
    app: Flask, signed_in: Callable[[str], FlaskClient], which: str, meant: Callable[[str], bool]
) -> None:
    owner = signed_in("owner")
    every = {
        name for name in boxes(owner.get(address_of(app, "Clerk")).get_data(as_text=True)) if meant(name)
    }

    on = send(owner, address_of(app, "Clerk"), held(app, "Clerk"), all=which)
    off = send(owner, address_of(app, "Clerk"), held(app, "Clerk") | every, all=which)

    assert every
    assert ticked(on) == held(app, "Clerk") | every
    assert ticked(off) == held(app, "Clerk") - every


def test_all_hands_out_nothing_that_one_lacks(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    mine = held(app, "Manager") | {"access:role:list", "access:role:edit"}
    send(signed_in("owner"), address_of(app, "Manager"), mine, name="Manager")

    answer = send(signed_in("manager"), address_of(app, "Clerk"), held(app, "Clerk"), all="group:access")

    assert ticked(answer) <= held(app, "Clerk") | mine


def test_a_copy_holds_and_sees_what_its_model_does(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    clerk = role_number(app, "Clerk")
    with app.app_context(), acting_as(person_number(app, "owner")):
        set_sights(clerk, "people:customer", {"email": Sight.HIDDEN})
        set_row_rule(clerk, "people:contact", '{"all":[["subject","has","a"]]}')
    owner, token = signed_in("owner"), address_of(app, "Clerk").rpartition("/")[2]

    form = owner.get(f"/roles/add?like={token}")
    rights = {"name": "Evening", "granted": list(ticked(form)), "like": token, "need": "any"}
    made = post(owner, "/roles/add", rights)

    assert 'value="Copy of Clerk"' in form.get_data(as_text=True)
    assert made.status_code == 302
    assert held(app, "Evening") == held(app, "Clerk")
    with app.app_context():
        for screen in app.extensions["kebu"].declared_screens:
            assert sights_of(role_number(app, "Evening"), screen) == sights_of(clerk, screen)


def test_two_roles_are_compared(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    owner = signed_in("owner")
    one, other = (address_of(app, name).rpartition("/")[2] for name in ("Clerk", "Groomer"))

    text = words(owner.get(f"/roles/compare?one={one}&other={other}"))
    same = words(owner.get(f"/roles/compare?one={one}&other={one}"))
    none = owner.get("/roles/compare?one=nothing&other=")

    assert "Customers: Add Allowed –" in text
    assert "Customers: Open" not in text
    assert "The two roles allow and show the same." in same
    assert none.status_code == 200 and "Choose two roles" in words(none)
