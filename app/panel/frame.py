"""The frame around every page: menu, person, shop, branch, language and theme, without a statement of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any

from flask import current_app, g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from app.access.grants import OWNERSHIP
from app.access.language import html_language, offered_languages
from app.access.looking import looked_as
from app.access.shop import branch_choices
from app.core.capability import Capability
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted_names
from app.core.shop import Shop, shop
from app.panel.addresses import VIEW
from app.panel.blocks import work_list
from app.panel.current_branch import current_branch
from app.panel.pages import MenuItem, MenuSection
from app.panel.saved_views import my_views
from app.panel.speech import mid_sentence
from app.version import VERSION

MOST_MENUS = 64
HOME_KEY = "h"


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
    looked_as: str
    single_keys: bool
    quick_add: MenuItem | None
    work: MenuItem | None


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
        looked_as=looked_as() if signed_in else "",
        single_keys=not signed_in or current_user.single_keys,
        quick_add=_quick_add() if signed_in else None,
        work=_work() if signed_in else None,
    )


def _quick_add() -> MenuItem | None:
    """Return what the phone's bar adds: a record of the menu's first kind that the person may add."""
    for section in menu_of(granted_names(), str(get_locale() or "en")):
        for item in section.items:
            if item.add_url:
                return MenuItem(item.add_label, item.add_url, active=request.path == item.add_url)
    return None


def _work() -> MenuItem | None:
    """Return where the phone's bar finds what is to be done."""
    found = work_list()
    return MenuItem(_("To do"), found[0], active=request.path == found[1]) if found else None


def _menu() -> tuple[MenuSection, ...]:
    """Return the sidebar with pinned views, and the entry marked that the present page belongs to."""
    pinned: dict[str, list[MenuItem]] = {}
    for view in my_views():
        if view.is_pinned:
            path, active = kernel().screens[view.screen].path, request.args.get(VIEW) == view.token
            pinned.setdefault(path, []).append(MenuItem(view.name, view.address(), active=active))
    sections = menu_of(granted_names(), str(get_locale() or "en"))
    return tuple(_marked(section, request.path, pinned) for section in sections)


def _marked(section: MenuSection, path: str, pinned: dict[str, list[MenuItem]]) -> MenuSection:
    if not any(path.startswith(item.url) or item.url in pinned for item in section.items):
        return section
    items = (
        replace(item, active=path.startswith(item.url), views=tuple(pinned.get(item.url, ())))
        for item in section.items
    )
    return replace(section, items=tuple(items))


def menu_of(names: frozenset[str], language: str) -> tuple[MenuSection, ...]:
    """Return the sidebar for a set of rights: a section a capability, an entry a screen whose list is granted.

    Each entry gets a letter of its own to go there by, as long as there are letters: the first free one of its name
    in the address, so that it is the same in every language.
    Remembered, because a hundred labels are looked up and translated for it and rights seldom change.
    """
    remembered: dict[Any, tuple[MenuSection, ...]] = current_app.extensions["kebu_menus"]
    enabled = kernel().enabled
    key = (names, language, shop().profile, kernel().shape_number, tuple(each.name for each in enabled))
    if key not in remembered:
        if len(remembered) >= MOST_MENUS:
            remembered.clear()
        sections = (section for each in enabled if (section := _section(each, names)).items)
        remembered[key] = tuple(_with_keys(sections))
    return remembered[key]


def _with_keys(sections: Iterable[MenuSection]) -> Iterator[MenuSection]:
    free = set(ascii_lowercase) - {HOME_KEY}
    for section in sections:
        items = []
        for item in section.items:
            parts = item.url.strip("/").split("/")
            letters = [*parts[min(1, len(parts) - 1)], *ascii_lowercase]
            letter = next((each for each in letters if each in free), "")
            free.discard(letter)
            items.append(replace(item, keys=f"g {letter}" if letter else ""))
        yield replace(section, items=tuple(items))


def _section(capability: Capability, names: frozenset[str]) -> MenuSection:
    screens = sorted(
        (
            one
            for one in kernel().screens.values()
            if one.slice == capability.name and one.in_menu and one.permission("list") in names
        ),
        key=lambda each: each.order,
    )
    items = [_entry(one, names) for one in screens]
    items += [
        MenuItem(str(one.label), one.path, one.icon) for one in capability.pages if one.permission in names
    ]
    return MenuSection(str(capability.label), capability.icon, tuple(items))


def _entry(screen: Screen, names: frozenset[str]) -> MenuItem:
    item = MenuItem(str(screen.plural), screen.path, screen.icon)
    if "add" not in screen.verbs or screen.permission("add") not in names:
        return item
    label = _("Add %(what)s", what=mid_sentence(screen.label))
    return replace(item, add_url=screen.path + "add", add_label=label)
