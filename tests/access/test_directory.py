"""Passwords that an LDAP directory knows: a real one answers binds, and what could get round it does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access.models import Person
from app.access.signing.tables import SignInSession
from app.core.database import db
from tests.access.conftest import House, enter, enter_password, post
from tests.support.ldap_directory import (
    BASE,
    SERVICE,
    SERVICE_PASSWORD,
    Directory,
    certificate,
    running_directory,
)

WORD = "what the company knows"


@pytest.fixture
def directory() -> Iterator[Directory]:
    with running_directory() as made:
        made.add("clerk", WORD)
        made.add("manager", "somebody else's")
        yield made


@pytest.fixture
def app(house: House, directory: Directory) -> Iterator[Flask]:
    """The opened shop, in which the clerk has no password and the directory is set."""
    before = house.app.config["KEBU_SETTINGS"]
    with_directory(house.app, f"ldap://127.0.0.1:{directory.port}")
    write(house.app, "clerk", password=None)
    yield house.app
    house.app.config["KEBU_SETTINGS"] = before


def with_directory(app: Flask, url: str, **more: Any) -> None:
    """Set the directory as a start with these settings would."""
    values = {"ldap_bind_dn": SERVICE, "ldap_bind_password": SERVICE_PASSWORD, "ldap_base": BASE, **more}
    app.config["KEBU_SETTINGS"] = dataclasses.replace(app.config["KEBU_SETTINGS"], ldap_url=url, **values)


def write(app: Flask, username: str, **values: Any) -> None:
    """Change an account behind the program's back."""
    with app.app_context():
        statement = update(Person).where(Person.username == username).values(**values)
        db.session.execute(statement.execution_options(unjournalled="a test arranges its shop"))
        db.session.commit()


def ways(app: Flask) -> list[str]:
    """Return how every session began."""
    with app.app_context():
        return list(db.session.scalars(select(SignInSession.amr)))


def test_an_account_without_a_password_signs_in_with_the_directorys(app: Flask, client: FlaskClient) -> None:
    assert enter_password(client, "clerk", WORD).location == "/"
    assert client.get("/profile/").status_code == 200
    assert ways(app) == ["ldap"]


@pytest.mark.parametrize(
    "password", ["wrong wrong wrong", " ", "\u00ad", "\0", "\0" + WORD, WORD + "\0", "x" * 128]
)
def test_a_wrong_or_an_empty_password_is_refused(
    app: Flask, client: FlaskClient, directory: Directory, password: str
) -> None:
    answer = enter_password(client, "clerk", password)

    assert answer.status_code == 401
    assert "User name and password don&#39;t match." in answer.get_data(as_text=True)
    assert ways(app) == []
    assert all(word for _name, word in directory.binds), "a bind without a password succeeds as nobody"


@pytest.mark.parametrize(
    "name", ["*", "cl*", "clerk)(uid=*", "*)(|(uid=*", "clerk\\2a", "(clerk)", "clerk\u0000"]
)
def test_a_name_is_looked_up_as_it_is_and_says_nothing_to_the_directory(
    app: Flask, client: FlaskClient, directory: Directory, name: str
) -> None:
    assert enter_password(client, name, WORD).status_code == 401
    assert set(directory.searches) <= {"equalityMatch"}


def test_a_name_that_became_an_accounts_name_cannot_ask_for_others(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    write(app, "clerk", username="*")

    assert enter_password(client, "*", WORD).status_code == 401
    assert directory.searches == ["equalityMatch"]


def test_whoever_has_no_account_here_stays_out_and_the_directory_never_hears_the_password(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    directory.add("stranger", WORD)

    assert enter_password(client, "stranger", WORD).status_code == 401
    assert WORD.encode() not in [word for _name, word in directory.binds]


def test_a_closed_account_stays_closed(app: Flask, client: FlaskClient) -> None:
    write(app, "clerk", active=False)

    assert enter_password(client, "clerk", WORD).status_code == 401


def test_an_account_with_a_password_of_its_own_is_never_asked_for_elsewhere(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    assert enter_password(client, "manager", "somebody else's").status_code == 401
    assert b"somebody else's" not in [word for _name, word in directory.binds]
    assert enter(client, "owner").location == "/"
    assert ways(app) == ["pwd totp"]


def test_every_refusal_asks_the_directory_the_same(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    asked = []
    for name in ("clerk", "manager", "nobody"):
        directory.searches.clear()
        directory.binds.clear()
        enter_password(app.test_client(), name, "wrong wrong wrong")
        asked.append((len(directory.searches), len(directory.binds)))

    assert asked == [(1, 2)] * 3


def test_two_entries_of_one_name_are_nobodys(app: Flask, client: FlaskClient, directory: Directory) -> None:
    directory.add("clerk", WORD, entry=f"uid=clerk,ou=other,{BASE}")

    assert enter_password(client, "clerk", WORD).status_code == 401


def test_tries_are_counted_as_for_any_password(app: Flask, client: FlaskClient) -> None:
    for _each in range(6):
        enter_password(client, "clerk", "wrong wrong wrong")

    assert enter_password(client, "clerk", WORD).status_code == 429
    with app.app_context():
        assert db.session.scalar(select(Person.fail_login_count).where(Person.username == "clerk")) == 5


def test_an_owner_still_shows_the_phone(app: Flask, client: FlaskClient, directory: Directory) -> None:
    directory.add("owner", WORD)
    write(app, "owner", password=None)

    assert enter_password(client, "owner", WORD).location == "/login/code/"
    assert client.get("/profile/").status_code == 302


def test_the_directorys_password_proves_once_more_who_is_there(app: Flask, client: FlaskClient) -> None:
    enter_password(client, "clerk", WORD)

    assert post(client, "/step-up/", {"proof": "wrong wrong wrong"}).status_code == 422
    assert post(client, "/step-up/", {"proof": WORD}).status_code == 302


def test_a_directory_that_is_not_there_is_said_and_passwords_of_the_shop_still_count(
    app: Flask, client: FlaskClient
) -> None:
    with running_directory() as gone:
        pass
    with_directory(app, f"ldap://127.0.0.1:{gone.port}")

    answers = [enter_password(client, name, "wrong wrong wrong") for name in ("clerk", "manager", "nobody")]

    assert [each.status_code for each in answers] == [503] * 3
    assert all("directory doesn&#39;t answer" in each.get_data(as_text=True) for each in answers)
    assert enter(client, "owner").location == "/"


def test_a_directory_that_is_busy_is_said(app: Flask, client: FlaskClient, directory: Directory) -> None:
    directory.busy = True

    assert enter_password(client, "clerk", WORD).status_code == 503


def test_a_directory_that_never_answers_holds_nobody_up_for_ever(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    directory.silent = True

    assert enter_password(client, "clerk", WORD).status_code == 503


def test_a_directory_that_refuses_kebu_is_said(app: Flask, client: FlaskClient, directory: Directory) -> None:
    with_directory(app, f"ldap://127.0.0.1:{directory.port}", ldap_bind_password="wrong")

    assert enter_password(client, "clerk", WORD).status_code == 503


@pytest.mark.parametrize("at_once", [True, False], ids=["ldaps", "StartTLS"])
def test_an_encrypted_directory_is_asked_when_its_certificate_is_trusted(
    app: Flask,
    client: FlaskClient,
    directory: Directory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,
) -> None:
    # 0.0.0.0 leads to this machine and is none of its own addresses: as a directory elsewhere would be asked.
    host = "127.0.0.1" if at_once else "0.0.0.0"
    directory.tls, trusted = certificate(tmp_path, host)
    directory.tls_at_once = at_once
    with_directory(app, f"{'ldaps' if at_once else 'ldap'}://{host}:{directory.port}")
    assert enter_password(app.test_client(), "clerk", WORD).status_code == 503
    assert directory.binds == []

    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    assert enter_password(client, "clerk", WORD).location == "/"


def test_a_certificate_of_another_name_is_refused(
    app: Flask, client: FlaskClient, directory: Directory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.tls, trusted = certificate(tmp_path, "other.example.com")
    directory.tls_at_once = True
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with_directory(app, f"ldaps://127.0.0.1:{directory.port}")

    assert enter_password(client, "clerk", WORD).status_code == 503
    assert directory.binds == []


def test_a_directory_elsewhere_gets_no_password_unencrypted(
    app: Flask, client: FlaskClient, directory: Directory
) -> None:
    with_directory(app, f"ldap://0.0.0.0:{directory.port}")

    assert enter_password(client, "clerk", WORD).status_code == 503
    assert directory.binds == []
