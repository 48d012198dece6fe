"""One masked value is shown to one person for a reason; the journal keeps who, what and why, and never the value."""

from __future__ import annotations

from contextvars import Context
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access import accounts
from app.access.acting import acting_as
from app.access.models import ShopSettings
from app.access.reveals import EnoughRevealed
from app.access.rule_tables import RevealCount
from app.access.version import bump_version
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.limits import Sight
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.journal.values import decode, load
from app.panel.revealing import reveal
from tests.factories.people import make_customer
from tests.panel.limits.conftest import CUSTOMER, make_branch, sight
from tests.support.databases import in_threads

PHONE = "13812345678"


@pytest.fixture
def customer(app_on: Flask) -> Any:
    """The key of a customer with a phone."""
    return make_customer(name="王小明", phone=PHONE).id


@pytest.fixture
def clerk(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A clerk's browser."""
    return sign_in(app_on.test_client(), "Clerk")


def a_day(most: int) -> None:
    """Let everybody reveal this many values a day."""
    with transaction():
        bump_version()
        free = {"unjournalled": "a test's own setting"}
        db.session.execute(update(ShopSettings).values(reveals_a_day=most).execution_options(**free))


def reveals() -> list[JournalEntry]:
    """Return what the journal tells of reveals."""
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry).where(JournalEntry.kind == "panel:reveal")))


def test_a_value_is_shown_for_a_reason_and_the_journal_keeps_all_but_the_value(
    clerk: FlaskClient, customer: Any
) -> None:
    address = f"/people/customer/{encode_token([customer])}"
    assert f"{address}/reveal/phone" in clerk.get(address).get_data(as_text=True)

    answer = clerk.post(f"{address}/reveal/phone", data={"reason": "call_back"})

    assert "138 1234 5678" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    (entry,) = reveals()
    told = {name: decode(value) for name, value in (load(entry.after) or {}).items()}
    assert told == {"field": "phone", "reason": "call_back"}
    assert entry.record == encode_token([customer]) and PHONE not in repr((load(entry.after), entry.reason))


@pytest.mark.parametrize(
    "data", [{}, {"reason": "curiosity"}, {"reason": "other"}, {"reason": "other", "words": " "}]
)
def test_without_a_reason_nothing_is_shown(clerk: FlaskClient, customer: Any, data: dict[str, str]) -> None:
    answer = clerk.post(f"/people/customer/{encode_token([customer])}/reveal/phone", data=data)

    assert answer.status_code == 422
    assert "1234 5678" not in answer.get_data(as_text=True) and reveals() == []


def test_by_get_nothing_is_ever_shown(clerk: FlaskClient, customer: Any) -> None:
    answer = clerk.get(f"/people/customer/{encode_token([customer])}/reveal/phone?reason=call_back")

    assert answer.status_code == 200
    assert "1234 5678" not in answer.get_data(as_text=True) and reveals() == []


def test_hidden_and_visible_fields_have_nothing_to_reveal(clerk: FlaskClient, customer: Any) -> None:
    sight("Clerk", CUSTOMER, phone=Sight.HIDDEN)
    address = f"/people/customer/{encode_token([customer])}/reveal"

    answers = [
        clerk.post(f"{address}/{name}", data={"reason": "counter"}) for name in ("phone", "name", "none")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_the_daily_number_holds_and_says_so(clerk: FlaskClient, customer: Any) -> None:
    a_day(2)
    address = f"/people/customer/{encode_token([customer])}/reveal/phone"

    answers = [clerk.post(address, data={"reason": "counter"}) for _time in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert len(reveals()) == 2


def test_of_many_reveals_at_one_moment_no_more_come_through_than_are_left(
    app_on: Flask, customer: Any
) -> None:
    a_day(5)
    number = accounts.create_account("hasty", "x", "Hasty", "Clerk")
    db.session.remove()
    outcomes: list[str] = []

    def one() -> None:
        with app_on.app_context(), acting_as(number):
            try:
                outcomes.append(reveal(kernel().screens[CUSTOMER], (customer,), "phone", "counter", ""))
            except EnoughRevealed:
                outcomes.append("refused")
            finally:
                db.session.remove()

    # Each in a context of its own, in which nobody is present yet.
    assert in_threads([partial(Context().run, one) for _number in range(12)]) == []

    assert sorted(outcomes) == ["138 1234 5678"] * 5 + ["refused"] * 7
    assert len(reveals()) == 5
    assert db.session.scalar(select(RevealCount.reveals).where(RevealCount.person_id == number)) == 5


def test_a_record_out_of_reach_is_not_revealed(app_on: Flask, clerk: FlaskClient, customer: Any) -> None:
    from tests.panel.limits.conftest import rows

    make_branch("North")
    rows("Clerk", CUSTOMER, '{"all":[["source","any","referral"]]}')

    answer = clerk.post(
        f"/people/customer/{encode_token([customer])}/reveal/phone", data={"reason": "counter"}
    )

    assert answer.status_code == 404 and reveals() == []
