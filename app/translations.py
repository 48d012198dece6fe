"""The catalogues: compiled when they changed, updated from the sources, and checked to be complete."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app import literals
from config import LANGUAGES, ROOT

SOURCE = ROOT / "translations"
COMPLETE = ("zh_Hans", "en")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
IDLE_HEADERS = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Report-Msgid-Bugs-To',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Generated-By',
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[sdifrx]|%(?![%\s(])[\d.]*[sdifrx]")


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: errors fail it, gaps (Traditional Chinese) are only told."""

    errors: tuple[str, ...]
    gaps: tuple[str, ...]


# --- Compiling -----------------------------------------------------------------------------------


def compile_catalogues(source: Path, target: Path) -> Path:
    """Return a folder with every catalogue of `source` compiled, made under `target` unless it is there.

    The folder is named by what the catalogues say and appears whole, so several processes may start at once.
    """
    files = sorted(source.glob("*/LC_MESSAGES/*.po"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(source).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    finished = target / digest.hexdigest()[:20]
    if finished.is_dir():
        return finished
    unfinished = target / f".{secrets.token_hex(8)}"
    unfinished.mkdir(parents=True)
    for file in files:
        place = unfinished / file.relative_to(source).with_suffix(".mo")
        place.parent.mkdir(parents=True)
        with place.open("wb") as compiled:
            write_mo(compiled, read_catalogue(file), use_fuzzy=False)
    try:
        unfinished.rename(finished)
    except OSError:
        if not finished.is_dir():
            raise
        _delete(unfinished)  # another process was faster
    for other in target.iterdir():
        if other != finished and not other.name.startswith("."):
            _delete(other)
    return finished


def _delete(folder: Path) -> None:
    """Delete a folder of compiled catalogues; what another process deletes meanwhile is no matter."""
    for path in sorted(folder.rglob("*"), reverse=True):
        try:
            path.rmdir() if path.is_dir() else path.unlink()
        except OSError:
            continue
    try:
        folder.rmdir()
    except OSError:
        return


def read_catalogue(path: Path) -> Catalog:
    """Return the catalogue in a .po file at translations/<locale>/LC_MESSAGES/."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


# --- Updating ------------------------------------------------------------------------------------


def extract(root: Path = ROOT) -> Catalog:
    """Return every message that the sources under `root` contain, with the places where it stands."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    catalogue = Catalog(project="Kebu", version="", charset="utf-8")
    found = extract_from_dir(
        root / "app",
        [(pattern.removeprefix("app/"), method) for pattern, method in methods],
        {pattern.removeprefix("app/"): option for pattern, option in options.items()},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for name, _line, message, comments, context in found:
        # Line numbers would change every catalogue with every edit.
        catalogue.add(message, None, [(f"app/{name}", 0)], auto_comments=comments, context=context)
    return catalogue


def update(source: Path = SOURCE, root: Path = ROOT) -> list[str]:
    """Bring every catalogue to what the sources contain, English filled in; return a line per language.

    Nothing is guessed from similar messages: a wrong guess looks like a translation.
    """
    template = extract(root)
    lines = []
    for locale in LANGUAGES:
        path = source / locale / "LC_MESSAGES" / "messages.po"
        catalogue = (
            read_catalogue(path) if path.exists() else Catalog(locale=locale, project="Kebu", version="")
        )
        catalogue.locale = locale
        catalogue.fuzzy = False
        catalogue.header_comment = (
            "# Kebu's text in this language; `python3 run.py translations update` keeps it in step."
        )
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        if locale == "en":
            _say_english(catalogue)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_written(catalogue))
        missing = sum(1 for message in _messages(catalogue) if not _is_translated(message))
        lines.append(f"{locale}: {len(catalogue)} messages, {missing} without translation")
    return lines


def _written(catalogue: Catalog) -> bytes:
    """Return the catalogue as a file that changes only when its messages do."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, sort_output=True, omit_header=False, include_lineno=False)
    lines = buffer.getvalue().split(b"\n")
    return b"\n".join(line for line in lines if not line.startswith(IDLE_HEADERS))


def _say_english(catalogue: Catalog) -> None:
    """Translate English into itself, so that no other language's text can stand in for it."""
    for message in _messages(catalogue):
        if not _is_translated(message):
            message.string = message.id
            message.flags.discard("fuzzy")


# --- Checking ------------------------------------------------------------------------------------


def check(source: Path = SOURCE, root: Path = ROOT) -> Report:
    """Return what is missing, fuzzy, left over or ill in the catalogues, and visible text outside gettext."""
    template = extract(root)
    errors = [
        f"{place}: {text!r} is shown to people but cannot be translated"
        for place, text in literals.find(root)
    ]
    gaps: list[str] = []
    for locale in LANGUAGES:
        path = source / locale / "LC_MESSAGES" / "messages.po"
        told = errors if locale in COMPLETE else gaps
        if not path.exists():
            told.append(f"{locale}: there is no catalogue")
            continue
        catalogue = read_catalogue(path)
        told.extend(f"{locale}: {line}" for line in _gaps(template, catalogue))
        errors.extend(f"{locale}: {line}" for line in _ill(catalogue))
    return Report(tuple(errors), tuple(gaps))


def _gaps(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Yield a line per message that is missing, without translation, fuzzy or no longer used."""
    for message in _messages(template):
        found = catalogue.get(message.id, message.context)
        if found is None:
            yield f"missing {_name(message)}"
        elif found.fuzzy:
            yield f"fuzzy {_name(message)}"
        elif not _is_translated(found):
            yield f"not translated {_name(message)}"
    for message in _messages(catalogue):
        if template.get(message.id, message.context) is None:
            yield f"no longer used {_name(message)}"
    for message in catalogue.obsolete.values():
        yield f"no longer used {_name(message)}"


def _ill(catalogue: Catalog) -> Iterator[str]:
    """Yield a line per translation whose placeholders are not those of its message."""
    for message in _messages(catalogue):
        allowed = {frozenset(_placeholders(form)) for form in _forms(message.id)}
        whole = frozenset().union(*allowed)
        for form in _forms(message.string):
            if form and frozenset(_placeholders(form)) not in allowed | {whole}:
                yield f"other placeholders in {form!r} than in {_name(message)}"


def _placeholders(text: str) -> list[str]:
    return [match.group(0) for match in PLACEHOLDER.finditer(text)]


def _forms(text: object) -> tuple[str, ...]:
    """Return the forms of a message: one, or several when it has a plural."""
    return tuple(str(form) for form in text) if isinstance(text, list | tuple) else (str(text),)


def _is_translated(message: Message) -> bool:
    return all(_forms(message.string)) and bool(message.string)


def _messages(catalogue: Catalog) -> Iterator[Message]:
    """Yield the messages without the header, whose id is empty."""
    return (message for message in catalogue if message.id)


def _name(message: Message) -> str:
    return repr(_forms(message.id)[0])
