"""A test client whose requests know nothing of the test around them, as requests from outside do."""

from __future__ import annotations

import contextvars
from typing import Any

from flask import has_app_context
from flask.globals import _cv_app, _cv_request
from flask.testing import FlaskClient

from app.core.database import db

# What belongs to the application context of the test; a request would otherwise share its `g` with the test and
# with every other request: who is signed in, what he may do, what was counted.
_OF_THE_TEST = {_cv_app, _cv_request}


class Visitor(FlaskClient):
    """A browser without pictures; each request runs in an application context of its own."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request; the test's own reading ends before, so that what it reads afterwards is fresh."""
        if has_app_context():
            pending = [*db.session.new, *db.session.dirty, *db.session.deleted]
            assert not pending, f"a request can't see {pending}: commit first"
            db.session.rollback()
        outside = contextvars.Context()
        for variable, value in contextvars.copy_context().items():
            if variable not in _OF_THE_TEST:
                outside.run(variable.set, value)
        return outside.run(super().open, *args, **kwargs)
