"""A new slice costs a folder: its manifest is found, and everything else follows from the declaration.

Runs in a process of its own, because a model once mapped stays mapped.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "tenth_slice" / "program.py"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What a shop with the tenth slice answers to a walk through its pages."""
    home = tmp_path_factory.mktemp("tenth")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(home)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_file_outside_the_folder_names_the_slice() -> None:
    root = HERE.parents[1]
    naming = [
        path for path in (root / "app").rglob("*.py") if "app.courses" in path.read_text(encoding="utf-8")
    ]

    assert naming == []


def test_the_menu_leads_to_the_new_list(answers: dict[str, object]) -> None:
    assert 'href="/courses/course/"' in str(answers["home"])


def test_the_form_has_an_input_for_every_field_and_saves(answers: dict[str, object]) -> None:
    form = str(answers["form"])

    for name in ("name", "outline", "phone", "seats", "hours", "price", "starts_on", "level", "is_online"):
        assert f'name="{name}"' in form, name
    assert answers["added"] == 302


def test_list_and_detail_show_what_was_saved(answers: dict[str, object]) -> None:
    for page in ("list", "detail"):
        assert "咖啡拉花" in str(answers[page])
        assert "1,234.50" in str(answers[page])


def test_the_lower_slice_s_page_shows_the_new_tab(answers: dict[str, object]) -> None:
    assert "咖啡拉花" in str(answers["customer"])


def test_the_api_and_its_description_know_the_record(answers: dict[str, object]) -> None:
    record = answers["api"]["data"][0]  # type: ignore[index]

    assert record["name"] == "咖啡拉花"
    assert record["hours"] == "2.5"
    assert record["price"] == {"amount": "1234.50", "currency": "CNY"}
    assert record["starts_on"] == "2026-03-05"
    assert record["begins_at"] == "2026-03-05T06:30:00Z"
    assert record["seats"] == 12
    assert "/api/v1/courses/course/{id}" in answers["openapi"]["paths"]  # type: ignore[index]


def test_permissions_exist_for_every_verb(answers: dict[str, object]) -> None:
    verbs = ("list", "show", "add", "edit", "delete", "purge", "export", "import", "history")

    assert set(answers["permissions"]) == {f"courses:course:{verb}" for verb in verbs}  # type: ignore[call-overload]


def test_export_trash_and_restore_work(answers: dict[str, object]) -> None:
    assert "咖啡拉花" in str(answers["export"])
    assert "咖啡拉花" in str(answers["trash"])
    assert answers["restored"] == 302


def test_filters_and_sorts_of_every_type_answer(answers: dict[str, object]) -> None:
    assert answers["filters"] == dict.fromkeys(answers["filters"], 200)  # type: ignore[call-overload]
    assert len(answers["filters"]) > 12  # type: ignore[arg-type]
