"""Makers of customers, tags and contacts; each saves its record in a transaction of its own."""

from __future__ import annotations

from typing import Any

from app.core.database import db
from app.core.transaction import transaction, writing
from app.people.models import Channel, Contact, ContactKind, Customer, Tag


def saved(record: Any) -> Any:
    """Save a record, inside the open transaction or one of its own, and return it."""
    if writing.get():
        db.session.add(record)
        db.session.flush()
        return record
    with transaction():
        db.session.add(record)
    return record


def make_customer(**values: Any) -> Customer:
    """Return a saved customer."""
    return saved(Customer(**{"name": "王芳", "phone": "15412345678", **values}))


def make_tag(**values: Any) -> Tag:
    """Return a saved tag."""
    return saved(Tag(**{"name": "VIP", **values}))


def make_contact(**values: Any) -> Contact:
    """Return a saved contact of `customer_id`, or of a customer made for it."""
    if "customer_id" not in values:
        values["customer_id"] = make_customer().id
    plain = {"kind": ContactKind.INQUIRY, "channel": Channel.PHONE, "subject": "Price of a wash"}
    return saved(Contact(**{**plain, **values}))
