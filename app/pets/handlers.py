"""What pets does when something happens in the slices below."""

from __future__ import annotations

from sqlalchemy import delete

from app.core.database import db
from app.people.events import AllCustomersLeaving
from app.pets.models import Pet, Vaccination


def remove_all(_event: AllCustomersLeaving) -> None:
    """Remove every vaccination and pet, because their owners are about to go."""
    db.session.execute(delete(Vaccination))
    db.session.execute(delete(Pet))
