"""The outbox: a message stands exactly when the business does, says nothing to a thief, and goes once."""

from __future__ import annotations

import contextvars
import subprocess
import sys
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from app.access.events import SecurityText
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.events import publish
from app.core.jobs import LeaseLost
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.messaging.letters import open_letter
from app.messaging.models import Channel, Message, MessageState
from app.messaging.outbox import MOST_TRIES, claim, keep_reference, mark_sent, send_again
from app.operations.errands import HeldErrand
from app.operations.leases import take_lease
from tests.messaging.conftest import (
    ADDRESS,
    LEASE_SECONDS,
    LINK,
    PHONE,
    mail,
    make_due,
    other_keys,
    rows,
    send,
    states,
    use_box,
    write,
)
from tests.messaging.servers import Mailbox
from tests.support.databases import in_threads

CODE = SecurityText(1, "code", "zh_Hans", PHONE, {"code": "730164", "minutes": "5"})


def hold(epoch_holder: str = "sender") -> HeldErrand:
    """Take the sole right to send."""
    lease = take_lease("messaging:send", epoch_holder, LEASE_SECONDS)
    assert lease is not None
    return HeldErrand(lease, LEASE_SECONDS, lambda: False)


def test_a_message_stands_when_the_business_is_committed(app_on: Flask) -> None:
    write(mail(), CODE)

    assert [(row.channel, row.kind, row.state) for row in rows()] == [
        (Channel.MAIL, "invitation", MessageState.WAITING),
        (Channel.SMS, "code", MessageState.WAITING),
    ]
    assert open_letter(rows()[0].locked, rows()[0].id).to == ADDRESS


def test_a_message_goes_with_the_business_that_is_undone(app_on: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        publish(mail())
        _ = 1 / 0

    assert rows() == []


def test_nothing_is_written_outside_a_transaction(app_on: Flask) -> None:
    with pytest.raises(ProgrammingError):
        publish(mail())


def test_the_same_link_is_written_once_and_another_link_again(app_on: Flask) -> None:
    write(mail(), mail())
    write(mail(), mail(facts={"link": LINK + "b"}))

    assert len(rows()) == 2


def test_the_same_code_by_chance_is_another_message(app_on: Flask) -> None:
    write(CODE)
    write(CODE)

    assert len(rows()) == 2


def test_no_column_of_any_row_holds_the_address_the_link_or_the_code(app_on: Flask, box: Mailbox) -> None:
    use_box(box, smtp_user="", smtp_password="not for thieves")
    write(mail(), mail("reset", address="nobody at nowhere"), CODE)
    send()

    raw = everything_stored()

    for secret in (ADDRESS, "xiaomei", LINK, "4f9d1c77aa", PHONE, "730164", "nobody at", "not for thieves"):
        assert secret.encode() not in raw, secret


def everything_stored() -> bytes:
    """Return all bytes of all tables but those of the accounts and the journal's own tables included."""
    found = []
    with db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {name} LIMIT 5000")):
                found += [
                    each if isinstance(each, bytes) else str(each).encode("utf-8", "replace") for each in row
                ]
    return b"\x1f".join(found)


def read_by_another_process(path: str) -> bytes:
    """Return a file's bytes. To open and close SQLite's file here would drop the locks of all our connections to it
    (POSIX), and the next process to leave the database would take its log away from under them.
    """
    reading = "import pathlib, sys; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"
    return subprocess.run([sys.executable, "-c", reading, path], check=True, capture_output=True).stdout


def test_the_file_of_the_database_holds_no_address_either(app: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail(), CODE, mail("reset", address="not an address"))
    send()
    path = db.engine.url.database
    assert path is not None
    raw = b"".join(read_by_another_process(path + end) for end in ("", "-wal"))

    for secret in (ADDRESS, "xiaomei@", "4f9d1c77aa", PHONE, "730164", "not an address"):
        for coding in ("utf-8", "utf-16-le", "gbk"):
            assert secret.encode(coding) not in raw, (secret, coding)


def test_what_was_sent_is_forgotten_but_for_whom(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail())
    send()

    letter = open_letter(rows()[0].locked, rows()[0].id)

    assert letter.to == ADDRESS
    assert (letter.subject, letter.text, letter.html, dict(letter.facts)) == ("", "", "", {})


def test_a_letter_moved_to_another_row_does_not_open_and_is_given_up(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail(), mail("reset", facts={"link": LINK + "c"}))
    first, second = rows()
    with transaction():
        db.session.get(Message, first.id).locked = second.locked

    send()

    assert [(row.state, row.error) for row in rows()] == [
        (MessageState.DEAD, "damaged"),
        (MessageState.SENT, ""),
    ]
    assert len(box.mails) == 1


def test_two_senders_never_have_one_message_at_the_same_time(app_on: Flask) -> None:
    write(*(mail(facts={"link": f"{LINK}{number}"}) for number in range(12)))
    first = hold()
    taken: list[Any] = []

    def take() -> None:
        with app_on.app_context():
            while (claimed := claim(first, [Channel.MAIL])) is not None:
                taken.append(claimed.id)
            db.session.remove()

    assert in_threads([partial(contextvars.Context().run, take) for _number in range(4)]) == []
    assert len(taken) == len(set(taken)) == 12
    assert {row.attempts for row in rows()} == {1}


def test_whoever_has_lost_the_hold_can_claim_and_keep_nothing(app_on: Flask) -> None:
    write(mail())
    old = hold("old")
    claimed = claim(old, [Channel.MAIL])
    assert claimed is not None
    old.lease.give_back()
    new = hold("new")

    taken_over = claim(new, [Channel.MAIL])

    assert taken_over is not None
    assert taken_over.id == claimed.id
    with pytest.raises(LeaseLost):
        keep_reference(old, claimed, "<x@y>")
    letter = open_letter(claimed.locked, claimed.id)
    assert not mark_sent(claimed, letter, "")
    assert states() == [MessageState.SENDING]
    assert mark_sent(taken_over, letter, "")
    assert states() == [MessageState.SENT]


def test_a_message_that_is_being_sent_is_not_taken_again_under_the_same_hold(app_on: Flask) -> None:
    write(mail())
    held = hold()

    assert claim(held, [Channel.MAIL]) is not None
    assert claim(held, [Channel.MAIL]) is None


def test_a_message_whose_every_sender_died_is_given_up_after_enough_tries(app_on: Flask) -> None:
    write(mail())
    for _number in range(MOST_TRIES):
        held = hold()
        assert claim(held, [Channel.MAIL]) is not None
        held.lease.give_back()
    held = hold()

    assert claim(held, [Channel.MAIL]) is None
    assert [(row.state, row.error) for row in rows()] == [(MessageState.DEAD, "gave-up")]


def test_a_code_that_has_run_out_is_not_sent_any_more(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail("code", facts={"code": "111111", "minutes": "5"}))
    with transaction():
        db.session.execute(text("UPDATE messaging_message SET expires_at = created_at"))

    send()

    assert [(row.state, row.error) for row in rows()] == [(MessageState.DEAD, "expired")]
    assert box.mails == []


def test_what_can_t_be_sent_waits_until_there_is_a_server(app_on: Flask, box: Mailbox) -> None:
    write(mail())
    send()
    assert states() == [MessageState.WAITING]

    use_box(box)
    send()

    assert states() == [MessageState.SENT]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "wang@example.com\r\nBcc: thief@example.com",
        "wang@example.com, thief@example.com",
        "wang@example.com>",
        "<wang@example.com>",
        "wang@example.com\x00",
        '"wang\r\n"@example.com',
        "x" * 300 + "@example.com",
        "wang@exa mple.com",
    ],
)
def test_a_hostile_address_gives_a_dead_message_and_the_business_goes_on(
    app: Flask, box: Mailbox, address: str
) -> None:
    use_box(box)
    write(mail(address=address))
    send()

    assert [(row.state, row.error) for row in rows()] == [(MessageState.DEAD, "bad-address")]
    assert box.mails == []


def test_a_dead_message_is_sent_when_somebody_says_try_again(
    app_on: Flask, box: Mailbox, monkeypatch: Any
) -> None:
    use_box(box)
    box.at_recipient = "550 5.1.1 no such user wang.xiaomei@example.com"
    write(mail())
    send()
    assert [(row.state, row.error, row.answer) for row in rows()] == [
        (MessageState.DEAD, "refused-recipient", "550 5.1.1")
    ]
    box.at_recipient = "250 OK"
    monkeypatch.setattr("app.core.transaction.require", lambda _name: None)

    send_again(rows()[0].id)
    send()

    assert states() == [MessageState.SENT]


def test_a_message_locked_under_another_instance_key_is_given_up(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail())
    before, kernel().keys = kernel().keys, other_keys()
    try:
        send()
    finally:
        kernel().keys = before

    assert [(row.state, row.error) for row in rows()] == [(MessageState.DEAD, "damaged")]


def test_tries_end_after_enough_of_them_and_pauses_grow(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    box.at_recipient = "451 4.7.1 greylisted"
    write(mail())
    pauses = []
    for _number in range(MOST_TRIES):
        send()
        row = rows()[0]
        if row.state is MessageState.FAILED:
            pauses.append((row.next_at - row.created_at).total_seconds())
        make_due()

    assert [(row.state, row.error, row.attempts) for row in rows()] == [
        (MessageState.DEAD, "greylisted", MOST_TRIES)
    ]
    assert pauses == sorted(pauses)
    assert len(pauses) == MOST_TRIES - 1
    assert db.session.scalar(select(func.count(Message.id))) == 1
