"""Which column of a table is its time, amount, quantity, price, and which rows of it count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from app.adoption.proposing.expressions import quoted
from app.adoption.proposing.results import Choice, ColumnProposal, TableProposal
from app.adoption.proposing.roles import Refunds
from app.adoption.proposing.seeing import SeenColumn, SeenTable

_SALE_TIMES = re.compile(r"下单|订单日期|订单时间|销售(时间|日期)|发票日期|开票|提交时间|成交|交易时间")
_NO_SALE_TIMES = re.compile(r"要求|预计|发货|收货|修改|更新|评价|取消|完成|删除|生日|出生|有效|到期|结束")
_SALE_AMOUNTS = (
    (re.compile(r"实收|实付|实际支付|支付金额"), 1.0),
    (re.compile(r"合计|总计|总额|总金额|应付金额"), 0.8),
    (re.compile(r"^(销售|订单|交易|成交)?(金额|额)$"), 0.7),
    (re.compile(r"应收"), 0.6),
)
_NO_SALE_AMOUNTS = re.compile(r"运费|优惠|折扣|促销|抵扣|券|退|税|成本|押金|余额|进价|单价|找零|邮费")
_LINE_AMOUNT = re.compile(r"^(销售|商品|行|明细|总)?(金额|小计|合计|总额|总价|价税合计)$")
_PRICES = (
    (re.compile(r"零售价"), 1.0),
    (re.compile(r"售价|销售价格?|成交价"), 0.95),
    (re.compile(r"单价"), 0.9),
    (re.compile(r"价格?$"), 0.7),
)
_NO_PRICES = re.compile(r"进价|进货|采购|成本|会员|市场|原价|促销|最低|最高|优惠|限时|满减")
_COSTS = re.compile(r"进价|进货价|成本价?$|采购(单)?价")
_QUANTITIES = re.compile(r"(^|购买|销售|库存|商品|产品|药品|货品)数量$|^在库|^库存量?$")
_NO_STOCK = re.compile(r"锁定|预警|下限|上限|最低|最高|安全|在订")
_STATUS = re.compile(r"状态$")
_NO_STATUS = re.compile(r"确认|删除|审核|发票|打印|评价|退|显示|推荐|同步|通知")
_DOES_NOT_COUNT = re.compile(
    r"待付|未付|未支付|待支付|未结|待结|挂单|草稿|取消|关闭|作废|无效|失败|退款|退货|冲正|撤销|未完成"
    r"|unpaid|pending|cancel|void|draft|invalid|fail|refund|dispute|closed|returned|on.?hold|abandon",
    re.IGNORECASE,
)
_GIVEN_BACK = re.compile(r"退货|退款|refund|return", re.IGNORECASE)
_MOST_STATES = 15

Fits = Callable[[SeenColumn], float]


@dataclass(frozen=True)
class Candidate:
    """A table that may play a role, with what is proposed for it."""

    seen: SeenTable
    proposal: TableProposal

    def marked(self, column: SeenColumn) -> ColumnProposal:
        """Return what is proposed for a column."""
        found = self.proposal.column(column.name)
        assert found is not None  # both are made of the same sketch
        return found

    def best(self, fits: Fits) -> SeenColumn | None:
        """Return the column that fits best, the first of equals; None where all are at 0."""
        scored = [(fits(column), -at) for at, column in enumerate(self.seen.columns)]
        score, at = max(scored, default=(0.0, 0))
        return self.seen.columns[-at] if score > 0 else None

    def money(self, column: SeenColumn) -> bool:
        """Whether a column keeps money."""
        return bool(self.marked(column).money.value)

    def is_moment(self, column: SeenColumn) -> bool:
        """Whether a column keeps a date or time, of whichever kind."""
        return column.is_moment or bool(self.marked(column).epoch.value)

    @cached_property
    def sale_time(self) -> SeenColumn | None:
        """When a sale was made: its own date, else when the row was written, else when it was paid."""
        return self.best(self._fits_sale_time)

    def _fits_sale_time(self, column: SeenColumn) -> float:
        if not self.is_moment(column):
            return 0.0
        texts = _texts(column)
        if self.marked(column).stamp.value == "created_at":
            return 0.9
        if any(_NO_SALE_TIMES.search(text) for text in texts):
            return 0.05
        if any(_SALE_TIMES.search(text) for text in texts):
            return 1.0
        return 0.7 if any("支付" in text or "付款" in text for text in texts) else 0.3

    @cached_property
    def happened(self) -> SeenColumn | None:
        """When a payment, appointment or expense was, rather than when its row was written or changed."""
        return self.best(self._fits_happened)

    def _fits_happened(self, column: SeenColumn) -> float:
        if not self.is_moment(column):
            return 0.0
        texts = _texts(column)
        if any(text.startswith(("修改", "更新", "取消", "删除")) for text in texts):
            return 0.1
        return 0.5 if any(text.startswith("创建") for text in texts) else 1.0

    @cached_property
    def sale_amount(self) -> SeenColumn | None:
        """What a whole sale came to."""
        return self.best(self._fits_sale_amount)

    def _fits_sale_amount(self, column: SeenColumn) -> float:
        if not self.money(column):
            return 0.0
        named = _rated(column.named, _SALE_AMOUNTS, _NO_SALE_AMOUNTS)
        return max(named, _rated(column.label, _SALE_AMOUNTS, _NO_SALE_AMOUNTS))

    @cached_property
    def line_amount(self) -> SeenColumn | None:
        """What one line came to, where the table keeps it."""
        return self.best(
            lambda column: float(self.money(column) and any(map(_LINE_AMOUNT.search, _texts(column))))
        )

    @cached_property
    def any_amount(self) -> SeenColumn | None:
        """The amount of a payment or an expense: the plainest column of money."""
        return self.best(self._fits_any_amount)

    def _fits_any_amount(self, column: SeenColumn) -> float:
        if not self.money(column):
            return 0.0
        return 1.0 if any(text.endswith("金额") for text in _texts(column)) else 0.5

    @cached_property
    def price(self) -> SeenColumn | None:
        """What one piece is sold for."""
        return self.best(self._fits_price)

    def _fits_price(self, column: SeenColumn) -> float:
        if not self.money(column):
            return 0.0
        return max((_rated(text, _PRICES, _NO_PRICES) for text in _texts(column)), default=0.0)

    @cached_property
    def cost(self) -> SeenColumn | None:
        """What one piece cost the shop."""
        return self.best(lambda column: float(self.money(column) and any(map(_COSTS.search, _texts(column)))))

    @cached_property
    def quantity(self) -> SeenColumn | None:
        """How many pieces."""
        return self.best(self._fits_quantity)

    def _fits_quantity(self, column: SeenColumn) -> float:
        if not column.is_number or column.link is not None or column.is_key:
            return 0.0
        texts = _texts(column)
        if any(_NO_STOCK.search(text) for text in texts):
            return 0.0
        if any(_QUANTITIES.search(text) for text in texts):
            return 1.0
        # `quantity_shipped`: unknown words behind or before it do not make it another thing.
        return (
            0.5 if {"quantity", "qty"} & {*column.words[:1], *column.words[-1:]} and not column.named else 0.0
        )

    def link_to(self, target: SeenTable | None) -> SeenColumn | None:
        """Return the column that names a row of `target`."""
        return next((each for each in self.seen.columns if target is not None and each.link is target), None)

    def has_money(self) -> bool:
        """Whether any column keeps money."""
        return any(self.money(column) for column in self.seen.columns)

    @property
    def key(self) -> str:
        """The single column that tells rows apart, '' where there are several or none."""
        key = self.seen.sketch.primary_key or self.seen.sketch.key
        return quoted(key[0]) if len(key) == 1 else ""


def _texts(column: SeenColumn) -> tuple[str, ...]:
    return tuple(text for text in (column.label, column.named) if text)


def _rated(text: str, rates: Iterable[tuple[re.Pattern[str], float]], never: re.Pattern[str]) -> float:
    if not text or never.search(text):
        return 0.0
    return next((rate for pattern, rate in rates if pattern.search(text)), 0.0)


def amount_of_line(line: Candidate) -> tuple[str, float]:
    """Return the expression for what a line came to and how sure it is; '' where it can't be computed."""
    if line.line_amount is not None:
        return quoted(line.line_amount.name), 0.9
    if line.price is None or line.quantity is None:
        return "", 0.0
    product = f"{quoted(line.price.name)} * {quoted(line.quantity.name)}"
    discount = next((each for each in line.seen.columns if _is_discount(each)), None)
    if discount is None:
        return product, 0.85
    factor, sure = _left_by(discount)
    return (f"{product} * {factor}" if factor else product), sure


def _is_discount(column: SeenColumn) -> bool:
    return column.is_number and any(text in {"折扣", "折扣率"} for text in _texts(column))


def _left_by(discount: SeenColumn) -> tuple[str, float]:
    """Return what a price is multiplied by after a discount, '' where its values tell of no share, and how sure."""
    name = quoted(discount.name)
    values = [Decimal(str(value)) for value in discount.values if _is_real(value)]
    if {"percent", "pct", "percentage"} & set(discount.words):
        return f"(1 - {name} / 100)", 0.6 if all(0 <= value <= 100 for value in values) else 0.4
    if not values:
        return f"(1 - {name})", 0.5
    if not all(0 <= value <= 1 for value in values):
        return "", 0.5
    # Mostly near 0: a share taken off; mostly near 1: the share that is left (0.88 is 八八折).
    taken_off = sum(value < Decimal("0.5") for value in values) * 2 >= len(values)
    return (f"(1 - {name})" if taken_off else name), 0.85


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and Decimal(str(value)).is_finite()


def status_filter(candidate: Candidate) -> str:
    """Return the condition that leaves out what was never paid, cancelled or given back; '' without a status."""
    column = candidate.best(lambda each: _fits_status(candidate, each))
    if column is None:
        return ""
    states = _states(candidate, column)
    counting = [
        state.code for state in states if not _is_unread(state) and not _DOES_NOT_COUNT.search(state.text)
    ]
    if not counting or len(counting) == len(states):
        return ""
    return in_codes(column, counting)


def has_unread_status(candidate: Candidate) -> bool:
    """Return whether a status has codes that nothing explains, so that a person must say whether they count."""
    statuses = [column for column in candidate.seen.columns if _is_status(column)]
    told = any(_states(candidate, column) for column in statuses)
    unread = any(_is_unread(state) for column in statuses for state in _states(candidate, column))
    return bool(statuses) and (unread or not told)


def _is_status(column: SeenColumn) -> bool:
    named = column.words[-1:] in {("status",), ("state",)} or bool(_STATUS.search(column.zh))
    return named and not _NO_STATUS.search(column.zh)


def _is_unread(state: Choice) -> bool:
    """Return whether a code stands for itself and is a number, which says nothing."""
    return state.text == state.code and state.code.lstrip("-").isdigit()


def in_codes(column: SeenColumn, codes: list[str]) -> str:
    """Return the condition that a column has one of these codes."""
    values = [code if column.is_number else "'" + code.replace("'", "''") + "'" for code in codes]
    name = quoted(column.name)
    return f"{name} = {values[0]}" if len(values) == 1 else f"{name} in ({', '.join(values)})"


def _states(candidate: Candidate, column: SeenColumn) -> tuple[Choice, ...]:
    if told := candidate.marked(column).choices.value:
        return told
    seen = sorted({value for value in column.values if isinstance(value, str)})
    return tuple(Choice(value, value) for value in seen) if len(seen) <= _MOST_STATES else ()


def _fits_status(candidate: Candidate, column: SeenColumn) -> float:
    texts = _texts(column)
    named = column.words[-1:] in {("status",), ("state",)} or any(_STATUS.search(text) for text in texts)
    if not named or any(_NO_STATUS.search(text) for text in texts) or not _states(candidate, column):
        return 0.0
    if column.words in {("status",), ("state",)} or any("订单状态" in text for text in texts):
        return 1.0
    return 0.8


def refunds_of(candidate: Candidate, amount: SeenColumn | None) -> tuple[Refunds, str]:
    """Return how money given back stands there, and the condition that finds such rows where amounts are positive."""
    if holds_negative(amount):
        return "negative", ""
    for column in candidate.seen.columns:
        kinds = candidate.marked(column).choices.value
        if not kinds or any(_STATUS.search(text) for text in _texts(column)):
            continue
        back = [choice.code for choice in kinds if _GIVEN_BACK.search(choice.text)]
        if back and len(back) < len(kinds):
            return "positive", in_codes(column, back)
    return "", ""


def holds_negative(column: SeenColumn | None) -> bool:
    """Return whether a sampled value of the column is below 0."""
    return column is not None and any(_is_negative(value) for value in column.values)


def _is_negative(value: Any) -> bool:
    try:
        return bool(value < 0)
    except TypeError:
        return False
