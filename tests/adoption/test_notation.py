"""Any text and any odd value comes back from an input as it went in, whatever a browser does to line ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adoption.notation import (
    ESCAPE,
    UnreadableNotation,
    is_broken,
    read_filled,
    read_odd,
    read_text,
    readable,
    write_filled,
    write_odd,
    write_text,
)
from app.panel.writing import digest

SIGNS = st.characters(exclude_categories=()) | st.sampled_from('\r\n\t\x00\x1b\x7f"\u240d\u240a\u241b')
TEXTS = st.text(SIGNS, max_size=40)


@given(TEXTS)
def test_a_text_comes_back_from_one_line(text: str) -> None:
    written = write_text(text, lines=False)

    assert not set(written) & set("\r\n\x00")
    assert read_text(written) == text


@given(TEXTS)
def test_a_text_comes_back_from_a_textarea_that_writes_every_line_end_as_crlf(text: str) -> None:
    written = write_text(text, lines=True)
    sent = written.replace("\n", "\r\n")

    assert not set(written) & set("\r\x00")
    assert read_text(written) == read_text(sent) == text
    assert digest([sent]) == digest([written])


@given(TEXTS)
def test_every_page_can_carry_what_is_written(text: str) -> None:
    for shown in (
        write_text(text, lines=True),
        write_text(text, lines=False),
        readable(text),
        write_odd(text),
    ):
        assert not is_broken(shown)
        shown.encode("utf-8")


@given(st.text('"a', max_size=8) | TEXTS)
def test_an_empty_text_is_told_from_an_empty_input(text: str) -> None:
    written = write_filled(text)

    assert written
    assert read_filled(written) == text


@given(TEXTS | st.binary(max_size=20) | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False))
def test_an_odd_value_comes_back_in_its_own_type(value: Any) -> None:
    found = read_odd(write_odd(value))

    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize("text", ["", "abc", '"', '"abc', 'abc"', "12", "X'00'"])
def test_a_plain_text_is_no_odd_value(text: str) -> None:
    assert read_odd(text) is None


@pytest.mark.parametrize("text", [ESCAPE, f"{ESCAPE}x0", f"{ESCAPE}xzz", f"{ESCAPE}abc"])
def test_a_mistyped_odd_value_is_refused(text: str) -> None:
    with pytest.raises(UnreadableNotation):
        read_odd(text)


def test_lines_that_end_in_crlf_are_marked_once_and_ordinary_texts_not_at_all() -> None:
    assert write_text("a\r\nb\r\n", lines=True) == "a\nb\n\u240d\u240a"
    assert write_text("a\r\nb\nc", lines=True) == "a\u240d\nb\nc"
    assert write_text("王小明\n二楼\t左", lines=True) == "王小明\n二楼\t左"
