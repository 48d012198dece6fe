"""The verb `messages`: shows on the terminal what no server sends, so that an owner without one still gets in."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Sequence

from app import create_app
from app.cli.serving import load_settings, prepare_home
from app.cli.worker import refuse_old_database
from app.core.crypto import Damaged
from app.core.jobs import LeaseLost
from app.messaging.failures import NotSent
from app.messaging.letters import Letter, open_letter
from app.messaging.models import Channel
from app.messaging.outbox import claim, end_overdue, mark_failed, mark_sent
from app.messaging.sending import SENDING
from app.messaging.sending_settings import outlets
from app.operations.errands import HeldErrand
from app.operations.leases import take_lease
from config import KnownFailure


class NoTerminal(KnownFailure):
    """The output goes where links and codes must not stand."""


def run(options: argparse.Namespace) -> int:
    """Show the messages that wait and that no server sends, each once; they count as sent then."""
    if not sys.stdout.isatty():
        raise NoTerminal(
            "Messages hold links and codes, so they are shown on a terminal only, never written to a file."
        )
    settings = load_settings(options)
    prepare_home(settings.home)
    refuse_old_database(settings)
    app = create_app(settings)
    with app.app_context():
        print(f"{show_waiting(settings.worker_lease_seconds)} message(s) shown (已显示).")
    return 0


def show_waiting(lease_seconds: float) -> int:
    """Show what waits and return how many there were; raise KnownFailure while a worker is sending."""
    by_hand = [each for each in Channel if each not in outlets().sending]
    lease = take_lease(SENDING.name, uuid.uuid4().hex, lease_seconds)
    if lease is None:
        raise KnownFailure("A worker is sending messages just now; try again in a minute.")
    try:
        return _show(HeldErrand(lease, lease_seconds, lambda: False), by_hand)
    finally:
        lease.give_back()


def _show(hold: HeldErrand, channels: Sequence[Channel]) -> int:
    count = 0
    try:
        end_overdue(hold)
        while (claimed := claim(hold, channels)) is not None:
            try:
                letter = open_letter(claimed.locked, claimed.id)
            except Damaged:
                mark_failed(claimed, NotSent("damaged"))
                continue
            print(_as_text(letter), flush=True)
            mark_sent(claimed, letter, "terminal")
            count += 1
    except LeaseLost:
        raise KnownFailure("A worker has begun to send; try again in a minute.") from None
    return count


def _as_text(letter: Letter) -> str:
    heads = [f"To (收件人): {letter.to}", *([letter.subject] if letter.subject else [])]
    return "\n".join(("-" * 60, *heads, "", letter.text.rstrip()))
