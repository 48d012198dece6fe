"""Finds customers, products, payments, appointments, stock and costs, once it is known which tables are sales."""

from __future__ import annotations

import re

from app.adoption.proposing.role_columns import Candidate, refunds_of
from app.adoption.proposing.role_market import (
    APPOINTMENTS,
    COSTS,
    PAYMENTS,
    STOCK,
    Market,
    customer_score,
    product_score,
)
from app.adoption.proposing.role_parts import (
    by_zh,
    columns_of,
    counting_rows,
    epoch_of,
    evidence_of,
    name_of,
    seen_of,
    target_column,
    title_of,
    unit_of,
)
from app.adoption.proposing.roles import Parent, RoleProposal


def customers_of(market: Market) -> RoleProposal | None:
    """Return who buys."""
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
        columns_of(
            key=table.key,
            name=title_of(table),
            phone=name_of(by_zh(table, "手机") or forms.get("phone")),
            email=name_of(forms.get("email")),
            birthday=name_of(by_zh(table, "生日", "出生日期")),
            created=name_of(created),
            branch=name_of(table.link_to(seen_of(market.branches))),
        ),
        confidence=round(min(customer_score(table, market.head), 0.99), 2),
        evidence=evidence_of(
            name=True, people=True, referred=market.head and market.head.link_to(table.seen)
        ),
        filter=table.proposal.alive.value,
    )


def products_of(market: Market) -> RoleProposal | None:
    """Return what is sold."""
    table = market.products
    if table is None:
        return None
    return RoleProposal(
        "products",
        *table.seen.address,
        columns_of(
            key=table.key,
            name=title_of(table),
            price=name_of(table.price),
            cost=name_of(table.cost),
            category=name_of(by_zh(table, "分类", "类别")),
        ),
        confidence=round(min(product_score(table, market.line), 0.95), 2),
        evidence=evidence_of(price=table.price, referred=market.line and market.line.link_to(table.seen)),
        filter=table.proposal.alive.value,
        unit=unit_of(table, table.price, table.cost),
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


def payments_of(market: Market) -> RoleProposal | None:
    """Return what was paid and when."""
    found = (_payment(market, table) for table in _first(market, PAYMENTS))
    return next((each for each in found if each is not None), None)


def _payment(market: Market, table: Candidate) -> RoleProposal | None:
    """Return payments by a table of them; one that keeps no time takes that of the sale it belongs to."""
    head = market.head
    sale, own, amount = table.link_to(seen_of(head)), table.happened, table.any_amount
    if amount is None or (own is None and (sale is None or head is None)):
        return None
    refunds, given_back = refunds_of(table, amount)
    parent = Parent(*head.seen.address, ((sale.name, target_column(sale, head)),)) if sale and head else None
    time = own or (head.sale_time if head else None)
    return RoleProposal(
        "payments",
        *table.seen.address,
        columns_of(
            key=table.key,
            time=name_of(time, of_parent=own is None),
            sale=name_of(sale),
            customer=name_of(table.link_to(seen_of(market.customers))),
            amount=name_of(amount),
            method=name_of(by_zh(table, "方式")),
            branch=name_of(table.link_to(seen_of(market.branches))),
        ),
        confidence=0.9 if sale is not None and own is not None else 0.7,
        evidence=evidence_of(name=True, time=own, amount=True),
        parent=parent if own is None else None,
        filter=counting_rows(table),
        unit=unit_of(table, amount),
        refunds=refunds,
        refund_filter=given_back,
        epoch=epoch_of(table, own) if own is not None or head is None else epoch_of(head, time),
    )


def appointments_of(market: Market) -> RoleProposal | None:
    """Return who comes when."""
    for table in _first(market, APPOINTMENTS):
        time = table.happened
        if time is None:
            continue
        customer = table.link_to(seen_of(market.customers))
        return RoleProposal(
            "appointments",
            *table.seen.address,
            columns_of(
                key=table.key,
                time=name_of(time),
                customer=name_of(customer),
                product=name_of(table.link_to(seen_of(market.products))),
                branch=name_of(table.link_to(seen_of(market.branches))),
                status=name_of(by_zh(table, "状态")),
            ),
            confidence=0.9 if customer is not None else 0.7,
            evidence=evidence_of(name=True, time=True, customer=customer),
            filter=table.proposal.alive.value,
            epoch=epoch_of(table, time),
        )
    return None


def stock_of(market: Market) -> RoleProposal | None:
    """Return how much of what is where."""
    for table in _first(market, STOCK):
        product = table.link_to(seen_of(market.products))
        if table.quantity is None:
            continue
        return RoleProposal(
            "stock",
            *table.seen.address,
            columns_of(
                key=table.key,
                product=name_of(product),
                quantity=name_of(table.quantity),
                branch=name_of(table.link_to(seen_of(market.branches))),
            ),
            confidence=0.9 if product is not None else 0.6,
            evidence=evidence_of(name=True, quantity=True, product=product),
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
        columns_of(key=table.key, product=table.key, quantity=name_of(quantity)),
        confidence=0.7,
        evidence=evidence_of(columns=True, quantity=True),
        filter=table.proposal.alive.value,
    )


def costs_of(market: Market) -> RoleProposal | None:
    """Return what the shop spent."""
    for table in _first(market, COSTS):
        time = table.happened
        if time is None or table.any_amount is None:
            continue
        return RoleProposal(
            "costs",
            *table.seen.address,
            columns_of(
                key=table.key,
                time=name_of(time),
                amount=name_of(table.any_amount),
                kind=name_of(by_zh(table, "类型", "类别", "分类")),
                branch=name_of(table.link_to(seen_of(market.branches))),
            ),
            confidence=0.85,
            evidence=evidence_of(name=True, time=True, amount=True),
            filter=counting_rows(table),
            unit=unit_of(table, table.any_amount),
            epoch=epoch_of(table, time),
        )
    return None
