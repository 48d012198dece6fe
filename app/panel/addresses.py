"""Addresses: the present page's query with something changed, in a stable order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

PLACES = {"after", "before"}
ALL_BRANCHES = "f.branch"
VIEW = "view"
COLUMNS = "columns"


def address(
    path: str,
    arguments: MultiDict[str, str],
    *,
    change: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
) -> str:
    """Return `path` with the list's present arguments, some replaced, some left out; '' removes one.

    Only the branch may stay empty in an address: there it means all branches, where silence means one's own.
    """
    change, dropped = dict(change or {}), {*without, *PLACES}
    if ALL_BRANCHES in dropped:
        change[ALL_BRANCHES] = ""
    pairs = [
        (name, value)
        for name, value in arguments.items(multi=True)
        if name not in change and name not in dropped and _says_something(name, value) and _belongs(name)
    ]
    pairs += [(name, value) for name, value in change.items() if _says_something(name, value)]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _says_something(name: str, value: str) -> bool:
    return value != "" or name == ALL_BRANCHES


def _belongs(name: str) -> bool:
    return name in ("q", "sort", "where", VIEW, COLUMNS) or name.startswith("f.")
