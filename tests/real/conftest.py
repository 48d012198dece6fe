"""Fixtures: the real people, an owner who is signed in, and a shop in which all of them are customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.real_data import Person, everybody

REST = "/api/v1/people/customer"


@dataclass(frozen=True)
class RealShop:
    """A shop full of real people: its owner's browser, and everybody by the token of their customer record."""

    owner: FlaskClient
    people: dict[str, Person]


@pytest.fixture(scope="session")
def people(real_data: Path) -> list[Person]:
    """Every person of the three shops, 160 in all."""
    return everybody(real_data)


@pytest.fixture
def owner(app_on: Flask, sign_in: Callable[..., FlaskClient], people: list[Person]) -> FlaskClient:
    """A browser in which the owner is signed in, on each database."""
    return sign_in(app_on.test_client(), "Owner")


@pytest.fixture
def sqlite_owner(app: Flask, sign_in: Callable[..., FlaskClient], people: list[Person]) -> FlaskClient:
    """The same on SQLite only, for what is no matter of the database."""
    return sign_in(app.test_client(), "Owner")


@pytest.fixture
def full_shop(owner: FlaskClient, people: list[Person]) -> RealShop:
    """The shop with everybody in it, added as another program would."""
    return filled(owner, people)


def filled(owner: FlaskClient, people: list[Person]) -> RealShop:
    """Add everybody through the API; a refusal ends the test with its words."""
    tokens = {}
    for person in people:
        answer = owner.post(REST, json=person)
        assert answer.status_code == 201, (person["code"], answer.json)
        tokens[answer.json["id"]] = person
    return RealShop(owner, tokens)
