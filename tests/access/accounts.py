"""What the tests of accounts share: reading an account, finding a role, sending an account's form."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.models import Person
from app.core.database import db
from app.core.keys import encode_token
from tests.access.conftest import enter_password, person_number, post
from tests.support import second_steps

NEW_PASSWORD = "nine loud trumpets"
CODE_STEP = "/login/code/"


def token(app: Flask, username: str) -> str:
    """Return what stands for an account in addresses."""
    return encode_token([person_number(app, username)])


def role_number(app: Flask, name: str) -> int:
    """Return the number of a role."""
    with app.app_context():
        number = db.session.scalar(select(Role.id).where(Role.name == name))
        db.session.remove()
    assert number is not None
    return number


def link_on(answer: Any) -> str:
    """Return the path of the one-time link that a page shows."""
    found = re.search(r"http://localhost(/link/[A-Za-z0-9_-]{43})", answer.get_data(as_text=True))
    assert found is not None, "the page shows no link"
    return found[1]


def choose_password(browser: FlaskClient, link: str, password: str = NEW_PASSWORD) -> Any:
    """Open a one-time link and choose a password by it."""
    return post(browser, link, {"password": password, "again": password})


def read(app: Flask, username: str) -> Person:
    """Return an account as the database holds it, detached."""
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.username == username))
        assert person is not None
        db.session.expunge(person)
        db.session.remove()
    return person


def stamp_of(browser: FlaskClient, address: str) -> str:
    """Return the fingerprint that a form carries."""
    page = browser.get(address).get_data(as_text=True)
    return page.split('name="stamp" value="')[1].split('"')[0]


def edit(browser: FlaskClient, address: str, **values: Any) -> Any:
    """Send an account's form with the stamp that its page shows."""
    return post(browser, address, {"stamp": stamp_of(browser, address), **values})


def half_way(app: Flask, username: str = "owner") -> FlaskClient:
    """Return a browser in which the password was right and the code is still asked for."""
    browser = app.test_client()
    assert enter_password(browser, username).location == CODE_STEP
    with app.app_context():
        second_steps.as_if_half_a_minute_had_passed()
    return browser
