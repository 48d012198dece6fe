"""A state changes by a declared step only."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.choices import Choices
from app.core.database import db
from app.core.errors import ProgrammingError, TransitionRefused
from app.core.transaction import command, transaction
from app.core.workflow import Transition, Workflow
from tests.core.models import Stage, Thing
from tests.support.databases import in_threads

CLOSE = Transition("close", (Stage.OPEN,), Stage.CLOSED, "Close")
REOPEN = Transition("reopen", (Stage.CLOSED,), Stage.OPEN, "Reopen")
WORKFLOW = Workflow("stage", (CLOSE, REOPEN))


def test_a_step_leads_to_its_target() -> None:
    thing = Thing(stage=Stage.OPEN)

    WORKFLOW.apply(thing, "close")

    assert thing.stage is Stage.CLOSED


@pytest.mark.parametrize("step", ["reopen", "explode", "", "CLOSE"])
def test_any_other_step_is_refused_and_changes_nothing(step: str) -> None:
    thing = Thing(stage=Stage.OPEN)

    with pytest.raises(TransitionRefused):
        WORKFLOW.apply(thing, step)

    assert thing.stage is Stage.OPEN


def test_only_possible_steps_are_offered() -> None:
    assert list(WORKFLOW.possible(Thing(stage=Stage.OPEN))) == [CLOSE]
    assert list(WORKFLOW.possible(Thing(stage=Stage.CLOSED))) == [REOPEN]


def test_two_steps_of_one_name_are_refused() -> None:
    with pytest.raises(ProgrammingError):
        Workflow("stage", (CLOSE, CLOSE))


def test_two_people_take_the_same_step_and_one_of_them_does_it(core_app: Flask) -> None:
    with transaction():
        thing = Thing(name="one")
        db.session.add(thing)
        db.session.flush()
        key = thing.id

    @command(None)
    def close() -> None:
        WORKFLOW.apply(db.session.get_one(Thing, key), "close")

    def try_it() -> None:
        with core_app.app_context():
            close()

    failures = in_threads([try_it] * 4)

    closed = db.session.get_one(Thing, key, populate_existing=True)
    assert len(failures) == 3
    assert (closed.stage, closed.row_version) == (Stage.CLOSED, 2)


def test_a_choice_carries_its_label_and_tone(core_app: Flask) -> None:
    assert issubclass(Stage, Choices)
    assert Stage("open") is Stage.OPEN
    assert (str(Stage.OPEN.label), Stage.OPEN.tone, Stage.OPEN.value) == ("Open", "info", "open")
