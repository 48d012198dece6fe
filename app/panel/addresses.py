"""Addresses: the present page's query with something changed, in a stable order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

PLACES = {"after", "before"}
ALL_BRANCHES = "f.branch"
VIEW = "view"
COLUMNS = "columns"
# Empty in an address they say something: all branches, no saved view.
_MEANT_EMPTY = {ALL_BRANCHES, VIEW}
LONGEST = 16_000


def address(
    path: str,
    arguments: MultiDict[str, str],
    *,
    change: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
) -> str:
    """Return `path` with the list's present arguments, some replaced, some left out; '' removes one.

    Branch and view may stay empty in an address: there they mean all branches and no view, where silence means
    one's own.
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


def read_query(text: str) -> MultiDict[str, str]:
    """Return the arguments of a query string as far as it can be read."""
    try:
        return MultiDict(parse_qsl(text[:LONGEST], keep_blank_values=True, max_num_fields=200))
    except ValueError:
        return MultiDict()


def _says_something(name: str, value: str) -> bool:
    return value != "" or name in _MEANT_EMPTY


def _belongs(name: str) -> bool:
    return name in ("q", "sort", "where", VIEW, COLUMNS) or name.startswith("f.")
