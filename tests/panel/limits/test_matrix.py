"""No field that is hidden or masked and no row out of reach shows anywhere: every declared screen, every way to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.declaration import Screen
from app.core.limits import Sight
from tests.panel.limits.attack import SCREENS, WHATEVER_DIFFERS, guesses, leaks, readable
from tests.panel.limits.conftest import (
    ATTACKER,
    attacker,
    confine,
    make_branch,
    marked,
    none,
    out_of_reach,
    person_number,
    sight,
)


def test_a_masked_value_shows_nowhere(app: Flask, sign_in: Any, screen: Screen) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    sight(ATTACKER, screen.name, **dict.fromkeys(screen.fields, Sight.MASKED))

    none(leaks(client, shop, screen, shop.marks_of(screen.name, list(screen.fields))))


def test_a_hidden_value_shows_nowhere(app: Flask, sign_in: Any, screen: Screen) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen, adds=False)
    sight(ATTACKER, screen.name, **dict.fromkeys(screen.fields, Sight.HIDDEN))

    none(leaks(client, shop, screen, shop.marks_of(screen.name, list(screen.fields))))


@pytest.mark.parametrize("closed", [Sight.MASKED, Sight.HIDDEN])
def test_no_filter_sort_or_search_tells_a_right_guess_from_a_wrong_one(
    app: Flask, sign_in: Any, screen: Screen, statements: Callable[..., Any], closed: Sight
) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen, adds=False)
    sight(ATTACKER, screen.name, **dict.fromkeys(screen.fields, closed))
    different = []
    for name, marks in shop.marks[screen.name].items():
        guess = next(((mark, old, new) for mark in marks for old, new in OTHER.items() if old in mark), None)
        if guess is None:
            continue
        right, old, new = guess
        for number, pair in enumerate(guesses(screen, name, right, right.replace(old, new))):
            if number % 16 == 0:
                client.get(pair[0])  # What is looked up once and remembered is no answer to a guess.
            answers = [answer_to(client, address, (old, new, name), statements) for address in pair]
            if answers[0] != answers[1]:
                different.append(
                    (pair[0], *(each[:2] for each in answers), parted(answers[0][2], answers[1][2]))
                )

    none(different)


def parted(first: str, second: str) -> tuple[str, str]:
    """Return where two texts begin to differ."""
    place = next((at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other), 0)
    return first[place - 40 : place + 40], second[place - 40 : place + 40]


# What of a marked value is another one in a wrong guess.
OTHER = {"QZX": "QZW", "qzx": "qzw", "15877": "15876", "1953": "1952", "48271": "48270", "43": "42"}


def answer_to(
    client: FlaskClient, address: str, guess: tuple[str, str, str], statements: Callable[..., Any]
) -> tuple[int, int, str]:
    """Return status, number of statements and body, without what was asked and what differs by chance."""
    old, new, name = guess
    with statements(db.engine) as seen:
        answer = client.get(address)
    text = readable(answer).replace(new, old).replace(f"-{name}", name)
    return answer.status_code, len(seen), WHATEVER_DIFFERS.sub("", text)


def test_a_row_out_of_a_roles_rule_shows_nowhere(app: Flask, sign_in: Any, screen: Screen) -> None:
    shop = marked(screen)
    client = attacker(app, sign_in, screen)
    out_of_reach(screen)

    none(leaks(client, shop, screen, shop.marks_of(screen.name, list(screen.fields))))


def test_a_row_of_another_branch_shows_nowhere(app: Flask, sign_in: Any, screen: Screen) -> None:
    own, other = make_branch("Own"), make_branch("Other")
    from app.access.models import Branch

    shop = marked(screen, db.session.get(Branch, other))
    if not belongs_to_a_branch(screen):
        pytest.skip("records of this kind belong to no branch, nor to anything that does")
    client = attacker(app, sign_in, screen)
    do_not_share_customers()
    confine(ATTACKER.lower(), own)

    assert person_number(ATTACKER.lower())
    none(leaks(client, shop, screen, shop.marks_of(screen.name, list(screen.fields))))


def belongs_to_a_branch(screen: Screen) -> bool:
    """Say whether records have a branch, or go with a record that has one."""
    if any(getattr(each, "to", "") == "access:branch" for each in screen.fields.values()):
        return True
    return any(belongs_to_a_branch(SCREENS[screen.fields[name].to]) for name in screen.follows)


def do_not_share_customers() -> None:
    """Let the shop's branches keep their customers to themselves."""

    from app.access.models import ShopSettings
    from app.access.version import bump_version
    from app.core.transaction import transaction

    with transaction():
        bump_version()
        row = db.session.query(ShopSettings).one()
        row.shares_customers = False
