"""The frame around every page: menu, person, shop, branch, language and theme, without a statement of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask_babel import get_locale
from flask_login import current_user

from app.access.language import html_language, offered_languages
from app.access.shop import branch_choices
from app.core.kernel import Shop, kernel, shop
from app.core.permissions import granted_names
from app.panel.current_branch import current_branch
from app.panel.pages import MenuItem, MenuSection
from app.version import VERSION


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
        can_clear_sample=the_shop.is_sample and "access:shop:edit" in granted_names(),
    )


def _menu() -> tuple[MenuSection, ...]:
    """Return the sidebar: a section a capability, an entry a screen whose list the person may see."""
    names = granted_names()
    sections = []
    for capability in sorted(kernel().enabled, key=lambda each: each.order):
        screens = sorted(
            (one for one in capability.screens if one.in_menu and one.permission("list") in names),
            key=lambda each: each.order,
        )
        items = [MenuItem(str(one.plural), one.path, one.icon, request.path.startswith(one.path)) for one in screens]
        items += [
            MenuItem(str(page.label), page.path, page.icon, request.path.startswith(page.path))
            for page in capability.pages
            if page.permission in names
        ]
        if items:
            sections.append(MenuSection(str(capability.label), capability.icon, items))
    return tuple(sections)
