"""Fixtures of shaping: the owner on each database, and one row of typed values for each kind of field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.people.models import Tag


@pytest.fixture
def owner(app_on: Flask, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """The owner, on each of the three databases."""
    return sign_in(app_on.test_client(), "Owner")


@pytest.fixture
def tag(app_on: Flask) -> str:
    """A tag to link to."""
    with transaction():
        tag = Tag(name="VIP")
        db.session.add(tag)
    return encode_token([tag.id])


@pytest.fixture
def errors_of() -> Callable[[Any], list[str]]:
    """Return a function that finds the messages of a form that came back."""
    import re

    return lambda answer: re.findall(r'<p class="error"[^>]*>([^<]*)</p>', answer.text)
