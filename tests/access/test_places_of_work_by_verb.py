"""Where somebody works is decided by verbs, which let nobody hand out more than he sees himself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.access import accounts
from app.access.accounts import Account, account_of, add_account, change_account, find_person
from app.access.acting import acting_as
from app.access.confining import branches_of
from app.access.errors import BranchesBeyond, OwnBranches
from app.access.limiting import limits_of
from app.access.rules import set_branches
from app.core.database import db
from app.core.errors import Invalid
from app.journal.models import JournalEntry
from app.journal.values import load
from tests.access.accounts import role_number
from tests.access.conftest import PASSWORD, House
from tests.access.places import Places, make_chief, three_branches, tokens


@pytest.fixture
def places_on(house_on: House) -> Iterator[Places]:
    """The shop on each database, with an application context for verbs."""
    made = three_branches(house_on.app)
    with house_on.app.app_context():
        yield made
        db.session.rollback()
        db.session.remove()


def confined_clerk(places: Places, *branches: uuid.UUID) -> tuple[int, Account, Account]:
    """Return the clerk's number, the account as it stands, and the same in these branches."""
    person = find_person(places.number("clerk"))
    shown = account_of(person)
    wanted = Account(person.full_name, roles=shown.roles, works_in=frozenset(branches))
    number = person.id
    db.session.rollback()
    return number, shown, wanted


def test_the_account_s_verb_confines_and_frees_and_the_journal_tells(places_on: Places) -> None:
    owner = places_on.number("owner")
    number, shown, wanted = confined_clerk(places_on, places_on.north)
    with acting_as(owner):
        change_account(number, shown, wanted)
    confined = limits_of(number).branches
    number, shown, free = confined_clerk(places_on)
    with acting_as(owner):
        change_account(number, shown, free)

    query = select(JournalEntry).where(JournalEntry.subject == "ab_user", JournalEntry.actor_id == owner)
    first, second = db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(2)).all()[::-1]
    north = tokens(places_on.north)
    assert (confined, limits_of(number).branches) == ({places_on.north}, None)
    assert load(first.after)["works_in"] != load(first.before)["works_in"]
    assert north[0] in str(load(first.after)["works_in"])
    assert north[0] in str(load(second.before)["works_in"])


def test_an_account_saved_without_a_word_about_branches_stays_confined(places_on: Places) -> None:
    places_on.confine("clerk", places_on.north)
    number, shown, _wanted = confined_clerk(places_on)

    with acting_as(places_on.number("owner")):
        change_account(number, shown, Account("Renamed", roles=shown.roles))

    assert branches_of(number) == {places_on.north}


def test_nobody_widens_or_confines_himself(places_on: Places) -> None:
    make_chief(places_on)
    chief = places_on.number("chief")

    with acting_as(chief):
        for wanted in ([places_on.north], [], [places_on.main]):
            with pytest.raises(OwnBranches):
                set_branches(chief, wanted)

    assert branches_of(chief) == {places_on.north, places_on.south}


def test_who_is_confined_adds_nobody_who_is_less_so(places_on: Places) -> None:
    make_chief(places_on)
    roles = frozenset({role_number(places_on.app, "Helper")})

    with acting_as(places_on.number("chief")):
        for wider in ([], [places_on.main], [places_on.north, places_on.main]):
            with pytest.raises(BranchesBeyond):
                add_account("puppet", Account("P", roles=roles, works_in=frozenset(wider)))
        made = add_account("puppet", Account("P", roles=roles, works_in=frozenset({places_on.south})))

    assert branches_of(made) == {places_on.south}


def test_an_owner_is_not_confined_and_who_becomes_one_is_free(places_on: Places) -> None:
    second = accounts.create_owner("second", PASSWORD, "Second")
    with acting_as(places_on.number("owner")), pytest.raises(Invalid) as refusal:
        set_branches(second, [places_on.north])
    places_on.confine("clerk", places_on.north)
    number, shown, _wanted = confined_clerk(places_on)
    owners = frozenset({role_number(places_on.app, "Owner")})
    with acting_as(places_on.number("owner")):
        change_account(number, shown, Account("Z", roles=owners))

    assert set(refusal.value.errors) == {"works_in"}
    assert limits_of(number).branches is None
