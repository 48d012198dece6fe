"""All that can be wrong with a shop, one thing at a time, for the tests of the check-up."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import PermissionView, Role, assoc_permissionview_role
from sqlalchemy import delete, event, insert, select, update

from app import responses
from app.access.api_keys.tables import ApiKey
from app.access.models import Person
from app.access.signing.attempts import Limit
from app.access.signing.tables import Link, SecondFactor
from app.adoption.publishing import look_again
from app.core import schema
from app.core.checks import Light
from app.core.clock import utc_now
from app.core.database import db
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.journal.anchoring import FILE as ANCHORS
from app.journal.checking import FILE as CHECKED
from app.journal.checking import check_all
from app.journal.models import JournalChain
from app.messaging import checks as message_checks
from app.messaging.models import Channel, Message, MessageState
from app.operations.check_job import NIGHTLY
from app.operations.checks import advisories, tables
from app.operations.models import Job, JobState, Lease, Slot
from tests.adoption.adopting import adopted

Injection = Callable[[Flask, pytest.MonkeyPatch], object]
LOTS = 50 * 1024**3


def home_of(app: Flask) -> Path:
    home: Path = app.extensions["kebu"].home
    return home


def write_advisories(app: Flask, *more: dict[str, Any], modified: datetime.datetime | None = None) -> None:
    """Put a copy of advisories into the instance folder: a thousand of packages that nobody installed, and `more`."""
    folder = home_of(app) / advisories.FOLDER
    folder.mkdir(exist_ok=True)
    day = (modified or utc_now()).isoformat()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for number in range(advisories.FEWEST):
            archive.writestr(f"A-{number}.json", json.dumps(advisory(f"A-{number}", f"nobody-{number}", day)))
        for each in more:
            archive.writestr(f"{each['id']}.json", json.dumps(each))


def advisory(number: str, package: str, day: str = "", **affected: Any) -> dict[str, Any]:
    events = affected.pop("events", [{"introduced": "0"}])
    entry = {
        "package": {"ecosystem": "PyPI", "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        **affected,
    }
    return {"id": number, "modified": day or utc_now().isoformat(), "affected": [entry]}


def run(*statements: Any) -> None:
    with transaction():
        for each in statements:
            db.session.execute(each.execution_options(unjournalled="a test", synchronize_session=False))


def setting(**changes: Any) -> Injection:
    def inject(app: Flask, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(
            app.config, "KEBU_SETTINGS", dataclasses.replace(app.config["KEBU_SETTINGS"], **changes)
        )

    return inject


def configuration(name: str, value: Any) -> Injection:
    return lambda app, patch: patch.setitem(app.config, name, value)


def without_header(name: str) -> Injection:
    return lambda _app, patch: patch.delitem(responses.HEADERS, name)


def lax_policy(_app: Flask, patch: pytest.MonkeyPatch) -> None:
    policy = responses.POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    patch.setitem(responses.HEADERS, "Content-Security-Policy", policy)


def open_home(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    home_of(app).chmod(0o755)


def open_key_file(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    key = home_of(app) / "instance.key"
    key.chmod(0o644)


def free(space: int) -> Injection:
    usage = SimpleNamespace(total=LOTS, used=0, free=space)
    return lambda _app, patch: patch.setattr(shutil, "disk_usage", lambda _path: usage)


def old_tables(_app: Flask, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(schema, "state", lambda *_rest: schema.SchemaState(schema.Status.BEHIND))


def no_phone(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    run(delete(SecondFactor))


def long_unused(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    long_ago = (utc_now() - datetime.timedelta(days=91)).replace(tzinfo=None)
    run(update(Person).values(last_login=long_ago))


def old_invitation(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    now = utc_now()
    values = {"made_at": now - datetime.timedelta(days=4), "expires_at": now + datetime.timedelta(days=3)}
    run(insert(Link).values(digest="x" * 64, purpose="invitation", **values))


def api_key(**values: Any) -> Injection:
    def inject(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
        now = utc_now()
        person = db.session.scalar(select(Person.id).limit(1))
        row = {
            "public_id": "0123456789ab",
            "digest": "x" * 64,
            "name": "ERP",
            "scopes": "people:customer:list",
            "person_id": person,
            "made_at": now,
            "expires_at": now + datetime.timedelta(days=90),
        }
        shifted = {name: now + datetime.timedelta(days=days) for name, days in values.items()}
        run(insert(ApiKey).values(**{**row, **shifted}))

    return inject


def public_right(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    role = db.session.scalar(select(Role.id).where(Role.name == "Public"))
    pair = db.session.scalar(select(PermissionView.id).limit(1))
    run(insert(assoc_permissionview_role).values(role_id=role, permission_view_id=pair))


def no_owner(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    run(update(Person).values(active=False))


def unlimited(_app: Flask, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Limit, "wait", lambda _self, _tries: 0)


def tampered(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    run(update(JournalChain).values(mac="x" * 44).execution_options(journal_itself=True))
    db.session.rollback()
    check_all(db.engine)


def long_unchecked(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    (home_of(app) / CHECKED).unlink()


def anchors_gone(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    (home_of(app) / ANCHORS).unlink()


def no_worker(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    run(delete(Lease))


def late_work(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    run(update(Slot).where(Slot.name == NIGHTLY.name).values(slot=utc_now() - datetime.timedelta(days=4)))


def failed_job(_app: Flask, _patch: pytest.MonkeyPatch) -> None:
    now = utc_now()
    values = {"state": JobState.FAILED, "created_at": now, "finished_at": now}
    run(insert(Job).values(id=uuid7(), kind=NIGHTLY.name, arguments={}, **values))


def message(state: MessageState) -> Injection:
    def inject(_app: Flask, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(message_checks, "outlets", lambda: SimpleNamespace(sending=(Channel.MAIL,)))
        now, hours = utc_now(), datetime.timedelta(hours=2)
        run(
            insert(Message).values(
                channel=Channel.MAIL,
                kind="code",
                intent="x",
                locked=b"x",
                state=state,
                created_at=now - hours,
                next_at=now - hours,
                expires_at=now + hours,
                ended_at=now if state is MessageState.DEAD else None,
            )
        )

    return inject


def weak_database(_app: Flask, patch: pytest.MonkeyPatch) -> None:
    name = db.engine.dialect.name
    if name == "postgresql":
        # No server far away is at hand: this one is taken for one.
        patch.setattr(tables, "is_loopback", lambda _host: False)
        return
    statement = "PRAGMA foreign_keys=OFF" if name == "sqlite" else "SET SESSION sql_mode=''"

    def weaken(connection: Any, *_rest: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()

    db.session.remove()
    event.listen(db.engine, "checkout", weaken)
    patch.setattr(db.engine, "_kebu_undo", lambda: event.remove(db.engine, "checkout", weaken), raising=False)


def old_copy(days: int) -> Injection:
    return lambda app, _patch: write_advisories(app, modified=utc_now() - datetime.timedelta(days=days))


def no_copy(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    (home_of(app) / advisories.FOLDER / "all.zip").unlink()


def damaged_copy(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    path = home_of(app) / advisories.FOLDER / "all.zip"
    path.write_bytes(path.read_bytes()[:-2_000])


def small_copy(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    path = home_of(app) / advisories.FOLDER / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("A-1.json", json.dumps(advisory("A-1", "nobody")))


def known_hole(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    write_advisories(app, advisory("PYSEC-2026-1", "Flask"))


def failing_check(_app: Flask, patch: pytest.MonkeyPatch) -> None:
    def fail(*_rest: Any) -> None:
        raise RuntimeError

    patch.setattr(tables, "_sqlite", fail)
    patch.setattr(tables, "_postgresql", fail)
    patch.setattr(tables, "_mariadb", fail)


def drifted_database(app: Flask, _patch: pytest.MonkeyPatch) -> None:
    path = home_of(app).parent / f"till-{uuid7().hex}.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE sale (id INTEGER PRIMARY KEY, name TEXT)")
    adopted(f"sqlite:///{path}", name="till")
    connection.execute("ALTER TABLE sale ADD COLUMN branch TEXT")
    connection.close()
    look_again("till")


WRONG: dict[str, tuple[Injection, str, Light]] = {
    "a database that changed": (drifted_database, "adoption:drift", Light.YELLOW),
    "debug mode": (configuration("DEBUG", True), "operations:debug", Light.RED),
    "a talkative log": (setting(log_level="DEBUG"), "operations:debug", Light.YELLOW),
    "a default secret": (configuration("SECRET_KEY", "changeme" * 8), "operations:secret_key", Light.RED),
    "a short secret": (configuration("SECRET_KEY", "q7Z!kd83jf"), "operations:secret_key", Light.RED),
    "any host": (configuration("TRUSTED_HOSTS", None), "operations:trusted_hosts", Light.RED),
    "plain HTTP": (setting(plain_http=True), "operations:plain_http", Light.RED),
    "an open network": (setting(host="0.0.0.0"), "operations:plain_http", Light.RED),
    "a proxy gone round": (setting(host="0.0.0.0", trusted_proxies=1), "operations:proxies", Light.YELLOW),
    "no frame header": (without_header("X-Frame-Options"), "operations:headers", Light.RED),
    "no nosniff": (without_header("X-Content-Type-Options"), "operations:headers", Light.RED),
    "no policy": (without_header("Content-Security-Policy"), "operations:headers", Light.RED),
    "a lax policy": (lax_policy, "operations:headers", Light.RED),
    "an http cookie": (
        lambda _app, patch: patch.setattr(responses.SecureOverTls, "get_cookie_secure", lambda *_rest: False),
        "operations:cookies",
        Light.RED,
    ),
    "a cookie for scripts": (
        configuration("SESSION_COOKIE_HTTPONLY", False),
        "operations:cookies",
        Light.RED,
    ),
    "a cookie for others": (
        configuration("SESSION_COOKIE_SAMESITE", "None"),
        "operations:cookies",
        Light.RED,
    ),
    "an open folder": (open_home, "operations:file_modes", Light.RED),
    "an open key file": (open_key_file, "operations:file_modes", Light.RED),
    "a guessable instance key": (setting(given_instance_key="00" * 32), "operations:instance_key", Light.RED),
    "little room": (free(1024**3), "operations:disk_space", Light.YELLOW),
    "no room": (free(1024**2), "operations:disk_space", Light.RED),
    "old tables": (old_tables, "operations:migrations", Light.RED),
    "a weak database": (weak_database, "operations:database", Light.RED),
    "an owner without phone": (no_phone, "access:second_factors", Light.RED),
    "an idle account": (long_unused, "access:idle_accounts", Light.YELLOW),
    "an open invitation": (old_invitation, "access:invitations", Light.YELLOW),
    "a key that ends": (api_key(expires_at=3), "access:api_keys", Light.YELLOW),
    "a key never used": (api_key(made_at=-31), "access:api_keys", Light.YELLOW),
    "an idle key": (api_key(made_at=-200, last_used_at=-91), "access:api_keys", Light.YELLOW),
    "a public permission": (public_right, "access:public_rights", Light.RED),
    "no owner": (no_owner, "access:owners", Light.RED),
    "the limiter off": (unlimited, "access:tries", Light.RED),
    "a changed journal": (tampered, "journal:chain", Light.RED),
    "a journal unchecked": (long_unchecked, "journal:chain", Light.YELLOW),
    "anchors gone": (anchors_gone, "journal:anchors", Light.RED),
    "no worker": (no_worker, "operations:worker", Light.RED),
    "late work": (late_work, "operations:recurring", Light.RED),
    "a failed job": (failed_job, "operations:failed_jobs", Light.YELLOW),
    "a stuck message": (message(MessageState.WAITING), "messaging:stuck", Light.RED),
    "a dead message": (message(MessageState.DEAD), "messaging:given_up", Light.YELLOW),
    "advisories of last month": (old_copy(31), "operations:advisories", Light.YELLOW),
    "advisories of last year": (old_copy(365), "operations:advisories", Light.RED),
    "no advisories": (no_copy, "operations:advisories", Light.YELLOW),
    "damaged advisories": (damaged_copy, "operations:advisories", Light.YELLOW),
    "a handful of advisories": (small_copy, "operations:advisories", Light.YELLOW),
    "a known hole": (known_hole, "operations:advisories", Light.RED),
    "a check that fails": (failing_check, "operations:database", Light.RED),
}
