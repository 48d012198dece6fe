"""Keys of drafts: what is typed and not saved is kept by the browser, sealed with a key that only its writer gets.

The keys are made of the instance's secret, the account and the day, and are given with a form and never stored: the
same person gets the same one again after signing in anew, nobody else ever does, and after a day nobody at all.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from flask import current_app, jsonify
from flask_appbuilder import BaseView, expose
from flask_wtf.csrf import generate_csrf

from app.access.present import present_person_id
from app.core.clock import utc_now
from app.panel.signed_in import require_signed_in, signed_in

# A draft is offered for this long. The key of a day is given on that day and on the next one.
HOURS = 24


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """Under which `name` the browser keeps what is typed into a form, and the `keys` to seal it: the newest first."""

    name: str
    keys: str
    person: str


def kept_draft(place: str) -> KeptDraft | None:
    """Return where the draft of the form at the address `place` is kept; None for a stranger."""
    person = present_person_id()
    if person is None:
        return None
    today = utc_now().date()
    days = (today, today - datetime.timedelta(days=1))
    keys = " ".join(f"{day:%Y%m%d}:{_derived('key', person, f'{day:%Y%m%d}')}" for day in days)
    return KeptDraft(_derived("name", person, place), keys, _derived("person", person))


def _derived(*parts: Any) -> str:
    """Return 32 bytes that only this instance can make of `parts`, as text: HMAC-SHA256 under the instance's secret."""
    secret = current_app.config["SECRET_KEY"]
    key = secret if isinstance(secret, bytes) else str(secret).encode()
    message = "\x1f".join(("kebu draft", *map(str, parts))).encode()
    made = hmac.new(key, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


class DraftsView(BaseView):
    """What a form that was open for long asks before it is sent again."""

    route_base = "/drafts"
    default_view = "here"

    @expose("/here")
    @signed_in
    def here(self) -> Any:
        """Say who is signed in here now, without a name, and give the CSRF token of the new session."""
        require_signed_in()
        kept = kept_draft("")
        return jsonify(token=generate_csrf(), person=kept.person if kept else "")
