"""Advisories: a version is judged as the format says, and what can't be read is never taken for a good sign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.operations.checks import advisories
from tests.operations.wrong import advisory


@pytest.mark.parametrize(
    ("affected", "version", "hit"),
    [
        ({"events": [{"introduced": "0"}, {"fixed": "2.0"}]}, "1.9", True),
        ({"events": [{"introduced": "0"}, {"fixed": "2.0"}]}, "2.0", False),
        ({"events": [{"introduced": "1.5"}, {"fixed": "2.0"}]}, "1.4", False),
        ({"events": [{"introduced": "0"}, {"last_affected": "2.0"}]}, "2.0", True),
        ({"events": [{"introduced": "0"}, {"last_affected": "2.0"}]}, "2.0.1", False),
        (
            {"events": [{"introduced": "1"}, {"fixed": "1.2"}, {"introduced": "2"}, {"fixed": "2.3"}]},
            "2.1",
            True,
        ),
        (
            {"events": [{"introduced": "1"}, {"fixed": "1.2"}, {"introduced": "2"}, {"fixed": "2.3"}]},
            "1.5",
            False,
        ),
        ({"events": [], "versions": ["1.0"]}, "1.0", True),
        ({"events": [{"introduced": "0"}, {"fixed": "1.10"}]}, "1.9", True),
    ],
)
def test_a_version_is_judged_as_the_format_says(affected: dict[str, Any], version: str, hit: bool) -> None:
    entry = advisory("A", "x", **affected)["affected"][0]

    assert advisories.is_affected(entry, version) is hit


def test_advisories_in_yaml_and_withdrawn_ones_are_read(tmp_path: Path) -> None:
    (tmp_path / "PYSEC-1.yaml").write_text(
        "id: PYSEC-1\nmodified: 2026-05-01T00:00:00Z\naffected:\n- package: {name: Some_Thing, ecosystem: PyPI}\n"
        "  ranges:\n  - type: ECOSYSTEM\n    events: [{introduced: '0'}, {fixed: '2'}]\n",
        encoding="utf-8",
    )
    gone = {**advisory("PYSEC-2", "some-thing"), "withdrawn": "2026-01-01T00:00:00Z"}
    (tmp_path / "PYSEC-2.json").write_text(json.dumps(gone), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")

    reading = advisories.read_copy(sorted(tmp_path.iterdir()), {"some-thing": "1.0"})

    assert reading.hits == {"some-thing 1.0 (PYSEC-1)"}
    assert (reading.count, reading.unclear) == (2, 1)
