"""Check of the installed packages against a copy of the public advisories that lies in the instance folder.

Nothing is fetched here: CI or the owner puts `*.zip`, `*.json` or `*.yaml` files of the OSV format into
`advisories/`, such as https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip or a copy of
https://github.com/pypa/advisory-database. A copy that is missing, small, damaged or old is never taken for a good sign.
Format: https://ossf.github.io/osv-schema/
"""

from __future__ import annotations

import datetime
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from flask import current_app
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from app.core.checks import Check, Finding, green, red, yellow
from app.core.clock import utc_now
from app.core.kernel import kernel

FOLDER = "advisories"
MEMORY = "kebu_advisories"
# The public copies hold many thousands; a handful is a copy cut short.
FEWEST = 1_000
LARGEST_ENTRY = 4_000_000
OLD, VERY_OLD = datetime.timedelta(days=30), datetime.timedelta(days=90)
MOST_NAMED = 8
_ENDS = (".json", ".yaml", ".yml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ECOSYSTEM = "PyPI"


@dataclass
class Reading:
    """What a copy says of the installed packages: advisories read, the newest one's day, hits, and what was unclear."""

    count: int = 0
    newest: datetime.datetime | None = None
    hits: set[str] = field(default_factory=set)
    unclear: int = 0


def installed() -> dict[str, str]:
    """Return the version of every installed package by its normal name."""
    return {
        canonicalize_name(each.metadata["Name"]): each.version
        for each in distributions()
        if each.metadata["Name"]
    }


def advisories() -> Finding:
    """Look for known holes in the installed packages."""
    found = _remembered(kernel().home / FOLDER, installed())
    how = _("The handbook's page on the check says where to get a copy and where to put it.")
    if found.hits:
        names = ", ".join(sorted(found.hits)[:MOST_NAMED])
        return red(
            _("Holes are known in installed packages: %(names)s.", names=names),
            _("Bring Kebu up to date; the advisory's number leads to what it is about."),
        )
    if not found.count or found.newest is None:
        return yellow(_("Not checked: there is no copy of the public advisories."), how)
    day = format_date(found.newest.date(), "medium")
    if found.count < FEWEST or found.unclear:
        return yellow(_("Not checked: the copy of the advisories of %(day)s is not whole.", day=day), how)
    age = utc_now() - found.newest
    words = _("No hole is known in the installed packages; the advisories are of %(day)s.", day=day)
    if age > VERY_OLD:
        return red(words, how)
    return yellow(words, how) if age > OLD else green(words)


def _remembered(folder: Path, versions: Mapping[str, str]) -> Reading:
    """Return what the copy says; it is read once for each copy and each set of packages."""
    files = (
        sorted(each for each in folder.rglob("*") if each.suffix in (*_ENDS, ".zip"))
        if folder.is_dir()
        else []
    )
    stamp = (tuple(sorted(versions.items())), *((str(each), each.stat().st_mtime_ns) for each in files))
    known: tuple[Any, Reading] | None = current_app.extensions.get(MEMORY)
    if known is None or known[0] != stamp:
        known = current_app.extensions[MEMORY] = (stamp, read_copy(files, versions))
    return known[1]


def read_copy(files: list[Path], versions: Mapping[str, str]) -> Reading:
    """Return what the files of a copy say of these packages."""
    reading = Reading()
    for path in files:
        for document in _documents(path, reading):
            _take(document, versions, reading)
    return reading


def _yaml(raw: bytes) -> Any:
    return yaml.load(raw, Loader=_LOADER)  # noqa: S506 # nosec B506 - both of its loaders are safe ones


def _documents(path: Path, reading: Reading) -> Iterator[dict[str, Any]]:
    """Yield the advisories of a file or an archive; what can't be read is counted as unclear."""
    for name, raw in _contents(path, reading):
        try:
            document = json.loads(raw) if name.endswith(".json") else _yaml(raw)
        except (ValueError, yaml.YAMLError, RecursionError):
            document = None
        if isinstance(document, dict) and "id" in document:
            yield document
        else:
            reading.unclear += 1


def _contents(path: Path, reading: Reading) -> Iterator[tuple[str, bytes]]:
    if path.suffix != ".zip":
        yield path.name, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(_ENDS) and entry.file_size <= LARGEST_ENTRY:
                    yield entry.filename, archive.read(entry)
    except (zipfile.BadZipFile, OSError, EOFError):
        reading.unclear += 1


def _take(document: dict[str, Any], versions: Mapping[str, str], reading: Reading) -> None:
    affected = [each for each in document.get("affected") or () if _package(each)]
    if not affected:
        return
    reading.count += 1
    modified = _moment(document.get("modified"))
    if modified is not None and (reading.newest is None or modified > reading.newest):
        reading.newest = modified
    if document.get("withdrawn"):
        return
    for each in affected:
        name = _package(each)
        version = versions.get(name)
        if version is None:
            continue
        try:
            hit = is_affected(each, version)
        except (InvalidVersion, TypeError, AttributeError):
            reading.unclear += 1
            continue
        if hit:
            reading.hits.add(f"{name} {version} ({document['id']})")


def _package(affected: Any) -> str:
    package = affected.get("package") if isinstance(affected, dict) else None
    if not isinstance(package, dict) or package.get("ecosystem") != _ECOSYSTEM:
        return ""
    return canonicalize_name(str(package.get("name", "")))


def is_affected(affected: Mapping[str, Any], version: str) -> bool:
    """Say whether a version is one that an advisory's `affected` entry names or spans; raise `InvalidVersion`."""
    mine = Version(version)
    if version in (affected.get("versions") or ()):
        return True
    return any(
        _lies_within(each.get("events") or (), mine)
        for each in affected.get("ranges") or ()
        if each.get("type") in ("ECOSYSTEM", "SEMVER")
    )


def _lies_within(events: Any, mine: Version) -> bool:
    """Walk the events of a range in the order of versions, as the format's own description does."""
    turns = sorted(
        (
            (Version("0") if text == "0" else Version(text), kind)
            for event in events
            for kind, text in event.items()
        ),
        key=lambda each: each[0],
    )
    within = False
    for version, kind in turns:
        if kind == "introduced" and mine >= version:
            within = True
        elif (kind == "fixed" and mine >= version) or (kind == "last_affected" and mine > version):
            within = False
    return within


def _moment(text: Any) -> datetime.datetime | None:
    try:
        found = text if isinstance(text, datetime.datetime) else datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


CHECKS = (Check("operations:advisories", _l("Known holes in packages"), advisories, needs_tables=False),)
