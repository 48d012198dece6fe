"""Notation: how a value that an input can't hold stands there in signs that people see and the form reads back.

An HTML input drops line breaks, a textarea writes every break as CR LF, and neither knows NULL from an empty text.
So control characters stand as their pictures (␍ for CR), and an empty text where there could also be none stands as
`""`, the way PostgreSQL's CSV tells the two apart.
"""

from __future__ import annotations

import re
from typing import Any

from app.core.errors import KebuError

ESCAPE = "\N{SYMBOL FOR ESCAPE}"
# Tab and line feed stand as they are; the picture of ESC is taken, so it is written behind itself.
_PICTURE_OF = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A, 0x1B)} | {0x7F: 0x2421}
_ESC, _WRITTEN_ESC = "\x1b", ESCAPE + "e"
_SIGN_OF = {chr(picture): chr(code) for code, picture in _PICTURE_OF.items()} | {"\u240a": "\n"}
_CARRIAGE_RETURN, _LINE_FEED = "\u240d", "\u240a"
# Stands once, at the end: every line of the text ends in CR LF.
_ALL_CRLF = _CARRIAGE_RETURN + _LINE_FEED
_PICTURES = re.compile(f"[{ESCAPE}{''.join(_SIGN_OF)}]")
_ESCAPED = re.compile(f"{ESCAPE}(u[0-9a-f]{{4}}|.)|([{''.join(_SIGN_OF)}])", re.DOTALL)
# Bytes that are no UTF-8 come as these; no page can be written with one in it.
_BROKEN = re.compile("[\ud800-\udfff]")
_ENDS_IN_CRLF = re.compile(f"(?<!{ESCAPE})(?:{ESCAPE}{ESCAPE})*{_ALL_CRLF}\\Z")
_QUOTES = re.compile('"{2,}')
_WHOLE = re.compile(r"-?\d+")


class UnreadableNotation(KebuError):
    """A text in the notation of odd values can't be read."""


def write_text(text: str, *, lines: bool) -> str:
    """Return `text` for an input; with `lines` for a textarea, which keeps line feeds but not how lines end."""
    marked = _PICTURES.sub(lambda match: ESCAPE + match[0], text)
    marked = marked.replace(_ESC, _WRITTEN_ESC)
    marked = _BROKEN.sub(lambda match: f"{ESCAPE}u{ord(match[0]):x}", marked)
    ends = ""
    if lines and "\r\n" in marked and not re.search("(?<!\r)\n|\r(?!\n)", marked):
        marked, ends = marked.replace("\r\n", "\n"), _ALL_CRLF
    if not lines:
        marked = marked.replace("\n", _LINE_FEED)
    return marked.translate(_PICTURE_OF) + ends


def read_text(text: str) -> str:
    """Return the text that `write_text` was given, also after a browser has changed the line ends."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    all_crlf = "\n" in plain and _ENDS_IN_CRLF.search(plain) is not None
    if all_crlf:
        plain = plain.removesuffix(_ALL_CRLF)
    plain = _ESCAPED.sub(_sign, plain)
    return plain.replace("\n", "\r\n") if all_crlf else plain


def _sign(match: re.Match[str]) -> str:
    if match[2]:
        return _SIGN_OF[match[2]]
    if match[0] == _WRITTEN_ESC:
        return _ESC
    return chr(int(match[1][1:], 16)) if len(match[1]) > 1 else match[1]


def is_broken(text: str) -> bool:
    """Say whether a text holds bytes that are no text, which can be kept but not written."""
    return _BROKEN.search(text) is not None


def readable(text: str) -> str:
    """Return a text with a replacement sign for each byte that is no text."""
    return _BROKEN.sub("\N{REPLACEMENT CHARACTER}", text)


def write_filled(text: str) -> str:
    """Return a text in which the empty one is `""`, for where an empty input means NULL."""
    return text + '""' if not text or _QUOTES.fullmatch(text) else text


def read_filled(text: str) -> str:
    """Return the text that `write_filled` was given."""
    return text[:-2] if _QUOTES.fullmatch(text) else text


def write_odd(value: Any) -> str:
    """Return a value of a type that its column is not made for: `"a text"`, ␛x00ff for bytes, ␛1.5 for a number."""
    if isinstance(value, str):
        return '"' + write_text(value, lines=False).replace('"', '""') + '"'
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{ESCAPE}x{bytes(value).hex()}"
    return f"{ESCAPE}{int(value) if isinstance(value, bool) else value!r}"


def read_odd(text: str) -> Any:
    """Return the value of a text that `write_odd` made, None for any other; raise `UnreadableNotation`."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return read_text(text[1:-1].replace('""', '"'))
    if not text.startswith(ESCAPE):
        return None
    body = text.removeprefix(ESCAPE)
    try:
        if body.startswith("x"):
            return bytes.fromhex(body[1:])
        return int(body) if _WHOLE.fullmatch(body) else float(body)
    except ValueError as error:
        raise UnreadableNotation() from error
