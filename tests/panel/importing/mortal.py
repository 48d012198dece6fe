"""A process that imports and is killed by itself, as by `kill -9`, at a moment chosen beforehand.

    python tests/panel/importing/mortal.py HOME DATABASE IMPORT STEP MOMENTS

For each number in MOMENTS (with commas between them) a child goes on with the import and dies at that event of its
database (a statement about to be sent, a commit about to be made), until one comes to the end; the last would live.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from typing import Any

from flask import Flask
from sqlalchemy import event

import config
from app import create_app
from app.core.database import db
from app.panel.importing import starting


def die_at(moment: int) -> None:
    """Kill this process at the given event of the database, without a word to anybody."""
    seen = 0

    def count(*_arguments: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "before_cursor_execute", count)
    event.listen(db.engine, "commit", count)


def live(app: Flask, key: uuid.UUID, step: str, moment: int | None) -> None:
    """Go on with the import until the end or the moment."""
    with app.app_context():
        if moment is not None:
            die_at(moment)
        starting.work(key, step, lambda _permission: True)


def main(home: str, url: str, key: str, step: str, moments: str) -> None:
    """Raise and lose one child after the other, until one of them comes to the end."""
    # Made once: it opens no connection, so that every child has its own.
    app = create_app(config.load({"KEBU_HOME": home, "KEBU_DATABASE_URL": url}))
    for moment in [*(int(each) for each in moments.split(",")), None]:
        child = os.fork()
        if child == 0:
            live(app, uuid.UUID(key), step, moment)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print(f"{moment}: {'killed' if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}", flush=True)
        if not os.WIFSIGNALED(status):
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
