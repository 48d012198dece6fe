"""Checks of what a manager wants, in words beside the inputs; nothing here changes anything."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.fields import FieldProblem, clean_line
from app.core.fields.options import MOST_OPTIONS
from app.core.kernel import kernel
from app.core.words import OwnWords
from app.panel.choosing import all_choices_of
from app.shaping.definitions import MOST_COLUMNS, MOST_FIELDS, MOST_INDEXES, MOST_TYPES, Definitions
from app.shaping.kinds import (
    FILTERABLE,
    SEARCHABLE,
    SORTABLE,
    UNIQUE,
    WITH_DEFAULT,
    WITH_OPTIONS,
    field_of,
)
from app.shaping.models import LONGEST_HELP, LONGEST_LABEL, Kind, State
from app.shaping.plans import STORED_PLACES, FieldPlan, Settings, TypePlan, plan_of

Errors = dict[str, Any]


def extensible_screen(name: str) -> Screen:
    """Return a screen in use that takes own fields; raise `NotFound` for any other name."""
    screen = kernel().declared_screens.get(name)
    if screen is None or not screen.extensible:
        raise NotFound()
    return screen


def linkable_screens() -> list[Screen]:
    """Return the screens in use whose records a field can link to: those with a key of one part."""
    return [
        screen
        for screen in kernel().declared_screens.values()
        if "list" in screen.verbs and len(screen.model.__table__.primary_key) == 1
    ]


def checked_field(
    plan: FieldPlan, screen: Screen, definitions: Definitions, own_id: uuid.UUID | None = None
) -> FieldPlan:
    """Return the plan with its texts cleaned and what its kind can't do left out; raise `Invalid`.

    `own_id` is the definition that is being changed, None for a new one.
    """
    errors: Errors = {}
    label = _words("label", plan.label, LONGEST_LABEL, errors)
    if not label:
        errors.setdefault("label_zh", _("Please fill this in, in one of the two languages at least."))
    elif _label_is_taken(label, screen, definitions, own_id):
        errors["label_zh" if label.zh_Hans else "label_en"] = _(
            "Another field here has this name, in use or parked."
        )
    kind = plan.kind
    cleaned = replace(
        plan,
        label=label,
        help=_words("help", plan.help, LONGEST_HELP, errors),
        group=_words("group", plan.group, LONGEST_LABEL, errors),
        is_unique=plan.is_unique and kind in UNIQUE,
        sortable=plan.sortable and kind in SORTABLE,
        searchable=plan.searchable and kind in SEARCHABLE,
        filterable=plan.filterable and kind in FILTERABLE,
        settings=_settings(plan, errors),
    )
    name = next((row.name for row in definitions.fields if row.id == own_id), "")
    _check_condition(cleaned, screen, name, errors)
    if kind in WITH_DEFAULT and not errors:
        cleaned = _with_default(cleaned, errors)
    if errors:
        raise Invalid(errors)
    return cleaned


def checked_fields(plans: Sequence[FieldPlan], screen: Screen, definitions: Definitions) -> list[FieldPlan]:
    """Return several new plans, each checked, and no two of one name; raise `Invalid`."""
    checked: list[FieldPlan] = []
    for plan in plans:
        cleaned = checked_field(plan, screen, definitions)
        if any(_same(cleaned.label, other.label) for other in checked):
            raise Invalid({"label_zh": _("“%(option)s” is there twice.", option=cleaned.label)})
        checked.append(cleaned)
    return checked


def check_room(screen_name: str, plans: Sequence[FieldPlan], definitions: Definitions) -> None:
    """Raise `Invalid` when a screen would have more fields or indexes than every database can keep."""
    rows = definitions.of(screen_name)
    if len([row for row in rows if row.state is State.ACTIVE]) + len(plans) > MOST_FIELDS:
        raise Invalid(
            {"": _("More than %(most)d fields are too many here. Park one first.", most=MOST_FIELDS)}
        )
    check_columns(screen_name, plans, definitions)


def check_columns(screen_name: str, plans: Sequence[FieldPlan], definitions: Definitions) -> None:
    """Raise `Invalid` when a screen's table would have more columns or indexes, those of parked fields included."""
    if len(definitions.of(screen_name)) + len(plans) > MOST_COLUMNS:
        raise Invalid({"": _("Too many fields are parked here. Delete the data of some for good first.")})
    check_indexes(screen_name, plans, definitions)


def check_indexes(
    screen_name: str, plans: Sequence[FieldPlan], definitions: Definitions, own_id: uuid.UUID | None = None
) -> None:
    """Raise `Invalid` when the plans want indexes and there would be more than a table can bear."""
    others = [plan_of(row) for row in definitions.of(screen_name) if row.id != own_id]
    more = sum(1 for plan in plans if plan.is_indexed)
    if more and more + sum(1 for other in others if other.is_indexed) > MOST_INDEXES:
        message = _(
            "At most %(most)d fields here can be links, files, unique, sorted by or searched.",
            most=MOST_INDEXES,
        )
        raise Invalid({"": message})


def checked_type(plan: TypePlan, definitions: Definitions, own_id: uuid.UUID | None = None) -> TypePlan:
    """Return the plan with its texts cleaned; raise `Invalid`."""
    errors: Errors = {}
    label = _words("label", plan.label, LONGEST_LABEL, errors)
    cleaned = replace(
        plan,
        label=label,
        plural=_words("plural", plan.plural, LONGEST_LABEL, errors),
        title=_words("title", plan.title, LONGEST_LABEL, errors),
    )
    others = [row.label for row in definitions.types if row.id != own_id]
    others += [OwnWords(str(screen.label), str(screen.label)) for screen in kernel().declared_screens.values()
               if screen.slice != "own"]  # fmt: skip
    if not label:
        errors.setdefault("label_zh", _("Please fill this in, in one of the two languages at least."))
    elif any(_same(label, other) for other in others):
        errors["label_zh" if label.zh_Hans else "label_en"] = _("There are records of this name already.")
    if own_id is None and len(definitions.types) >= MOST_TYPES:
        errors[""] = _("There are %(most)d record types already.", most=MOST_TYPES)
    if errors:
        raise Invalid(errors)
    return cleaned


def _words(name: str, words: OwnWords, longest: int, errors: Errors) -> OwnWords:
    """Return both texts cleaned; too long a one is an error beside its input."""
    chinese, english = clean_line(words.zh_Hans), clean_line(words.en)
    for ending, text in (("zh", chinese), ("en", english)):
        if len(text) > longest:
            errors[f"{name}_{ending}"] = _(
                "At most %(most)d characters; this has %(count)d.", most=longest, count=len(text)
            )
    return OwnWords(chinese, english)


def _same(one: OwnWords, other: OwnWords) -> bool:
    pairs = ((one.zh_Hans, other.zh_Hans), (one.en, other.en))
    return any(mine and mine.casefold() == theirs.casefold() for mine, theirs in pairs)


def _label_is_taken(
    label: OwnWords, screen: Screen, definitions: Definitions, own_id: uuid.UUID | None
) -> bool:
    own = {row.name for row in definitions.of(screen.name)}
    declared = [str(entry.label) for entry in screen.fields.values() if entry.name not in own]
    others = [row.label for row in definitions.of(screen.name) if row.id != own_id]
    others += [OwnWords(text, text) for text in declared]
    return any(_same(label, other) for other in others)


def _settings(plan: FieldPlan, errors: Errors) -> Settings:
    """Return what the plan's kind can use of the settings."""
    given, kind = plan.settings, plan.kind
    options = given.options if kind in WITH_OPTIONS else ()
    if kind in WITH_OPTIONS:
        _check_options(options, errors)
    if kind is Kind.LINK and given.to not in {screen.name for screen in linkable_screens()}:
        errors["to"] = _("Please choose one of the list.")
    if kind is Kind.NUMBER and not 0 <= given.places <= STORED_PLACES:
        errors["places"] = _("At most %(places)d decimal places.", places=STORED_PLACES)
    return Settings(
        options=options,
        places=given.places if kind is Kind.NUMBER else 0,
        unit=_words("unit", given.unit, 20, errors) if kind is Kind.NUMBER else OwnWords(),
        to=given.to if kind is Kind.LINK else "",
        default=tuple(text for text in given.default if clean_line(text)) if kind in WITH_DEFAULT else (),
        when=given.when,
        when_values=given.when_values if given.when else (),
    )


def check_options(options: Iterable[Any]) -> None:
    """Raise `Invalid` for options that a field can't have."""
    errors: Errors = {}
    _check_options(options, errors)
    if errors:
        raise Invalid(errors)


def _check_options(options: Iterable[Any], errors: Errors) -> None:
    options = list(options)
    offered = [option for option in options if not option.retired]
    if not offered:
        errors["options"] = _("Write down at least one choice.")
    if len(options) > MOST_OPTIONS:
        errors["options"] = _("At most %(most)d choices.", most=MOST_OPTIONS)
    for number, option in enumerate(options):
        if not option.label:
            errors["options"] = _("Every choice needs a name.")
        elif max(len(option.label.zh_Hans), len(option.label.en)) > LONGEST_LABEL:
            errors["options"] = _("A choice has at most %(most)d characters.", most=LONGEST_LABEL)
        elif any(_same(option.label, other.label) for other in options[:number]):
            errors["options"] = _("“%(option)s” is there twice.", option=option.label)


def conditions_of(screen: Screen) -> Mapping[str, fields.Field]:
    """Return the fields that a condition can hang on, by name."""
    kinds = fields.Choice | fields.OneChoice | fields.ManyChoices | fields.YesNo
    return {name: entry for name, entry in screen.fields.items() if isinstance(entry, kinds)}


def _check_condition(plan: FieldPlan, screen: Screen, name: str, errors: Errors) -> None:
    when, values = plan.settings.when, plan.settings.when_values
    if not when:
        return
    other = conditions_of(screen).get(when)
    if other is None or when == name:
        errors["when"] = _("Please choose one of the list.")
        return
    if not values or not set(values) <= {value for value, _words in all_choices_of(other)}:
        errors["when_values"] = _("Please choose at least one.")
    followed, seen = other, {name}
    while followed.visible_when:
        if followed.name in seen:
            errors["when"] = _("The two fields would wait for each other.")
            return
        seen.add(followed.name)
        followed = screen.fields.get(followed.visible_when[0], fields.Field("", ""))
    if followed.name in seen and name:
        errors["when"] = _("The two fields would wait for each other.")


def _with_default(plan: FieldPlan, errors: Errors) -> FieldPlan:
    """Return the plan with its first value as an input shows it: choices by their keys, dates and numbers plainly."""
    if not plan.settings.default:
        return plan
    entry = field_of("x", plan)
    try:
        raw = entry.raw(entry.parse(plan.settings.default))
    except FieldProblem as problem:
        errors["default"] = problem.message
        return plan
    return replace(plan, settings=replace(plan.settings, default=tuple(raw)))
