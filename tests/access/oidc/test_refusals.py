"""Everything that a provider, or somebody between, may say wrongly: nobody gets in by it."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select

from app.access.models import Person
from app.access.signing.tables import OutsideLink
from app.core.database import db
from tests.access.oidc.providers import (
    CLERK,
    DOWN,
    NOBODY,
    REFUSED,
    begin,
    clerks,
    is_refused,
    sessions,
    sign_in,
    told,
    write,
)
from tests.support.databases import in_threads
from tests.support.oidc_provider import CLIENT, SECRET, Provider

HOUR = 3600


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another one"},
        {"nonce": None},
        {"aud": "another-program"},
        {"aud": [CLIENT, "another-program"]},
        {"aud": None},
        {"iss": "http://127.0.0.1/other"},
        {"iss": None},
        {"exp": -HOUR, "iat": -2 * HOUR},
        {"exp": None},
        {"iat": HOUR},
        {"sub": None},
        {"sub": ""},
        {"azp": "another-program"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    app: Flask, client: FlaskClient, provider: Provider, claims: dict[str, Any]
) -> None:
    # Moments count from now: names of tests must not hold the time, which differs between processes.
    said = {
        name: int(time.time() + value) if isinstance(value, int) else value for name, value in claims.items()
    }

    answer = sign_in(client, provider, **clerks(**said))

    assert is_refused(client, answer, REFUSED)
    assert sessions(app) == []
    assert len(told(app, "access:sign_in_refused")) == 1


def by_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048, {"kid": "one"}))


def by_an_unknown_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "two"}, claims, RSAKey.generate_key(2048, {"kid": "two"}))


def by_our_own_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def by_nobody(claims: dict[str, Any]) -> str:
    _head, body, _signature = by_another_key(claims).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


def not_at_all(claims: dict[str, Any]) -> str:
    return "no token"


@pytest.mark.parametrize(
    "sign", [by_another_key, by_an_unknown_key, by_our_own_secret, by_nobody, not_at_all]
)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    app: Flask, client: FlaskClient, provider: Provider, sign: Any
) -> None:
    provider.sign = sign

    answer = sign_in(client, provider, **clerks())

    assert is_refused(client, answer, REFUSED)
    assert sessions(app) == []


def test_what_came_back_once_counts_no_second_time_even_with_the_cookie_of_then(
    app_on: Flask, provider: Provider
) -> None:
    provider.careless = True
    client = app_on.test_client()
    back = provider.consent(begin(client), **clerks())
    cookie = client.get_cookie("kebu")
    assert cookie is not None
    answers: list[str] = []

    def come_back() -> None:
        twin = app_on.test_client()
        twin.set_cookie("kebu", cookie.value)
        answers.append(twin.get(back).location)

    assert in_threads([come_back] * 4) == []
    come_back()

    assert sorted(answers) == ["/", *["/login/"] * 4]
    assert sessions(app_on) == [("full", "oidc")]


def test_an_address_that_changes_elsewhere_moves_no_account(app_on: Flask, provider: Provider) -> None:
    write(app_on, "manager", email="manager@shop.example.com")
    first, second, third = (app_on.test_client() for _each in range(3))
    sign_in(first, provider, **clerks())

    sign_in(second, provider, **clerks(email="manager@shop.example.com"))
    answer = sign_in(third, provider, **clerks(sub="number-2"))

    assert "Zhang Wei" in second.get("/profile/").get_data(as_text=True)
    assert is_refused(third, answer, NOBODY)


def test_a_sign_in_that_began_in_another_browser_is_refused(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    back = provider.consent(begin(client), **clerks())
    other = app.test_client()
    begin(other)

    assert is_refused(other, other.get(back), REFUSED)
    stranger = app.test_client()
    assert is_refused(stranger, stranger.get(back), REFUSED)
    assert sessions(app) == []


@pytest.mark.parametrize(
    "more", ["error=access_denied", "iss=http%3A%2F%2F127.0.0.1%2Fother", "state=x&state=y", "code="]
)
def test_what_the_provider_did_not_say_well_is_refused(
    client: FlaskClient, provider: Provider, more: str
) -> None:
    back = provider.consent(begin(client), **clerks())
    path, query = back.split("?")

    assert is_refused(client, client.get(f"{path}?{more}&{query}"), REFUSED)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": CLERK},
        {"email": CLERK, "email_verified": False},
        {"email": CLERK, "email_verified": "true"},
        {"email": "stranger@shop.example.com", "email_verified": True},
        {"email": "owner@no-address.invalid", "email_verified": True},
        {"email": [CLERK], "email_verified": True},
        {"preferred_username": "clerk"},
        {},
    ],
    ids=str,
)
def test_whoever_has_no_account_or_no_verified_address_stays_out_and_none_is_made(
    app: Flask, client: FlaskClient, provider: Provider, claims: dict[str, Any]
) -> None:
    answer = sign_in(client, provider, **claims)

    assert is_refused(client, answer, NOBODY)
    assert sessions(app) == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 3
        assert db.session.scalar(select(func.count()).select_from(OutsideLink)) == 0


def test_a_description_of_another_issuer_is_not_believed(client: FlaskClient, provider: Provider) -> None:
    provider.described_as = "http://127.0.0.1/other"

    assert is_refused(client, client.get("/login/oidc/"), DOWN)


def test_a_wrong_secret_of_ours_is_no_way_in(app: Flask, client: FlaskClient, provider: Provider) -> None:
    settings = app.config["KEBU_SETTINGS"]
    app.config["KEBU_SETTINGS"] = dataclasses.replace(settings, oidc_client_secret="wrong")

    assert is_refused(client, sign_in(client, provider, **clerks()), REFUSED)
