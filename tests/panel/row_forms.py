"""Forms with rows for tests: opened, changed, sent, and what came of it."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core.database import db
from app.journal.models import JournalEntry
from app.pets.models import Pet
from tests.support.forms import form_of

PETS, SHOTS = "rows.pets-pet-owner.", "rows.pets-vaccination-pet."


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
