"""Prefix search as a range agrees with str.startswith, on every database."""

from __future__ import annotations

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.database import db
from app.core.transaction import transaction
from app.panel.prefix import starts_with, upper_bound
from app.people.models import Tag

LETTERS = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=4)


@given(prefix=LETTERS, rest=st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=4))
def test_every_text_that_begins_with_a_prefix_lies_in_its_range(prefix: str, rest: str) -> None:
    bound = upper_bound(prefix)

    assert prefix <= prefix + rest
    assert bound is None or prefix + rest < bound


@given(prefix=LETTERS, other=LETTERS)
def test_no_other_text_lies_in_the_range(prefix: str, other: str) -> None:
    bound = upper_bound(prefix)

    in_range = prefix <= other and (bound is None or other < bound)

    assert in_range == other.startswith(prefix)


def test_databases_compare_by_code_point_like_python(app_on: Flask) -> None:
    names = ["王", "王伟", "王z", "玌", "a", "A", "ab", "Ab", "é", "e", "𠮷野家", "😀", "ﬁ", "10", "1"]
    with transaction():
        db.session.add_all([Tag(name=name) for name in names])

    for prefix in ["王", "a", "A", "𠮷", "😀", "1", "e", "王伟"]:
        found = db.session.scalars(
            select(Tag.name).where(starts_with(Tag.name, prefix)).order_by(Tag.name).limit(50)
        )
        assert list(found) == sorted(name for name in names if name.startswith(prefix)), prefix
