"""Finds which tables play which roles: sales first, because what they point to shows the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.adoption.proposing.expression_nodes import Name, renamed
from app.adoption.proposing.expressions import parse_condition, quoted
from app.adoption.proposing.results import TableProposal
from app.adoption.proposing.role_columns import (
    Candidate,
    amount_of_line,
    has_unread_status,
    holds_negative,
    refunds_of,
    status_filter,
)
from app.adoption.proposing.role_market import LEAST_SURE, Market, market_of
from app.adoption.proposing.role_others import (
    appointments_of,
    costs_of,
    customers_of,
    payments_of,
    products_of,
    stock_of,
)
from app.adoption.proposing.role_parts import (
    both,
    columns_of,
    counting_rows,
    epoch_of,
    evidence_of,
    name_of,
    seen_of,
    target_column,
    unit_of,
)
from app.adoption.proposing.roles import Parent, Refunds, RoleProposal, is_whole
from app.adoption.proposing.seeing import SeenTable

Address = tuple[str, str]
# How much less sure sales are where a status stands that nobody explains: unpaid ones may be among them.
_UNREAD = 0.2


def find_roles(
    seen: Mapping[Address, SeenTable], proposals: Mapping[Address, TableProposal], time_zone: str
) -> tuple[RoleProposal, ...]:
    """Return at most one proposal for each role, the surest first; views play none."""
    candidates = tuple(
        Candidate(table, proposals[address])
        for address, table in seen.items()
        if table.sketch.kind == "table"
    )
    market = market_of(candidates)
    found = (
        *_sales(market),
        customers_of(market),
        products_of(market),
        payments_of(market),
        appointments_of(market),
        stock_of(market),
        costs_of(market),
    )
    sure = [each for each in found if each is not None and each.confidence >= LEAST_SURE and is_whole(each)]
    return tuple(sorted((_placed(each, time_zone) for each in sure), key=lambda each: -each.confidence))


def _placed(proposal: RoleProposal, time_zone: str) -> RoleProposal:
    """Return a role with its currency and the zone its times are in: seconds since 1970 are UTC by definition."""
    currency = "CNY" if time_zone and proposal.unit else ""
    timed = proposal.expression("time")
    return replace(proposal, currency=currency, time_zone=time_zone if timed else "")


def _status(head: Candidate, counting: str) -> dict[str, object]:
    deleted = head.proposal.alive.value
    return {"status": status_filter(head), "deleted": deleted and counting, "unread": has_unread_status(head)}


def _of_parent(condition: str) -> str:
    """Return a condition on a sale as its lines write it."""
    if not condition:
        return ""
    return str(renamed(parse_condition(condition), lambda name: Name(name.column, of_parent=True)))


def _sales(market: Market) -> tuple[RoleProposal | None, ...]:
    """Return sales by their heads, where these hold amounts, and by their lines."""
    head, line = market.head, market.line
    if head is None:
        return ()
    lines = _sale_lines(market, head, line) if line is not None else None
    if head.sale_amount is not None:
        return _sale_heads(market, head), lines
    if lines is None:
        return ()
    columns = tuple(pair for pair in lines.columns if pair[0] != "sale")
    return replace(lines, role="sales", columns=columns), lines


def _sale_heads(market: Market, head: Candidate) -> RoleProposal:
    customer = head.link_to(seen_of(market.customers))
    refunds, given_back = refunds_of(head, head.sale_amount)
    counting = counting_rows(head)
    sure = 0.7 + 0.1 * (market.line is not None) + 0.15 * (customer is not None)
    sure -= _UNREAD * has_unread_status(head)
    return RoleProposal(
        "sales",
        *head.seen.address,
        columns_of(
            key=head.key,
            time=name_of(head.sale_time),
            customer=name_of(customer),
            amount=name_of(head.sale_amount),
            branch=name_of(head.link_to(seen_of(market.branches))),
        ),
        confidence=round(sure, 2),
        evidence=evidence_of(
            time=True, amount=True, customer=customer, lines=market.line, **_status(head, counting)
        ),
        filter=counting,
        unit=unit_of(head, head.sale_amount),
        refunds=refunds,
        refund_filter=given_back,
        epoch=epoch_of(head, head.sale_time),
    )


def _sale_lines(market: Market, head: Candidate, line: Candidate) -> RoleProposal | None:
    amount, sure = amount_of_line(line)
    on = line.link_to(head.seen)
    if not amount or on is None:
        return None
    refunds, given_back = _line_refunds(head, line)
    customer = head.link_to(seen_of(market.customers))
    counting = counting_rows(head)
    return RoleProposal(
        "sale_lines",
        *line.seen.address,
        columns_of(
            key=line.key,
            sale=quoted(on.name),
            time=name_of(head.sale_time, of_parent=True),
            customer=name_of(customer, of_parent=True),
            product=name_of(line.link_to(seen_of(market.products))),
            quantity=name_of(line.quantity),
            amount=amount,
            cost=name_of(line.cost),
            branch=name_of(head.link_to(seen_of(market.branches)), of_parent=True),
        ),
        confidence=round(max(sure - _UNREAD * has_unread_status(head), LEAST_SURE), 2),
        evidence=evidence_of(
            parent=True, computed="*" in amount, customer=customer, **_status(head, counting)
        ),
        parent=Parent(*head.seen.address, ((on.name, target_column(on, head)),)),
        filter=both(line.proposal.alive.value, _of_parent(counting)),
        unit=unit_of(line, line.line_amount, line.price),
        refunds=refunds,
        refund_filter=_of_parent(given_back),
        epoch=epoch_of(head, head.sale_time),
    )


def _line_refunds(head: Candidate, line: Candidate) -> tuple[Refunds, str]:
    if holds_negative(line.line_amount or line.quantity):
        return "negative", ""
    return refunds_of(head, head.sale_amount)
