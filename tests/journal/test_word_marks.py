"""Of a long text only what changed is marked, and both versions can be read out of the marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.panel.word_marks import Mark, word_marks


def text_of(marks: tuple[Mark, ...], *kinds: str) -> str:
    """Return the marked text of these kinds."""
    return "".join(mark.text for mark in marks if mark.kind in kinds)


def test_a_changed_word_is_marked_as_a_whole() -> None:
    marks = word_marks("Allergic to shrimp today", "Allergic to salmon today")

    assert marks == (
        Mark("same", "Allergic to "),
        Mark("gone", "shrimp"),
        Mark("new", "salmon"),
        Mark("same", " today"),
    )


def test_chinese_is_marked_sign_by_sign() -> None:
    assert word_marks("对虾过敏", "对鱼过敏") == (
        Mark("same", "对"),
        Mark("gone", "虾"),
        Mark("new", "鱼"),
        Mark("same", "过敏"),
    )


def test_long_equal_pieces_are_cut_between_words() -> None:
    same = "word " * 100

    marks = word_marks(f"{same}old {same}", f"{same}new {same}")

    assert len("".join(mark.text for mark in marks)) < 100
    assert [mark.kind for mark in marks] == ["cut", "same", "gone", "new", "same", "cut"]
    assert all(set(mark.text.split()) <= {"word"} for mark in marks if mark.kind == "same")


def test_texts_with_nothing_in_common_and_huge_ones_are_not_marked() -> None:
    assert word_marks("abc", "xyz") == ()
    assert word_marks("甲" + "a b " * 5000, "乙" + "c d " * 5000) == ()


@given(st.text("ab 中文\n", max_size=40), st.text("ab 中文\n", max_size=40))
def test_both_texts_can_be_read_out_of_the_marks(before: str, after: str) -> None:
    marks = word_marks(before, after)

    if marks and all(mark.kind != "cut" for mark in marks):
        assert text_of(marks, "same", "gone") == before
        assert text_of(marks, "same", "new") == after
