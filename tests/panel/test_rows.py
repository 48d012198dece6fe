"""Rows in a form: saved with their record or not at all, by whoever may, and nobody's words are lost."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core.database import db
from app.core.kernel import Kernel
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.people.models import Customer
from app.pets.models import Pet, Species, Vaccination
from tests.factories.people import make_customer
from tests.factories.pets import make_pet, make_vaccination
from tests.support.databases import in_threads
from tests.support.forms import form_of

PETS, SHOTS = "rows.pets-pet-owner.", "rows.pets-vaccination-pet."


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app_on.test_client(), "Owner")


@pytest.fixture
def customer(app_on: Flask) -> str:
    """The address of a customer with two pets, 豆豆 and 咪咪."""
    found = make_customer(name="王芳")
    for name, species in (("豆豆", Species.DOG), ("咪咪", Species.CAT)):
        make_pet(owner_id=found.id, name=name, species=species, breed="plain")
    address = f"/people/customer/{encode_token([found.id])}"
    db.session.rollback()
    return address


@pytest.fixture
def allowed(app: Flask, sign_in: Any) -> Iterator[Callable[..., FlaskClient]]:
    """Return `allowed(*patterns)`: somebody signed in who may do just what the patterns name."""
    kernel: Kernel = app.extensions["kebu"]
    before = kernel.granted_names

    def somebody(*patterns: str) -> FlaskClient:
        client: FlaskClient = sign_in(app.test_client(), "Owner")
        names = {
            name for each in kernel.capabilities for screen in each.screens for name in screen.permissions
        }
        held = frozenset(name for name in names if any(fnmatchcase(name, each) for each in patterns))
        kernel.granted_names = lambda: held
        return client

    yield somebody
    kernel.granted_names = before


def opened(client: FlaskClient, address: str) -> MultiDict[str, str]:
    """Return the form at `address`/edit as a browser would send it."""
    answer = client.get(f"{address}/edit")
    assert answer.status_code == 200
    form = form_of(answer.text)
    # Clients carry a token of their own; forms wander between them here.
    form.poplist("csrf_token")
    return form


def send(client: FlaskClient, address: str, form: MultiDict[str, str], **changes: Any) -> Any:
    """Send a form with some inputs changed; `_` in a name stands for a dot."""
    sent = MultiDict(form)
    for name, value in changes.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return client.post(f"{address}/edit", data=sent)


def pets(**where: Any) -> list[Pet]:
    """Return the pets there are, in the order of their making."""
    db.session.rollback()
    return list(db.session.scalars(select(Pet).filter_by(**where).order_by(Pet.id).limit(200)))


def entries() -> list[JournalEntry]:
    """Return what the journal says of the last minute."""
    return list(db.session.scalars(select(JournalEntry).order_by(JournalEntry.id).limit(500)))


def new_row(number: int, **values: str) -> dict[str, str]:
    """Return the inputs of a new pet."""
    plain = {"name": "旺财", "species": "dog", **values}
    return {f"{PETS}{number}.{name}": value for name, value in plain.items()}


def test_rows_are_changed_added_and_removed_with_their_record_in_one_batch(
    owner: FlaskClient, customer: str
) -> None:
    form = opened(owner, customer)
    before = len(entries())

    answer = send(
        owner,
        customer,
        form,
        wechat="wf",
        **{f"{PETS}0.name": " 豆豆\u3000大王 ", f"{PETS}1.remove": "1"},
        **new_row(2, birth_date="2024年3月5日"),
    )

    assert answer.status_code == 302
    first, second, third = pets()
    assert (first.name, first.row_version, first.breed) == ("豆豆 大王", 2, "plain")
    assert second.deleted_at is not None
    assert (third.name, third.species, third.owner_id) == ("旺财", Species.DOG, first.owner_id)
    assert third.birth_date is not None and third.birth_date.isoformat() == "2024-03-05"
    written = entries()[before:]
    assert sorted(entry.verb.value for entry in written) == ["added", "changed", "changed", "trashed"]
    assert len({entry.batch_id for entry in written}) == 1 and written[0].batch_id is not None


def test_one_undo_takes_the_whole_save_back(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    changes = {f"{PETS}0.name": "大王", f"{PETS}1.remove": "1", **new_row(2)}
    assert send(owner, customer, form, wechat="wf", **changes).status_code == 302
    batch = entries()[-1].batch_id
    assert batch is not None
    db.session.rollback()

    assert owner.post(f"/journal/batch/{encode_token([batch])}/undo").status_code == 200

    alive = [pet.name for pet in pets() if pet.deleted_at is None]
    assert alive == ["豆豆", "咪咪"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None


def test_an_untouched_save_writes_nothing_at_all(
    owner: FlaskClient, customer: str, statements: Callable[..., Any]
) -> None:
    form, before = opened(owner, customer), [(pet.row_version, pet.changed_at) for pet in pets()]
    noted = len(entries())
    db.session.rollback()

    with statements() as seen:
        answer = send(owner, customer, form)

    assert answer.status_code == 302
    assert [each for each in seen.writes if "pets_" in each or "journal" in each or "people_" in each] == []
    assert [(pet.row_version, pet.changed_at) for pet in pets()] == before
    assert len(entries()) == noted


def test_a_row_alone_leaves_the_record_and_its_version_alone(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)

    assert send(owner, customer, form, **{f"{PETS}0.breed": "Corgi"}).status_code == 302

    assert [pet.breed for pet in pets()] == ["Corgi", "plain"]
    assert db.session.scalars(select(Customer).limit(1)).one().row_version == 1
    assert entries()[-1].batch_id is None, "one change is no batch"


def test_a_new_record_and_its_rows_are_added_together(owner: FlaskClient) -> None:
    form = form_of(owner.get("/people/customer/add").text)
    sent = MultiDict(form)
    sent.setlist("name", ["李娜"])
    for name, value in {**new_row(0), **new_row(2, name="咪咪", species="cat")}.items():
        sent.setlist(name, [value])

    first, second = (owner.post("/people/customer/add", data=sent) for _ in "ab")

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert [pet.name for pet in pets()] == ["旺财", "咪咪"]
    assert db.session.query(Customer.id).limit(5).count() == 1


def test_when_a_row_is_refused_nothing_is_saved_and_everything_comes_back(
    owner: FlaskClient, customer: str
) -> None:
    form = opened(owner, customer)

    answer = send(
        owner,
        customer,
        form,
        wechat="typed-here",
        **{f"{PETS}0.breed": "Corgi", f"{PETS}1.remove": "1"},
        **new_row(2, species="dragon", birth_date="soon"),
    )

    assert answer.status_code == 422
    back = form_of(answer.text)
    assert (back["wechat"], back[f"{PETS}0.breed"], back[f"{PETS}1.remove"]) == ("typed-here", "Corgi", "1")
    assert (back[f"{PETS}2.name"], back[f"{PETS}2.birth_date"]) == ("旺财", "soon")
    for anchor in (f"f-{PETS}2.species", f"f-{PETS}2.birth_date"):
        assert f'href="#{anchor}"' in answer.text and f'id="{anchor}"' in answer.text
    assert "data-focus" in answer.text and "data-dirty" in answer.text
    assert [(pet.breed, pet.deleted_at) for pet in pets()] == [("plain", None)] * 2
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None

    put_right = MultiDict(back)
    put_right.setlist(f"{PETS}2.species", ["dog"])
    put_right.setlist(f"{PETS}2.birth_date", [""])
    assert owner.post(f"{customer}/edit", data=put_right).status_code == 302
    assert [pet.name for pet in pets() if pet.deleted_at is None] == ["豆豆", "旺财"]


def test_an_error_in_the_record_keeps_the_rows(owner: FlaskClient, customer: str) -> None:
    answer = send(
        owner, customer, opened(owner, customer), email="nobody@", **{f"{PETS}0.breed": "Corgi"}, **new_row(2)
    )

    back = form_of(answer.text)
    assert answer.status_code == 422
    assert (back[f"{PETS}0.breed"], back[f"{PETS}2.name"]) == ("Corgi", "旺财")
    assert len(pets()) == 2


def test_what_the_database_refuses_is_said_in_the_row(owner: FlaskClient, app_on: Flask) -> None:
    shot = make_vaccination()
    address = f"/pets/pet/{encode_token([shot.pet_id])}"
    db.session.rollback()

    answer = send(owner, address, opened(owner, address), **{f"{SHOTS}0.due_on": "2001-01-01"})

    assert answer.status_code == 422
    assert f'id="e-{SHOTS}0.due_on"' in answer.text


@pytest.mark.parametrize("number", [2, 3, 4])
def test_an_empty_row_is_ignored(owner: FlaskClient, customer: str, number: int) -> None:
    empty = new_row(number, name="  ", species="")

    assert send(owner, customer, opened(owner, customer), **empty).status_code == 302
    assert len(pets()) == 2


def test_three_empty_rows_wait_for_who_has_no_script(owner: FlaskClient, customer: str) -> None:
    text = owner.get(f"{customer}/edit").text

    assert text.count("data-blank") == 3
    assert f'name="{PETS}4.name"' in text and f'name="{PETS}5.name"' not in text


def test_sent_twice_a_row_is_added_once(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    changes = {f"{PETS}0.breed": "Corgi", f"{PETS}1.remove": "1", **new_row(2)}

    answers = [send(owner, customer, form, **changes).status_code for _ in "ab"]

    assert answers == [302, 302]
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]
    assert [pet.row_version for pet in pets()] == [2, 2, 1]


def test_sent_twice_at_once_a_row_is_added_once(app_on: Flask, sign_in: Any, customer: str) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _ in "ab"]
    form = opened(clients[0], customer)
    answers: list[int] = []

    failures = in_threads(
        [
            lambda client=each: answers.append(send(client, customer, form, **new_row(2)).status_code)
            for each in clients
        ]
    )

    assert failures == []
    assert set(answers) == {302}
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]


def test_a_used_ticket_with_other_words_is_told_and_kept(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    send(owner, customer, form, **new_row(2))

    answer = send(owner, customer, form, **new_row(2, name="别的"))

    assert answer.status_code == 422
    assert form_of(answer.text)[f"{PETS}2.name"] == "别的"
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]


# --- Two people at once ---------------------------------------------------------------------------


def test_a_row_that_somebody_changed_meanwhile_shows_both_versions(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs", f"{PETS}0.name": "大豆"})

    conflict = send(owner, customer, mine, wechat="wf", **{f"{PETS}0.breed": "mine"}, **new_row(2))

    assert conflict.status_code == 409
    assert "theirs" in conflict.text and "mine" in conflict.text and f"{PETS}0.use.breed" in conflict.text
    assert [pet.breed for pet in pets()] == ["theirs", "plain"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None
    db.session.rollback()

    assert owner.post(f"{customer}/edit", data=form_of(conflict.text)).status_code == 302
    assert [(pet.breed, pet.name) for pet in pets()] == [("mine", "大豆"), ("plain", "咪咪"), (None, "旺财")]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "wf"


def test_after_a_row_s_conflict_theirs_may_stay(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs"})
    conflict = form_of(send(owner, customer, mine, **{f"{PETS}0.breed": "mine"}).text)
    conflict.setlist(f"{PETS}0.use.breed", ["theirs"])

    assert owner.post(f"{customer}/edit", data=conflict).status_code == 302
    assert pets()[0].breed == "theirs"


def test_two_people_may_change_different_rows_and_the_record(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), wechat="theirs", **{f"{PETS}1.breed": "theirs"})

    assert send(owner, customer, mine, **{f"{PETS}0.breed": "mine"}).status_code == 302
    assert [pet.breed for pet in pets()] == ["mine", "theirs"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "theirs"


def test_a_conflict_in_the_record_keeps_the_rows_and_finds_theirs_later(
    owner: FlaskClient, customer: str
) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), wechat="theirs", **{f"{PETS}0.breed": "theirs"})

    first = send(owner, customer, mine, wechat="mine", **{f"{PETS}0.breed": "mine"}, **new_row(2))
    second = owner.post(f"{customer}/edit", data=form_of(first.text))
    third = owner.post(f"{customer}/edit", data=form_of(second.text))

    assert (first.status_code, second.status_code, third.status_code) == (409, 409, 302)
    assert form_of(first.text)[f"{PETS}0.breed"] == "mine"
    assert [pet.breed for pet in pets()] == ["mine", "plain", None]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "mine"


def test_a_row_that_was_deleted_meanwhile_is_said_and_what_was_typed_stays(
    owner: FlaskClient, customer: str
) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.remove": "1"})

    answer = send(owner, customer, mine, **{f"{PETS}0.breed": "mine", f"{PETS}1.breed": "also mine"})

    back = form_of(answer.text)
    assert answer.status_code == 422
    assert "This row is gone" in answer.text
    assert (back[f"{PETS}0.breed"], back[f"{PETS}1.breed"]) == ("mine", "also mine")
    back.setlist(f"{PETS}0.remove", ["1"])
    assert owner.post(f"{customer}/edit", data=back).status_code == 302
    assert [(pet.breed, pet.deleted_at is None) for pet in pets()] == [("plain", False), ("also mine", True)]


def test_a_row_changed_meanwhile_is_not_removed_unseen(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs"})

    answer = send(owner, customer, mine, **{f"{PETS}0.remove": "1"})

    assert answer.status_code == 409
    assert "Somebody changed this row meanwhile" in answer.text
    assert pets()[0].deleted_at is None
    assert owner.post(f"{customer}/edit", data=form_of(answer.text)).status_code == 302
    assert pets()[0].deleted_at is not None


def test_both_versions_at_once_save_one_and_refuse_the_other(
    app_on: Flask, sign_in: Any, customer: str
) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _ in "ab"]
    form = opened(clients[0], customer)
    answers: list[int] = []

    failures = in_threads(
        [
            lambda client=each, words=words: answers.append(
                send(client, customer, form, **{f"{PETS}0.breed": words}).status_code
            )
            for each, words in zip(clients, ("one", "other"), strict=True)
        ]
    )

    assert failures == []
    assert sorted(answers) == [302, 409]
    assert pets()[0].breed in ("one", "other")


# --- Who may what ---------------------------------------------------------------------------------


def test_who_may_do_nothing_with_the_rows_sees_none_and_forged_ones_are_ignored(
    allowed: Callable[..., FlaskClient],
) -> None:
    client = allowed("people:customer:*", "pets:pet:list", "pets:pet:show")
    found = make_customer()
    make_pet(owner_id=found.id)
    address = f"/people/customer/{encode_token([found.id])}"
    db.session.rollback()
    form = opened(client, address)

    assert not [name for name in form if name.startswith("rows.")]
    assert send(client, address, form, **new_row(0)).status_code == 302
    assert len(pets()) == 1


@pytest.mark.parametrize("verb", ["add", "edit", "delete"])
def test_each_right_alone_gives_its_part_and_forging_the_others_is_refused(
    allowed: Callable[..., FlaskClient], verb: str
) -> None:
    client = allowed("people:customer:*", "pets:pet:list", f"pets:pet:{verb}")
    found = make_customer()
    pet = make_pet(owner_id=found.id, breed="plain")
    address, token = f"/people/customer/{encode_token([found.id])}", encode_token([pet.id])
    db.session.rollback()
    form = opened(client, address)
    known = {f"{PETS}0.id": token, f"{PETS}0.row_version": "1"}

    assert (f"{PETS}0.name" in form) == (verb == "edit")
    assert (f"{PETS}1.name" in form) == (verb == "add")
    attempts = {
        "add": new_row(7),
        "edit": {**known, f"{PETS}0.name": "forged", f"{PETS}0.species": "dog"},
        "delete": {**known, f"{PETS}0.remove": "1"},
    }
    for attempt, inputs in attempts.items():
        if attempt != verb:
            sent = MultiDict([pair for pair in form.items(multi=True) if not pair[0].startswith(PETS)])
            assert send(client, address, sent, **inputs).status_code == 403, attempt
    assert [(one.name, one.deleted_at) for one in pets()] == [("豆豆", None)]
    assert send(client, address, form, **attempts[verb]).status_code == 302


def test_the_groomer_adds_vaccinations_and_reads_the_others(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Groomer")
    shot = make_vaccination(vaccine="Rabies")
    address = f"/pets/pet/{encode_token([shot.pet_id])}"
    db.session.rollback()
    form = opened(client, address)

    assert "Rabies" in client.get(f"{address}/edit").text
    assert form.getlist(f"{SHOTS}0.id") and f"{SHOTS}0.vaccine" not in form
    done = send(
        client, address, form, **{f"{SHOTS}1.vaccine": "Distemper", f"{SHOTS}1.given_on": "2026-01-02"}
    )
    assert done.status_code == 302
    assert {one.vaccine for one in db.session.scalars(select(Vaccination).limit(9))} == {
        "Rabies",
        "Distemper",
    }


# --- Hostile forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["edit", "remove"])
def test_the_row_of_another_record_is_refused(owner: FlaskClient, customer: str, deed: str) -> None:
    stranger = make_pet(name="Stranger", breed="plain")
    token = encode_token([stranger.id])
    db.session.rollback()
    form = opened(owner, customer)
    row = {
        f"{PETS}9.id": token,
        f"{PETS}9.row_version": "1",
        f"{PETS}9.name": "taken",
        f"{PETS}9.species": "dog",
    }

    answer = send(owner, customer, form, **row, **({f"{PETS}9.remove": "1"} if deed == "remove" else {}))

    assert answer.status_code == (422 if deed == "edit" else 302)
    assert "Stranger" not in answer.text
    [after] = pets(name="Stranger")
    assert (after.row_version, after.deleted_at) == (1, None)


@pytest.mark.parametrize(
    "token", ["nonsense", "u" + "A" * 22, "kW10", "k" + "A" * 100, "\x00", "' OR 1=1", "é" * 300]
)
def test_a_made_up_token_is_refused(owner: FlaskClient, customer: str, token: str) -> None:
    row = {f"{PETS}9.id": token, f"{PETS}9.row_version": "1", f"{PETS}9.name": "x", f"{PETS}9.species": "dog"}

    assert send(owner, customer, opened(owner, customer), **row).status_code == 422
    assert len(pets()) == 2


def test_the_token_of_the_record_itself_is_refused(owner: FlaskClient, customer: str) -> None:
    row = {f"{PETS}9.id": customer.rpartition("/")[2], f"{PETS}9.row_version": "1", f"{PETS}9.name": "x"}

    assert send(owner, customer, opened(owner, customer), **row).status_code == 422


@pytest.mark.parametrize("version", ["", "0", "-1", "9" * 30, "١", "2"])
def test_a_made_up_version_is_stale(owner: FlaskClient, customer: str, version: str) -> None:
    changes = {f"{PETS}0.row_version": version, f"{PETS}0.breed": "forged"}

    assert send(owner, customer, opened(owner, customer), **changes).status_code == 409
    assert pets()[0].breed == "plain"


@pytest.mark.parametrize(
    "name",
    [
        "rows.",
        "rows.pets-pet-owner.",
        "rows.pets-pet-owner.x.name",
        "rows.pets-pet-owner.-1.name",
        "rows.pets-pet-owner.1e3.name",
        "rows.pets-pet-owner.٣.name",
        "rows.pets-pet-owner.9999.name",
        "rows.people-contact-customer.0.subject",
        "rows.access-person-branch.0.username",
        "rows.pets-pet-owner.7",
    ],
)
def test_names_of_no_row_are_ignored(owner: FlaskClient, customer: str, name: str) -> None:
    assert send(owner, customer, opened(owner, customer), **{name: "x"}).status_code == 302
    assert len(pets()) == 2


def test_fields_that_stand_in_no_row_are_ignored(owner: FlaskClient, customer: str) -> None:
    other = encode_token([make_customer(name="Other").id])
    db.session.rollback()
    forged = {
        "owner": other,
        "notes": "forged",
        "created_at": "1999-01-01T00:00",
        "deleted_at": "2020-01-01",
        "row_id": "1",
    }
    changes = {f"{PETS}0.{name}": value for name, value in forged.items()}
    changes |= {f"{PETS}2.{name}": value for name, value in forged.items()}

    assert send(owner, customer, opened(owner, customer), **changes, **new_row(2)).status_code == 302
    assert {encode_token([pet.owner_id]) for pet in pets()} == {customer.rpartition("/")[2]}
    assert {pet.notes for pet in pets()} == {None}


def test_the_same_row_twice_is_not_saved_twice(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    twin = {f"{PETS}8.{name}": form[f"{PETS}0.{name}"] for name in ("id", "row_version", "name", "species")}

    answer = send(owner, customer, form, **{f"{PETS}0.breed": "mine"}, **{**twin, f"{PETS}8.breed": "other"})

    assert answer.status_code == 409
    assert pets()[0].breed == "plain"


@pytest.mark.parametrize("ticket", ["", "forged", "AAAA.BBBB"])
def test_a_forged_ticket_gives_no_key(owner: FlaskClient, customer: str, ticket: str) -> None:
    changes = {f"{PETS}ticket": ticket, **new_row(2)}

    assert send(owner, customer, opened(owner, customer), **changes).status_code == 302
    assert len(pets()) == 3


def test_more_rows_than_a_form_has_are_refused(owner: FlaskClient, customer: str) -> None:
    many = {name: value for number in range(104) for name, value in new_row(number + 10).items()}

    assert send(owner, customer, opened(owner, customer), **many).status_code == 413
    assert len(pets()) == 2


# --- Many rows ------------------------------------------------------------------------------------


def test_fifty_are_shown_and_a_link_leads_to_all(owner: FlaskClient, app_on: Flask) -> None:
    pet = make_pet()
    with transaction():
        for number in range(53):
            make_vaccination(pet_id=pet.id, vaccine=f"Dose {number:02}")
    address = f"/pets/pet/{encode_token([pet.id])}"
    db.session.rollback()

    text = owner.get(f"{address}/edit").text

    assert len(form_of(text).getlist(f"{SHOTS}0.id")) == 1
    assert f"{SHOTS}49.id" in form_of(text) and f"{SHOTS}50.id" not in form_of(text)
    assert "Dose 52" in text and "Dose 02" not in text
    assert html.escape(f"/pets/vaccination/?f.pet={address.rpartition('/')[2]}") in text
    everything = MultiDict(form_of(text))
    for number in range(53, 103):
        everything.setlist(f"{SHOTS}{number}.vaccine", [f"New {number}"])
        everything.setlist(f"{SHOTS}{number}.given_on", ["2026-01-01"])
    assert owner.post(f"{address}/edit", data=everything).status_code == 302
    assert db.session.query(Vaccination.id).limit(200).count() == 103


def test_a_form_with_rows_costs_one_statement_more_for_each_table(
    owner: FlaskClient, customer: str, statements: Callable[..., Any]
) -> None:
    owner.get(f"{customer}/edit")
    with statements() as seen:
        text = owner.get(f"{customer}/edit").text

    asked = [each for each in seen if "FROM pets_pet" in each]
    assert len(asked) == 1 and " LIMIT " in asked[0].replace("\n", " ")
    assert f"{PETS}1.id" in form_of(text)


def test_saving_one_row_of_many_does_not_read_each_of_them(
    owner: FlaskClient, app_on: Flask, statements: Callable[..., Any]
) -> None:
    pet = make_pet()
    with transaction():
        for number in range(40):
            make_vaccination(pet_id=pet.id, vaccine=f"Dose {number:02}")
    address = f"/pets/pet/{encode_token([pet.id])}"
    db.session.rollback()
    form = opened(owner, address)

    with statements() as seen:
        assert send(owner, address, form, **{f"{SHOTS}7.batch": "B-7"}).status_code == 302
    with statements() as refused:
        answer = send(owner, address, opened(owner, address), **{f"{SHOTS}7.given_on": "no day"})

    assert answer.status_code == 422
    assert len([each for each in seen if "pets_vaccination" in each]) <= 4
    assert len([each for each in refused if "FROM pets_vaccination" in each]) <= 3
