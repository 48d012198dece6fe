"""A shop without a mail server: the terminal shows what waits, and nothing else does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.cli.messages import show_waiting
from app.core.database import db
from app.core.jobs import enqueue
from app.core.transaction import transaction
from app.messaging.clearing import CLEARING, clear_ended
from app.messaging.models import Message, MessageState
from app.operations.clock import database_now
from app.operations.leases import take_lease
from config import KnownFailure
from tests.messaging.conftest import ADDRESS, LINK, mail, rows, send, states, use_box, write
from tests.messaging.servers import Mailbox
from tests.support.jobs import run_jobs

ROOT = Path(__file__).resolve().parents[2]


def test_each_waiting_message_is_shown_once(app_on: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    write(mail(), mail("reset", facts={"link": LINK + "2"}))

    assert show_waiting(30) == 2
    shown = capsys.readouterr().out
    assert ADDRESS in shown
    assert LINK in shown
    assert states() == [MessageState.SENT] * 2
    assert show_waiting(30) == 0


def test_what_a_server_sends_is_left_to_it(
    app: Flask, box: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    use_box(box)
    write(mail())

    assert show_waiting(30) == 0
    assert capsys.readouterr().out == ""
    send()
    assert states() == [MessageState.SENT]


def test_nothing_is_shown_while_a_worker_sends(app: Flask) -> None:
    write(mail())
    assert take_lease("messaging:send", "a worker", 30) is not None

    with pytest.raises(KnownFailure, match="try again"):
        show_waiting(30)

    assert states() == [MessageState.WAITING]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_the_verb_shows_on_a_terminal_and_refuses_to_fill_a_file(app: Flask) -> None:
    write(mail())
    db.session.remove()
    settings = app.config["KEBU_SETTINGS"]
    environment = {**os.environ, "KEBU_HOME": str(settings.home), "KEBU_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "app.cli", "messages"]

    piped = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    here, there = pty.openpty()
    shown = subprocess.run(command, cwd=ROOT, env=environment, stdout=there, check=False)
    os.close(there)
    said = os.read(here, 100_000).decode()
    os.close(here)

    assert piped.returncode == 2
    assert LINK not in piped.stdout + piped.stderr
    assert "on a terminal only" in piped.stderr
    assert shown.returncode == 0
    assert LINK in said
    logs = "".join(path.read_text(encoding="utf-8") for path in (settings.home / "logs").glob("*.log*"))
    assert LINK not in logs


def test_old_messages_are_cleared_after_the_days_that_the_shop_keeps_them(
    app_on: Flask, box: Mailbox
) -> None:
    use_box(box, days_kept=5)
    write(
        mail(),
        mail("reset", facts={"link": LINK + "2"}),
        mail("locked", address="nowhere", facts={"link": ""}),
    )
    send()
    oldest = rows()[0].id
    with transaction():
        db.session.execute(
            update(Message).where(Message.id == oldest).values(ended_at=database_now(-6 * 24 * 3600))
        )

    enqueue(CLEARING.name, {})
    run_jobs(app_on)

    assert clear_ended is CLEARING.run
    assert oldest not in set(db.session.scalars(select(Message.id)))
    assert len(rows()) == 2
