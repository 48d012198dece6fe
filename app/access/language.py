"""Languages: what is offered, and which one a page speaks."""

from __future__ import annotations

from flask import has_request_context, request, session
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from app.access.present import acting_now
from app.access.shop import load_shop

LANGUAGES: dict[str, str] = {"zh_Hans": "简体中文", "zh_Hant": "繁體中文", "en": "English"}
FALLBACK = "en"
_TRADITIONAL = {"hant", "tw", "hk", "mo"}


def is_offered(code: str | None) -> bool:
    """Say whether a page can speak `code`."""
    return code in LANGUAGES


def offered_languages() -> list[tuple[str, str]]:
    """Return the languages as (code, name in the language itself)."""
    return list(LANGUAGES.items())


def html_language(code: str) -> str:
    """Return the BCP 47 form of an offered code, for `<html lang>`."""
    return code.replace("_", "-")


def match_language(tag: str) -> str | None:
    """Return the offered language nearest to a browser's BCP 47 tag; None when we don't speak it."""
    parts = tag.replace("_", "-").lower().split("-")
    if parts[0] == "en":
        return "en"
    if parts[0] not in ("zh", "yue", "cmn"):
        return None
    if "hans" in parts:
        return "zh_Hans"
    return "zh_Hant" if _TRADITIONAL & set(parts) else "zh_Hans"


def browser_language() -> str | None:
    """Return the best offered language of the Accept-Language header, whatever nonsense it holds."""
    for tag, quality in request.accept_languages:
        found = match_language(tag)
        if found is not None and quality > 0:
            return found
    return None


def select_locale() -> str:
    """Return the language of this page: person's choice, browser's choice before sign-in, header, shop.

    A page that tells of a broken database must not need the database: then the header decides.
    """
    if (acting := acting_now.get()) is not None:
        return acting.language
    if not has_request_context():
        return FALLBACK
    chosen = session.get("language")
    try:
        if current_user.is_authenticated:
            chosen = current_user.language or chosen
        if is_offered(chosen):
            return str(chosen)
        return browser_language() or _offered(load_shop().language)
    except SQLAlchemyError:
        return browser_language() or FALLBACK


def _offered(code: str) -> str:
    return code if is_offered(code) else FALLBACK
