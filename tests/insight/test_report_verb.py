"""The verb `report` as a person or a script calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main

ROOT = Path(__file__).resolve().parents[2]
Report = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Report:
    """Return a function that calls the verb for an empty shop of its own."""
    for name in list(os.environ):
        if name.startswith(("KEBU_", "LC_", "LANG")) and not name.startswith("KEBU_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "home"))

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["report", *arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


def test_the_list_names_every_report_with_its_formula(report: Report) -> None:
    code, out, _err = report("--list", "--language", "en")

    assert code == 0
    for name in ("revenue", "top-customers", "top-products"):
        assert f"{name}  " in out
    assert "Sum of `amount` of the fact `sales`" in out and "--param by=" in out


def test_the_list_as_json_has_both_languages(report: Report) -> None:
    code, out, _err = report("--list", "--format", "json")

    reports = json.loads(out)["reports"]
    assert code == 0
    assert [each["name"] for each in reports] == ["revenue", "top-customers", "top-products"]
    assert all(set(each["formula"]) == {"en", "zh"} for each in reports)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("payroll",), "no such report"),
        (("revenue",), "No book has this name"),
        (("revenue", "--source", "gone"), "No book has this name"),
        (("revenue", "--from", "2024-02-31"), "not a date"),
        (("revenue", "--asof", "yesterday"), "not a date"),
        (("revenue", "--from", "2024-02-01", "--to", "2024-01-01"), "last day lies before"),
        (("revenue", "--param", "by"), "name=value"),
        (("revenue", "--param", "limit=3"), "has these parameters: by"),
        ((), "--list"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "nothing",
)
def test_a_wish_that_can_not_be_met_is_refused_in_one_line(
    report: Report, arguments: tuple[str, ...], word: str
) -> None:
    code, out, err = report(*arguments, "--language", "en")

    assert (code, out) == (2, "")
    assert word in err and err.count("\n") == 1


def test_the_program_starts_without_pandas() -> None:
    script = "import sys, app, app.insight.pages, app.cli.report; print('pandas' in sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )

    assert told.stdout.strip() == "False"
