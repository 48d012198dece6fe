"""Speech: templates ask for some seventy texts a page, so the page's catalogue is fetched once, not seventy times."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from gettext import NullTranslations
from typing import Any

from flask import Flask, g
from flask_babel import get_domain, get_locale
from markupsafe import Markup

MOST_PARTS = 256


def _catalogue() -> NullTranslations:
    if "catalogue" not in g:
        g.catalogue = get_domain().get_translations()
    found: NullTranslations = g.catalogue
    return found


def rendered(app: Flask, name: str, variables: Mapping[str, Any] | None = None) -> Markup:
    """Return a template rendered with these variables alone; its values are escaped while it renders."""
    return Markup(app.jinja_env.get_template(name).render(variables or {}))  # noqa: S704  # nosec B704


def remembered_part(app: Flask) -> Callable[..., Markup]:
    """Return a function that renders a part of a page once for each language and `known`.

    `known` names everything else that the part shows, and nothing that a visitor typed: it is kept in memory.
    """
    parts: dict[tuple[str, str, Hashable], Markup] = {}

    def part(name: str, known: Hashable = None, **variables: Any) -> Markup:
        key = (name, str(get_locale()), known)
        if key not in parts:
            if len(parts) >= MOST_PARTS:
                parts.clear()
            parts[key] = rendered(app, name, variables)
        return parts[key]

    return part


def speak(app: Flask) -> None:
    """Let templates translate through the present request's catalogue."""
    app.jinja_env.filters["mid_sentence"] = mid_sentence
    app.jinja_env.globals["remembered_part"] = remembered_part(app)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().gettext(text),
        ngettext=lambda one, many, number: _catalogue().ngettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, text: _catalogue().pgettext(context, text),
        npgettext=lambda context, one, many, number: _catalogue().npgettext(context, one, many, number),
    )


def mid_sentence(label: object) -> str:
    """Return a label as it stands inside a sentence: “Customer” as “customer”, but “VIP” and 客户 as they are."""
    text = str(label)
    return text[0].lower() + text[1:] if text[1:2].islower() else text
