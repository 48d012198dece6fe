"""What people does when something happens elsewhere."""

from __future__ import annotations

from sqlalchemy import delete

from app.access.events import SampleClearing
from app.core.database import db
from app.core.events import publish
from app.people.events import AllCustomersLeaving
from app.people.models import Contact, Customer, Tag, customer_tag


def remove_sample(_event: SampleClearing) -> None:
    """Remove every contact, customer and tag: all of them came with the sample shop.

    Handlers run from the lowest slice up, but rows must go from the top down: slices above are told first.
    """
    publish(AllCustomersLeaving())
    db.session.execute(delete(Contact))
    db.session.execute(delete(customer_tag))
    db.session.execute(delete(Customer))
    db.session.execute(delete(Tag))
