"""The Redis that tests use: the one in KEBU_TEST_REDIS_URL, else one that answers on the usual port."""

from __future__ import annotations

import os

import pytest
from flask import Flask
from redis import Redis, RedisError

from app.access.signing.attempts import STORE, make_store
from app.access.signing.redis_tries import SharedTries
from app.core.kernel import kernel

VARIABLE = "KEBU_TEST_REDIS_URL"
USUAL = "redis://127.0.0.1:6379/0"
# Nothing listens there, and asking is refused at once.
NOBODY = "redis://127.0.0.1:1/0"


def redis_address() -> str:
    """Return the address of a Redis that answers; a named one has to, without any the test is skipped."""
    given = os.environ.get(VARIABLE, "")
    try:
        Redis.from_url(given or USUAL, socket_connect_timeout=2).ping()
    except RedisError:
        if given:
            raise
        pytest.skip(f"no Redis answers at {USUAL}, and {VARIABLE} names none")
    return given or USUAL


def count_in(app: Flask, url: str) -> None:
    """Let an application count tries in the Redis at `url`, or in its database for ''."""
    app.extensions[STORE] = make_store(url)


def names(app: Flask) -> list[str]:
    """Return the names of this instance's counters in Redis."""
    store = app.extensions[STORE]
    assert isinstance(store, SharedTries)
    with app.app_context():
        mine = f"kebu:{{{kernel().keys.name.hex()}}}:*"
    return list(store.first.client.scan_iter(mine, count=1000))


def clean(app: Flask) -> None:
    """Delete this instance's counters in Redis."""
    if found := names(app):
        app.extensions[STORE].first.client.delete(*found)
