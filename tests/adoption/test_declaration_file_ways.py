"""The ways of a declaration's file: the verb, and the pages with their preview."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.adoption.models import AdoptedSource, AdoptedTable
from app.cli import main
from app.core.database import db
from app.journal.models import JournalEntry
from tests.adoption.adopting import adopted, let_go
from tests.support.whole_house import FreshClient

CHANGED = "version: 1\ntables:\n  Customer:\n    label: {zh: 老顾客, en: Regular}\n"


@pytest.fixture
def adopt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Return a function that calls the verb on a shop of its own."""
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "home"))
    for name in ("KEBU_DATABASE_URL", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["adopt", *arguments])
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def chinook(real_database: Callable[[str, str], str], tmp_path: Path) -> str:
    """The address of a copy of Chinook."""
    path = make_url(real_database("chinook", "sqlite")).database
    assert path is not None
    shutil.copy(path, tmp_path / "chinook.db")
    return f"sqlite:///{tmp_path}/chinook.db"


def test_the_verb_writes_a_file_and_takes_it_in_on_another_machine(
    adopt: Any, chinook: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "chinook.yaml", tmp_path / "other.yaml"
    assert adopt(chinook, "--accept", "--name", "chinook")[0] == 0
    assert adopt("--export", "chinook", str(file)) == (0, "", "")
    file.write_text(
        file.read_text("utf-8").replace("{zh: 客户, en: Customer}", "{zh: 老顾客, en: Regular}"), "utf-8"
    )

    dry = adopt("--import", str(file), "--dry-run")
    taken = adopt("--import", str(file), "--name", "chinook")
    again = adopt("--import", str(file))
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "elsewhere"))
    anew = adopt(chinook, "--accept", "--name", "chinook", "--import", str(file))
    adopt("--export", "chinook", str(other))

    assert dry[0] == 0 and "~ Customer label: 客户 / Customer → 老顾客 / Regular" in dry[1]
    assert "nothing was written" in dry[1]
    assert taken[0] == 0 and "2 changes." in taken[1]
    assert again[1] == "Nothing to change.\n"
    assert anew[0] == 0
    assert other.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\ntables: {Ghost: {}}\n", "Line 2: There is no table Ghost."),
        ("version: 1\na: &a b\n", "Line 2: Anchors"),
        ("nonsense", "mapping"),
    ],
)
def test_a_refused_file_is_one_line_on_standard_error_and_leaves_nothing(
    adopt: Any, chinook: str, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text, "utf-8")

    anew = adopt(chinook, "--accept", "--name", "chinook", "--import", str(file))
    nothing = adopt("--export", "chinook")

    for code, out, err in (anew, nothing):
        assert (code, out) == (2, "")
        assert err.startswith("Kebu: ") and len(err.splitlines()) == 1
    assert words in anew[2]
    assert "No adopted database is called so" in nothing[2]


@pytest.mark.parametrize(
    "arguments", [(), ("--import", "x", "--verdict"), ("sqlite:///x", "--accept", "--dry-run")]
)
def test_wishes_that_do_not_go_together_are_refused(adopt: Any, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        adopt(*arguments)

    assert ended.value.code == 2


def test_a_file_that_is_not_there_is_told(adopt: Any, chinook: str) -> None:
    code, out, err = adopt(chinook, "--accept", "--import", "/nowhere/at.yaml")

    assert (code, out) == (2, "")
    assert "/nowhere/at.yaml" in err


# --- The pages -----------------------------------------------------------------------------------------


@pytest.fixture
def owner(app: Flask, sign_in: Any, chinook: str) -> Iterator[FlaskClient]:
    """The signed-in owner of a shop that has adopted Chinook."""
    client: FlaskClient = sign_in(FreshClient(app))
    adopted(chinook, name="chinook")
    yield client
    let_go()


def _label() -> str | None:
    db.session.rollback()
    return db.session.scalar(select(AdoptedTable.label_en).where(AdoptedTable.name == "Customer"))


def test_the_page_gives_the_file_along(owner: FlaskClient) -> None:
    answer = owner.get("/adoption/file/chinook/download")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == "attachment; filename=chinook.yaml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "\n  Customer:\n" in answer.text
    assert "sqlite:" not in answer.text


def test_a_file_is_seen_before_it_is_taken_in(owner: FlaskClient) -> None:
    before = _label()
    data = {"file": (io.BytesIO(CHANGED.encode()), "chinook.yaml")}

    seen = owner.post("/adoption/file/chinook/preview", data=data)
    unchanged = _label()
    taken = owner.post("/adoption/file/chinook/apply", data={"text": CHANGED.replace("\n", "\r\n")})

    assert seen.status_code == 200
    assert "老顾客 / Regular" in seen.text
    assert unchanged == before != "Regular"
    assert taken.status_code == 302
    assert _label() == "Regular"
    assert "Regular" in owner.get("/chinook/customer/").text
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc()).limit(3)).all()
    assert {entry.batch_id is not None for entry in entries} == {True}


def test_what_is_unknown_is_told_and_the_rest_can_be_taken_in(owner: FlaskClient) -> None:
    text = CHANGED + "  Ghost: {}\n"

    seen = owner.post("/adoption/file/chinook/preview", data={"text": text})
    refused = owner.post("/adoption/file/chinook/apply", data={"text": text})
    before = _label()
    taken = owner.post("/adoption/file/chinook/apply", data={"text": text, "skip_unknown": "1"})

    assert 'name="skip_unknown" value="1"' in seen.text
    assert "There is no table Ghost" in seen.text
    assert refused.status_code == 422 and before != "Regular"
    assert taken.status_code == 302
    assert _label() == "Regular"


@pytest.mark.parametrize(
    "text", ["", "   ", "a: [", "a: &b c", "version: 1\ntables: 3\n", "x" * 400_001, "\x00"]
)
def test_whatever_is_pasted_is_answered_in_words_with_what_was_pasted(owner: FlaskClient, text: str) -> None:
    answer = owner.post("/adoption/file/chinook/preview", data={"text": text})

    assert answer.status_code == 422
    assert "be taken in:" in answer.text


def test_markup_in_a_file_stays_text(owner: FlaskClient) -> None:
    text = "version: 1\ntables:\n  Customer:\n    label: '</textarea><script>x</script>'\n"

    answer = owner.post("/adoption/file/chinook/preview", data={"text": text})

    assert answer.status_code == 200
    assert "<script>x" not in answer.text
    assert "&lt;script&gt;x" in answer.text


def test_an_unknown_database_is_not_found(owner: FlaskClient) -> None:
    for path in ("/adoption/file/nobody", "/adoption/file/nobody/download", "/adoption/drift/nobody"):
        assert owner.get(path).status_code == 404
    for path in (
        "/adoption/file/nobody/apply",
        "/adoption/file/nobody/preview",
        "/adoption/drift/nobody/take",
    ):
        assert owner.post(path).status_code == 404
    assert db.session.scalar(select(AdoptedSource.code)) == "chinook"


def test_nobody_else_sees_or_takes_up_changes(app: Flask, sign_in: Any) -> None:
    clerk = sign_in(FreshClient(app), "Clerk")

    for path in (
        "/adoption/drift/",
        "/adoption/drift/club",
        "/adoption/file/club",
        "/adoption/file/club/download",
    ):
        assert clerk.get(path).status_code in (403, 404)
    for path in ("/adoption/drift/club/take", "/adoption/drift/club/look", "/adoption/file/club/apply"):
        assert clerk.post(path).status_code in (403, 404)
