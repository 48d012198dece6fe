"""The manager's forms: inputs for fields and record types, and what was typed into them read as plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.access.forms import Form, Pick, Picks
from app.access.grants import OWNER
from app.access.roles import list_roles, role_label
from app.core.choices import Option
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields import Field, Text, YesNo
from app.core.fields.base import clean_line
from app.core.fields.options import MOST_OPTIONS
from app.core.words import OwnWords
from app.panel.choosing import all_choices_of
from app.shaping.checking import conditions_of, linkable_screens
from app.shaping.definitions import new_code
from app.shaping.kinds import FILTERABLE, SEARCHABLE, SORTABLE, UNIQUE, WITH_DEFAULT
from app.shaping.models import Kind, Personal
from app.shaping.plans import STORED_PLACES, FieldPlan, Settings, TypePlan

# What a person types is measured by the check, so that a pasted text is refused in words and not cut by the browser.
_MOST_TYPED = 2000
BLANK_OPTIONS = 3


def _only(kinds: set[Kind]) -> tuple[str, tuple[str, ...]]:
    return "kind", tuple(sorted(kind.value for kind in kinds))


def _both(name: str, label_zh: Any, label_en: Any, **more: Any) -> tuple[Field, Field]:
    return (
        Text(f"{name}_zh", label_zh, max_length=_MOST_TYPED, **more),
        Text(f"{name}_en", label_en, max_length=_MOST_TYPED, **{**more, "help": ""}),
    )


def _tick(name: str, label: Any, kinds: set[Kind], text: Any = "") -> YesNo:
    return YesNo(name, label, help=text, visible_when=_only(kinds))


def kind_input() -> Pick:
    """Return the choice of what a field holds."""
    return Pick(
        "kind",
        _l("What it holds"),
        required=True,
        options=lambda: [(kind.value, str(kind.label)) for kind in Kind],
        help=_l("This can't be changed later, but a new field can be made out of the old one's values."),
    )


def field_inputs(screen: Screen, own_name: str = "") -> tuple[Field, ...]:
    """Return the inputs of a field of `screen`, but for its options, which have a table of their own."""
    controlling = {name: entry for name, entry in conditions_of(screen).items() if name != own_name}
    return (
        kind_input(),
        *_both("label", _l("Name in Chinese"), _l("Name in English"), help=_l("One of the two is enough.")),
        Pick(
            "to",
            _l("Links to"),
            options=lambda: [(each.name, str(each.plural)) for each in linkable_screens()],
            visible_when=_only({Kind.LINK}),
        ),
        Pick(
            "places",
            _l("Decimal places"),
            options=lambda: [(str(number), str(number)) for number in range(STORED_PLACES + 1)],
            visible_when=_only({Kind.NUMBER}),
        ),
        *_both("unit", _l("Unit in Chinese"), _l("Unit in English"), visible_when=_only({Kind.NUMBER})),
        *_both("help", _l("Help below it, in Chinese"), _l("Help below it, in English")),
        *_both(
            "group",
            _l("Heading in Chinese"),
            _l("Heading in English"),
            help=_l("Fields with the same heading stand together. Empty: “Further details”."),
        ),
        Text(
            "default",
            _l("Starts with"),
            max_length=_MOST_TYPED,
            help=_l("What a new record begins with. Several choices are set apart by semicolons."),
            visible_when=_only(WITH_DEFAULT),
        ),
        YesNo("required", _l("Has to be filled in"), help=_l("Records from before may stay without it.")),
        YesNo("in_list", _l("Shown in the list")),
        _tick("filterable", _l("Can be filtered by"), FILTERABLE),
        _tick("sortable", _l("Can be sorted by"), SORTABLE),
        _tick("searchable", _l("Found by the search"), SEARCHABLE, _l("By the beginning of the text.")),
        _tick("is_unique", _l("No value twice"), UNIQUE),
        *_condition_inputs(controlling),
        Pick(
            "personal",
            _l("What it tells of a person"),
            required=True,
            options=lambda: [(each.value, str(each.label)) for each in Personal],
        ),
    )


def _condition_inputs(controlling: Mapping[str, Field]) -> tuple[Field, ...]:
    if not controlling:
        return ()
    when = Pick(
        "when",
        _l("Shows only depending on"),
        options=lambda: [(name, str(entry.label)) for name, entry in controlling.items()],
    )
    values = (
        Picks(
            f"when.{name}",
            _l("Shows for"),
            options=lambda entry=entry: all_choices_of(entry),  # type: ignore[misc]
            visible_when=("when", (name,)),
        )
        for name, entry in controlling.items()
    )
    return (when, *values)


@dataclass(frozen=True, slots=True)
class OptionInput:
    """One line of the table of choices: its key, both names, and whether it is offered."""

    key: str
    zh: str
    en: str
    offered: bool = True


class FieldForm(Form):
    """The form of a field: its inputs and the lines of its choices."""

    def __init__(self, screen: Screen, plan: FieldPlan | None = None, own_name: str = "") -> None:
        super().__init__(field_inputs(screen, own_name), _values(plan))
        self.plan = plan
        self.lines = [
            OptionInput(option.value, option.label.zh_Hans, option.label.en, not option.retired)
            for option in (plan.settings.options if plan is not None else ())
        ]

    @property
    def option_lines(self) -> list[OptionInput]:
        """The lines to show: those there are and a few blank ones."""
        return [*self.lines, *(OptionInput("", "", "") for _number in range(BLANK_OPTIONS))]

    def read_plan(self, posted: MultiDict[str, str]) -> FieldPlan:
        """Return what was typed as a plan; raise `Invalid` after noting every message."""
        self.lines = _read_lines(posted)
        present = MultiDict(posted)
        if self.plan is not None:
            present.setlist("kind", [self.plan.kind.value])
        values = self.read(present)
        when = str(values.get("when") or "")
        default = values["default"] or ""
        kind = Kind(values["kind"])
        settings = Settings(
            options=tuple(_options(self.lines, self.plan)),
            places=int(values["places"] or 0),
            unit=_words(values, "unit"),
            to=str(values["to"] or ""),
            default=tuple(_parts(default)) if kind is Kind.CHOICES else (default,) if default else (),
            when=when,
            when_values=tuple(sorted(values.get(f"when.{when}") or ())),
        )
        if self.plan is not None and kind is Kind.LINK:
            settings = Settings(**{**settings.__dict__, "to": self.plan.settings.to})
        return FieldPlan(
            kind=kind,
            label=_words(values, "label"),
            help=_words(values, "help"),
            group=_words(values, "group"),
            personal=Personal(values["personal"]),
            settings=settings,
            **{name: bool(values[name]) for name in _FLAGS},
        )

    def note(self, problem: Invalid) -> None:
        """Keep the messages of a refusal beside their inputs; those about choices stand at their table."""
        super().note(problem)
        if "options" in problem.errors:
            self.errors["options"] = problem.errors["options"]
            if self.errors.get("") == problem.errors["options"]:
                del self.errors[""]
        if "when_values" in problem.errors:
            self.errors.pop("", None)
            self.errors["when"] = problem.errors["when_values"]


_FLAGS = ("required", "in_list", "filterable", "sortable", "searchable", "is_unique")


def _values(plan: FieldPlan | None) -> dict[str, Any]:
    if plan is None:
        return {"kind": "text", "in_list": True, "filterable": True, "personal": "none", "places": "0"}
    settings = plan.settings
    found: dict[str, Any] = {name: getattr(plan, name) for name in _FLAGS}
    for name, words in (
        ("label", plan.label),
        ("help", plan.help),
        ("group", plan.group),
        ("unit", settings.unit),
    ):
        found |= {f"{name}_zh": words.zh_Hans or None, f"{name}_en": words.en or None}
    labels = {option.value: str(option.label) for option in settings.options}
    default = "; ".join(labels.get(text, text) for text in settings.default)
    return found | {
        "kind": plan.kind.value,
        "to": settings.to or None,
        "places": str(settings.places),
        "default": default or None,
        "when": settings.when or None,
        f"when.{settings.when}": frozenset(settings.when_values),
        "personal": plan.personal.value,
    }


def _words(values: Mapping[str, Any], name: str) -> OwnWords:
    return OwnWords(values[f"{name}_zh"] or "", values[f"{name}_en"] or "")


def _parts(text: str) -> list[str]:
    return [part for part in (clean_line(each) for each in text.replace("；", ";").split(";")) if part]


def _read_lines(posted: MultiDict[str, str]) -> list[OptionInput]:
    """Return the lines of the table of choices; blank ones are left out."""
    keys, zh, en = (posted.getlist(f"option.{name}") for name in ("key", "zh", "en"))
    retired = set(posted.getlist("option.retired"))
    lines = []
    for key, chinese, english in list(zip(keys, zh, en, strict=False))[: MOST_OPTIONS * 2]:
        if key or clean_line(chinese) or clean_line(english):
            lines.append(
                OptionInput(key, clean_line(chinese), clean_line(english), key not in retired or not key)
            )
    return lines


def _options(lines: Sequence[OptionInput], plan: FieldPlan | None) -> list[Option]:
    """Return the options of the lines: known keys keep theirs, new lines get one, and none that was there is lost."""
    known = {option.value: option for option in (plan.settings.options if plan is not None else ())}
    found: list[Option] = []
    taken = set(known)
    for line in lines:
        key = line.key if line.key in known else ""
        if not key:
            key = new_code(taken)
            taken.add(key)
        found.append(Option(key, OwnWords(line.zh, line.en), not line.offered))
    kept = {option.value for option in found}
    # A line that somebody else added meanwhile is not in this form; it must not vanish by being unknown here.
    return found + [option for key, option in known.items() if key not in kept]


# --- Record types ------------------------------------------------------------------------------------

ICONS = (
    "box",
    "tools",
    "mortarboard",
    "book",
    "calendar-event",
    "truck",
    "house",
    "briefcase",
    "clipboard",
    "star",
)


def type_inputs(*, is_new: bool) -> tuple[Field, ...]:
    """Return the inputs of a record type; a new one asks which roles may use it."""
    inputs: tuple[Field, ...] = (
        *_both("label", _l("What one is called, in Chinese"), _l("What one is called, in English"),
               help=_l("Such as “Course”. One of the two is enough.")),
        *_both("plural", _l("What several are called, in Chinese"), _l("What several are called, in English")),
        *_both("title", _l("Its first field, in Chinese"), _l("Its first field, in English"),
               help=_l("What each record is found by. Empty: “Name”.")),
        Pick("icon", _l("Sign"), required=True, options=lambda: [(name, name) for name in ICONS]),
    )  # fmt: skip
    if is_new:
        roles = Picks(
            "roles",
            _l("Who may use it"),
            options=role_options,
            help=_l("The owner always may. More exactly on the page of the role."),
        )
        inputs = (*inputs, roles)
    return inputs


def role_options() -> list[tuple[str, str]]:
    """Return the roles that a new type can be given to."""
    return [(str(role.id), role_label(role.name)) for role in list_roles() if role.name != OWNER]


def type_values(plan: TypePlan | None) -> dict[str, Any]:
    """Return what the inputs of a type begin with; managers may use a new one."""
    if plan is None:
        managers = {str(role.id) for role in list_roles() if role.name == "Manager"}
        return {"icon": ICONS[0], "roles": frozenset(managers)}
    found: dict[str, Any] = {"icon": plan.icon}
    for name, words in (("label", plan.label), ("plural", plan.plural), ("title", plan.title)):
        found |= {f"{name}_zh": words.zh_Hans or None, f"{name}_en": words.en or None}
    return found


def type_plan(values: Mapping[str, Any]) -> TypePlan:
    """Return what was typed as a plan."""
    return TypePlan(
        label=_words(values, "label"),
        plural=_words(values, "plural"),
        title=_words(values, "title"),
        icon=values["icon"],
        roles=tuple(int(number) for number in values.get("roles", ())),
    )
