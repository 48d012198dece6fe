"""What a role sees of one kind of record: the page's inputs, and the wish that is read from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.access.effects import count_holders, rehearse
from app.access.holding import OWNER, HeldRole, read_roles
from app.access.limiting import sight_in
from app.access.roles import role_label
from app.access.rules import row_rule_of, set_row_rule, set_sights
from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.limits import Sight
from app.core.transaction import command
from app.panel.addresses import COLUMNS, VIEW, address
from app.panel.builder_page import words_of
from app.panel.saved_views import views_on
from app.panel.speech import mid_sentence
from app.panel.where import PARAMETER, read_document, read_where

PREFIX = "s."
_HARMLESS = frozenset({"sort", VIEW, COLUMNS, PARAMETER})


@dataclass(frozen=True, slots=True)
class SightInput:
    """A field, what is chosen for it ('' for the usual), what is usual, and what is wrong with the choice."""

    name: str
    label: str
    chosen: str
    usual: str
    error: str = ""


@dataclass(frozen=True)
class Wish:
    """What a manager wants a role to see: a sight by field, None for the usual, and a filter of rows, None for all."""

    sights: Mapping[str, Sight | None]
    where: str | None


def held_role(role: Role) -> HeldRole:
    """Return a role with its rules."""
    return read_roles([role.id]).roles[role.id]


def stamp_of(role: Role, screen: Screen) -> str:
    """Return a fingerprint of the rules as shown."""
    decided = sorted(
        (name, sight.value) for name, sight in held_role(role).sights.get(screen.name, {}).items()
    )
    said = repr((decided, row_rule_of(role.id, screen.name)))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def inputs_of(
    role: Role, screen: Screen, chosen: Mapping[str, str], errors: Mapping[str, str]
) -> list[SightInput]:
    """Return an input for each field that whoever is present sees; `chosen` is what was posted, else what is saved."""
    held = held_role(role)
    decided = {name: sight.value for name, sight in held.sights.get(screen.name, {}).items()}
    usual = replace(held, sights={})
    return [
        SightInput(
            field.name,
            str(field.label),
            (chosen or decided).get(field.name, ""),
            str(sight_in(usual, screen, field).label),
            errors.get(field.name, ""),
        )
        for field in screen.fields.values()
    ]


def present_rows(role: Role, screen: Screen) -> str:
    """Return the address of the list that holds what the role sees; '' when it sees all."""
    document = row_rule_of(role.id, screen.name)
    return address(screen.path, MultiDict({PARAMETER: document})) if document else ""


def filter_words(screen: Screen, document: str) -> str:
    """Return a filter in words."""
    return words_of(screen, read_document(document))


def usable_views(screen: Screen) -> list[tuple[str, str]]:
    """Return the views of the list that a rule can be made of: their addresses and names."""
    return [(view.address(), view.name) for view in views_on(screen) if _document_in(view.address())]


def read_wish(screen: Screen, form: MultiDict[str, str]) -> Wish:
    """Return what the form wants; raise `Invalid` for what can't be, `NotFound` for what no form says."""
    sights: dict[str, Sight | None] = {}
    for name in screen.fields:
        text = form.get(PREFIX + name)
        if text is not None:
            if text and text not in {sight.value for sight in Sight}:
                raise NotFound
            sights[name] = Sight(text) if text else None
    typed = form.get("view") or form.get("rows", "")
    if not typed.strip():
        return Wish(sights, None)
    document = _document_in(typed.strip())
    if not document or read_where(screen, document) is None:
        raise Invalid(
            {
                "rows": _(
                    "Only a list filtered by the filter builder can be used. Open it and copy its address."
                )
            }
        )
    return Wish(sights, document)


def _document_in(text: str) -> str:
    """Return the nested filter that an address carries; '' for one with other filters or none."""
    if text.startswith("{"):
        return text
    pairs = dict(parse_qsl(urlsplit(text).query))
    return pairs.get(PARAMETER, "") if pairs.keys() <= _HARMLESS else ""


@command("access:role:edit")
def keep_wish(role: Role, screen: Screen, wish: Wish) -> None:
    """Let a role see what the wish says; raises what `set_sights` and `set_row_rule` do."""
    set_sights(role.id, screen.name, wish.sights)
    if wish.where != row_rule_of(role.id, screen.name):
        set_row_rule(role.id, screen.name, wish.where)


@dataclass(frozen=True, slots=True)
class SightEffect:
    """What a wish would change, in sentences, and how many hold the role."""

    lines: tuple[str, ...]
    holders: int


def effect_of_wish(role: Role, screen: Screen, wish: Wish) -> SightEffect:
    """Return what keeping the wish would do, after trying it; raises its refusals."""
    before, rows = _seen(role, screen), row_rule_of(role.id, screen.name)
    after: dict[str, Sight] = {}

    def act() -> None:
        keep_wish(role, screen, wish)
        after.update(_seen(role, screen))

    rehearse(act)
    label = role_label(role.name)
    lines = [
        _sentence(label, str(field.label), after[field.name])
        for field in screen.fields.values()
        if after[field.name] is not before[field.name]
    ]
    if wish.where != rows:
        lines.append(_rows_sentence(label, screen, wish.where))
    return SightEffect(tuple(lines), count_holders(role.id))


def _seen(role: Role, screen: Screen) -> dict[str, Sight]:
    held = held_role(role)
    return {field.name: sight_in(held, screen, field) for field in screen.fields.values()}


def _sentence(role: str, field: str, sight: Sight) -> str:
    if sight is Sight.VISIBLE:
        return _("“%(role)s” sees: %(field)s.", role=role, field=field)
    if sight is Sight.MASKED:
        return _("“%(role)s” sees only masked: %(field)s.", role=role, field=field)
    return _("“%(role)s” no longer sees: %(field)s.", role=role, field=field)


def _rows_sentence(role: str, screen: Screen, where: str | None) -> str:
    what = mid_sentence(screen.plural)
    if where is None:
        return _("“%(role)s” sees all %(what)s.", role=role, what=what)
    found = filter_words(screen, where)
    return _("Of all %(what)s, “%(role)s” sees only: %(filter)s.", role=role, what=what, filter=found)


def is_fixed(role: Role) -> bool:
    """Say whether the role always sees everything."""
    return role.name == OWNER
