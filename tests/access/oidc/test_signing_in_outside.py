"""Signing in through an OpenID Connect provider: a real one answers, and the same rules hold as for a password."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from app.access.models import Person
from app.access.signing.tables import SecondFactor, SignInSession
from app.core.database import db
from tests.access.accounts import token
from tests.access.conftest import NEXT_HOSTS, House, enter, person_number, post, token_of
from tests.access.oidc.providers import (
    DOWN,
    NOBODY,
    begin,
    clerks,
    is_refused,
    sessions,
    sign_in,
    told,
    with_provider,
    write,
)
from tests.support import second_steps
from tests.support.oidc_provider import SECRET, Provider, running_provider


def test_somebody_with_an_account_signs_in_and_gets_where_he_wanted(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    page = client.get("/login/?next=/profile/").get_data(as_text=True)
    answer = sign_in(client, provider, "?next=/profile/", **clerks())

    assert "Sign in with Shop Cloud" in page
    assert 'href="/login/oidc/?next=/profile/"' in page or 'href="/login/oidc/?next=%2Fprofile%2F"' in page
    assert answer.location == "/profile/"
    assert client.get("/profile/").status_code == 200
    assert sessions(app) == [("full", "oidc")]


def test_without_a_provider_there_is_neither_a_button_nor_a_page(house: House) -> None:
    client = house.app.test_client()

    assert "/login/oidc/" not in client.get("/login/").get_data(as_text=True)
    assert client.get("/login/oidc/").status_code == 404
    assert client.get("/login/oidc/back?code=1&state=2").status_code == 404


def test_the_way_there_carries_state_nonce_and_a_challenge_and_no_secret(client: FlaskClient) -> None:
    asked = parse_qs(urlsplit(begin(client)).query)

    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/login/oidc/back"]
    assert len({asked["state"][0], asked["nonce"][0], asked["code_challenge"][0]}) == 3
    assert SECRET not in str(asked)


def test_a_new_key_of_the_provider_is_looked_up(client: FlaskClient, provider: Provider, app: Flask) -> None:
    assert sign_in(client, provider, **clerks()).location == "/"
    new = RSAKey.generate_key(2048, {"kid": "two"})
    provider.published = [provider.key, new]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, new)

    assert sign_in(app.test_client(), provider, **clerks()).location == "/"


def test_a_closed_account_stays_closed(app: Flask, client: FlaskClient, provider: Provider) -> None:
    assert sign_in(app.test_client(), provider, **clerks()).location == "/"
    write(app, "clerk", active=False)

    assert is_refused(client, sign_in(client, provider, **clerks()), NOBODY)


def test_user_names_of_the_provider_count_where_that_is_set(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    with_provider(app, provider, oidc_user_names=True)

    assert sign_in(client, provider, preferred_username="Clerk").location == "/"
    assert client.get("/profile/").status_code == 200


def test_an_owner_still_shows_the_phone(app: Flask, client: FlaskClient, provider: Provider) -> None:
    write(app, "owner", email="owner@shop.example.com")

    answer = sign_in(client, provider, "?next=/roles/", email="owner@shop.example.com", email_verified=True)

    assert answer.location == "/login/code/"
    assert client.get("/profile/").status_code == 302
    answer = second_steps.take(client, answer, lambda: token_of(client, "/login/code/"))
    assert answer.location == "/roles/"
    assert sessions(app) == [("full", "oidc totp")]


def test_an_owner_without_a_phone_has_to_set_one_up(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    write(app, "owner", email="owner@shop.example.com")
    with app.app_context():
        db.session.query(SecondFactor).delete()
        db.session.commit()

    answer = sign_in(client, provider, email="owner@shop.example.com", email_verified=True)

    assert answer.location == "/login/enrol/"
    assert sessions(app) == [("enrol", "oidc")]


def test_whoever_was_let_back_in_may_come_with_a_new_number_of_the_provider(
    app: Flask, client: FlaskClient, provider: Provider, signed_in: Callable[[str], FlaskClient]
) -> None:
    sign_in(app.test_client(), provider, **clerks())
    assert is_refused(client, sign_in(client, provider, **clerks(sub="number-2")), NOBODY)

    owner, page = signed_in("owner"), f"/users/{token(app, 'clerk')}"
    post(owner, f"{page}/factor", page=f"{page}/link")

    assert sign_in(client, provider, **clerks(sub="number-2")).location == "/"


def test_a_password_still_lets_people_in(client: FlaskClient) -> None:
    assert enter(client, "owner").location == "/"


@pytest.mark.parametrize("target", NEXT_HOSTS)
def test_the_way_back_leads_to_no_other_place(client: FlaskClient, provider: Provider, target: str) -> None:
    answer = client.get("/login/oidc/", query_string={"next": target})

    assert client.get(provider.consent(answer.location, **clerks())).location == "/"


def test_only_a_proof_of_just_now_counts_for_dear_things(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    now = int(time.time())
    waved_through, proved = app.test_client(), app.test_client()
    sign_in(waved_through, provider, **clerks(auth_time=now - 7200))
    sign_in(client, provider, **clerks())
    sign_in(proved, provider, **clerks(auth_time=now))

    with app.app_context():
        times = db.session.scalars(select(SignInSession.stepped_up_at).order_by(SignInSession.made_at)).all()
    assert [each is not None for each in times] == [False, False, True]
    page = client.get("/step-up/?next=/profile/").get_data(as_text=True)
    assert "Sign in with Shop Cloud" in page
    again = begin(client, "?again=1&next=/profile/")
    assert {"prompt=login", "max_age=0"} <= set(urlsplit(again).query.split("&"))
    assert client.get(provider.consent(again, **clerks(auth_time=now))).location == "/profile/"


def test_a_sign_in_is_told_and_counted_like_any_other(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    sign_in(client, provider, **clerks())

    (entry,) = told(app, "access:sign_in")
    assert entry.actor_id == person_number(app, "clerk")
    assert len(told(app, "access:outside_linked")) == 1
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.username == "clerk"))
        assert person is not None and (person.login_count, person.fail_login_count) == (1, 0)


def test_many_wrong_tries_from_one_place_have_to_wait(client: FlaskClient, provider: Provider) -> None:
    for _each in range(51):
        client.get("/login/oidc/back?code=1&state=2")

    answer = sign_in(client, provider, **clerks())

    assert is_refused(client, answer, "Too many tries.")


def test_a_provider_that_is_out_of_order_is_said_and_no_error(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    provider.down = True
    assert is_refused(client, client.get("/login/oidc/"), DOWN)

    provider.down = False
    back = provider.consent(begin(client), **clerks())
    provider.down = True
    assert is_refused(client, client.get(back), DOWN)
    assert enter(client, "clerk").location == "/"


def test_a_provider_that_is_not_there_is_said_and_no_error(app: Flask, client: FlaskClient) -> None:
    with running_provider() as gone:
        with_provider(app, gone)

    assert is_refused(client, client.get("/login/oidc/"), DOWN)
