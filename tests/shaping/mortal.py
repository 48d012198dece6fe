"""A process that does a long change and is killed by itself, as by `kill -9`, at a moment chosen beforehand.

    python -m tests.shaping.mortal HOME DATABASE WORK PERSON MOMENTS

For each number in MOMENTS (with commas between them) a child goes on with the change and dies at that event of its
database (a statement about to be sent, a commit about to be made), until one comes to the end; the last would live.
"""

from __future__ import annotations

import os
import sys
import uuid

from flask import Flask

import config
from app import create_app
from app.access.acting import acting_as
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.panel.importing.here import HereAndNow
from app.shaping import converting, deleting, emptying, works
from tests.panel.importing.mortal import die_at


def live(app: Flask, work: str, person: int, moment: int | None) -> None:
    """Go on with the change until the end or the moment."""
    with app.app_context():
        if moment is not None:
            die_at(moment)
        with acting_as(person):
            kernel().job_kinds[works.JOB].run(HereAndNow(uuid7(), {"work": str(uuid.UUID(work))}, {}))


def main(home: str, url: str, work: str, person: str, moments: str) -> None:
    """Raise and lose one child after the other, until one of them comes to the end."""
    # As the tests do: few records, many chunks.
    converting.CHUNK = deleting.CHUNK = emptying.CHUNK = 10
    # Made once: it opens no connection, so that every child has its own.
    app = create_app(config.load({"KEBU_HOME": home, "KEBU_DATABASE_URL": url}))
    for moment in [*(int(each) for each in moments.split(",")), None]:
        child = os.fork()
        if child == 0:
            live(app, work, int(person), moment)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print(f"{moment}: {'killed' if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}", flush=True)
        if not os.WIFSIGNALED(status):
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
