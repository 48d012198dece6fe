"""A list is read although somebody dropped the index that MariaDB is told to use.

In a file of its own: an index is dropped only when nobody else reads the table.
"""

from __future__ import annotations

from typing import Any

from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.ordering import By
from app.panel.reading import Question, Reader
from app.people.models import Customer, Source


def test_a_missing_index_makes_a_page_dear_and_not_impossible(whole_houses: Any) -> None:
    house = whole_houses("mariadb")
    index = next(
        each
        for each in Customer.__table__.indexes
        if [column.name for column in each.columns] == ["source", "name", "id"]
    )
    with house.app.app_context():
        with transaction():
            db.session.add_all([Customer(name=name, source=Source.PHONE) for name in ("乙", "丙", "甲")])
        index.drop(db.session.connection())
        try:
            question = Question(kernel().screens["people:customer"], order=(By("source"), By("name")))
            names = [row.name for row in Reader(question, ("name",)).page().records]
        finally:
            index.create(db.session.connection())
            db.session.rollback()
            db.session.remove()
    house.restorer.restore()

    assert names == sorted("甲乙丙")
