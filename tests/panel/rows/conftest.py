"""Fixtures of rows in forms: people, and a customer with pets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.kernel import Kernel
from app.core.keys import encode_token
from app.pets.models import Species
from tests.factories.people import make_customer
from tests.factories.pets import make_pet


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    return sign_in(app_on.test_client(), "Owner")


@pytest.fixture
def customer(app_on: Flask) -> str:
    """The address of a customer with two pets, 豆豆 and 咪咪."""
    found = make_customer(name="王芳")
    for name, species in (("豆豆", Species.DOG), ("咪咪", Species.CAT)):
        make_pet(owner_id=found.id, name=name, species=species, breed="plain")
    address = f"/people/customer/{encode_token([found.id])}"
    db.session.rollback()
    return address


@pytest.fixture
def allowed(app: Flask, sign_in: Any) -> Iterator[Callable[..., FlaskClient]]:
    """Return `allowed(*patterns)`: somebody signed in who may do just what the patterns name."""
    kernel: Kernel = app.extensions["kebu"]
    before = kernel.granted_names

    def somebody(*patterns: str) -> FlaskClient:
        client: FlaskClient = sign_in(app.test_client(), "Owner")
        names = {
            name for each in kernel.capabilities for screen in each.screens for name in screen.permissions
        }
        held = frozenset(name for name in names if any(fnmatchcase(name, each) for each in patterns))
        kernel.granted_names = lambda: held
        return client

    yield somebody
    kernel.granted_names = before
