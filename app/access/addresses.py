"""Where to go next: only ever to a page of our own."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from flask import request

HOME = "/"
_LONGEST = 2000


def safe_next(target: str | None, default: str = HOME) -> str:
    """Return `target` if it is a path on this very site, else `default`.

    Browsers read `//host`, `/\\host` and paths with control characters in them as other places.
    """
    if not target or len(target) > _LONGEST or not target.startswith("/") or target.startswith("//"):
        return default
    if "\\" in target or any(
        unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for sign in target
    ):
        return default
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc else target


def this_page() -> str:
    """Return the present page's address for a later `next`; home for anything but reading."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else HOME


def came_from() -> str:
    """Return the address to come back to after an interruption: this page, or the one whose form was sent."""
    if request.method in ("GET", "HEAD"):
        return this_page()
    sender = request.referrer or ""
    if not sender.startswith(request.host_url):
        return HOME
    return safe_next("/" + sender.removeprefix(request.host_url))
