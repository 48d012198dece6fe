"""A look at a database in every way there is."""

from __future__ import annotations

from sqlalchemy.engine import URL

from app.adoption.connecting import open_adopted
from app.adoption.reflecting import sketch
from app.adoption.relating import propose
from app.adoption.sketches import DatabaseSketch


def look(url: str | URL) -> DatabaseSketch:
    """Look at a database in every way there is."""
    engine = open_adopted(url, read_only=True)
    found = sketch(engine)
    propose(engine, found)
    engine.dispose()
    return found
