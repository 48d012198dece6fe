"""The bill of materials tells, in a form that other programs read, what Kebu runs on."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

from app.cli import main
from app.cli.bill_of_materials import UnlikeLock, bill_of_materials

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
SOME_HASH = "0" * 64


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of_materials(LOCK)


def component(bill: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in bill["components"] if each["name"] == name]
    return dict(found)


def lock(folder: Path, *lines: str) -> Path:
    path = folder / "requirements.lock"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_command_writes_a_valid_bill_where_no_shop_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEBU_HOME", str(tmp_path / "nowhere"))
    file = tmp_path / "bill.json"

    code = main(["check", "--sbom", str(file)])

    assert code == 0
    assert str(file) in capsys.readouterr().out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text(encoding="utf-8")) is None
    assert not (tmp_path / "nowhere").exists()


def test_the_check_against_the_schema_finds_faults(bill: dict[str, Any]) -> None:
    faulty = json.dumps({**bill, "components": [{"type": "library"}]})

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(faulty) is not None


def test_it_names_every_package_of_the_lock_as_installed(bill: dict[str, Any]) -> None:
    lines = re.findall(r"^[a-z0-9-]+(?:\[.*\])?==[^\\\n]*", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    pins = [Requirement(line) for line in lines]
    # Some are for other systems or Pythons only.
    names = [pin.name for pin in pins if pin.marker is None or pin.marker.evaluate()]

    assert sorted(each["name"] for each in bill["components"]) == sorted(names)
    assert all(each["version"] == version(each["name"]) for each in bill["components"])
    assert all(each["licenses"] for each in bill["components"]), "every package tells a licence"


def test_a_package_has_its_address_licence_and_the_locks_hashes(bill: dict[str, Any]) -> None:
    flask = component(bill, "flask")
    entry = LOCK.read_text(encoding="utf-8").split("\nflask==")[1].split("==")[0]

    assert flask["purl"] == f"pkg:pypi/flask@{version('flask')}"
    assert flask["licenses"] == [{"expression": "BSD-3-Clause"}]
    assert [each["content"] for each in flask["hashes"]] == re.findall(r"sha256:(\w{64})", entry)
    assert {each["alg"] for each in flask["hashes"]} == {"SHA-256"}


def test_it_tells_who_needs_whom(bill: dict[str, Any]) -> None:
    needs = {each["ref"]: set(each["dependsOn"]) for each in bill["dependencies"]}
    addresses = {each["name"]: each["bom-ref"] for each in bill["components"]}

    assert needs["kebu"] == set(addresses.values())
    assert {addresses["werkzeug"], addresses["jinja2"]} <= needs[addresses["flask"]]
    assert addresses["flask"] not in needs[addresses["werkzeug"]]


def test_what_another_system_alone_needs_is_left_out(tmp_path: Path) -> None:
    path = lock(
        tmp_path,
        f"flask=={version('flask')} --hash=sha256:{SOME_HASH}",
        f"elsewhere==1.0 ; sys_platform == 'nowhere' --hash=sha256:{SOME_HASH}",
    )

    assert [each["name"] for each in bill_of_materials(path)["components"]] == ["flask"]


@pytest.mark.parametrize(
    ("pin", "told"), [("flask==0.0.1", "is installed where"), ("nobody==1.0", "not installed")]
)
def test_a_bill_that_would_not_be_true_is_not_written(tmp_path: Path, pin: str, told: str) -> None:
    with pytest.raises(UnlikeLock, match=told):
        bill_of_materials(lock(tmp_path, f"{pin} --hash=sha256:{SOME_HASH}"))


@pytest.mark.parametrize("place", ["", "nowhere/bill.json"])
def test_a_place_that_can_t_be_written_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    assert main(["check", "--sbom", str(tmp_path / place)]) == 2

    err = capsys.readouterr().err
    assert "Cannot write" in err
    assert err.count("\n") == 1
