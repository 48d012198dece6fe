"""Bulk edits: looked at before, done row by row with reasons, and taken back as one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.access.acting import acting_as
from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token, uuid7
from app.core.transaction import transaction
from app.panel.bulk.models import BulkEdit, BulkState
from app.panel.bulk.running import run
from app.panel.bulk.wishes import MOST_CHOSEN, bulk_fields, operations_of
from app.people.models import ContactState, Customer, Source, Tag
from tests.factories.people import make_contact, make_customer, make_tag
from tests.support.jobs import run_jobs

CUSTOMERS = "/people/customer/bulk"
CONTACTS = "/people/contact/bulk"
TICKET = re.compile(r'name="bulk.ticket" value="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


@pytest.fixture
def owner_on(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The same on each database."""
    client: FlaskClient = sign_in(app_on.test_client(), "Owner")
    return client


def token(record: Any) -> str:
    """Return the address part of a record."""
    return encode_token((record.id,))


def look(client: FlaskClient, path: str, **form: Any) -> Any:
    """Ask what would happen."""
    return client.post(path, data={"bulk.step": "look", **dotted(form)})


def dotted(form: dict[str, Any]) -> dict[str, Any]:
    """Return the form with `__` in names as dots."""
    return {name.replace("__", "."): value for name, value in form.items()}


def do(client: FlaskClient, path: str, **form: Any) -> Any:
    """Look, then send exactly what the page of the look holds; return the answer that tells what came of it."""
    seen = look(client, path, **form)
    assert seen.status_code == 200, seen.text
    return confirm(client, path, seen.text)


def confirm(client: FlaskClient, path: str, page: str) -> Any:
    """Press the button of a look's page."""
    inside = page[page.index('class="bulk-do"') :]
    data: dict[str, list[str]] = {"bulk.step": ["do"]}
    for name, value in HIDDEN.findall(inside):
        data.setdefault(name, []).append(value)
    return client.post(path, data=data)


def edit_of(answer: Any) -> BulkEdit:
    """Return the bulk edit that an answer leads to, as it is now."""
    db.session.rollback()
    assert answer.status_code == 302, answer.text
    found = db.session.get(BulkEdit, decode_token(answer.location.rpartition("/")[2])[0])
    assert found is not None
    return found


def fates(edit: BulkEdit) -> tuple[int, int, int]:
    """Return how many rows changed, stayed and were refused."""
    return edit.changed, edit.same, edit.refused


def again(record: Any) -> Any:
    """Return a record as it is now."""
    model, key = type(record), record.id
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(model, key)


def test_a_look_says_what_would_happen_and_changes_nothing(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob", source=Source.EVENT)

    page = look(
        owner,
        CUSTOMERS,
        bulk__what="edit",
        op__source="set",
        source="event",
        bulk__row=[token(amy), token(bob)],
    ).text

    assert re.search(r"<b>1</b><span>would change", page)
    assert re.search(r"<b>1</b><span>stay as they are", page)
    assert "<ins>Event or leaflet</ins>" in page
    assert again(amy).source is None
    assert again(amy).row_version == 1
    assert db.session.scalar(select(BulkEdit.id).limit(1)) is None


def test_chosen_rows_change_and_the_others_stay(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")

    answer = do(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Call first", bulk__row=[token(amy)]
    )

    assert fates(edit_of(answer)) == (1, 0, 0)
    assert (again(amy).notes, again(bob).notes) == ("Call first", None)


def test_all_that_the_list_finds_changes(owner: FlaskClient) -> None:
    found = [make_customer(name=f"A{number}", source=Source.PHONE) for number in range(3)]
    other = make_customer(name="B", source=Source.EVENT)

    answer = do(owner, f"{CUSTOMERS}?f.source=phone", bulk__what="edit", op__source="set", source="website")

    assert fates(edit_of(answer)) == (3, 0, 0)
    assert {again(each).source for each in found} == {Source.WEBSITE}
    assert again(other).source is Source.EVENT


def test_tags_are_added_and_taken_away_one_by_one(owner: FlaskClient) -> None:
    vip, evening = make_tag(name="VIP"), make_tag(name="Evenings")
    with transaction():
        amy = Customer(name="Amy", tags=[db.session.get(Tag, vip.id)])
        db.session.add(amy)

    do(owner, CUSTOMERS, bulk__what="edit", op__tags="add", tags=token(evening), bulk__row=[token(amy)])
    added = {tag.name for tag in again(amy).tags}
    do(owner, CUSTOMERS, bulk__what="edit", op__tags="remove", tags=token(vip), bulk__row=[token(amy)])

    assert added == {"VIP", "Evenings"}
    assert {tag.name for tag in again(amy).tags} == {"Evenings"}


def test_what_can_not_be_read_is_said_beside_its_field_and_stays_typed(owner: FlaskClient) -> None:
    contact = make_contact()

    answer = look(
        owner,
        CONTACTS,
        bulk__what="edit",
        op__due_on="set",
        due_on="some day",
        op__subject="set",
        subject="Kept",
        bulk__row=[token(contact)],
    )

    assert answer.status_code == 422
    assert "This is not a date" in answer.text
    assert 'value="some day"' in answer.text
    assert 'value="Kept"' in answer.text
    assert f'name="bulk.row" value="{token(contact)}"' in answer.text


def test_a_row_that_somebody_changed_after_the_look_is_refused(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")
    page = look(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy), token(bob)]
    ).text
    with transaction():
        db.session.get(Customer, amy.id).notes = "Mine"

    answer = confirm(owner, CUSTOMERS, page)

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert (again(amy).notes, again(bob).notes) == ("Mine", "New")
    assert "Someone changed this record after you looked at it." in owner.get(answer.location).text


def test_a_chosen_row_that_is_gone_is_refused_by_name(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")
    with transaction():
        db.session.get(Customer, amy.id).move_to_trash()

    answer = do(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy), token(bob)]
    )

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert "This record is no longer there." in owner.get(answer.location).text


def test_a_rule_that_spans_fields_refuses_only_the_rows_that_break_it(owner: FlaskClient) -> None:
    owner.post("/people/customer/add", data={"name": "Owner of pets"})
    customer = db.session.scalar(select(Customer).limit(1))
    tokens = []
    pet = owner.post(
        "/api/v1/pets/pet", json={"name": "Rex", "owner": token(customer), "species": "dog"}
    ).json
    for given in ("2026-01-01", "2026-06-01"):
        body = {"pet": pet["id"], "vaccine": "Rabies", "given_on": given}
        tokens.append(owner.post("/api/v1/pets/vaccination", json=body).json["id"])

    answer = do(
        owner,
        "/pets/vaccination/bulk",
        bulk__what="edit",
        op__due_on="set",
        due_on="2026-03-01",
        bulk__row=tokens,
    )

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert "be due before this one was given" in owner.get(answer.location).text


def test_the_same_button_pressed_twice_does_it_once(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")
    page = look(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy)]
    ).text

    first, second = confirm(owner, CUSTOMERS, page), confirm(owner, CUSTOMERS, page)

    assert first.location == second.location
    assert again(amy).row_version == 2


def test_rows_go_to_the_trash_and_come_back(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")

    gone = do(owner, CUSTOMERS, bulk__what="trash", bulk__row=[token(amy)])
    in_trash = again(amy).deleted_at is not None
    back = do(owner, f"{CUSTOMERS}?trash=1", bulk__what="restore", bulk__row=[token(amy)])

    assert fates(edit_of(gone)) == fates(edit_of(back)) == (1, 0, 0)
    assert in_trash
    assert again(amy).deleted_at is None


def test_a_declared_action_runs_its_command_for_each_row(owner: FlaskClient) -> None:
    todo, done = make_contact(), make_contact(state=ContactState.DONE)

    answer = do(owner, CONTACTS, bulk__what="do:finish", bulk__row=[token(todo), token(done)])

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert again(todo).state is ContactState.DONE
    assert "This step is not possible in the present state." in owner.get(answer.location).text


def test_an_action_asks_for_its_inputs_first(owner: FlaskClient) -> None:
    contact = make_contact()
    person = db.session.scalar(select(Person).order_by(Person.id).limit(1))
    asked = owner.post(CONTACTS, data={"bulk.what": "do:hand-over", "bulk.row": token(contact)})

    empty = look(owner, CONTACTS, bulk__what="do:hand-over", bulk__row=[token(contact)], owner="")
    answer = do(
        owner,
        CONTACTS,
        bulk__what="do:hand-over",
        bulk__row=[token(contact)],
        owner=encode_token((person.id,)),
    )

    assert 'name="owner"' in asked.text
    assert empty.status_code == 422
    assert "Please fill this in." in empty.text
    assert fates(edit_of(answer)) == (1, 0, 0)
    assert again(contact).owner_id == person.id


def test_a_bulk_edit_needs_the_right_to_edit(app: Flask, sign_in: Any) -> None:
    amy = make_customer(name="Amy")
    clerk: FlaskClient = sign_in(app.test_client(), "Groomer")
    row = token(amy)

    answers = [
        clerk.post(CUSTOMERS, data={"bulk.what": what, "bulk.step": "look", "bulk.row": row}).status_code
        for what in ("edit", "trash", "do:finish", "nonsense")
    ]

    assert answers == [403, 403, 404, 404]
    assert "data-bulk" not in clerk.get("/people/customer/").text


@pytest.mark.parametrize(
    "form",
    [
        {"bulk.what": "edit", "op.name": "burn", "name": "x"},
        {"bulk.what": "edit", "op.created_at": "set", "created_at": "2026-01-01"},
        {"bulk.what": "edit", "bulk.row": "nonsense", "op.name": "set", "name": "x"},
        {"bulk.what": "edit", "bulk.row": ["x"] * (MOST_CHOSEN + 1)},
        {"bulk.what": "edit", "bulk.step": "do", "op.notes": "set", "notes": "x", "bulk.ticket": "forged"},
        {"bulk.what": "edit", "op.name": "set", "name": "x" * 200},
        {"bulk.what": "edit"},
    ],
)
def test_a_hostile_form_is_refused_with_a_reason(owner: FlaskClient, form: dict[str, Any]) -> None:
    make_customer(name="Amy")

    answer = owner.post(CUSTOMERS, data={"bulk.step": "look", **form})

    assert 400 <= answer.status_code < 500
    assert db.session.scalar(select(BulkEdit.id).limit(1)) is None


def test_a_filter_that_can_not_be_read_changes_nothing(owner: FlaskClient) -> None:
    make_customer(name="Amy")

    answer = owner.post(f"{CUSTOMERS}?where=nonsense", data={"bulk.what": "trash", "bulk.step": "look"})

    assert answer.status_code == 302
    assert "would change" not in answer.text


# --- Many rows ----------------------------------------------------------------------------------------

MANY = 10_000


def make_many(count: int) -> None:
    """Make so many customers."""
    with transaction():
        rows = [
            {
                "id": uuid7(),
                "name": f"客{number:05}",
                "name_key": f"客{number:05}",
                "source": list(Source)[number % 3],
            }
            for number in range(count)
        ]
        for start in range(0, count, 2000):
            db.session.execute(insert(Customer), rows[start : start + 2000])


def every_row() -> list[Any]:
    """Return what stands in every customer, but who touched it last."""
    db.session.rollback()
    plain = [
        column
        for column in Customer.__table__.c
        if column.name not in ("changed_at", "changed_by", "row_version")
    ]
    return list(db.session.execute(select(*plain).order_by(Customer.id)))


def test_undoing_a_bulk_edit_of_ten_thousand_rows_restores_equal_rows(
    app_on: Flask, owner_on: FlaskClient
) -> None:
    make_many(MANY)
    before = every_row()

    answer = do(owner_on, CUSTOMERS, bulk__what="edit", op__source="empty", op__notes="set", notes="同一句")
    waiting = edit_of(answer).state
    run_jobs(app_on)
    edit = edit_of(answer)
    counts = fates(edit)
    changed = every_row()
    owner_on.post(f"/journal/batch/{encode_token((edit.id,))}/undo")
    run_jobs(app_on)

    assert (waiting, edit.state) == (BulkState.RUNNING, BulkState.DONE)
    assert counts == (MANY, 0, 0)
    assert all(row.source is None and row.notes == "同一句" for row in changed)
    assert every_row() == before


def test_a_long_bulk_edit_that_is_stopped_goes_on_where_it_was(app: Flask, owner: FlaskClient) -> None:
    make_many(1_200)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Once")
    owner.post(f"{answer.location}/stop")
    run_jobs(app)
    stopped = fates(edit_of(answer)), edit_of(answer).state

    owner.post(f"{answer.location}/go-on")
    run_jobs(app)

    assert stopped == ((0, 0, 0), BulkState.STOPPED)
    assert fates(edit_of(answer)) == (1_200, 0, 0)
    versions = set(db.session.scalars(select(Customer.row_version)))
    assert versions == {2}


class _KilledError(Exception):
    """The process ended here."""


class _Killing:
    """A job whose process is killed while its second chunk is committed."""

    def __init__(self, key: Any) -> None:
        self.id, self.arguments, self.state, self.chunks = key, {"bulk": str(key)}, {}, 0

    def check(self) -> None:
        """Go on."""

    def keep(self, *_state: Any) -> None:
        """Die with the second chunk written and not yet committed."""
        self.chunks += 1
        if self.chunks == 2:
            raise _KilledError

    def finish(self, _result: Any) -> None:
        """Never reached."""


def test_a_killed_bulk_edit_changes_every_row_exactly_once(app: Flask, owner: FlaskClient) -> None:
    make_many(1_600)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Once")
    key = edit_of(answer).id
    asked_by = edit_of(answer).created_by
    with pytest.raises(_KilledError), acting_as(asked_by):
        run(_Killing(key))
    half = fates(edit_of(answer))

    run_jobs(app)

    assert half == (500, 0, 0)
    assert fates(edit_of(answer)) == (1_600, 0, 0)
    assert set(db.session.scalars(select(Customer.row_version))) == {2}


def test_rows_added_while_a_bulk_edit_waits_are_not_its_business(app: Flask, owner: FlaskClient) -> None:
    make_many(600)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Old ones")
    late = make_customer(name="Late")

    run_jobs(app)

    assert fates(edit_of(answer)) == (600, 0, 0)
    assert again(late).notes is None


# --- Every declared model -----------------------------------------------------------------------------


def test_every_field_of_every_screen_can_be_asked_for(app: Flask, owner: FlaskClient) -> None:
    missing = []
    for screen in kernel().screens.values():
        if "edit" not in screen.verbs:
            continue
        page = owner.post(f"{screen.path}bulk", data={"bulk.what": "edit"})
        assert page.status_code == 200, screen.name
        missing += [
            (screen.name, entry.name)
            for entry in bulk_fields(screen)
            if f'name="op.{entry.name}"' not in page.text or not operations_of(entry)
        ]

    assert missing == []
