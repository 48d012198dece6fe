"""Jobs in tests: whatever waits is run in this very process, as a worker would run it."""

from __future__ import annotations

import contextvars

from flask import Flask
from flask.globals import _cv_app, _cv_request

from app.operations.running import Runner

_OF_THE_TEST = {_cv_app, _cv_request}
_LEASE_SECONDS = 30


def run_jobs(app: Flask) -> int:
    """Run all jobs that wait, and those that they ask for, and return how many there were.

    The test's own context stays outside: a job finds neither its `g` nor its session, only the clock it has set.
    """
    outside = contextvars.Context()
    for variable, value in contextvars.copy_context().items():
        if variable not in _OF_THE_TEST:
            outside.run(variable.set, value)
    runner = Runner(app, _LEASE_SECONDS)
    count = 0
    while outside.run(runner.run_next):
        count += 1
    return count
