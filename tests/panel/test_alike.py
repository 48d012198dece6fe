"""Text is compared letter by letter, blind to case and width, and every database agrees with Python on it."""

from __future__ import annotations

import string

import pytest
from flask import Flask
from sqlalchemy import String, literal, select, type_coerce
from sqlalchemy.dialects import sqlite

from app.core.database import Line, compares_by_code_point, db
from app.panel.alike import alike, fold, glob, regular_expression, variants
from app.people.models import Customer
from tests.panel.plainly import plain

LETTERS = string.punctuation + "aB0王ßẞéΩς😀ア"
VALUES = [f"x{letter}y" for letter in LETTERS] + [f"x{letter}y" for letter in "ａＢ０＾］＊－ωｱ"]


@pytest.mark.parametrize("mode", ["is", "has", "begins", "ends"])
def test_every_letter_finds_itself_and_its_other_forms_only(app_on: Flask, mode: str) -> None:
    found, wanted = {}, {}
    for letter in LETTERS:
        typed = {"is": f"x{letter}y", "has": letter, "begins": f"x{letter}", "ends": f"{letter}y"}[mode]
        each = [
            alike(type_coerce(literal(value), String), mode, typed).label(f"v{number}")
            for number, value in enumerate(VALUES)
        ]
        row = db.session.execute(select(*each)).one()
        found[letter] = [value for value, admitted in zip(VALUES, row, strict=True) if admitted]
        wanted[letter] = [value for value in VALUES if plain(letter) == plain(value)[1]]

    assert found == wanted
    assert all(wanted.values())


def test_folding_takes_away_case_and_width_one_for_one() -> None:
    assert fold("ＫＥＢＵ　ｋｅｂｕ １２") == "kebu kebu 12"
    assert fold("Straße") == "straße"
    assert set(variants("k")) == set("kKＫｋ\N{KELVIN SIGN}")
    assert variants("王") == "王"
    assert all(len(fold(chr(code))) == 1 for code in range(0x3000) if not 0xD800 <= code <= 0xDFFF)


def test_patterns_take_nothing_typed_for_a_sign_of_their_own() -> None:
    assert glob("has", "*[") == "*[*＊][[［]*"
    assert glob("begins", "^王") == "[＾^]王*"
    assert regular_expression("begins", "(.") == "^(?:\\(|（)(?:\\.|．)"
    assert regular_expression("is", "王") == "^王(?!.|\\n)"


def test_a_beginning_is_looked_up_where_the_column_compares_by_code_point() -> None:
    by_code_point = str(alike(Customer.name, "begins", "王伟"))
    by_language = str(alike(Customer.address, "begins", "王伟").compile(dialect=sqlite.dialect()))

    assert compares_by_code_point(Line(10)) and not compares_by_code_point(String(10))
    assert by_code_point.count("name >=") == by_code_point.count("name <") == 1
    assert "GLOB" in by_language and ">=" not in by_language
