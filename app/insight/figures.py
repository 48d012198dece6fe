"""Figures: a report's answer as a picture, drawn here as SVG, so that no page loads a script or a style for it.

Colours come from the page's style sheet by the classes of the parts, light and dark alike; those that stand at the
parts themselves are for the report that is a document by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from babel.numbers import format_compact_decimal
from flask_babel import get_locale
from markupsafe import Markup

from app.insight.methods.revenue import Period
from app.insight.reports import Result
from app.insight.telling import money_text, period_text, sentence

WIDE, NARROW = 760, 340
_HEIGHT, _TOP, _BOTTOM, _LEFT, _RIGHT = 240, 10, 26, 52, 4
_LINES = 4
_BAR = (
    '<rect class="{}" fill="#4a63d0" x="{}" y="{}" width="{}" height="{}" rx="1.5"><title>{}</title></rect>'
)
# A label needs about so much room.
_LABEL = 64


@dataclass(frozen=True, slots=True)
class _Scale:
    """From amounts to places on the picture; `step` lies between two lines."""

    least: Decimal
    most: Decimal
    step: Decimal

    def y(self, amount: Decimal) -> float:
        share = (self.most - amount) / (self.most - self.least)
        return round(_TOP + float(share) * (_HEIGHT - _TOP - _BOTTOM), 1)


def bar_chart(result: Result, width: int = WIDE) -> Markup:
    """Return the revenue of each period as bars in an inline SVG so many units wide; '' where there is none.

    A bar tells its figure when pointed at; the table with the same figures stands below.
    """
    periods: Sequence[Period] = result.found.periods
    if not periods:
        return Markup()
    scale = _scale([each.amount for each in periods])
    parts = [*_lines(scale, width), *_bars(result, periods, scale, width)]
    return Markup('<svg class="bars" role="img" viewBox="0 0 {} {}" aria-label="{}">{}</svg>').format(
        width, _HEIGHT, sentence(result) or result.title, Markup().join(parts)
    )


def _scale(amounts: Sequence[Decimal]) -> _Scale:
    most, least = max(*amounts, Decimal(0)), min(*amounts, Decimal(0))
    raw = (most - least) / _LINES or Decimal(1)
    power = Decimal(10) ** raw.adjusted()
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    # Decimals divide towards zero, so the direction is said.
    up = (most / step).to_integral_value(ROUND_CEILING)
    down = (least / step).to_integral_value(ROUND_FLOOR)
    return _Scale(down * step, max(up, down + 1) * step, step)


def _lines(scale: _Scale, width: int) -> Iterator[Markup]:
    amount = scale.least
    while amount <= scale.most:
        y = scale.y(amount)
        kind = "zero" if amount == 0 else "line"
        yield Markup('<line class="{}" stroke="#8e8e99" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            kind, _LEFT, width - _RIGHT, y, y
        )
        text = format_compact_decimal(amount, locale=get_locale() or "en", fraction_digits=1)
        yield Markup(
            '<text class="y" text-anchor="end" font-size="11" fill="#73737f" x="{}" y="{}">{}</text>'
        ).format(_LEFT - 6, y + 4, text)
        amount += scale.step


def _bars(result: Result, periods: Sequence[Period], scale: _Scale, width: int) -> Iterator[Markup]:
    room = (width - _LEFT - _RIGHT) / len(periods)
    every = -(-_LABEL // max(1, int(room))) if room < _LABEL else 1
    zero, best = scale.y(Decimal(0)), result.found.best
    for at, each in enumerate(periods):
        y, x = scale.y(each.amount), _LEFT + at * room
        kind = "best" if each is best and each.amount > 0 else "bar"
        title = f"{period_text(each.name)} · {money_text(each.amount, result.currency)}"
        yield Markup(
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"><title>{}</title></rect>'
        ).format(
            kind,
            round(x + room * 0.14, 1),
            min(y, zero),
            round(min(room * 0.72, 56), 1),
            round(abs(zero - y), 1),
            title,
        )
        if at % every == 0:
            middle = round(x + room * 0.14 + min(room * 0.72, 56) / 2, 1)
            yield Markup(
                '<text class="x" text-anchor="middle" font-size="11" fill="#73737f" x="{}" y="{}">{}</text>'
            ).format(max(middle, _LEFT + 14), _HEIGHT - 8, period_text(each.name))
