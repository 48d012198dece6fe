"""R16: a code is good once, for its person and its sign-in, however many try it at the same moment and wherever.

One after the other (replay, other minutes, seven digits, nothing, another person's):
`tests/access/test_second_factor.py`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from app.access.events import SecurityMail
from app.access.signing import factors
from app.core.database import db
from app.core.transaction import transaction
from tests.access.conftest import House, person_number, post
from tests.access.test_sent_codes import CODE, SEND, asked, code_in, mails, send  # noqa: F401 - the fixture
from tests.support import second_steps
from tests.support.databases import in_threads

ROUNDS, AT_ONCE = 5, 10


def used_at_once(house: House, use: Callable[[], bool]) -> list[bool]:
    """Use something fifty times, ten at the same moment, and return what came of each."""
    outcomes: list[bool] = []

    def once() -> None:
        with house.app.app_context():
            with transaction():
                right = use()
            outcomes.append(right)
            db.session.remove()

    failures = [failure for _round in range(ROUNDS) for failure in in_threads([once] * AT_ONCE)]
    assert failures == []
    assert len(outcomes) == ROUNDS * AT_ONCE
    return outcomes


def test_of_fifty_uses_of_one_code_on_paper_one_succeeds(house_on: House) -> None:
    number = person_number(house_on.app, "owner")
    with house_on.app.app_context():
        codes = second_steps.set_up(number)

    outcomes = used_at_once(house_on, lambda: factors.accept_recovery_code(number, codes[0]))

    assert sum(outcomes) == 1
    with house_on.app.app_context(), transaction():
        assert factors.accept_recovery_code(number, codes[1]), "the others are still good"


TRY = """
import sys
import config
from app import create_app
from app.access.signing import factors
from app.core.database import db
from app.core.transaction import transaction
app = create_app(config.load({"KEBU_HOME": sys.argv[1], "KEBU_DATABASE_URL": sys.argv[2]}))
with app.app_context():
    print("ready", flush=True)
    for line in sys.stdin:
        number, code = line.split()
        with transaction():
            print(factors.accept_totp(int(number), code), flush=True)
"""


def test_of_fifty_uses_in_several_processes_one_succeeds(house_on: House) -> None:
    number = person_number(house_on.app, "owner")
    with house_on.app.app_context():
        second_steps.as_if_half_a_minute_had_passed()
        url = db.engine.url.render_as_string(hide_password=False)
    arguments = [sys.executable, "-c", TRY, str(house_on.home), url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(arguments, **pipes) for _number in range(2)]  # type: ignore[call-overload]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    line = f"{number} {second_steps.code()}\n"

    # Both are told all at once and work through it beside each other.
    for process in processes:
        process.stdin.write(line * 25)
        process.stdin.flush()
    answers = [answer for process in processes for answer in process.communicate()[0].split()]

    assert len(answers) == 50
    assert answers.count("True") == 1


def test_a_code_sent_for_one_sign_in_opens_no_other_one(
    house: House,
    mails: list[SecurityMail],  # noqa: F811
) -> None:
    mine, thief = asked(house.app), asked(house.app)
    post(mine, SEND, page=CODE)
    code = code_in(mails)

    assert send(thief, code).status_code == 401
    assert thief.get("/profile/").status_code == 302
    assert send(mine, code).location == "/"
    assert send(thief, code).status_code == 401
