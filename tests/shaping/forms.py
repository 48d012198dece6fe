"""What the tests of own fields look up: definitions, their pages, and what a browser finds hidden in a form."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import encode_token
from app.shaping import definitions
from app.shaping.models import ShapingField


def hidden_inputs(client: FlaskClient, page: str) -> dict[str, str]:
    """Return the hidden inputs `base` and `row_version` of a record's form."""
    form = client.get(f"{page}/edit").text
    found = dict(re.findall(r'<input type="hidden" name="(base|row_version)" value="([^"]*)"', form))
    return {name: html.unescape(value) for name, value in found.items()}


def read_definitions() -> definitions.Definitions:
    """Return what stands in the database now, whatever this test has read before."""
    db.session.rollback()
    return definitions.read_definitions()


def definition(name: str) -> ShapingField:
    """Return the row of a field by its name `x_…`."""
    return next(row for row in read_definitions().fields if row.name == name)


def address(name: str) -> str:
    """Return the address of a field's form."""
    return f"/shaping/field/{encode_token([definition(name).id])}"
