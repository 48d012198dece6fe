"""Real workers that are killed, stopped and woken while they send: each message once, at most once more, none lost."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.exc import OperationalError

from app.access.version import bump_version
from app.core.database import db, engine_options, install_hooks, writing
from app.core.transaction import transaction
from app.messaging.models import Message, MessageState, MessagingSettings
from app.operations.models import Lease
from tests.messaging.conftest import LINK, mail, rows, use_box, write
from tests.messaging.servers import Mailbox
from tests.operations.conftest import Workers, workers, working_houses  # noqa: F401 - fixtures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
MANY = 40


@pytest.fixture
def posts(workers: Workers, box: Mailbox) -> Iterator[Workers]:  # noqa: F811
    """Workers whose shop sends by the mail server of the test."""
    use_box(box)
    yield workers
    workers.stop()
    db.session.rollback()
    with transaction():
        bump_version()
        for table in (Message.__table__, MessagingSettings.__table__, Lease.__table__):
            db.session.connection().execute(
                delete(table).execution_options(unjournalled="a test takes its rows back")
            )


def write_many() -> None:
    """Write many messages in one transaction."""
    write(*(mail(facts={"link": f"{LINK}{number}"}) for number in range(MANY)))


def all_are_sent() -> bool:
    """Say whether every message is marked as sent."""
    db.session.rollback()
    unsent = select(Message.id).where(Message.state != MessageState.SENT).limit(1)
    return db.session.scalar(unsent) is None


def assert_none_lost(box: Mailbox) -> Counter[str]:
    """Assert that each message arrived under the reference in its row, and return how often each did."""
    arrived = Counter(box.references)
    assert set(arrived) == {row.reference for row in rows()}
    assert len(rows()) == MANY
    return arrived


def test_two_workers_send_each_message_once(posts: Workers, box: Mailbox) -> None:
    posts.start()
    posts.start()
    write_many()

    posts.wait_for(all_are_sent)

    assert set(assert_none_lost(box).values()) == {1}
    assert {row.attempts for row in rows()} == {1}


def test_a_worker_killed_between_sending_and_marking_costs_one_copy_of_one_message(
    posts: Workers, box: Mailbox
) -> None:
    write_many()
    worker = posts.start()

    def kill_at_the_fifth() -> None:
        if len(box.mails) == 5:
            worker.kill()

    box.before_answer = kill_at_the_fifth
    posts.wait_for(lambda: worker.poll() is not None)
    assert sorted({row.state.value for row in rows()}) == ["sending", "sent", "waiting"]
    posts.start()
    posts.wait_for(all_are_sent)

    arrived = assert_none_lost(box)
    assert sorted(arrived.values()) == [1] * (MANY - 1) + [2]
    assert arrived[box.references[4]] == 2, "the copy bears the reference of the first"


def test_workers_killed_at_random_moments_lose_nothing_and_repeat_at_most_one_a_kill(
    posts: Workers, box: Mailbox
) -> None:
    dice = random.Random()
    moments = sorted(dice.sample(range(1, MANY - 5), 3))
    write_many()

    for moment in moments:
        worker = posts.start()
        posts.wait_for(lambda moment=moment: len(box.references) >= moment)
        worker.kill()
        worker.wait(30)
    posts.start()
    posts.wait_for(all_are_sent)

    arrived = assert_none_lost(box)
    assert max(arrived.values()) <= 1 + len(moments), moments
    assert arrived.total() <= MANY + len(moments), moments


def test_a_leader_that_sleeps_wakes_and_is_killed_repeats_at_most_its_one_message(
    posts: Workers, box: Mailbox
) -> None:
    write_many()
    leader = posts.start()
    stopped: list[int] = []

    def stop_at_the_third() -> None:
        if len(box.mails) == 3 and not stopped:
            pause(posts, leader)
            stopped.append(len(box.mails))

    box.before_answer = stop_at_the_third
    posts.wait_for(lambda: stopped)
    posts.start()
    posts.wait_for(all_are_sent)
    leader.send_signal(signal.SIGCONT)
    posts.wait_for(lambda: "but another worker has it by now" in posts.log())
    leader.kill()

    arrived = assert_none_lost(box)
    assert sorted(arrived.values()) == [1] * (MANY - 1) + [2]
    assert arrived[box.references[2]] == 2
    assert all(row.state is MessageState.SENT for row in rows()), "the sleeper marked nothing anew"


def pause(posts: Workers, worker: Any) -> None:
    """Stop a worker at a moment at which it holds no lock that another one needs."""
    engine = create_engine(posts.url, **engine_options(posts.url, sqlite_busy_seconds=1, lock_seconds=1))
    install_hooks(engine, lock_seconds=1)
    token = writing.set(True)
    try:
        while True:
            worker.send_signal(signal.SIGSTOP)
            # Until it really stands still it may begin another transaction.
            os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
            try:
                with engine.begin() as connection:
                    connection.execute(update(Lease.__table__).values(epoch=Lease.__table__.c.epoch))
            except OperationalError:
                worker.send_signal(signal.SIGCONT)
            else:
                return
    finally:
        writing.reset(token)
        engine.dispose()
