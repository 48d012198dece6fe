"""A declaration that can't work is refused when it is made, with a sentence that says why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import fields
from app.core.capability import discover
from app.core.declaration import Action, Group, Screen, fields_of
from app.core.errors import Forbidden, ProgrammingError
from app.core.permissions import Permission, granted, record_permissions, require
from tests.core.models import Thing

NAME = fields.Text("name", "Name")
NOTE = fields.LongText("note", "Note")


def screen(**changes: Any) -> Screen:
    """Return a small screen with some of it changed."""
    given = {"groups": (Group("All", (NAME, NOTE)),), "columns": ("name",), **changes}
    return Screen(
        "test", "thing", Thing, "Thing", "Things", given.pop("groups"), given.pop("columns"), **given
    )


def test_a_screen_knows_its_name_address_and_fields() -> None:
    made = screen()

    assert (made.name, made.path, made.permission("add")) == ("test:thing", "/test/thing/", "test:thing:add")
    assert made.fields == {"name": NAME, "note": NOTE}
    assert fields_of(made.groups) == [NAME, NOTE]
    assert made.has_trash


def test_a_screen_has_a_permission_for_each_verb_and_action_once() -> None:
    action = Action("ring", "Ring", "test:thing:ring", print)
    made = screen(verbs=("list", "show"), actions=(action, action), workflow_permission="test:thing:step")

    assert made.permissions == ("test:thing:list", "test:thing:show", "test:thing:ring", "test:thing:step")


@pytest.mark.parametrize("where", ["columns", "filters", "facts", "preview", "sorts"])
def test_a_screen_that_names_a_field_it_does_not_declare_is_refused(where: str) -> None:
    with pytest.raises(ProgrammingError, match="undeclared fields"):
        screen(**{where: ("name", "colour")})


def test_a_field_declared_twice_is_refused() -> None:
    with pytest.raises(ProgrammingError, match="twice"):
        screen(groups=(Group("One", (NAME,)), Group("Two", (NAME,))))


@pytest.mark.parametrize(
    "name", ["", "thing", "a:b", "a:b:c:d", "A:b:c", "a:b:c ", "a::c", "a:b-c:d", "1:b:c"]
)
def test_a_permission_is_named_slice_noun_verb(name: str) -> None:
    with pytest.raises(ValueError, match="slice:noun:verb"):
        Permission(name, "Label")


def test_nothing_known_is_nothing_granted(sqlite_core: Flask) -> None:
    assert not granted("test:thing:add")
    with pytest.raises(Forbidden):
        require("test:thing:add")


def test_a_permission_is_granted_by_its_whole_name_only(
    sqlite_core: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = sqlite_core.extensions["kebu"]
    monkeypatch.setattr(
        kernel, "granted_names", lambda: frozenset(record_permissions("test:thing", ("list",)))
    )

    assert granted("test:thing:list")
    assert not granted("test:thing:lis")
    assert not granted("test:thing")
    assert not granted("test:thing:add")


MANIFEST = """
from app.core.capability import Capability
CAPABILITY = Capability({name!r}, "Label", needs={needs!r}, order={order})
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a program of slices, each a folder with a manifest, and finds them."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, slices: dict[str, tuple[str, tuple[str, ...], int]]) -> Any:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        for folder, (called, needs, order) in slices.items():
            (tmp_path / name / folder).mkdir()
            (tmp_path / name / folder / "__init__.py").touch()
            text = MANIFEST.format(name=called, needs=needs, order=order)
            (tmp_path / name / folder / "capability.py").write_text(text, encoding="utf-8")
        (tmp_path / name / "no_slice").mkdir()
        (tmp_path / name / "no_slice" / "__init__.py").touch()
        __import__(name)
        return sys.modules[name]

    return make


def test_slices_are_found_by_their_folders_and_sorted_by_their_needs(program: Any) -> None:
    made = program(
        "kebu_program_one",
        {
            "apples": ("apples", ("pears",), 1),
            "pears": ("pears", (), 50),
            "bananas": ("bananas", (), 60),
            "cherries": ("cherries", (), 40),
        },
    )

    assert [found.name for found in discover(made)] == ["cherries", "pears", "bananas", "apples"]


def test_a_slice_that_calls_itself_otherwise_than_its_folder_is_refused(program: Any) -> None:
    made = program("kebu_program_two", {"apples": ("pears", (), 1)})

    with pytest.raises(ProgrammingError, match="calls itself"):
        discover(made)
