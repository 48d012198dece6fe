"""The overlay of keys can't lie: scripts read their keys out of it, and a script stands behind each line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask import Flask

import app as program
from app.panel.shortcuts import SHORTCUTS

SCRIPTS = Path(program.__file__).parent / "static" / "js"
LINES = [one for group in SHORTCUTS for one in group.shortcuts]
# Keys that belong to one widget while the cursor stands in it, as its ARIA pattern says, and Enter within a form.
OF_A_WIDGET = {
    "palette.js",
    "picker.js",
    "form.js",
    "frame.js",
    "cells.js",
    "rights.js",
    "selection.js",
    "widths.js",
}


def scripts() -> dict[str, str]:
    """Return our scripts by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.js")}


def test_each_line_has_a_script_behind_it_and_each_script_a_line() -> None:
    offered = {name for text in scripts().values() for name in re.findall(r"\bhandle\(\"([\w-]+)\"", text)}
    offered |= {
        name for text in scripts().values() for name in re.findall(r"\bofferLink\(\"([\w-]+)\"", text)
    }

    declared = {line.does for line in LINES if line.does}

    assert offered - {"go"} == declared, "the menu's letters are lines that the page adds itself"


def test_a_line_names_a_script_or_where_the_browser_does_it_itself() -> None:
    assert [line for line in LINES if bool(line.does) == bool(line.where)] == []


def test_no_key_means_two_things() -> None:
    keys = [key for line in LINES if line.does for key in line.keys]

    assert len(keys) == len(set(keys))
    assert not {key for key in keys if key.startswith("g ")} - {"g h"}, "the letters after g are the menu's"


def test_no_script_listens_for_a_key_past_the_table() -> None:
    listeners = [
        name
        for name, text in scripts().items()
        if name != "shortcuts.js" and name not in OF_A_WIDGET and re.search(r"event\.key\b", text)
    ]

    assert listeners == []


def test_every_line_stands_in_the_overlay_of_every_page(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")

    page = client.get("/people/customer/").text

    overlay = page[page.index('id="help"') :]
    for line in LINES:
        assert f'data-keys-of="{line.does}"' in overlay
        assert all(f'data-keys="{key}"' in overlay for key in line.keys)


def test_each_menu_entry_has_a_letter_of_its_own_in_every_language(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Owner")
    found = re.compile(r'href="([^"]+)"(?: aria-current="page")? data-go="(g [a-z])"')

    english = dict(found.findall(client.get("/").text))
    client.post("/preferences/language", data={"language": "zh_Hans"})
    chinese = dict(found.findall(client.get("/").text))

    assert english["/people/customer/"] == "g c"
    assert len(english) > 5 and len(set(english.values())) == len(english)
    assert "g h" not in english.values()
    assert english == chinese


def test_a_person_switches_single_letters_off(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")
    form = {"full_name": "Zhang Wei", "email": "", "language": "en", "theme": "auto"}
    before = client.get("/").text

    client.post("/profile/", data=form)
    off = client.get("/").text
    client.post("/profile/", data={**form, "single_keys": "1"})
    on = client.get("/").text

    assert 'data-letters="off"' not in before
    assert 'data-letters="off"' in off
    assert 'data-letters="off"' not in on
