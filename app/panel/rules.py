"""Rules: what a screen says to values that span fields, where only some of them are changed."""

from __future__ import annotations

from typing import Any

from app.core import fields
from app.core.declaration import Screen

_NOT_PLAIN = (fields.Link, fields.Links, fields.File)


def rule_messages(screen: Screen, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the rules say to `values` beside what stands in the record.

    Where one field alone is changed, the other side of a rule stands in the record. What broke the rule before,
    in fields that nobody touches now, is not this change's fault.
    """
    if screen.rules is None:
        return {}
    if record is None:
        return screen.rules(None, values)
    plain = [name for name, entry in screen.fields.items() if not isinstance(entry, _NOT_PLAIN)]
    standing = {name: getattr(record, name) for name in plain}
    before = screen.rules(record, dict(standing))
    found = screen.rules(record, {**standing, **values})
    return {name: message for name, message in found.items() if name in values or name not in before}
