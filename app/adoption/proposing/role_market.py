"""Which tables stand around a sale: its lines, the customers, products and branches it points to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.adoption.proposing.role_columns import Candidate
from app.adoption.proposing.seeing import SeenTable

LEAST_SURE = 0.5

_SALES = re.compile(r"(订单|销售|销售单|销售订单|发票|账单|小票|交易)(记录)?$")
_LINES = re.compile(r"明细|子表|订单(中所包含的)?商品|行$")
_LINE_WORDS = frozenset({"item", "items", "line", "lines", "detail", "details", "product", "products"})
_NO_SALES = re.compile(
    r"采购|进货|入库|出库|购物车|处方|退货|退款|报价|调拨|盘点|报损|库存|设置|历史|日志|评价"
)
_CUSTOMERS = re.compile(r"^(会员|客户|顾客|患者|客人)$")
_USERS = re.compile(r"^用户$")
_PRODUCTS = re.compile(r"^(商品|产品|药品|曲目|货品|菜品)$")
PAYMENTS = re.compile(r"^(销售|订单)?(付款|支付|收款)(记录|流水|明细|单|信息)?$")
APPOINTMENTS = re.compile(r"^预约(记录|单|登记)?$")
STOCK = re.compile(r"(库存|(商品|产品|药品)数量)$")
COSTS = re.compile(r"^(费用|支出|开支|费用支出|日常支出)(记录|明细|单)?$")
_PLACES = re.compile(r"(门店|店铺|分店)$")


@dataclass(frozen=True)
class Market:
    """The tables around a sale, as far as they are known."""

    candidates: tuple[Candidate, ...]
    head: Candidate | None = None
    line: Candidate | None = None
    customers: Candidate | None = None
    products: Candidate | None = None
    branches: Candidate | None = None


def market_of(candidates: tuple[Candidate, ...]) -> Market:
    """Return the tables around the sales of a database."""
    by_table = {id(each.seen): each for each in candidates}
    pairs = [
        (_line_score(line, by_table[id(column.link)]), line, by_table[id(column.link)])
        for line in candidates
        for column in line.seen.columns
        if column.link is not None and id(column.link) in by_table and column.link is not line.seen
    ]
    score, line, head = max(pairs, key=lambda each: each[0], default=(0.0, None, None))
    if score < 0.6:
        line, head = None, max(candidates, key=_head_score, default=None)
        if head is not None and _head_score(head) < 0.6:
            head = None
    customers = _most(candidates, lambda each: customer_score(each, head))
    branches = _most(candidates, lambda each: 0.9 if _PLACES.search(each.seen.noun) else 0.0)
    products = _most(candidates, lambda each: product_score(each, line))
    return Market(candidates, head, line, customers, products, branches)


def _most(candidates: tuple[Candidate, ...], score: Callable[[Candidate], float]) -> Candidate | None:
    best = max(candidates, key=score, default=None)
    return best if best is not None and score(best) >= LEAST_SURE else None


def _is_no_sale(candidate: Candidate) -> bool:
    return any(_NO_SALES.search(text) for text in (candidate.seen.zh, candidate.seen.named) if text)


def _line_score(line: Candidate, head: Candidate) -> float:
    """Return how well one table's rows are the lines of another's sales."""
    if _is_no_sale(line) or _is_no_sale(head) or line.quantity is None or head.sale_time is None:
        return 0.0
    score = 0.3
    score += 0.2 if line.price is not None or line.line_amount is not None else 0.0
    sold = any(_SALES.search(text) for text in (head.seen.noun, head.seen.named))
    bought = any(each.link is not None and _is_customers(each.link) for each in head.seen.columns)
    if not sold and not bought:
        return 0.0
    score += 0.25 if sold else 0.0
    named = _LINES.search(line.seen.zh) or _LINE_WORDS & set(line.seen.words[-1:])
    score += 0.15 if named else 0.0
    others = [each.link for each in line.seen.columns if each.link not in (None, head.seen)]
    return score + (0.1 if others else 0.0)


def _is_customers(table: SeenTable) -> bool:
    return any(map(_CUSTOMERS.match, (table.noun, table.named)))


def _head_score(head: Candidate) -> float:
    if _is_no_sale(head) or head.sale_time is None or head.sale_amount is None:
        return 0.0
    return 0.65 if any(_SALES.search(text) for text in (head.seen.noun, head.seen.named)) else 0.3


def customer_score(candidate: Candidate, head: Candidate | None) -> float:
    """Return how well a table's rows are the shop's customers."""
    noun = (candidate.seen.noun, candidate.seen.named)
    named = 0.5 if any(map(_CUSTOMERS.match, noun)) else 0.3 if any(map(_USERS.match, noun)) else 0.0
    if not named:
        return 0.0
    reached = any(candidate.marked(each).form.value for each in candidate.seen.columns)
    people = any(candidate.marked(each).personal.value == "identity" for each in candidate.seen.columns)
    pointed = head is not None and head.link_to(candidate.seen) is not None
    return named + 0.1 * reached + 0.15 * people + 0.25 * pointed


def product_score(candidate: Candidate, line: Candidate | None) -> float:
    """Return how well a table's rows are what the shop sells."""
    named = any(_PRODUCTS.match(text) for text in (candidate.seen.noun, candidate.seen.named))
    pointed = line is not None and line.link_to(candidate.seen) is not None
    priced = candidate.price is not None
    return 0.45 * named + 0.3 * pointed + 0.25 * priced if named or (pointed and priced) else 0.0
