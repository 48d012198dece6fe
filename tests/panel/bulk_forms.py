"""Bulk edits as a browser sends them: look, then exactly what the page of the look holds."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import decode_token, encode_token
from app.panel.bulk.models import BulkEdit

CUSTOMERS = "/people/customer/bulk"
CONTACTS = "/people/contact/bulk"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def token(record: Any) -> str:
    """Return the address part of a record."""
    return encode_token((record.id,))


def look(client: FlaskClient, path: str, **form: Any) -> Any:
    """Ask what would happen."""
    return client.post(path, data={"bulk.step": "look", **dotted(form)})


def dotted(form: dict[str, Any]) -> dict[str, Any]:
    """Return the form with `__` in names as dots."""
    return {name.replace("__", "."): value for name, value in form.items()}


def do(client: FlaskClient, path: str, **form: Any) -> Any:
    """Look, then send exactly what the page of the look holds; return the answer that tells what came of it."""
    seen = look(client, path, **form)
    assert seen.status_code == 200, seen.text
    return confirm(client, path, seen.text)


def confirm(client: FlaskClient, path: str, page: str) -> Any:
    """Press the button of a look's page."""
    inside = page[page.index('class="bulk-do"') :]
    data: dict[str, list[str]] = {"bulk.step": ["do"]}
    for name, value in HIDDEN.findall(inside):
        data.setdefault(name, []).append(value)
    return client.post(path, data=data)


def edit_of(answer: Any) -> BulkEdit:
    """Return the bulk edit that an answer leads to, as it is now."""
    db.session.rollback()
    assert answer.status_code == 302, answer.text
    found = db.session.get(BulkEdit, decode_token(answer.location.rpartition("/")[2])[0])
    assert found is not None
    return found


def fates(edit: BulkEdit) -> tuple[int, int, int]:
    """Return how many rows changed, stayed and were refused."""
    return edit.changed, edit.same, edit.refused


def again(record: Any) -> Any:
    """Return a record as it is now."""
    model, key = type(record), record.id
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(model, key)
