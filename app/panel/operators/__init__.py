"""Operators: what a filter can ask of each type of field; one place knows them all.

A field type of a slice's own inherits the operators of its base; one with other questions registers them with
`operators_of.register`. Only the affirmative of each question is written as a condition: its denial is true wherever
the affirmative is not, so that “is not X” includes what is empty and every answer is either yes or no.
"""

from __future__ import annotations

from functools import singledispatch

from app.core import fields
from app.panel.operators.base import EMPTY, FILLED, Operator
from app.panel.operators.choices import CHOICE, YES_NO
from app.panel.operators.days import DAY
from app.panel.operators.links import LINK, LINKS
from app.panel.operators.numbers import NUMBER
from app.panel.operators.options import ANSWER, MANY_CHOICES, ONE_CHOICE
from app.panel.operators.texts import TEXT

__all__ = ["Operator", "operators_of"]


@singledispatch
def operators_of(_field: fields.Field) -> tuple[Operator, ...]:
    """Return the questions that can be asked of a field, the likeliest first."""
    return TEXT


for _type, _operators in {
    fields.WholeNumber: NUMBER,
    fields.Quantity: NUMBER,
    fields.Money: NUMBER,
    fields.Date: DAY,
    fields.Moment: DAY,
    fields.Choice: CHOICE,
    fields.OneChoice: ONE_CHOICE,
    fields.ManyChoices: MANY_CHOICES,
    fields.YesNo: YES_NO,
    fields.Answer: ANSWER,
    fields.Link: LINK,
    fields.Links: LINKS,
    fields.File: (FILLED, EMPTY),
}.items():
    operators_of.register(_type, lambda _field, found=_operators: found)
