"""A real worker that also knows the testing kinds: home, database, lease in seconds, a recurring period if wanted."""

from __future__ import annotations

import datetime
import logging
import sys

from app import create_app
from app.cli.worker import Stop
from app.core.capability import Capability
from app.core.jobs import RecurringJob
from app.operations.worker import Worker
from config import load
from tests.operations.kinds import KINDS


def main(home: str, url: str, lease_seconds: str, period_seconds: str = "") -> None:
    """Work until killed."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    app = create_app(load({"KEBU_HOME": home, "KEBU_DATABASE_URL": url}))
    period = datetime.timedelta(seconds=int(period_seconds or 0))
    recurring = (RecurringJob("testing:silent", period),) if period else ()
    kernel = app.extensions["kebu"]
    kernel.capabilities = (
        *kernel.capabilities,
        Capability("testing", "Testing", jobs=KINDS, recurring=recurring),
    )
    stop = Stop()
    worker = Worker(app, float(lease_seconds), stop.asked)
    stop.on_signals()
    worker.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
