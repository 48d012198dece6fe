"""What people wrote down and what gets installed agree: each package, in one version, by its hashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("requirements-build", "requirements", "requirements-test")
NEEDED = "# --- Needed by the packages above ---"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(text: str) -> dict[str, str]:
    """Return the version and the condition of each package that a file pins, by its normal name."""
    found = {}
    for line in text.splitlines():
        if line[:1].isalnum():
            pin = Requirement(re.split(r"\s#\s|\s\\$", line)[0])
            name = canonicalize_name(pin.name)
            assert name not in found, f"{name} is pinned twice"
            found[name] = f"{pin.specifier} {pin.marker or ''}".strip()
    return found


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each pin of a lock with what stands behind it."""
    for line in text.replace("\\\n", " ").splitlines():
        if line[:1].isalnum():
            pin, *behind = re.split(r"\s(?=--)", line)
            yield pin, [each.strip() for each in behind]


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_is_exact_and_every_direct_one_has_its_purpose(name: str) -> None:
    direct, needed = (ROOT / f"{name}.txt").read_text(encoding="utf-8").split(NEEDED)
    chosen = [line for line in direct.splitlines() if line and not line.startswith(("#", "-r"))]

    assert chosen
    assert all("==" in line and len(line.partition("# ")[2]) > 8 for line in chosen)
    assert all("==" in line for line in needed.strip().splitlines() if line)


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_holds_just_what_was_chosen_in_the_same_versions(name: str) -> None:
    chosen = pins((ROOT / f"{name}.txt").read_text(encoding="utf-8"))
    lock = pins((ROOT / f"{name}.lock").read_text(encoding="utf-8"))

    assert lock == chosen, "run .ci/lock; what it adds is named in the .txt too"


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_of_a_lock_has_hashes_and_nothing_else(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    found = list(entries(text))

    assert found
    assert [pin for pin, behind in found if not behind] == []
    assert [each for _pin, behind in found for each in behind if not HASH.fullmatch(each)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_names_no_address_and_lets_source_in_by_name_only(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    options = [line for line in text.splitlines() if line.startswith("-")]

    assert "://" not in text
    assert not re.search(r"\s@\s|index|find-links", text)
    # The order counts: pip takes ":all:" for the last word on whatever was said before it.
    assert [each for each in options if each != "-r requirements.lock"] == [
        "--only-binary :all:",
        "--no-binary Flask-APScheduler",
    ]
