"""What a browser finds hidden in a form."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient


def hidden_inputs(client: FlaskClient, page: str) -> dict[str, str]:
    """Return the hidden inputs `base` and `row_version` of a record's form."""
    form = client.get(f"{page}/edit").text
    found = dict(re.findall(r'<input type="hidden" name="(base|row_version)" value="([^"]*)"', form))
    return {name: html.unescape(value) for name, value in found.items()}
