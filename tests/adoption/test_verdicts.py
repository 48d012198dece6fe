"""Verdicts: each reason and its mend, in Chinese and English."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import Float, Integer

from app.adoption.sketches import ColumnSketch, IndexSketch, TableSketch
from app.adoption.verdicts import Kind, in_both_languages, verdict

ID = ColumnSketch("id", Integer(), "integer", nullable=False)
PLAIN = TableSketch("", "member", "table", columns=(ID,), primary_key=("id",), key=("id",))
UNIQUE = replace(PLAIN, primary_key=(), indexes=(IndexSketch("one", ("id",), unique=True),))
READING = frozenset({"select"})

CASES = {
    "primary key": (PLAIN, Kind.EDITABLE, "primary key: id"),
    "unique": (UNIQUE, Kind.EDITABLE, "unique and always filled: id"),
    "no delete": (
        replace(PLAIN, rights=frozenset({"select", "insert", "update"})),
        Kind.EDITABLE,
        "GRANT DELETE ON member",
    ),
    "no key": (
        replace(PLAIN, primary_key=(), key=()),
        Kind.READ_ONLY,
        "Say which columns tell its rows apart",
    ),
    "no right": (
        replace(PLAIN, schema="shop", rights=READING),
        Kind.READ_ONLY,
        "GRANT INSERT, UPDATE ON shop.member",
    ),
    "no update": (replace(PLAIN, rights=READING | {"insert"}), Kind.READ_ONLY, "GRANT UPDATE ON member"),
    "view": (replace(PLAIN, kind="view", primary_key=(), key=()), Kind.READ_ONLY, "It is a view"),
    "managed": (replace(PLAIN, managed=True), Kind.READ_ONLY, "keeps this table by itself"),
    "inexact": (
        replace(PLAIN, columns=(replace(ID, type=Float(), type_text="real"),)),
        Kind.READ_ONLY,
        "column id of the type real",
    ),
    "no columns": (replace(PLAIN, columns=(), primary_key=(), key=()), Kind.REFUSED, "no columns"),
    "no reading": (replace(PLAIN, rights=frozenset({"insert"})), Kind.REFUSED, "GRANT SELECT ON member"),
    "broken": (
        TableSketch("", "v", "view", problem="no such table: gone"),
        Kind.REFUSED,
        "no such table: gone",
    ),
    "broken table": (TableSketch("", "t", "table", problem="crashed"), Kind.REFUSED, "crashed"),
}
each_case = pytest.mark.parametrize("case", CASES)


@each_case
def test_each_case_has_its_verdict_and_its_words(case: str, sqlite_core: Flask) -> None:
    table, kind, words = CASES[case]

    said = verdict(table)

    assert said.kind is kind
    assert words in f"{in_both_languages(said.reason)['en']} {in_both_languages(said.mend)['en']}"


@each_case
def test_every_word_of_it_is_told_in_chinese_too(case: str, app: Flask) -> None:
    said = verdict(CASES[case][0])

    for text in (said.reason, said.mend):
        told = in_both_languages(text)
        assert bool(told["zh"]) == bool(told["en"]) == bool(str(text))
        assert not told["en"] or re.search("[\u4e00-\u9fff]", told["zh"]), told


def test_whoever_asks_for_reading_only_gets_no_more() -> None:
    assert verdict(PLAIN, read_only=True).kind is Kind.READ_ONLY
    assert "You asked" in str(verdict(PLAIN, read_only=True).reason)
    assert verdict(CASES["broken"][0], read_only=True).kind is Kind.REFUSED


def test_a_name_with_a_percent_sign_is_told_as_it_is(app: Flask) -> None:
    odd = replace(PLAIN, name="50% of {x}", rights=READING)

    assert "50% of {x}" in in_both_languages(verdict(odd).mend)["en"]
