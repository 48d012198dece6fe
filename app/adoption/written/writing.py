"""Writing YAML that people like to read and that comes out the same each time, from mappings, lists and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

INDENT = "  "
WIDEST_FLOW = 100
# What any reader of YAML takes for a text as it stands, whatever surrounds it.
_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff]([\w\u4e00-\u9fff./()<>=+*-]| (?=[^\s#]))*")
_MEANT_OTHERWISE = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
# YAML reads no longer text before a colon.
LONGEST_KEY = 200


class Flow(dict[str, Any]):
    """A small mapping that stands in one line where it fits."""


def write(document: Mapping[str, Any], *, spaced: frozenset[str] = frozenset()) -> str:
    """Return a document as YAML; below the keys in `spaced` an empty line stands before each entry."""
    lines: list[str] = []
    for key, value in document.items():
        if lines:
            lines.append("")
        _write(lines, key, value, 0, spaced=key in spaced)
    return "\n".join(lines) + "\n"


def _write(lines: list[str], key: str, value: Any, depth: int, *, spaced: bool = False) -> None:
    start = f"{INDENT * depth}{_scalar(key)}:"
    if isinstance(value, Flow) and (short := f"{start} {_flow(value)}") and len(short) <= WIDEST_FLOW:
        lines.append(short)
    elif isinstance(value, Mapping) and value:
        lines.append(start)
        for number, (name, inner) in enumerate(value.items()):
            if spaced and number:
                lines.append("")
            _write(lines, name, inner, depth + 1)
    elif value is None:
        lines.append(start)
    elif isinstance(value, Mapping):
        lines.append(f"{start} {{}}")
    else:
        lines.append(f"{start} {_flow(value)}")


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _MEANT_OTHERWISE:
        return text
    return '"' + "".join(_sign(each) for each in text) + '"'


def _sign(sign: str) -> str:
    if sign in ('"', "\\"):
        return f"\\{sign}"
    if sign == "\n":
        return "\\n"
    if sign.isprintable() and sign != "\ufeff":
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
