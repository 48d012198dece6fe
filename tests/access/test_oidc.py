"""Signing in through an OpenID Connect provider: a real one answers, and everything it may say wrongly is refused."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select, update

from app.access.models import Person
from app.access.signing.tables import OutsideLink, SecondFactor, SignInSession
from app.core.database import db
from app.journal.models import JournalEntry
from tests.access.conftest import NEXT_HOSTS, House, enter, person_number, token_of
from tests.support import second_steps
from tests.support.oidc_provider import CLIENT, SECRET, Provider, running_provider

CLERK = "clerk@shop.example.com"
REFUSED = "This sign-in did not succeed. Please try again."
NOBODY = "Nobody here has an account for this sign-in."
DOWN = "The sign-in service doesn&#39;t answer."


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as made:
        yield made


@pytest.fixture
def app(house: House, provider: Provider) -> Iterator[Flask]:
    """The opened shop, in which the clerk has an address and the provider is set."""
    before = house.app.config["KEBU_SETTINGS"]
    with_provider(house.app, provider)
    write(house.app, "clerk", email=CLERK)
    yield house.app
    house.app.config["KEBU_SETTINGS"] = before


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
        {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
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
    answer = sign_in(client, provider, **clerks(**claims))

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
    head, body, _signature = by_another_key(claims).split(".")
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


def test_a_new_key_of_the_provider_is_looked_up(client: FlaskClient, provider: Provider, app: Flask) -> None:
    assert sign_in(client, provider, **clerks()).location == "/"
    new = RSAKey.generate_key(2048, {"kid": "two"})
    provider.published = [provider.key, new]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, new)

    assert sign_in(app.test_client(), provider, **clerks()).location == "/"


def test_what_came_back_once_counts_no_second_time_even_with_the_cookie_of_then(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    back = provider.consent(begin(client), **clerks())
    cookie = client.get_cookie("kebu")
    assert cookie is not None
    asked = dict(provider.codes)
    assert client.get(back).location == "/"

    provider.codes = asked
    thief = app.test_client()
    thief.set_cookie("kebu", cookie.value)
    answer = thief.get(back)

    assert is_refused(thief, answer, REFUSED)
    assert len(sessions(app)) == 1


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


def test_an_address_that_changes_elsewhere_moves_no_account(
    app: Flask, client: FlaskClient, provider: Provider
) -> None:
    write(app, "manager", email="manager@shop.example.com")
    sign_in(client, provider, **clerks())
    second, third = app.test_client(), app.test_client()

    sign_in(second, provider, **clerks(email="manager@shop.example.com"))
    answer = sign_in(third, provider, **clerks(sub="number-2"))

    assert "Zhang Wei" in second.get("/profile/").get_data(as_text=True)
    assert is_refused(third, answer, NOBODY)


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


def test_a_description_of_another_issuer_is_not_believed(client: FlaskClient, provider: Provider) -> None:
    provider.described_as = "http://127.0.0.1/other"

    assert is_refused(client, client.get("/login/oidc/"), DOWN)


def test_a_wrong_secret_of_ours_is_no_way_in(app: Flask, client: FlaskClient, provider: Provider) -> None:
    settings = app.config["KEBU_SETTINGS"]
    app.config["KEBU_SETTINGS"] = dataclasses.replace(settings, oidc_client_secret="wrong")

    assert is_refused(client, sign_in(client, provider, **clerks()), REFUSED)
