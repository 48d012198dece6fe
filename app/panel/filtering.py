"""Filters: what the address says (`f.source=referral`) as a condition, a chip in words and an input to set it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Text, and_, or_, true, type_coerce
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.clock import local_to_utc
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields.base import FieldProblem
from app.core.fields.dates import read_date
from app.core.kernel import kernel
from app.core.shop import shop
from app.panel.choosing import all_choices_of
from app.panel.columns import column_of, key_predicate, titles_of
from app.panel.pages import Chip, FilterInput
from app.panel.prefix import starts_with
from app.panel.where import Where

MOST_VALUES = 50
EMPTY = "-"


@dataclass(frozen=True)
class Term:
    """One filter in force: the field, the texts as they stand in the address and the condition they make."""

    field: fields.Field
    parameters: tuple[tuple[str, str], ...]
    condition: ColumnElement[bool]
    words: str


def read_terms(screen: Screen, arguments: MultiDict[str, str]) -> list[Term]:
    """Return the filters that `arguments` ask for; raise `Invalid` for an unknown field or an unreadable value."""
    terms, errors = [], {}
    for name in dict.fromkeys(key.split(".")[1] for key in arguments if key.startswith("f.")):
        if name not in screen.filters:
            errors[name] = _("This list can't be filtered by “%(name)s”.", name=name[:40])
            continue
        field = screen.fields[name]
        try:
            term = read_term(field, screen, arguments)
        except FieldProblem as problem:
            errors[name] = _("%(label)s: %(message)s", label=field.label, message=problem)
            continue
        if term is not None:
            terms.append(term)
    if errors:
        raise Invalid(errors)
    return terms


@singledispatch
def read_term(field: fields.Field, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    """Return one field's filter, or None when the address leaves it open. Texts match by their beginning."""
    text = arguments.get(f"f.{field.name}", "").strip()
    if not text:
        return None
    value = fields.clean_line(text)
    condition = starts_with(column_of(screen, field), value) if value else true()
    return Term(field, ((f"f.{field.name}", text),), condition, value)


@read_term.register
def _long_text_term(field: fields.LongText, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    text = arguments.get(f"f.{field.name}", "").strip()
    if not text:
        return None
    # MariaDB takes a text for as if blanks followed it, and a line break comes before a blank: a range would
    # miss what goes on in the next line.
    value = fields.clean_line(text)
    condition = column_of(screen, field).startswith(value, autoescape=True)
    return Term(field, ((f"f.{field.name}", text),), condition, value)


@read_term.register
def _choice_term(field: fields.Choice, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    texts = [text for text in arguments.getlist(f"f.{field.name}") if text.strip()][:MOST_VALUES]
    if not texts:
        return None
    column = column_of(screen, field)
    members = [field.parse_text(text) for text in texts if text != EMPTY]
    conditions = [column.in_(members)] if members else []
    words = [str(member.label) for member in members]
    if EMPTY in texts:
        conditions.append(column.is_(None))
        words.append(_("empty"))
    parameters = tuple((f"f.{field.name}", text) for text in texts)
    return Term(field, parameters, or_(*conditions), " · ".join(words))


@read_term.register
def _option_term(field: fields.OneChoice, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    column = column_of(screen, field)
    return _options(field, arguments, column.is_(None), column.in_)


@read_term.register
def _options_term(field: fields.ManyChoices, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    # Keys are letters and digits of our own making: nothing in them means anything to LIKE.
    text = type_coerce(column_of(screen, field), Text)
    return _options(
        field, arguments, text.is_(None), lambda keys: or_(*(text.like(f"%,{key},%") for key in keys))
    )


def _options(
    field: fields.OneChoice | fields.ManyChoices,
    arguments: MultiDict[str, str],
    empty: ColumnElement[bool],
    one_of: Callable[[list[str]], ColumnElement[bool]],
) -> Term | None:
    texts = [text for text in arguments.getlist(f"f.{field.name}") if text.strip()][:MOST_VALUES]
    if not texts:
        return None
    options = [field.option(text) for text in texts if text != EMPTY]
    conditions = [one_of([option.value for option in options])] if options else []
    words = [str(option.label) for option in options]
    if EMPTY in texts:
        conditions.append(empty)
        words.append(_("empty"))
    parameters = tuple((f"f.{field.name}", text) for text in texts)
    return Term(field, parameters, or_(*conditions), " · ".join(words))


@read_term.register
def _answer_term(field: fields.Answer, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    text = arguments.get(f"f.{field.name}", "").strip()
    if text == EMPTY:
        return Term(field, ((f"f.{field.name}", text),), column_of(screen, field).is_(None), _("empty"))
    return _yes_no_term(field, screen, arguments)


@read_term.register
def _yes_no_term(field: fields.YesNo, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    text = arguments.get(f"f.{field.name}", "").strip()
    if not text:
        return None
    wanted = field.parse([text])
    return Term(
        field, ((f"f.{field.name}", text),), column_of(screen, field).is_(wanted), field.display(wanted)
    )


@read_term.register
def _link_term(field: fields.Link, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    tokens = [token for token in arguments.getlist(f"f.{field.name}") if token.strip()][:MOST_VALUES]
    if not tokens:
        return None
    column = column_of(screen, field)
    keys = [field.parse_text(token) for token in tokens if token != EMPTY]
    conditions = [column.in_([key[0] for key in keys])] if keys else []
    if EMPTY in tokens:
        conditions.append(column.is_(None))
    titles = titles_of(kernel().screens[field.to], keys)
    words = [titles.get(key, "?") for key in keys] + ([_("empty")] if EMPTY in tokens else [])
    return Term(
        field, tuple((f"f.{field.name}", token) for token in tokens), or_(*conditions), " · ".join(words)
    )


@read_term.register
def _links_term(field: fields.Links, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    tokens = [token for token in arguments.getlist(f"f.{field.name}") if token.strip()][:MOST_VALUES]
    if not tokens:
        return None
    target = kernel().screens[field.to]
    keys = field.parse([token for token in tokens if token != EMPTY])
    relation = getattr(screen.model, field.name)
    conditions = [relation.any(or_(*(key_predicate(target, key) for key in keys)))] if keys else []
    if EMPTY in tokens:
        conditions.append(~relation.any())
    titles = titles_of(target, keys)
    words = [titles.get(key, "?") for key in keys] + ([_("none")] if EMPTY in tokens else [])
    return Term(
        field, tuple((f"f.{field.name}", token) for token in tokens), or_(*conditions), " · ".join(words)
    )


def _range(
    field: fields.Field, screen: Screen, arguments: MultiDict[str, str], low: Any, high: Any
) -> Term | None:
    """Return the term of a half-open range; `low` and `high` turn a text into a bound."""
    first = arguments.get(f"f.{field.name}.from", "").strip()
    last = arguments.get(f"f.{field.name}.to", "").strip()
    if not first and not last:
        return None
    column = column_of(screen, field)
    conditions, parameters = [], []
    if first:
        conditions.append(column >= low(first))
        parameters.append((f"f.{field.name}.from", first))
    if last:
        conditions.append(high(column, last))
        parameters.append((f"f.{field.name}.to", last))
    return Term(field, tuple(parameters), and_(*conditions), f"{first or '…'} – {last or '…'}")


@read_term.register
def _date_term(field: fields.Date, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    return _range(field, screen, arguments, read_date, lambda column, text: column <= read_date(text))


@read_term.register
def _moment_term(field: fields.Moment, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    def start_of(day: datetime.date) -> datetime.datetime:
        return local_to_utc(datetime.datetime.combine(day, datetime.time()), shop().zone)

    return _range(
        field,
        screen,
        arguments,
        lambda text: start_of(read_date(text)),
        lambda column, text: column < start_of(read_date(text) + datetime.timedelta(days=1)),
    )


@read_term.register(fields.WholeNumber)
@read_term.register(fields.Quantity)
def _number_term(field: fields.Field, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    return _range(
        field, screen, arguments, field.parse_text, lambda column, text: column <= field.parse_text(text)
    )


@read_term.register
def _money_term(field: fields.Money, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    def minor(text: str) -> int:
        return field.parse_text(text).minor

    return _range(field, screen, arguments, minor, lambda column, text: column <= minor(text))


@read_term.register
def _phone_term(field: fields.Phone, screen: Screen, arguments: MultiDict[str, str]) -> Term | None:
    text = arguments.get(f"f.{field.name}", "").strip()
    digits = "".join(character for character in text if character.isdigit() or character == "+")
    if not digits:
        return None
    return Term(field, ((f"f.{field.name}", text),), starts_with(column_of(screen, field), digits), digits)


_KINDS: Mapping[type[fields.Field], str] = {
    fields.Choice: "choice",
    fields.OneChoice: "choice",
    fields.ManyChoices: "choice",
    fields.YesNo: "yesno",
    fields.Link: "link",
    fields.Links: "link",
    fields.Date: "daterange",
    fields.Moment: "daterange",
    fields.WholeNumber: "numberrange",
    fields.Quantity: "numberrange",
    fields.Money: "numberrange",
}


def filter_inputs(
    screen: Screen, arguments: MultiDict[str, str], terms: Sequence[Term]
) -> tuple[FilterInput, ...]:
    """Return an input for every filter of the screen that the person can use, holding what is in force."""
    in_force = {term.field.name: term for term in terms}
    inputs = []
    for name in screen.filters:
        field = screen.fields[name]
        if isinstance(field, fields.Link | fields.Links) and field.to not in kernel().screens:
            continue
        inputs.append(_filter_input(field, arguments, in_force.get(name)))
    return tuple(inputs)


def _filter_input(field: fields.Field, arguments: MultiDict[str, str], term: Term | None) -> FilterInput:
    name = f"f.{field.name}"
    selected: tuple[tuple[str, str], ...] = ()
    pick_url = ""
    if isinstance(field, fields.Link | fields.Links):
        pick_url = f"{kernel().screens[field.to].path}pick"
        if term is not None:
            selected = tuple(
                (token, words)
                for (_name, token), words in zip(term.parameters, term.words.split(" · "), strict=False)
            )
    return FilterInput(
        name=name,
        label=str(field.label),
        kind=next((_KINDS[base] for base in type(field).__mro__ if base in _KINDS), "text"),
        values=tuple(arguments.getlist(name)),
        low=arguments.get(f"{name}.from", ""),
        high=arguments.get(f"{name}.to", ""),
        choices=all_choices_of(field),
        selected=selected,
        pick_url=pick_url,
    )


def chips(terms: Sequence[Term], without: Any) -> tuple[Chip, ...]:
    """Return the filters in force in words; `without(names)` gives the address that leaves parameters out."""
    return tuple(
        Chip(str(term.field.label), term.words, without({name for name, _text in term.parameters}))
        for term in terms
    )


def where_chips(where: Where | None, with_rest: Any) -> tuple[Chip, ...]:
    """Return the nested filter in words, a chip for each part; `with_rest(text)` gives the address of the others."""
    parts = where.parts() if where is not None else []
    return tuple(Chip(part.label, part.predicate(), with_rest(rest)) for part, rest in parts)
