"""The verb `adopt` as a person or a script calls it."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.cli import main
from tests.adoption.zoo import shapes_of
from tests.support.databases import BACKENDS

ROOT = Path(__file__).resolve().parents[2]


Adopt = Callable[..., tuple[int, str, str]]


@pytest.fixture
def adopt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Adopt:
    """Return a function that calls the verb, without a setting of whoever runs the tests and without a terminal."""
    for name in list(os.environ):
        if name.startswith(("KEBU_", "LC_", "LANG")) and not name.startswith("KEBU_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "home"))

    def call(*arguments: str, stdin: str = "", **more: str) -> tuple[int, str, str]:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(["adopt", *arguments])
        return (code, *capsys.readouterr())

    return call


@pytest.mark.parametrize("backend", BACKENDS)
def test_json_is_one_object_with_every_table_and_both_languages(
    backend: str, adopt: Adopt, zoo: Callable[[str], str], tmp_path: Path
) -> None:
    code, out, err = adopt("-", "--verdict", "--json", stdin=zoo(backend) + "\n")

    assert (code, err) == (0, "")
    document = json.loads(out)
    assert set(document) == {"database", "tables", "roles"}
    for role in document["roles"].values():
        assert role["reason"]["zh"] and role["reason"]["en"] and role["columns"]
    usual = "public" if backend == "postgresql" else ""
    found = {
        entry["name"] if entry["schema"] == usual else f"{entry['schema']}.{entry['name']}": entry["verdict"]
        for entry in document["tables"]
    }
    assert found == {
        name: kind for shape in shapes_of(backend) for name, kind in shape.expected(backend).items()
    }
    for entry in document["tables"]:
        assert set(entry) == {"schema", "name", "kind", "verdict", "reason", "mend", "rows"}
        assert entry["kind"] in ("table", "view")
        assert entry["reason"]["zh"] and entry["reason"]["en"]
    assert not (tmp_path / "home").exists(), "looking makes no shop"


def test_json_names_who_plays_which_role_and_why(
    adopt: Adopt, real_database: Callable[[str, str], str]
) -> None:
    _code, out, _err = adopt("-", "--verdict", "--json", stdin=real_database("mall", "mariadb") + "\n")

    roles = json.loads(out)["roles"]
    sales, lines = roles["sales"], roles["sale_lines"]
    assert (sales["table"], sales["currency"], sales["time_zone"], sales["unit"]) == (
        "oms_order",
        "CNY",
        "Asia/Shanghai",
        "major",
    )
    assert "delete_status" in sales["filter"] and 0 < sales["confidence"] <= 1
    assert sales["parent"] is None and lines["parent"]["table"] == "oms_order"
    assert lines["parent"]["on"] == [["order_id", "id"]]
    assert sales["reason"]["en"] != sales["reason"]["zh"]


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_no_password_is_printed(backend: str, adopt: Adopt, zoo: Callable[[str], str]) -> None:
    url = make_url(zoo(backend)).set(password="geheim-42", username="nobody_here")

    code, out, err = adopt(url.render_as_string(hide_password=False), "--verdict", "--json")

    assert code == 2
    assert out == ""
    assert err.startswith("Kebu: ")
    assert len(err.splitlines()) == 1
    assert "geheim" not in err


def test_without_json_each_table_has_its_line_and_its_reason(adopt: Adopt, zoo: Callable[[str], str]) -> None:
    code, out, err = adopt("--verdict", KEBU_ADOPT_URL=zoo("sqlite"))

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == f"sqlite:///{make_url(zoo('sqlite')).database}"
    place = next(at for at, line in enumerate(lines) if line.startswith("log_lines "))
    assert lines[place].split() == ["log_lines", "2", "read-only"]
    assert "no primary key" in lines[place + 1]
    assert "editable" in lines[-1] and "can't be adopted" in lines[-1]


def test_reading_only_can_be_asked_for(adopt: Adopt, zoo: Callable[[str], str]) -> None:
    _code, out, _err = adopt(zoo("sqlite"), "--verdict", "--read-only", "--json")

    assert {entry["verdict"] for entry in json.loads(out)["tables"]} == {"read-only", "refused"}


@pytest.mark.postgresql
def test_one_schema_can_be_asked_for(adopt: Adopt, zoo: Callable[[str], str]) -> None:
    _code, out, _err = adopt(zoo("postgresql"), "--schema", "分店 two", "--verdict", "--json")

    assert [(entry["schema"], entry["name"]) for entry in json.loads(out)["tables"]] == [
        ("分店 two", "product")
    ]


def test_the_language_of_the_reasons_can_be_chosen(adopt: Adopt, zoo: Callable[[str], str]) -> None:
    _code, out, _err = adopt(zoo("sqlite"), "--verdict", "--language", "zh")

    assert "只读" in out
    assert "read-only" not in out


def test_nobody_is_asked_where_there_is_no_terminal(adopt: Adopt) -> None:
    code, out, err = adopt("--verdict")

    assert (code, out) == (2, "")
    assert "KEBU_ADOPT_URL" in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_whoever_sits_at_a_terminal_is_asked_and_nothing_is_echoed(
    zoo: Callable[[str], str], tmp_path: Path
) -> None:
    keyboard, terminal = os.openpty()
    mine = {
        name: value for name, value in os.environ.items() if not name.startswith(("KEBU_", "LC_", "LANG"))
    }
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "adopt", "--verdict"],
        cwd=ROOT,
        env={**mine, "KEBU_HOME": str(tmp_path / "home"), "PYTHONUTF8": "1"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        asked = b""
        while b"(not shown): " not in asked:
            piece = os.read(process.stderr.fileno(), 1000)
            assert piece, asked
            asked += piece

        os.write(keyboard, zoo("sqlite").encode() + b"\n")
        out, _rest = process.communicate(timeout=240)

    os.set_blocking(keyboard, False)
    os.write(terminal, b".")
    echoed = os.read(keyboard, 10_000)
    os.close(keyboard)
    os.close(terminal)
    assert process.returncode == 0
    assert b"log_lines" in out
    assert b"sqlite" not in echoed


def test_a_name_can_not_move_the_cursor_of_the_terminal(adopt: Adopt, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "odd.db")
    connection.execute('CREATE TABLE "a\x1b[31m\nb" (id INTEGER PRIMARY KEY)')
    connection.close()

    code, out, _err = adopt(f"sqlite:///{tmp_path}/odd.db", "--verdict")

    assert code == 0
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3
