"""Rules: what a screen says to values that span fields, where only some of them are changed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel

_NOT_PLAIN = (fields.Link, fields.Links, fields.File)


def rule_messages(screen: Screen, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return what the rules say to `values` beside what stands in the record.

    Where one field alone is changed, the other side of a rule stands in the record. What broke the rule before,
    in fields that nobody touches now, is not this change's fault.
    """
    if screen.rules is None:
        return {}
    if record is None:
        return told(screen, screen.rules(None, values))
    standing = standing_values(screen, record)
    before = screen.rules(record, dict(standing))
    found = screen.rules(record, {**standing, **values})
    return told(
        screen, {name: message for name, message in found.items() if name in values or name not in before}
    )


def standing_values(screen: Screen, record: Any) -> dict[str, Any]:
    """Return the plain values of a record, also of fields that are hidden: a rule holds whoever saves."""
    declared = kernel().declared_screens.get(screen.name, screen)
    plain = [name for name, entry in declared.fields.items() if not isinstance(entry, _NOT_PLAIN)]
    return {name: getattr(record, name) for name in plain}


def told(screen: Screen, messages: dict[str, Any]) -> dict[str, Any]:
    """Return the messages with those about hidden fields turned into one that names none."""
    seen = {name: message for name, message in messages.items() if name == "" or name in screen.fields}
    if len(seen) < len(messages):
        seen.setdefault("", _("This does not go together with what else stands in the record."))
    return seen
