"""Copying: rows of a stranger's table become records of ours, none twice, none lost, all taken back as one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url

from app.core.database import db
from app.core.errors import NotFound
from app.core.kernel import kernel
from app.core.limits import limits_of_parts
from app.core.reach import reach_of
from app.core.transaction import transaction
from app.panel.importing import starting
from app.panel.importing.copying import begin_copy
from app.panel.importing.errors import NotCopyable
from app.panel.importing.models import Copied, Import, ImportState
from app.panel.importing.running import CHUNK
from app.panel.importing.workfile import WorkFile
from app.people.models import Customer
from app.pets.models import Pet, Species
from tests.adoption.adopting import adopted, let_go
from tests.adoption.copying import as_owner, begun, copied, fill, looked_at, make_pet_shop, member, pet
from tests.panel.importing.tables import everything, make_writable, outcome, written
from tests.support.databases import BACKENDS


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


def how_many(model: type[Any]) -> int:
    db.session.rollback()
    alive = [model.deleted_at.is_(None)] if hasattr(model, "deleted_at") else []
    return int(db.session.scalar(select(func.count()).select_from(model).where(*alive)) or 0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_members_and_then_their_pets_come_in_once_and_for_all(
    shop_app: Flask, new_database: Callable[[str], str], backend: str
) -> None:
    address = new_database(backend)
    members = [member(1), member(2, birthday="never"), member(3, phone="+86 138-0000-0003")]
    make_pet_shop(address, members, [pet(1, 1), pet(2, 1), pet(3, 2), pet(4, 3)])
    adopted(address, name="old")
    present = how_many(Customer)

    people = copied("old:member", "people:customer")
    pets = copied("old:pet", "pets:pet", constants={"species": "dog"})

    assert people.counts == (2, 0, 0, 1)
    assert "Birthday" in people.reasons[2][0]
    assert how_many(Customer) == present + 2
    assert pets.counts == (3, 0, 0, 1), pets.reasons
    found = db.session.execute(select(Pet.name, Pet.breed, Pet.species, Customer.name).join(Pet.owner)).all()
    db.session.rollback()
    assert ("毛毛4", "金毛", Species.DOG, "会员3") in [tuple(row) for row in found]

    again = (
        looked_at("old:member", "people:customer"),
        looked_at("old:pet", "pets:pet", constants={"species": "dog"}),
    )

    assert [each.counts for each in again] == [(0, 0, 2, 1), (0, 0, 3, 1)]


def test_a_row_is_found_again_when_everything_about_it_has_changed(
    shop_app: Flask, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1), member(2)], [])
    adopted(address, name="old")
    copied("old:member", "people:customer")
    present = how_many(Customer)
    fill(address, ["UPDATE member SET 姓名 = '新名', 手机 = '13999999999' WHERE id = 2"], [])

    second = copied("old:member", "people:customer")

    assert second.counts == (0, 1, 1, 0)
    assert how_many(Customer) == present
    assert db.session.scalar(select(Customer.name).where(Customer.phone == "13999999999")) == "新名"


def test_one_undo_takes_all_of_it_back_and_it_can_be_copied_anew(
    shop_app: Flask, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 8)], [])
    adopted(address, name="old")
    present = how_many(Customer)
    first = copied("old:member", "people:customer")

    with as_owner():
        starting.undo(kernel().screens["people:customer"], first.key)

    assert how_many(Customer) == present
    assert how_many(Copied) == 0
    assert copied("old:member", "people:customer").counts == (7, 0, 0, 0)


def test_a_record_that_is_gone_is_made_anew(shop_app: Flask, new_database: Callable[[str], str]) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1), member(2)], [])
    adopted(address, name="old")
    copied("old:member", "people:customer")
    with transaction():
        db.session.delete(db.session.scalars(select(Customer).where(Customer.name == "会员1")).one())

    assert copied("old:member", "people:customer").counts == (1, 0, 1, 0)
    assert copied("old:member", "people:customer").counts == (0, 0, 2, 0)


def test_only_rows_that_meet_the_conditions_come(shop_app: Flask, new_database: Callable[[str], str]) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 6)], [pet(at, at) for at in range(1, 6)])
    adopted(address, name="old")
    some = looked_at("old:member", "people:customer", (("f.c_1", "会员3"), ("q", "会员1"), ("sort", "-id")))

    assert some.counts == (1, 0, 0, 0)


def test_what_a_hostile_table_holds_is_refused_or_taken_as_text(
    shop_app: Flask, new_database: Callable[[str], str]
) -> None:
    address = new_database("sqlite")
    hostile = [
        '=HYPERLINK("http://x")', "'=1+1", "合计", "Robert'); DROP TABLE people_customer;--", "<script>x</script>",
        "a" * 500, "   ", "total", "𠮷野家😀",
    ]  # fmt: skip
    make_pet_shop(address, [member(at, name=name) for at, name in enumerate(hostile, start=1)], [])
    fill(address, ["UPDATE member SET 姓名 = CAST(x'cdf5d0a1c3f7' AS TEXT) WHERE id = 8"], [])
    fill(address, ["UPDATE member SET 生日 = '0000-00-00' WHERE id = 9"], [])
    adopted(address, name="old")
    present = how_many(Customer)

    found = copied("old:member", "people:customer")

    assert found.insert + found.update + found.same + found.refused == len(hostile)
    assert set(found.reasons) == {6, 7, 8}
    assert how_many(Customer) == present + 6
    names = set(db.session.scalars(select(Customer.name)))
    assert {hostile[at] for at in (0, 1, 2, 3, 4, 8)} <= names


def test_a_table_whose_rows_nothing_tells_apart_is_refused_in_words(
    shop_app: Flask, new_database: Callable[[str], str]
) -> None:
    address = new_database("postgresql")
    fill(address, ["CREATE TABLE visitor (name VARCHAR(20), phone VARCHAR(20))"], [])
    adopted(address, name="old")

    with as_owner(), pytest.raises(NotCopyable, match="Declare a key"):
        begin_copy(kernel().screens["old:visitor"], kernel().screens["people:customer"], ())
    with as_owner(), pytest.raises(NotCopyable, match="in Kebu already"):
        begin_copy(kernel().screens["people:customer"], kernel().screens["people:customer"], ())


def test_a_database_that_goes_away_in_the_middle_is_gone_on_with_where_it_stopped(
    shop_app: Flask, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 2 * CHUNK + 101)], [])
    adopted(address, name="old")
    key = begun("old:member", "people:customer")
    kept = WorkFile.stage_part

    def lose(work: WorkFile, rows: Any, place: str) -> None:
        kept(work, rows, place)
        fill(address, ["ALTER TABLE member RENAME TO hidden"], [])

    with monkeypatch.context() as patch, as_owner():
        patch.setattr(WorkFile, "stage_part", lose)
        starting.work(key, "check", everything)
    stopped = outcome(key)
    fill(address, ["ALTER TABLE hidden RENAME TO member"], [])
    db.session.rollback()
    message = db.session.get_one(Import, key).message
    db.session.rollback()
    with WorkFile.opened(kernel().home, key) as work:
        assert work.count() == CHUNK
    with as_owner():
        starting.go_on(kernel().screens["people:customer"], key)
        found = outcome(key)
        if found.state is not ImportState.CHECKED:
            starting.work(key, "check", everything)

    assert stopped.state is ImportState.STOPPED
    assert "go on when it is back" in str(message)
    assert outcome(key).counts == (2 * CHUNK + 100, 0, 0, 0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_people_who_copy_the_same_at_once_make_no_row_twice(
    shop_app: Flask, new_database: Callable[[str], str], backend: str
) -> None:
    address = new_database(backend)
    make_pet_shop(address, [member(at) for at in range(1, 31)], [])
    adopted(address, name="old")
    present = how_many(Customer)
    keys = [looked_at("old:member", "people:customer").key for _person in range(2)]

    with as_owner():
        found = [written(key, may=everything) for key in keys]

    assert [each.counts for each in found] == [(30, 0, 0, 0), (0, 0, 30, 0)]
    assert how_many(Customer) == present + 30


def test_members_of_mall_become_customers(shop_app: Flask, real_database: Callable[[str, str], str]) -> None:
    address = real_database("mall", "mariadb")
    adopted(address, name="mall")
    with create_engine(make_url(address)).connect() as connection:
        rows = connection.execute(text("SELECT COUNT(*), COUNT(nickname) FROM ums_member")).one()
    present = how_many(Customer)

    found = copied("mall:ums_member", "people:customer")

    assert found.insert == rows[1], found.reasons
    assert found.insert + found.refused == rows[0]
    assert how_many(Customer) == present + rows[1]
    windy = db.session.scalars(select(Customer).where(Customer.phone == "18061581848")).one()
    assert windy.name == "windy"


def test_a_large_copy_costs_a_bounded_number_of_statements_a_chunk(
    shop_app: Flask, new_database: Callable[[str], str], statements: Any
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(at) for at in range(1, 20_001)], [])
    adopted(address, name="old")
    key = begun("old:member", "people:customer")

    with as_owner(), statements() as checking:
        starting.work(key, "check", everything)
    make_writable(key)
    with as_owner(), statements() as writing:
        starting.work(key, "write", everything)

    assert outcome(key).insert == 20_000
    chunks = 20_000 // CHUNK
    assert len(checking) <= 40 * chunks
    assert len(writing) <= 40 * chunks
    assert how_many(Copied) == 20_000


def test_a_copy_of_somebody_else_is_not_there(shop_app: Flask, new_database: Callable[[str], str]) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1)], [])
    adopted(address, name="old")
    key = begun("old:member", "people:customer")
    assert isinstance(key, uuid.UUID)
    with transaction():
        db.session.get_one(Import, key).created_by = 987_654

    with as_owner(), pytest.raises(NotFound):
        starting.find(kernel().screens["people:customer"], key)


def test_a_record_out_of_reach_is_neither_changed_nor_made_a_second_time(
    shop_app: Flask, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_database("sqlite")
    make_pet_shop(address, [member(1), member(2)], [])
    adopted(address, name="old")
    copied("old:member", "people:customer")
    present = how_many(Customer)
    reach = reach_of("second", {Customer: lambda entity: entity.name == "会员2"})
    narrow = limits_of_parts({}, {"people:customer": ("second",)}, None)
    monkeypatch.setattr(kernel(), "reach", lambda _limits: reach)
    monkeypatch.setattr(kernel(), "limits", lambda: narrow)

    found = copied("old:member", "people:customer")

    monkeypatch.undo()
    assert found.counts == (0, 0, 1, 1)
    assert "not yours to change" in found.reasons[1][0]
    assert how_many(Customer) == present
