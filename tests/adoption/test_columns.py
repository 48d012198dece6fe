"""Every value of every column type is read, shown in a form and written back byte for byte, on real databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.core.fields.base import FieldProblem
from app.panel.choosing import choices_of
from app.panel.operators import operators_of
from app.panel.writing import digest
from tests.adoption.column_values import CASES, EXTENSIONS, READ_ONLY, Case
from tests.adoption.column_workshop import Bench, Workshop, check_forms, same, sent_untouched
from tests.support.databases import BACKENDS

Workshops = Callable[[str], Workshop]
prepared: set[str] = set()
# Tests leave the rows as they found them, so one table a case is enough.
benches: dict[Case, Bench] = {}


def bench_of(workshops: Workshops, case: Case) -> Bench:
    workshop = workshops(case.backend)
    if case not in benches or benches[case].workshop is not workshop:
        benches[case] = _made(workshop, case)
    return benches[case]


def _made(workshop: Workshop, case: Case) -> Bench:
    if case.backend not in prepared:
        prepared.add(case.backend)
        with workshop.engine.begin() as connection:
            for statement in EXTENSIONS.get(case.backend, ()):
                connection.exec_driver_sql(statement)
    return workshop.bench(case.declared, ("NULL", *case.literals), "NULL" if case.needs_null else "")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_value_goes_through_the_form_and_back_byte_for_byte(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case)
    assert bench.fit.writable, bench.fit.reason

    for row, value in bench.values().items():
        assert (value is None) == (row == 1), "the first literal is NULL, and no other is"
        check_forms(bench.entry, value)
        before = bench.dump(row)
        bench.empty(row)
        bench.write(row, bench.entry.parse(bench.entry.raw(value)))

        assert bench.dump(row) == before, (value, bench.entry.raw(value))


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_value_is_found_by_itself_where_the_column_can_be_filtered(
    workshop: Workshops, backend: str
) -> None:
    asked = 0
    for case in (each for each in CASES if each.backend == backend):
        bench = bench_of(workshop, case)
        for row, value in bench.values().items():
            if bench.fit.filterable and value is not None:
                asked += 1
                assert row in bench.found(value), (str(case), value)
                assert row in bench.found_among([value, value]), (str(case), value)
        if bench.fit.filterable:
            assert bench.found_among([]) == set()

    assert asked > 80


@pytest.mark.parametrize("case", CASES, ids=str)
def test_lists_and_aliases_read_the_same_values_as_records(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case)
    values = bench.values()

    for others in bench.values_in_other_ways():
        assert others.keys() == values.keys()
        for row, value in values.items():
            assert same(others[row], value), value


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rows_that_are_added_together_hold_just_what_was_typed(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case)
    values = bench.values()
    wanted = [bench.dump(row) for row in values]

    added = bench.add([bench.entry.parse(bench.entry.raw(value)) for value in values.values()])

    assert not set(added) & set(values)
    assert [bench.dump(row) for row in added] == wanted
    bench.remove(added)


_DOMAINS = {
    "price": 8,
    "zoned": 3,
    "zoned_twice": 3,
    "opens": 2,
    "more_than_ten": None,
    "labels": None,
    "state": None,
}


@pytest.mark.parametrize("case", [each for each in CASES if each.declared in _DOMAINS], ids=str)
def test_a_domain_whose_base_is_told_is_as_good_as_its_base(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case).told_below()
    entry, places = bench.entry, _DOMAINS[case.declared]

    assert bench.fit.writable and places in {getattr(entry, "scale", None), getattr(entry, "digits", None)}
    for row, value in bench.values().items():
        check_forms(entry, value)
        before = bench.dump(row)
        bench.empty(row)
        bench.write(row, entry.parse(entry.raw(value)))
        assert bench.dump(row) == before


@pytest.mark.parametrize("case", READ_ONLY, ids=str)
def test_a_type_that_is_not_written_is_shown_with_the_reason(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case)

    assert not bench.fit.writable and str(bench.fit.reason)
    assert bench.entry.read_only
    for row, value in bench.values().items():
        assert (bench.entry.display(value) == "") == (value is None)
        # Who takes back a deletion gets the row as it was, with what no person may change.
        before = bench.dump(row)
        bench.empty(row)
        bench.write(row, value)
        assert bench.dump(row) == before
        for shown in (bench.entry.export(value), bench.entry.mask(value), *bench.entry.raw(value)):
            shown.encode("utf-8")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nonsense_is_refused_by_the_field_or_by_the_database_and_changes_nothing(
    workshop: Workshops, case: Case
) -> None:
    bench = bench_of(workshop, case)
    try:
        value = bench.entry.parse(["\N{SNOWMAN}{nonsense"])
    except FieldProblem:
        return
    (row,) = bench.add([None])
    before = bench.dump(row)
    try:
        bench.write(row, value)
    except DBAPIError:
        assert bench.dump(row) == before
    else:
        # A type that takes any text keeps it as it is.
        assert same(bench.values()[row], value)
    bench.remove([row])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_neighbour_that_is_changed_leaves_an_untouched_value_alone(workshop: Workshops, case: Case) -> None:
    bench = bench_of(workshop, case)
    before: dict[int, Any] = {row: bench.dump(row) for row in bench.values()}

    for row in before:
        with bench.session() as session:
            record = session.get(bench.model, row)
            sent = sent_untouched(bench.entry, bench.entry.raw(record.v))
            if digest(sent) != digest(bench.entry.raw(record.v)):
                record.v = bench.entry.parse(sent)
            record.neighbour = row

    assert {row: bench.dump(row) for row in before} == before


_OPERANDS: dict[str, tuple[str, ...]] = {
    "none": (),
    "text": ("a",),
    "number": ("2000",),
    "day": ("2026-03-05",),
    "count": ("3",),
    "period": ("this_month",),
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_question_that_a_field_offers_is_one_that_its_column_answers(
    workshop: Workshops, backend: str
) -> None:
    asked = 0
    for case in (each for each in CASES if each.backend == backend):
        bench = bench_of(workshop, case)
        for operator in operators_of(bench.entry) if bench.fit.filterable else ():
            texts = (
                _OPERANDS.get(operator.input) or tuple(text for text, _label in choices_of(bench.entry))[:2]
            )
            operand = operator.read(bench.entry, texts * (2 if operator.values == 2 else 1)) if texts else ()
            with bench.session() as session:
                session.scalars(
                    select(bench.model.id).where(operator.condition(bench.model, bench.entry, operand))
                ).all()
            asked += 1

    assert asked > 120


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_column_that_is_called_sortable_has_an_order(workshop: Workshops, backend: str) -> None:
    sorted_ones = 0
    for case in (each for each in (*CASES, *READ_ONLY) if each.backend == backend):
        bench = bench_of(workshop, case)
        if bench.fit.sortable:
            sorted_ones += 1
            with bench.session() as session:
                rows = session.scalars(
                    select(bench.model).order_by(bench.model.v.desc(), bench.model.id)
                ).all()
            assert len(rows) == len(case.literals) + 1

    assert sorted_ones > 15
