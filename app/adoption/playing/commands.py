"""Commands: a person says which table plays a role, or that none does."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.adoption.declaring import ADOPT
from app.adoption.models import AdoptedRole
from app.adoption.playing.checking import check, check_place
from app.adoption.playing.keeping import keep, new_row
from app.adoption.playing.workbench import Workbench, places_of, workbench_of
from app.adoption.proposing.roles import CONTRACTS, RoleProposal
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.transaction import command


class NotProposed(Conflict):
    """Yes was said to a role for which no table is named."""

    code = "not-proposed"
    message = _l("Say first which table it is.")


@command(ADOPT)
def save_role(code: str, mapping: RoleProposal, *, is_used: bool, version: int) -> None:
    """Keep a mapping; raise `Invalid` with messages by input, or `Conflict` where somebody else changed it meanwhile.

    `version` is that of the row the form was made from, 0 where there was none.
    """
    bench = workbench_of(code)
    row = _row(bench, mapping.role, version)
    if errors := check(mapping, bench.readable(places_of(mapping))):
        raise Invalid(errors)
    if row is None:
        db.session.add(new_row(bench.source, mapping, is_used=is_used))
    else:
        keep(row, mapping, is_used=is_used)


@command(ADOPT)
def answer_role(code: str, role: str, *, is_used: bool, version: int) -> None:
    """Say yes or no to the mapping that is kept; raise `NotProposed`, `Invalid` or `Conflict`."""
    bench = workbench_of(code)
    mapping = bench.mapping(role)
    row = _row(bench, role, version)
    if row is None or (is_used and mapping is None):
        raise NotProposed
    if is_used and mapping is not None and (errors := check(mapping, bench.readable(places_of(mapping)))):
        raise Invalid(errors)
    if row.is_used != is_used:
        row.is_used = is_used


@command(ADOPT)
def say_none_plays(code: str, role: str, *, version: int) -> None:
    """Say that nothing in the database plays a role; raise `Conflict`. The row's history keeps what stood there."""
    bench = workbench_of(code)
    row = _row(bench, role, version)
    nothing = RoleProposal(role, "", "", (), confidence=0.0)  # type: ignore[arg-type]
    if row is None:
        db.session.add(new_row(bench.source, nothing, is_used=False))
    else:
        keep(row, nothing, is_used=False)


@command(ADOPT)
def place_source(code: str, currency: str, time_zone: str, *, version: int) -> None:
    """Say in which currency and time zone a database counts; raise `Invalid` or `Conflict`."""
    source = workbench_of(code).source
    if source.row_version != version:
        raise Conflict
    if errors := check_place(currency, time_zone):
        raise Invalid(errors)
    if source.currency != currency:
        source.currency = currency
    if source.time_zone != time_zone:
        source.time_zone = time_zone


def _row(bench: Workbench, role: str, version: int) -> AdoptedRole | None:
    if role not in CONTRACTS:
        raise NotFound
    row = bench.roles.get(role)
    if (row.row_version if row is not None else 0) != version:
        raise Conflict
    return row
