"""Whereabouts: what the journal says of the request that a change came by."""

from __future__ import annotations

import hashlib

from flask import request, session

from app.access.present import home_branch_id, present_key
from app.core.occasion import Whereabouts

_DIGITS = 16
BY_KEY = "key:"


def whereabouts() -> Whereabouts:
    """Return the present request's session (the beginning of a digest), remote address and the person's branch.

    In place of a session a program's API key is named: `key:` and its public part.
    """
    key = present_key()
    if key is not None:
        return Whereabouts(f"{BY_KEY}{key.public_id}", request.remote_addr or "", key.branch_id)
    # Where Flask-Login keeps a person's number, a session's secret stands; before signing in there is a form's.
    secret = str(session.get("_user_id") or session.get("csrf_token") or "")
    digest = hashlib.sha256(secret.encode()).hexdigest()[:_DIGITS] if secret else ""
    return Whereabouts(digest, request.remote_addr or "", home_branch_id())
