"""The check-up: each single thing that is wrong shows, and a shop in which nothing is wrong is green."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from app.access.models import Person
from app.access.signing.tables import SecondFactor
from app.cli import main
from app.core.checks import Light
from app.core.database import db
from app.core.jobs import enqueue
from app.core.transaction import transaction
from app.journal.anchoring import FILE as ANCHORS
from app.journal.anchoring import anchor
from app.journal.checking import FILE as CHECKED
from app.journal.checking import check_all
from app.journal.models import JournalEntry
from app.operations import checkup
from app.operations.check_job import NIGHTLY
from app.operations.checks import advisories
from app.operations.checkup import FILE as KEPT
from app.operations.checkup import run_checks
from app.operations.events import CheckTurnedRed
from app.operations.models import Lease
from app.operations.timekeeping import Timekeeper
from tests.operations.wrong import LOTS, WRONG, home_of, run, write_advisories
from tests.support.jobs import run_jobs


@pytest.fixture
def clean(app_on: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A shop in which nothing is wrong, a worker runs and last night's work is done."""
    home = home_of(app_on)
    mode = home.stat().st_mode
    home.chmod(0o700)
    leftovers = (ANCHORS, CHECKED, KEPT)
    for name in leftovers:
        (home / name).unlink(missing_ok=True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=LOTS, used=0, free=LOTS))
    assert app_on.extensions["kebu"].keys.name, "the key is made when it is first asked for"
    Timekeeper("worker", 3600).tick()
    check_all(db.engine)
    with db.engine.connect() as connection:
        anchor(connection)
    write_advisories(app_on)
    yield app_on
    home.chmod(mode)
    shutil.rmtree(home / advisories.FOLDER)
    for name in leftovers:
        (home / name).unlink(missing_ok=True)


def lights() -> dict[str, Light]:
    """Return the light of every check that is not green."""
    db.session.rollback()
    return {each.check.name: each.light for each in run_checks() if each.light is not Light.GREEN}


def expected_of_the_test_server() -> dict[str, Light]:
    """Return what a database server of the tests is rightly blamed for: they sign in as its administrator."""
    name = db.engine.dialect.name
    return {} if name == "sqlite" else {"operations:database": Light.YELLOW}


def test_a_shop_in_which_nothing_is_wrong_is_green(clean: Flask) -> None:
    assert {**expected_of_the_test_server(), **lights()} == expected_of_the_test_server()


@pytest.mark.parametrize("name", WRONG)
def test_each_single_thing_that_is_wrong_shows(
    clean: Flask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    inject, check, light = WRONG[name]
    db.session.rollback()

    inject(clean, monkeypatch)
    found = lights()

    if undo := getattr(db.engine, "_kebu_undo", None):
        undo()
        db.session.remove()
        db.engine.dispose()
    (home_of(clean) / "instance.key").chmod(0o600)
    assert found.get(check) is light


def test_every_check_has_been_shown_to_fail(clean: Flask) -> None:
    shown = {check for _inject, check, _light in WRONG.values()}

    assert {each.name for each in checkup.all_checks()} - shown == set()


# --- Page, night and command -------------------------------------------------------------------------------


def test_the_page_tells_what_is_wrong_and_what_to_do(
    clean: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    run(delete(Lease))
    owner = sign_in(clean.test_client(), "Owner")

    page = owner.get("/check/").get_data(as_text=True)

    assert "No worker runs" in page
    assert "Mend now" in page
    assert page.index("No worker runs") < page.index("The debug mode is off."), "red comes first"


def test_clerks_don_t_see_the_check_up(clean: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    assert sign_in(clean.test_client(), "Clerk").get("/check/").status_code == 403


def test_the_night_tells_of_what_turned_red_and_does_so_once(
    clean: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    told: list[CheckTurnedRed] = []
    clean.extensions["kebu"].events.subscribe({CheckTurnedRed: told.append})
    run_jobs(clean)
    first = list(told)
    told.clear()

    run(update(Person).where(Person.username != "owner").values(active=False), delete(SecondFactor))
    for _night in range(2):
        with transaction():
            enqueue(NIGHTLY.name, {})
        run_jobs(clean)

    assert [each.checks for each in first if "access:second_factors" in each.checks] == []
    assert [each.checks for each in told] == [("access:second_factors",)]
    kinds = db.session.scalars(
        select(JournalEntry.kind).where(JournalEntry.kind == "operations:check_red")
    ).all()
    assert len(kinds) == len(first) + 1
    clean.extensions["kebu"].events._handlers[CheckTurnedRed].remove(told.append)


def test_the_home_page_of_an_owner_shows_the_last_check_up(
    clean: Flask, sign_in: Callable[..., FlaskClient]
) -> None:
    owner = sign_in(clean.test_client(), "Owner")
    before = owner.get("/").get_data(as_text=True)
    checkup.keep(run_checks())

    after = owner.get("/").get_data(as_text=True)

    assert "Not run yet" in before
    assert "Not run yet" not in after
    assert 'href="/check/"' in after


def command(app: Flask, patch: pytest.MonkeyPatch, *arguments: str) -> int:
    db.session.remove()
    for name in [each for each in os.environ if each.startswith("KEBU_")]:
        patch.delenv(name)
    patch.setenv("KEBU_HOME", str(home_of(app)))
    patch.setenv("KEBU_DATABASE_URL", app.config["SQLALCHEMY_DATABASE_URI"])
    return main(["check", *arguments])


def test_the_command_ends_with_what_it_found(
    clean: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = command(clean, monkeypatch, "--json", "--full")
    told = json.loads(capsys.readouterr().out)
    run(delete(Lease))
    bad = command(clean, monkeypatch, "--language", "en")
    lines = capsys.readouterr().out

    assert [each for each in told["checks"] if each["light"] == "red"] == []
    assert (good, bad) == (0, 1)
    assert {each["name"] for each in told["checks"]} == {each.name for each in checkup.all_checks()}
    assert lines.startswith("✗ Worker: No worker runs")


def test_the_command_can_t_check_where_no_shop_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KEBU_DATABASE_URL", raising=False)
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "nowhere"))

    assert main(["check"]) == 2
    assert "no instance folder" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
