"""The history of a record as its page tells it, and who may read it or take something back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.people.models import Channel, Contact, ContactKind, Customer
from tests.factories.people import make_contact, make_customer, make_tag
from tests.journal.arranging import told as say

FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def owner(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app.test_client(), "Owner")


@pytest.fixture
def clerk(app: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser in which a clerk is signed in: sees and changes customers, but no history."""
    with app.app_context():
        from app.access.permission_sync import declared_permissions, sync_permissions
        from app.profiles import PROFILES

        sync_permissions(declared_permissions(), PROFILES["petshop"].roles, create_roles=True)
    return sign_in(app.test_client(), "Clerk")


def page_of(record: Any) -> str:
    """Return the address of a record's page."""
    return f"/people/{type(record).__name__.lower()}/{encode_token([record.id])}"


def words(html: str) -> str:
    """Return a page's text without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def change(record: Any, **values: Any) -> JournalEntry:
    """Change a saved record in a transaction of its own and return the entry."""
    with transaction():
        fresh = db.session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(fresh, name, value)
    query = select(JournalEntry).where(JournalEntry.record == encode_token([record.id]))
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


def stored_wechat(record: Any) -> str | None:
    """Return what is stored now, whatever this test has read before."""
    key = record.id
    db.session.rollback()
    return db.session.get_one(Customer, key).wechat


def edit(client: FlaskClient, record: Any, **inputs: str) -> None:
    """Change a record through its form."""
    page = client.get(f"{page_of(record)}/edit").text
    hidden = {
        name: (re.search(rf'name="{name}" value="([^"]*)"', page) or ["", ""])[1].replace("&#34;", '"')
        for name in ("row_version", "base")
    }
    answer = client.post(f"{page_of(record)}/edit", data={**hidden, **inputs})
    assert answer.status_code == 302, words(answer.text)


def test_the_history_tells_who_changed_what_in_words(app: Flask, owner: FlaskClient) -> None:
    made = make_customer(phone="15400000001")
    name = made.name

    edit(owner, made, name=name, phone="154 0000 0002", source="wechat")

    told = words(owner.get(f"{page_of(made)}/history", headers=FETCH).text)
    assert "Edited Wang Fang" in told
    assert "Phone Before: 154 0000 0001 → After: 154 0000 0002" in told
    assert "Found us by Before: — → After: WeChat" in told
    assert "phone_last4" not in told


def test_links_money_and_long_texts_are_told_in_words(app: Flask, owner: FlaskClient) -> None:
    first, second = make_customer(name="王芳"), make_customer(name="李雷")
    made = make_contact(
        customer_id=first.id, details="Call before noon please", amount_minor=1200, amount_currency="CNY"
    )

    change(made, customer_id=second.id, details="Call after noon please", amount_minor=150)

    told = owner.get(f"{page_of(made)}/history", headers=FETCH).text
    assert "Before: 王芳 → After: 李雷" in words(told)
    assert "Before: ¥12.00 → After: ¥1.50" in words(told).replace("CN¥", "¥")
    assert "Call <del>before</del><ins>after</ins> noon please" in told


def test_the_history_of_a_form_s_tags_names_them_as_they_are_called_now(
    app: Flask, owner: FlaskClient
) -> None:
    tag = make_tag(name="Old name")
    made = make_customer(tags=[tag])
    gone = make_tag(name="Gone")
    with transaction():
        db.session.get_one(Customer, made.id).tags.append(db.session.get_one(type(gone), gone.id))
    with transaction():
        db.session.delete(db.session.get_one(type(gone), gone.id))
    change(tag, name="New name")

    told = words(owner.get(f"{page_of(made)}/history", headers=FETCH).text)

    assert "Tags Before: (deleted), New name → After: New name" in told


def test_a_field_that_is_no_more_is_told_by_its_name(app: Flask, owner: FlaskClient) -> None:
    made = make_customer()
    say(made, {"shoe_size": 41, "source": "telegraph"}, {"shoe_size": 42, "source": None})

    told = words(owner.get(f"{page_of(made)}/history", headers=FETCH).text)

    assert "shoe_size Before: 41 → After: 42" in told
    assert "Found us by Before: telegraph → After: —" in told


def test_the_history_is_paged_from_the_newest(app: Flask, owner: FlaskClient, statements: Any) -> None:
    made = make_customer()
    for number in range(50):
        change(made, wechat=f"w{number}")

    found, address = [], f"{page_of(made)}/history"
    while address:
        with statements() as seen:
            answer = owner.get(address, headers=FETCH)
        assert len(seen) <= 6, list(seen)
        found += re.findall(r"After: </span>(w\d+)<", answer.text)
        older = re.search(r'href="([^"]+)" data-older', answer.text)
        address = older[1] if older else ""

    assert found == [f"w{number}" for number in reversed(range(50))]


def test_the_detail_page_costs_no_statement_more(app: Flask, owner: FlaskClient, statements: Any) -> None:
    made = make_customer()
    owner.get(page_of(made))

    with statements() as seen:
        answer = owner.get(page_of(made))

    assert f'data-load="{page_of(made)}/history"' in answer.text
    assert [each for each in seen if "journal_entry" in each] == []


def test_a_change_is_taken_back_from_its_history(app: Flask, owner: FlaskClient) -> None:
    made = make_customer(wechat="one")
    change(made, wechat="two")
    button = re.search(
        r'formaction="(/journal/entry/[^"]+)"', owner.get(f"{page_of(made)}/history", headers=FETCH).text
    )
    assert button is not None

    answer = owner.post(button[1])

    assert answer.headers["Location"] == f"{page_of(made)}#history"
    assert stored_wechat(made) == "one"
    told = words(owner.get(f"{page_of(made)}/history", headers=FETCH).text)
    assert "Takes an earlier change back" in told and "Taken back" in told


def test_what_was_changed_since_is_said(app: Flask, owner: FlaskClient) -> None:
    made = make_customer(wechat="one")
    entry = change(made, wechat="two")
    token = encode_token([entry.id])
    change(made, wechat="three")

    owner.post(f"/journal/entry/{token}/undo")

    assert "Changed since, left alone" in words(owner.get(page_of(made)).text)
    assert stored_wechat(made) == "three"


def test_a_record_in_the_trash_still_tells_its_history(app: Flask, owner: FlaskClient) -> None:
    made = make_customer()
    owner.post(f"{page_of(made)}/delete")

    told = words(owner.get(f"{page_of(made)}/history", headers=FETCH).text)

    assert "Moved to the trash" in told
    assert "data-load=" in owner.get(page_of(made)).text


def test_without_the_right_there_is_no_history_and_no_way_back(
    app: Flask, clerk: FlaskClient, owner: FlaskClient
) -> None:
    made = make_customer(wechat="one")
    batch = uuid7()
    with on_occasion(batch_id=batch):
        entry = change(made, wechat="two")
    token = encode_token([entry.id])

    answers = {
        "page": clerk.get(page_of(made)).text.count("pane-history"),
        "history": clerk.get(f"{page_of(made)}/history").status_code,
        "undo": clerk.post(f"/journal/entry/{token}/undo").status_code,
        "batch": clerk.get(f"/journal/batch/{encode_token([batch])}").status_code,
        "undo of the batch": clerk.post(f"/journal/batch/{encode_token([batch])}/undo").status_code,
    }

    assert answers == {"page": 0, "history": 403, "undo": 403, "batch": 404, "undo of the batch": 403}
    assert stored_wechat(made) == "two"


@pytest.mark.parametrize(
    "address",
    [
        "/people/customer/{}/history",
        "/journal/batch/{}",
        "/journal/entry/{}/undo",
        "/journal/batch/{}/undo",
    ],
)
@pytest.mark.parametrize(
    "token", ["x", "uAAAA", "k", encode_token([1]), encode_token([UUID(int=7)]), "%00", "é"]
)
def test_addresses_of_nothing_are_not_found(app: Flask, owner: FlaskClient, address: str, token: str) -> None:
    method = owner.post if "undo" in address else owner.get

    assert method(address.format(token)).status_code == 404


def test_a_place_that_is_none_is_not_found(app: Flask, owner: FlaskClient) -> None:
    made = make_customer()

    for place in ("x", encode_token([1]), encode_token(["a", 2])):
        assert owner.get(f"{page_of(made)}/history?before={place}").status_code == 404


def test_a_stranger_is_sent_to_sign_in(app: Flask, client: FlaskClient) -> None:
    for address in ("/people/customer/x/history", "/journal/batch/x"):
        assert "/login" in client.get(address).headers["Location"]


def test_a_batch_is_told_in_numbers_and_taken_back_with_a_result_for_each_record(
    app: Flask, owner: FlaskClient
) -> None:
    customers = [make_customer(name=f"客户{number}", wechat="old") for number in range(30)]
    batch = uuid7()
    with on_occasion(batch_id=batch, reason="Spring cleaning"), transaction():
        for each in db.session.scalars(select(Customer)):
            each.wechat = "new"
        db.session.add(
            Contact(
                customer_id=customers[0].id,
                kind=ContactKind.INQUIRY,
                channel=Channel.PHONE,
                subject="Of the batch",
            )
        )
    change(customers[0], wechat="mine")
    address = f"/journal/batch/{encode_token([batch])}"

    page = owner.get(address)
    undone = owner.post(f"{address}/undo")

    told = words(page.text)
    assert "Spring cleaning" in told
    assert "Customers: 30 × Edited" in told and "Contacts: 1 × Created" in told
    assert page.text.count("<li") >= 20
    result = words(undone.text)
    assert "Taken back 30" in result and "Changed since, left alone 1" in result
    assert "客户0" in result and "客户1 " not in result
    assert "This was taken back." in words(owner.get(address).text)
    db.session.rollback()
    values = db.session.scalars(select(Customer.wechat)).all()
    assert sorted(values) == sorted(["mine", *["old"] * 29])


def test_a_batch_hides_what_one_may_not_see(app: Flask, owner: FlaskClient, sign_in: Any) -> None:
    from app.access.roles import add_role
    from app.core.kernel import Kernel

    batch = uuid7()
    with on_occasion(batch_id=batch), transaction():
        customer = Customer(name="Hidden Person")
        db.session.add(customer)
        db.session.flush()
        make_tag(name="Visible tag")
    kernel: Kernel = app.extensions["kebu"]
    before = kernel.granted_names
    names = frozenset({"people:tag:list", "people:tag:show", "people:tag:history", "journal:batch:undo"})
    kernel.granted_names = lambda: names | {"access:role:add"}
    add_role("Keeper", names)
    kernel.granted_names = before
    keeper = sign_in(app.test_client(), "Keeper")

    told = words(keeper.get(f"/journal/batch/{encode_token([batch])}").text)

    assert "Visible tag" in told
    assert "Hidden Person" not in told
    assert "1 more that you may not see" in told
    assert "Take all of it back" not in told
