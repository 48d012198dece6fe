"""Rows out of reach are in no statement, whichever way it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, union_all, update
from sqlalchemy.orm import aliased, joinedload, selectinload, subqueryload

from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.picking import suggest
from app.panel.reading import Question, Reader, exact_count
from app.people.models import Contact, Customer, Source
from tests.factories.people import make_contact, make_customer, make_tag
from tests.panel.limits.conftest import CONTACT, CUSTOMER, rows

REFERRED = '{"all":[["source","any","referral"]]}'


@pytest.fixture
def two(app: Flask) -> tuple[Customer, Customer]:
    """A customer whom clerks may see and one whom they may not; each with a contact."""
    seen = make_customer(name="可见", phone="13800000001", source=Source.REFERRAL)
    unseen = make_customer(name="不可见", phone="13800000002", source=Source.WALK_IN)
    for each in (seen, unseen):
        make_contact(customer_id=each.id, subject=f"about {each.phone}")
    rows("Clerk", CUSTOMER, REFERRED)
    keys = (seen.id, unseen.id)
    db.session.expunge_all()
    db.session.rollback()
    return keys


def names(statement: Any) -> list[str]:
    """Return the first column of what a statement finds."""
    return sorted(db.session.scalars(statement).unique().all())


@pytest.mark.parametrize(
    "statement",
    [
        lambda: select(Customer.name),
        lambda: select(aliased(Customer).name),
        lambda: select(Customer.name).where(Customer.id.in_(select(Customer.id))),
        lambda: select(Customer.name).join(Contact, Contact.customer_id == Customer.id),
        lambda: select(Customer.name).select_from(Contact).join(Contact.customer),
        lambda: select(union_all(select(Customer.name), select(Customer.name)).subquery().c.name).distinct(),
    ],
    ids=["plain", "aliased", "nested", "joined", "by relationship", "union"],
)
def test_no_select_finds_what_is_out_of_reach(
    two: tuple[Any, Any], acting: Callable[..., Any], statement: Callable[[], Any]
) -> None:
    with acting("Clerk"):
        assert names(statement()) == ["可见"]
    assert len(names(statement())) == 2


def test_counts_and_existence_are_within_reach_too(two: Any, acting: Callable[..., Any]) -> None:
    with acting("Clerk"):
        count = db.session.scalar(select(func.count()).select_from(Customer))
        having = select(Contact.subject).where(
            select(Customer.id).where(Customer.id == Contact.customer_id).exists()
        )
        assert count == 1
        assert names(having) == ["about 13800000001"]


def test_a_key_leads_to_nothing_out_of_reach(two: Any, acting: Callable[..., Any]) -> None:
    seen, unseen = two
    with acting("Clerk"):
        assert db.session.get(Customer, seen) is not None
        assert db.session.get(Customer, unseen) is None


def test_what_belongs_to_an_unreachable_record_goes_with_it(two: Any, acting: Callable[..., Any]) -> None:
    with acting("Clerk"):
        assert names(select(Contact.subject)) == ["about 13800000001"]


def test_lists_pickers_and_counts_of_the_panel_stay_within_reach(
    two: Any, acting: Callable[..., Any]
) -> None:
    with acting("Clerk"):
        customers, contacts = kernel().screens[CUSTOMER], kernel().screens[CONTACT]
        listed = Reader(Question(customers), ("name", "tags", "branch")).page().records
        assert [row.name for row in listed] == ["可见"]
        assert [hit.title for hit in suggest(customers, "")] == ["可见"]
        assert suggest(customers, "不可见") == []
        assert exact_count(Question(customers)) == 1
        assert exact_count(Question(customers, text="不可见")) == 0
        assert len(Reader(Question(contacts), ("subject", "customer")).page().records) == 1


def test_a_plain_table_is_refused_rather_than_read_past_the_rule(
    two: Any, acting: Callable[..., Any]
) -> None:
    with acting("Clerk"):
        with pytest.raises(ProgrammingError):
            db.session.execute(select(Customer.__table__.c.name))
        plain = select(Customer.__table__.c.name).execution_options(unlimited="a test")
        assert len(db.session.execute(plain).all()) == 2


def test_linked_records_out_of_reach_do_not_come_along(two: Any, acting: Callable[..., Any]) -> None:
    _seen, unseen = two
    with acting("Clerk"):
        free = {"unlimited": "a test wants the contact itself"}
        query = select(Contact).where(Contact.customer_id == unseen)
        contact = db.session.scalars(query.execution_options(**free)).one()
        assert contact.customer is None


@pytest.mark.parametrize("loader", [joinedload, selectinload, subqueryload])
def test_eager_loading_keeps_to_what_is_within_reach(
    app: Flask, acting: Callable[..., Any], loader: Callable[..., Any]
) -> None:
    pair = [make_tag(name="seen"), make_tag(name="unseen")]
    customer = make_customer(tags=pair)
    make_contact(customer_id=customer.id)
    rows("Clerk", "people:tag", '{"all":[["name","is","seen"]]}')
    db.session.expunge_all()
    db.session.rollback()
    with acting("Clerk"):
        found = db.session.scalars(select(Customer).options(loader(Customer.tags))).unique().one()
        assert [tag.name for tag in found.tags] == ["seen"]
        linked = db.session.scalars(
            select(Contact).options(joinedload(Contact.customer).selectinload(Customer.tags))
        )
        assert [tag.name for tag in linked.one().customer.tags] == ["seen"]


def test_a_joined_record_out_of_reach_is_not_there(two: Any, acting: Callable[..., Any]) -> None:
    with acting("Clerk"):
        query = select(Contact).options(joinedload(Contact.customer)).execution_options(within_reach=True)
        assert [each.customer.name for each in db.session.scalars(query)] == ["可见"]


@pytest.mark.parametrize("change", [lambda: update(Customer).values(code="X"), lambda: delete(Contact)])
def test_a_bulk_statement_leaves_alone_what_is_out_of_reach(
    two: Any, acting: Callable[..., Any], change: Callable[[], Any]
) -> None:
    free = {"unjournalled": "a test's own change", "synchronize_session": False}
    with acting("Clerk"), transaction():
        result = db.session.execute(change().execution_options(**free))

    assert result.rowcount == 1
    assert sorted(db.session.scalars(select(Customer.code)).all(), key=str) in ([None, "X"], [None, None])


def test_a_plain_update_of_a_confined_table_is_refused(two: Any, acting: Callable[..., Any]) -> None:
    change = update(Customer.__table__).values(code="X").execution_options(unjournalled="a test's own change")
    with acting("Clerk"), pytest.raises(ProgrammingError), transaction():
        db.session.execute(change)
