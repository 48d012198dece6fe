"""A till in the house's own database, on the usual one or on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.core.database import db
from tests.insight.till import Till, offered


def _standing(app: Flask) -> Iterator[Till]:
    till = Till()
    till.metadata.create_all(db.engine)
    try:
        with offered(app, till.providers()):
            yield till
    finally:
        db.session.rollback()
        till.metadata.drop_all(db.engine)


@pytest.fixture
def till(app: Flask) -> Iterator[Till]:
    """A till in the database of `app`, offered as the book `till`."""
    yield from _standing(app)


@pytest.fixture
def till_on(app_on: Flask) -> Iterator[Till]:
    """A till in each of the three databases."""
    yield from _standing(app_on)
