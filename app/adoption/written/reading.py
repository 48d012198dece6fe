"""Reading YAML with distrust: text and lines of it, nothing that a tag, an anchor or a guess could make of it.

Every scalar stays the text that stands there: `NO` is no Boolean and `1.10` no number until a key asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]
from flask_babel import gettext as _

from app.adoption.written.errors import Unreadable

MOST_BYTES = 4 * 1024 * 1024
DEEPEST = 12
MOST_ENTRIES = 400_000
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
# Written in C where the platform has it, which is ten times faster and reads the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Spot:
    """A piece of a file with its line: a text, None, a list or a mapping by text, each of Spots again.

    The line of what stands behind a key is the key's. `plain` is False for a text in quotes.
    """

    line: int
    value: Any
    plain: bool = True


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; `key` waits for its value."""

    spot: Spot
    key: Spot | None = None
    lines: dict[str, int] = field(default_factory=dict)


def read(data: bytes) -> Spot:
    """Return what a file says; raise `Unreadable` with the line where it is not plain YAML of a decent size."""
    if len(data) > MOST_BYTES:
        raise Unreadable(0, _("The file is larger than %(most)d MB.", most=MOST_BYTES // 1024 // 1024))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(0, _("The file is not text in UTF-8.")) from None
    try:
        return _built(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 0, _("This is not YAML.")) from None
    except yaml.YAMLError:
        raise Unreadable(0, _("The file holds signs that YAML doesn't allow.")) from None


def _built(events: Iterator[Any]) -> Spot:
    """Build the whole of single pieces, without recursion: how deep a file goes is its writer's choice."""
    root: Spot | None = None
    stack: list[_Open] = []
    for number, event in enumerate(events):
        line = event.start_mark.line + 1
        if number > MOST_ENTRIES:
            raise Unreadable(line, _("The file says too much."))
        if isinstance(event, yaml.NodeEvent):
            _refuse_clever(event, line)
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise Unreadable(line, _("The file holds more than one document."))
        if isinstance(event, yaml.CollectionStartEvent):
            spot = Spot(line, [] if isinstance(event, yaml.SequenceStartEvent) else {})
            root = _placed(stack, spot, root)
            stack.append(_Open(spot))
            if len(stack) > DEEPEST:
                raise Unreadable(line, _("Lists and mappings are nested too deeply."))
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.ScalarEvent):
            root = _placed(stack, _scalar(event, line), root)
    return root or Spot(1, None)


def _refuse_clever(event: Any, line: int) -> None:
    if event.anchor is not None:
        raise Unreadable(line, _("Anchors and references (& and *) are not read; write it out."))
    if getattr(event, "tag", None) is not None:
        raise Unreadable(line, _("Tags (!) are not read."))


def _scalar(event: Any, line: int) -> Spot:
    plain = event.style in (None, "")
    return Spot(line, None if plain and event.value in _NOTHING else event.value, plain)


def _placed(stack: list[_Open], spot: Spot, root: Spot | None) -> Spot:
    """Put a piece where it belongs and return the outermost one."""
    if not stack:
        return spot if root is None else root
    inner = stack[-1]
    if isinstance(inner.spot.value, list):
        inner.spot.value.append(spot)
    elif inner.key is None:
        inner.key = _key(inner, spot)
    else:
        spot.line = inner.key.line
        inner.spot.value[inner.key.value] = spot
        inner.key = None
    assert root is not None, "what holds this was placed before"
    return root


def _key(inner: _Open, spot: Spot) -> Spot:
    if spot.value is None and spot.plain:
        raise Unreadable(spot.line, _("A key is missing before the colon."))
    if not isinstance(spot.value, str):
        raise Unreadable(spot.line, _("A key is a text."))
    if spot.value in inner.lines:
        raise Unreadable(
            spot.line,
            _(
                "%(key)s stands here twice; first in line %(line)d.",
                key=spot.value[:80],
                line=inner.lines[spot.value],
            ),
        )
    inner.lines[spot.value] = spot.line
    return spot
