"""The branch at hand: where a person works today narrows lists and fills in new records."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from app.access.present import home_branch_id
from app.access.shop import branch_choices
from app.core import fields
from app.core.declaration import Screen
from app.core.keys import encode_token

BRANCH = "access:branch"


def current_branch() -> str:
    """Return the token of the branch the person works in now, '' for all of them."""
    branch_id = home_branch_id()
    if branch_id is None:
        return ""
    token = encode_token([branch_id])
    return token if any(token == known for known, _name in branch_choices()) else ""


def with_branch(screen: Screen, arguments: MultiDict[str, str], parameter: str = "") -> MultiDict[str, str]:
    """Return the address's arguments with the person's branch added, where the screen has one and none is named.

    `f.branch=` (empty) in the address means all branches. A shop with one branch has nothing to narrow its lists to,
    and no switch that would widen them again. A search looks everywhere: whoever stands at the counter may be
    another branch's customer, and is added a second time when not found.
    """
    if not parameter and (len(branch_choices()) < 2 or arguments.get("q")):
        return MultiDict(arguments)
    entry = screen.fields.get("branch")
    name = parameter or "f.branch"
    token = current_branch()
    fits = isinstance(entry, fields.Link) and entry.to == BRANCH and (parameter or "branch" in screen.filters)
    if not fits or not token or name in arguments:
        return MultiDict(arguments)
    changed = MultiDict(arguments)
    changed[name] = token
    return changed
