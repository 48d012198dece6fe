"""Finds user-visible text that cannot be translated: in templates by their markup, in Python by its use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment

Finding = tuple[str, str]
Literal = tuple[str, int]

VISIBLE_ATTRIBUTES = (
    "title",
    "placeholder",
    "aria-label",
    "aria-description",
    "alt",
    "label",
    "data-confirm",
)
# Their content is read by a browser, not by a person.
SILENT_ELEMENTS = ("script", "style", "code")
VISIBLE_CALLS = ("flash",)
VISIBLE_KEYWORDS = (
    "label",
    "help",
    "title",
    "description",
    "placeholder",
    "empty",
    "plural",
    "heading",
    "confirm",
)
VISIBLE_NAMES = ("message", "label", "title", "heading")
LOOSE_ATTRIBUTE = re.compile(r'([\w:-]+)="([^"]*)"')
# A name in the program, such as a field's, is no text for people.
PROGRAM_NAME = re.compile(r"[a-z][a-z0-9_.:=-]*")
LETTER = re.compile(r"[^\W\d_]")

ALLOWED_TEXT: dict[str, str] = {
    "Kebu": "the product's name, the same in every language",
    "客簿": "the product's Chinese name, the same in every language",
    "Kebu 客簿": "the product's full name, the same in every language",
    "中文": "a language is named in itself, for whoever cannot read the present one",
    "简体中文": "a language is named in itself, for whoever cannot read the present one",
    "繁體中文": "a language is named in itself, for whoever cannot read the present one",
    "English": "a language is named in itself, for whoever cannot read the present one",
    "CSV": "the format's name, the same in every language",
    "API": "the same in every language",
    "OpenAPI": "the specification's name, the same in every language",
    "Esc": "a key is called as it is printed on the keyboard",
    "Enter": "a key is called as it is printed on the keyboard",
    "x": "a size such as 3 x 4",
}
ALLOWED_PLACES: dict[str, str] = {
    "app/cli/": "the terminal speaks English with Chinese in parentheses; no language is chosen there yet",
    "app/core/schema.py": "its errors are told in the terminal",
    "app/server.py": "its errors are told in the terminal",
    "app/server_processes.py": "its errors are told in the terminal",
    "app/literals.py": "holds examples of what it looks for",
    "app/sample/": "names and notes of invented people are data, in the sample shop's language",
}


def find(root: Path) -> list[Finding]:
    """Return (place, text) of everything under `root/app` that people see and gettext does not."""
    found: list[Finding] = []
    for path in sorted((root / "app").rglob("*")):
        place = path.relative_to(root).as_posix()
        if any(place.startswith(allowed) for allowed in ALLOWED_PLACES):
            continue
        if path.suffix == ".py":
            found += in_python(path.read_text(encoding="utf-8"), place)
        elif path.suffix == ".html":
            found += in_template(path.read_text(encoding="utf-8"), place)
    return found


def is_words(text: str) -> bool:
    """Say whether a text has letters in it and is not one of those that need no translation."""
    return bool(LETTER.search(text)) and text.strip() not in ALLOWED_TEXT


# --- Templates -----------------------------------------------------------------------------------


def in_template(source: str, place: str) -> list[Finding]:
    """Return the untranslatable text of one Jinja template."""
    reader = _Reader(place)
    reader.feed(_markup(source))
    reader.close()
    return reader.found


def _markup(source: str) -> str:
    """Return the markup alone: expressions and statements become a mark without letters."""
    parts: list[str] = []
    inside = False
    for _line, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source):
        if kind in ("variable_begin", "block_begin", "comment_begin", "raw_begin"):
            inside = kind != "raw_begin"
            parts.append("" if kind in ("raw_begin", "comment_begin") else "\u00b7")
            parts.append("\n" * value.count("\n"))
        elif kind in ("variable_end", "block_end", "comment_end", "raw_end"):
            inside = False
            parts.append("\n" * value.count("\n"))
        elif inside:
            parts.append("\n" * value.count("\n"))
        else:
            parts.append(value)
    return _without_trans("".join(parts), source)


def _without_trans(markup: str, source: str) -> str:
    """Return the markup, with the text of {% trans %} blocks blanked when there are any."""
    if "{% trans" not in source and "{%- trans" not in source:
        return markup
    blanked = re.sub(
        r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}",
        lambda block: "\n" * block[0].count("\n"),
        source,
        flags=re.DOTALL,
    )
    return _markup(blanked)


class _Reader(HTMLParser):
    """Collects text and visible attributes with letters in them."""

    def __init__(self, place: str) -> None:
        super().__init__(convert_charrefs=True)
        self.place = place
        self.found: list[Finding] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the visible attributes of an element."""
        if tag in SILENT_ELEMENTS:
            self.silent += 1
        kinds = dict(attrs)
        is_button = tag == "input" and kinds.get("type") in ("submit", "button", "reset")
        for name, value in attrs:
            if name in VISIBLE_ATTRIBUTES or (name == "value" and is_button):
                self._look(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element that closes itself, which opens no silence."""
        self.handle_starttag(tag, attrs)
        if tag in SILENT_ELEMENTS:
            self.silent -= 1

    def handle_endtag(self, tag: str) -> None:
        """Leave a silent element."""
        if tag in SILENT_ELEMENTS and self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        """Look at the text between elements; a macro may also write attributes there."""
        if self.silent:
            return
        for name, value in LOOSE_ATTRIBUTE.findall(data):
            if name in VISIBLE_ATTRIBUTES:
                self._look(value)
        self._look(LOOSE_ATTRIBUTE.sub("", data))

    def _look(self, text: str) -> None:
        for number, line in enumerate(text.split("\n")):
            for part in line.split("\u00b7"):
                if is_words(part):
                    self.found.append((f"{self.place}:{self.getpos()[0] + number}", part.strip()))


# --- Python --------------------------------------------------------------------------------------


def in_python(source: str, place: str) -> list[Finding]:
    """Return the untranslatable text of one module: shown by flash, told by an error, or given as a label."""
    tree = ast.parse(source)
    errors = _error_names(tree)
    found = (literal for node in ast.walk(tree) for literal in _visible(node, errors))
    return [
        (f"{place}:{line}", text)
        for text, line in sorted(set(found), key=lambda literal: literal[1])
        if is_words(text) and not PROGRAM_NAME.fullmatch(text)
    ]


def _error_names(tree: ast.Module) -> set[str]:
    """Return the names under which the app's own errors are known in this module."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("errors"):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef) and any(
            isinstance(b, ast.Name) and b.id in names for b in node.bases
        ):
            names.add(node.name)
    # Rules of the house are broken by programmers, who read English.
    return names - {"ProgrammingError"}


def _visible(node: ast.AST, errors: set[str]) -> Iterator[Literal]:
    """Yield the literals of a node that a person will see."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in VISIBLE_CALLS:
            yield from _texts(node.args[:1])
        if name in errors or name in ("ValidationError", "StopValidation"):
            yield from _texts(node.args)
            yield from _texts([keyword.value for keyword in node.keywords])
        elif name[:1].isupper():
            # A declaration: Field(label=…), Screen(title=…).
            yield from _texts([keyword.value for keyword in node.keywords if keyword.arg in VISIBLE_KEYWORDS])
    elif isinstance(node, ast.ClassDef):
        for statement in node.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id in VISIBLE_NAMES for target in statement.targets
            ):
                yield from _texts([statement.value])


def _texts(values: Iterable[ast.expr]) -> Iterator[Literal]:
    """Yield text literals, also those within a formatted, added or chosen text or in a dict's values."""
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value, value.lineno
        elif isinstance(value, ast.JoinedStr):
            yield from _texts(value.values)
        elif isinstance(value, ast.BinOp):
            yield from _texts([value.left, value.right])
        elif isinstance(value, ast.IfExp):
            yield from _texts([value.body, value.orelse])
        elif isinstance(value, ast.Dict):
            yield from _texts(value.values)
