"""The home page shows what is to be done next, and only what the person may see."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Flask

from app.core.database import db
from app.core.shop import today
from app.core.transaction import transaction
from app.people.models import Channel, Contact, ContactKind, ContactState, Customer


def add_contacts() -> None:
    """Add contacts that are due, settled, far off and without a date."""
    with transaction():
        common = {
            "customer": Customer(name="王伟"),
            "kind": ContactKind.COMPLAINT,
            "channel": Channel.PHONE,
        }
        day = today()
        db.session.add_all(
            [
                Contact(subject="tomorrow", due_on=day + datetime.timedelta(days=1), **common),
                Contact(subject="overdue", due_on=day - datetime.timedelta(days=3), **common),
                Contact(subject="far off", due_on=day + datetime.timedelta(days=90), **common),
                Contact(subject="settled", due_on=day, state=ContactState.DONE, **common),
                Contact(subject="whenever", **common),
            ]
        )


def test_the_contacts_to_settle_next_stand_on_the_home_page_soonest_first(
    app_on: Flask, sign_in: Any
) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    add_contacts()

    page = client.get("/").text

    assert 0 < page.index("overdue") < page.index("tomorrow")
    for subject in ("far off", "settled", "whenever"):
        assert subject not in page


def test_show_all_leads_to_the_list_of_the_same_rows(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Clerk")
    add_contacts()
    page = client.get("/").text
    start = page.rindex('href="/people/contact/?f.state=open') + len('href="')

    answer = client.get(page[start : page.index('"', start)].replace("&amp;", "&"))

    assert answer.status_code == 200
    assert "overdue" in answer.text and "tomorrow" in answer.text and "far off" not in answer.text
