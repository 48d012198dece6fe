"""Finds which tables play which roles: sales first, because what they point to shows the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from app.adoption.proposing.expression_nodes import Name, renamed
from app.adoption.proposing.expressions import parse_condition, quoted
from app.adoption.proposing.results import Epoch, TableProposal, Unit
from app.adoption.proposing.role_columns import (
    Candidate,
    amount_of_line,
    has_unread_status,
    holds_negative,
    refunds_of,
    status_filter,
)
from app.adoption.proposing.role_market import (
    APPOINTMENTS,
    COSTS,
    LEAST_SURE,
    PAYMENTS,
    STOCK,
    Market,
    customer_score,
    market_of,
    product_score,
)
from app.adoption.proposing.roles import Parent, Refunds, RoleProposal, is_whole
from app.adoption.proposing.seeing import SeenColumn, SeenTable

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
        _customers(market),
        _products(market),
        _payments(market),
        _appointments(market),
        _stock(market),
        _costs(market),
    )
    sure = [each for each in found if each is not None and each.confidence >= LEAST_SURE and is_whole(each)]
    return tuple(sorted((_placed(each, time_zone) for each in sure), key=lambda each: -each.confidence))


def _placed(proposal: RoleProposal, time_zone: str) -> RoleProposal:
    """Return a role with its currency and the zone its times are in: seconds since 1970 are UTC by definition."""
    currency = "CNY" if time_zone and proposal.unit else ""
    timed = proposal.expression("time")
    return replace(proposal, currency=currency, time_zone=time_zone if timed else "")


def _columns(**found: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in found.items() if text)


def _name(column: SeenColumn | None, *, of_parent: bool = False) -> str:
    return ("parent." if of_parent else "") + quoted(column.name) if column is not None else ""


def _seen(table: Candidate | None) -> SeenTable | None:
    return table.seen if table is not None else None


def _unit(candidate: Candidate, *columns: SeenColumn | None) -> Unit:
    units = [candidate.marked(column).money.value for column in columns if column is not None]
    return next((unit for unit in units if unit), "")


def _epoch(candidate: Candidate, column: SeenColumn | None) -> Epoch:
    return candidate.marked(column).epoch.value if column is not None else ""


def _evidence(**facts: object) -> tuple[str, ...]:
    return tuple(code for code, holds in facts.items() if holds)


def _status(head: Candidate, counting: str) -> dict[str, object]:
    deleted = head.proposal.alive.value
    return {"status": status_filter(head), "deleted": deleted and counting, "unread": has_unread_status(head)}


def _counting(head: Candidate) -> str:
    return _both(status_filter(head), head.proposal.alive.value)


def _both(*conditions: str) -> str:
    return " and ".join(condition for condition in conditions if condition)


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
    customer = head.link_to(_seen(market.customers))
    refunds, given_back = refunds_of(head, head.sale_amount)
    counting = _counting(head)
    sure = 0.7 + 0.1 * (market.line is not None) + 0.15 * (customer is not None)
    sure -= _UNREAD * has_unread_status(head)
    return RoleProposal(
        "sales",
        *head.seen.address,
        _columns(
            key=head.key,
            time=_name(head.sale_time),
            customer=_name(customer),
            amount=_name(head.sale_amount),
            branch=_name(head.link_to(_seen(market.branches))),
        ),
        confidence=round(sure, 2),
        evidence=_evidence(
            time=True, amount=True, customer=customer, lines=market.line, **_status(head, counting)
        ),
        filter=counting,
        unit=_unit(head, head.sale_amount),
        refunds=refunds,
        refund_filter=given_back,
        epoch=_epoch(head, head.sale_time),
    )


def _sale_lines(market: Market, head: Candidate, line: Candidate) -> RoleProposal | None:
    amount, sure = amount_of_line(line)
    on = line.link_to(head.seen)
    if not amount or on is None:
        return None
    refunds, given_back = _line_refunds(head, line)
    customer = head.link_to(_seen(market.customers))
    counting = _counting(head)
    return RoleProposal(
        "sale_lines",
        *line.seen.address,
        _columns(
            key=line.key,
            sale=quoted(on.name),
            time=_name(head.sale_time, of_parent=True),
            customer=_name(customer, of_parent=True),
            product=_name(line.link_to(_seen(market.products))),
            quantity=_name(line.quantity),
            amount=amount,
            cost=_name(line.cost),
            branch=_name(head.link_to(_seen(market.branches)), of_parent=True),
        ),
        confidence=round(sure - _UNREAD * has_unread_status(head), 2),
        evidence=_evidence(parent=True, computed="*" in amount, customer=customer, **_status(head, counting)),
        parent=Parent(*head.seen.address, ((on.name, _target_column(on, head)),)),
        filter=_both(line.proposal.alive.value, _of_parent(counting)),
        unit=_unit(line, line.line_amount, line.price),
        refunds=refunds,
        refund_filter=_of_parent(given_back),
        epoch=_epoch(head, head.sale_time),
    )


def _line_refunds(head: Candidate, line: Candidate) -> tuple[Refunds, str]:
    if holds_negative(line.line_amount or line.quantity):
        return "negative", ""
    return refunds_of(head, head.sale_amount)


def _target_column(on: SeenColumn, head: Candidate) -> str:
    """Return the column of the head that a line's column names: a relation's, else the key."""
    for relation in on.table.sketch.relations:
        if relation.columns == (on.name,) and (relation.schema, relation.table) == head.seen.address:
            return relation.target_columns[0]
    return (head.seen.sketch.primary_key or head.seen.sketch.key)[0]


def _by_zh(candidate: Candidate, *texts: str) -> SeenColumn | None:
    """Return the first column whose label or name says one of `texts` in Chinese."""
    for text in texts:
        for column in candidate.seen.columns:
            if text in column.label or text in column.named:
                return column
    return None


def _customers(market: Market) -> RoleProposal | None:
    table = market.customers
    if table is None:
        return None
    forms = {table.marked(each).form.value: each for each in reversed(table.seen.columns)}
    created = next(
        (each for each in table.seen.columns if table.marked(each).stamp.value == "created_at"), None
    )
    return RoleProposal(
        "customers",
        *table.seen.address,
        _columns(
            key=table.key,
            name=_title(table),
            phone=_name(_by_zh(table, "手机") or forms.get("phone")),
            email=_name(forms.get("email")),
            birthday=_name(_by_zh(table, "生日", "出生日期")),
            created=_name(created),
            branch=_name(table.link_to(_seen(market.branches))),
        ),
        confidence=round(min(customer_score(table, market.head), 0.99), 2),
        evidence=_evidence(name=True, people=True, referred=market.head and market.head.link_to(table.seen)),
        filter=table.proposal.alive.value,
    )


def _title(table: Candidate) -> str:
    title = table.proposal.title.value
    if not title:
        return ""
    return quoted(title[0]) if len(title) == 1 else f"concat({', '.join(_spaced(title))})"


def _spaced(names: tuple[str, ...]) -> list[str]:
    parts = [quoted(names[0])]
    for name in names[1:]:
        parts += ["' '", quoted(name)]
    return parts


def _products(market: Market) -> RoleProposal | None:
    table = market.products
    if table is None:
        return None
    return RoleProposal(
        "products",
        *table.seen.address,
        _columns(
            key=table.key,
            name=_title(table),
            price=_name(table.price),
            cost=_name(table.cost),
            category=_name(_by_zh(table, "分类", "类别")),
        ),
        confidence=round(min(product_score(table, market.line), 0.95), 2),
        evidence=_evidence(price=table.price, referred=market.line and market.line.link_to(table.seen)),
        filter=table.proposal.alive.value,
        unit=_unit(table, table.price, table.cost),
    )


def _first(market: Market, noun: re.Pattern[str]) -> list[Candidate]:
    """Return the tables that are called so and are no part of a sale themselves."""
    taken = (market.head, market.line, market.customers, market.products)
    return [
        each
        for each in market.candidates
        if each not in taken
        and (noun.search(each.seen.noun) or (not each.seen.label and noun.search(each.seen.named)))
    ]


def _payments(market: Market) -> RoleProposal | None:
    for table in _first(market, PAYMENTS):
        time = table.happened
        if time is None or table.any_amount is None:
            continue
        sale = table.link_to(_seen(market.head))
        refunds, given_back = refunds_of(table, table.any_amount)
        return RoleProposal(
            "payments",
            *table.seen.address,
            _columns(
                key=table.key,
                time=_name(time),
                sale=_name(sale),
                customer=_name(table.link_to(_seen(market.customers))),
                amount=_name(table.any_amount),
                method=_name(_by_zh(table, "方式")),
                branch=_name(table.link_to(_seen(market.branches))),
            ),
            confidence=0.9 if sale is not None else 0.7,
            evidence=_evidence(name=True, time=True, amount=True),
            filter=_counting(table),
            unit=_unit(table, table.any_amount),
            refunds=refunds,
            refund_filter=given_back,
            epoch=_epoch(table, time),
        )
    return None


def _appointments(market: Market) -> RoleProposal | None:
    for table in _first(market, APPOINTMENTS):
        time = table.happened
        if time is None:
            continue
        customer = table.link_to(_seen(market.customers))
        return RoleProposal(
            "appointments",
            *table.seen.address,
            _columns(
                key=table.key,
                time=_name(time),
                customer=_name(customer),
                product=_name(table.link_to(_seen(market.products))),
                branch=_name(table.link_to(_seen(market.branches))),
                status=_name(_by_zh(table, "状态")),
            ),
            confidence=0.9 if customer is not None else 0.7,
            evidence=_evidence(name=True, time=True, customer=customer),
            filter=table.proposal.alive.value,
            epoch=_epoch(table, time),
        )
    return None


def _stock(market: Market) -> RoleProposal | None:
    for table in _first(market, STOCK):
        product = table.link_to(_seen(market.products))
        if table.quantity is None:
            continue
        return RoleProposal(
            "stock",
            *table.seen.address,
            _columns(
                key=table.key,
                product=_name(product),
                quantity=_name(table.quantity),
                branch=_name(table.link_to(_seen(market.branches))),
            ),
            confidence=0.9 if product is not None else 0.6,
            evidence=_evidence(name=True, quantity=True, product=product),
            filter=table.proposal.alive.value,
        )
    return _stock_of_products(market.products)


def _stock_of_products(table: Candidate | None) -> RoleProposal | None:
    """Return stock where the products themselves say how many there are."""
    quantity = table.quantity if table is not None else None
    if table is None or quantity is None or "库存" not in quantity.zh or not table.key:
        return None
    return RoleProposal(
        "stock",
        *table.seen.address,
        _columns(key=table.key, product=table.key, quantity=_name(quantity)),
        confidence=0.7,
        evidence=_evidence(columns=True, quantity=True),
        filter=table.proposal.alive.value,
    )


def _costs(market: Market) -> RoleProposal | None:
    for table in _first(market, COSTS):
        time = table.happened
        if time is None or table.any_amount is None:
            continue
        return RoleProposal(
            "costs",
            *table.seen.address,
            _columns(
                key=table.key,
                time=_name(time),
                amount=_name(table.any_amount),
                kind=_name(_by_zh(table, "类型", "类别", "分类")),
                branch=_name(table.link_to(_seen(market.branches))),
            ),
            confidence=0.85,
            evidence=_evidence(name=True, time=True, amount=True),
            filter=_counting(table),
            unit=_unit(table, table.any_amount),
            epoch=_epoch(table, time),
        )
    return None
