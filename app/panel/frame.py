"""The frame around every page: menu, person, shop, branch, language and theme, without a statement of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import current_app, g, request
from flask_babel import get_locale
from flask_login import current_user

from app.access.grants import OWNERSHIP
from app.access.language import html_language, offered_languages
from app.access.shop import branch_choices
from app.core.capability import Capability
from app.core.kernel import kernel
from app.core.permissions import granted_names
from app.core.shop import Shop, shop
from app.panel.current_branch import current_branch
from app.panel.pages import MenuItem, MenuSection
from app.version import VERSION

MOST_MENUS = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """What `layout.html` needs; `person` is None for a stranger, who then sees no menu."""

    menu: tuple[MenuSection, ...]
    person: Any
    shop: Shop
    branches: tuple[tuple[str, str], ...]
    branch: str
    branch_name: str
    languages: tuple[tuple[str, str], ...]
    language: str
    html_lang: str
    theme: str
    version: str
    can_clear_sample: bool


def frame() -> Frame:
    """Return the frame of this request, made once."""
    if "frame" not in g:
        g.frame = _make_frame()
    made: Frame = g.frame
    return made


def _make_frame() -> Frame:
    signed_in = bool(current_user.is_authenticated)
    branches = branch_choices() if signed_in else ()
    branch = current_branch() if signed_in else ""
    language = str(get_locale() or "en")
    the_shop = shop()
    return Frame(
        menu=_menu() if signed_in else (),
        person=current_user if signed_in else None,
        shop=the_shop,
        branches=branches,
        branch=branch,
        branch_name=dict(branches).get(branch, ""),
        languages=tuple(offered_languages()),
        language=language,
        html_lang=html_language(language),
        theme=(getattr(current_user, "theme", None) if signed_in else request.cookies.get("theme")) or "auto",
        version=VERSION,
        can_clear_sample=the_shop.is_sample and OWNERSHIP in granted_names(),
    )


def _menu() -> tuple[MenuSection, ...]:
    """Return the sidebar with the entry marked that the present page belongs to."""
    sections = _menu_for(granted_names(), str(get_locale() or "en"))
    return tuple(_marked(section, request.path) for section in sections)


def _marked(section: MenuSection, path: str) -> MenuSection:
    if not any(path.startswith(item.url) for item in section.items):
        return section
    items = (replace(item, active=True) if path.startswith(item.url) else item for item in section.items)
    return replace(section, items=tuple(items))


def _menu_for(names: frozenset[str], language: str) -> tuple[MenuSection, ...]:
    """Return the sidebar for a set of rights: a section a capability, an entry a screen whose list is granted.

    Remembered, because a hundred labels are looked up and translated for it and rights seldom change.
    """
    remembered: dict[Any, tuple[MenuSection, ...]] = current_app.extensions["kebu_menus"]
    enabled = kernel().enabled
    key = (names, language, shop().profile, kernel().shape_number, tuple(each.name for each in enabled))
    if key not in remembered:
        if len(remembered) >= MOST_MENUS:
            remembered.clear()
        remembered[key] = tuple(section for each in enabled if (section := _section(each, names)).items)
    return remembered[key]


def _section(capability: Capability, names: frozenset[str]) -> MenuSection:
    screens = sorted(
        (
            one
            for one in kernel().screens.values()
            if one.slice == capability.name and one.in_menu and one.permission("list") in names
        ),
        key=lambda each: each.order,
    )
    items = [MenuItem(str(one.plural), one.path, one.icon) for one in screens]
    items += [
        MenuItem(str(one.label), one.path, one.icon) for one in capability.pages if one.permission in names
    ]
    return MenuSection(str(capability.label), capability.icon, tuple(items))
