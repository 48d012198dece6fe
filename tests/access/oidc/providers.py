"""What the tests of signing in through a provider share: the shop that knows it, the way there and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access.models import Person
from app.access.signing.tables import SignInSession
from app.core.database import db
from app.journal.models import JournalEntry
from tests.support.oidc_provider import CLIENT, SECRET, Provider

CLERK = "clerk@shop.example.com"
REFUSED = "This sign-in did not succeed. Please try again."
NOBODY = "Nobody here has an account for this sign-in."
DOWN = "The sign-in service doesn&#39;t answer."


@contextmanager
def shop_with(app: Flask, provider: Provider) -> Iterator[None]:
    """Let the shop know the provider, and the clerk have an address, until the block ends."""
    before = app.config["KEBU_SETTINGS"]
    with_provider(app, provider)
    write(app, "clerk", email=CLERK)
    yield
    app.config["KEBU_SETTINGS"] = before


def with_provider(app: Flask, provider: Provider, **more: Any) -> None:
    """Set the provider as a start with these settings would."""
    app.config["KEBU_SETTINGS"] = dataclasses.replace(
        app.config["KEBU_SETTINGS"],
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_label="Shop Cloud",
        **more,
    )


def write(app: Flask, username: str, **values: Any) -> None:
    """Change an account behind the program's back."""
    with app.app_context():
        statement = update(Person).where(Person.username == username).values(**values)
        db.session.execute(statement.execution_options(unjournalled="a test arranges its shop"))
        db.session.commit()


def begin(client: FlaskClient, query: str = "") -> str:
    """Press the button and return the provider's address that the browser is led to."""
    answer = client.get(f"/login/oidc/{query}")
    assert answer.status_code == 302
    return str(answer.location)


def sign_in(client: FlaskClient, provider: Provider, query: str = "", **claims: Any) -> Any:
    """Go to the provider and come back with what it says."""
    return client.get(provider.consent(begin(client, query), **claims))


def clerks(**claims: Any) -> dict[str, Any]:
    """Return what the provider says of the clerk."""
    return {"email": CLERK, "email_verified": True, **claims}


def is_refused(client: FlaskClient, answer: Any, message: str) -> bool:
    """Say whether nobody got in and the sign-in page says why."""
    page = client.get("/login/").get_data(as_text=True)
    return answer.status_code == 302 and answer.location == "/login/" and message in page


def sessions(app: Flask) -> list[tuple[str, str]]:
    """Return stage and way of every session."""
    with app.app_context():
        return [tuple(row) for row in db.session.execute(select(SignInSession.stage, SignInSession.amr))]


def told(app: Flask, kind: str) -> list[Any]:
    """Return what the journal says of happenings of this kind."""
    with app.app_context():
        query = select(JournalEntry).where(JournalEntry.kind == kind)
        return list(db.session.scalars(query))
