"""A mapping that becomes a row of the declaration and is read again is the same, whatever its columns are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.adoption.models import AdoptedRole, AdoptedSource
from app.adoption.playing.keeping import mapping_of, new_row, read_columns, read_join
from app.adoption.proposing.expressions import ExpressionProblem, quoted
from app.adoption.proposing.roles import CONTRACTS, Parent, RoleProposal
from app.core.keys import uuid7
from tests.adoption.proposing_support import Open
from tests.support.real_databases import EVERY_ONE

names = some.text(min_size=1, max_size=20).filter(lambda name: name.strip() == name)


def kept(mapping: RoleProposal, currency: str = "", time_zone: str = "") -> tuple[AdoptedRole, RoleProposal]:
    """Return a mapping's row and the mapping that the row gives."""
    source = AdoptedSource(id=uuid7(), currency=currency, time_zone=time_zone)
    row = new_row(source, mapping, is_used=False)
    return row, mapping_of(row, source)


@pytest.mark.parametrize(("name", "backend"), EVERY_ONE)
def test_every_proposal_for_a_real_database_comes_back_as_it_was(
    name: str, backend: str, opened: Open
) -> None:
    proposal = opened(name, backend).proposal

    for role in proposal.roles:
        _row, again = kept(role, proposal.currency.value, proposal.time_zone.value)
        assert again == role


@given(own=names, other=names, column=names)
def test_columns_of_any_name_come_back(own: str, other: str, column: str) -> None:
    mapping = RoleProposal(
        "sale_lines",
        "",
        "line",
        (("time", f"parent.{quoted(other)}"), ("amount", quoted(column))),
        confidence=0.85,
        evidence=("parent", "status"),
        parent=Parent("", "head", ((own, other), (column, own))),
        filter=f"{quoted(column)} is null",
        unit="minor",
        refunds="positive",
        refund_filter=f"{quoted(own)} = 2",
        epoch="ms",
    )

    _row, again = kept(mapping)

    assert again == mapping


@pytest.mark.parametrize("lines", ["a > b", "a = 1", "parent.a = b", "a = b or c = d", "", "= ="])
def test_what_is_no_pair_of_columns_is_refused_in_words(lines: str) -> None:
    with pytest.raises(ExpressionProblem):
        read_join(lines)


def test_lines_without_a_sign_name_no_column() -> None:
    assert read_columns("amount = a * b\n\nnonsense\nkey=id") == (("amount", "a * b"), ("key", "id"))


def test_every_contract_fits_its_own_row() -> None:
    for role, columns in CONTRACTS.items():
        mapping = RoleProposal(role, "s", "t", tuple((name, "x") for name in columns), confidence=0.5)
        assert kept(mapping)[1].columns == mapping.columns
