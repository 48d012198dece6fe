"""The folder of a demo: marked as one, locked while in use, and all that `--reset` ever deletes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.core.file_lock import LockHeld, held
from config import FILE_NAME, KnownFailure

MARKER = "demo.json"
ACCOUNTS = "demo-accounts.json"
LOCK = "demo.lock"
MADE_BY = "kebu demo"


class DemoError(KnownFailure):
    """The demo cannot start, or `--reset` will not touch what is there."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What the marker says: whose folder it is, which sample it holds, and whether the sample is complete."""

    home: str
    profile: str
    customers: int
    seeded: bool = False
    made_by: str = MADE_BY


@contextmanager
def sole_use(home: Path) -> Iterator[None]:
    """Hold the folder, made when absent, for one demo; raise DemoError when it is in use or not a demo's."""
    refuse_strange(home)
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(home / LOCK, wait=False):
            yield
    except LockHeld:
        raise DemoError(
            f"A demo is already using {home}; stop it, or name another folder in KEBU_HOME."
        ) from None


def refuse_strange(home: Path) -> None:
    """Raise DemoError unless the folder is absent, empty or made by a demo at this very place."""
    if home.is_symlink():
        raise DemoError(f"{home} is a link; a demo wants a folder of its own, name one in KEBU_HOME.")
    if home.exists() and not home.is_dir():
        raise DemoError(f"{home} is not a folder; name another in KEBU_HOME.")
    if not home.exists() or read_marker(home) is not None:
        return
    # A kebu.toml may be put into the folder first, for a demo on another database.
    harmless = (LOCK, FILE_NAME)
    names = sorted(entry.name for entry in home.iterdir())
    others = [name for name in names if name not in harmless and not _is_unfinished_marker(name)]
    if others:
        raise DemoError(
            f"{home} was not made by a demo (it holds {others[0]}); nothing was touched. Name another folder "
            f"in KEBU_HOME, or serve this one with `serve`."
        )


def _is_unfinished_marker(name: str) -> bool:
    """Say whether a file is a marker whose writer was killed before it had its name."""
    return name.startswith(f"{MARKER}.") and name.endswith(".new")


def read_marker(home: Path) -> Marker | None:
    """Return the marker of the demo made in this folder; None when it is absent, damaged or from elsewhere.

    A copied folder is no demo: somebody may have copied it to begin a real shop.
    """
    path = home / MARKER
    try:
        if path.is_symlink():
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        marker = Marker(**found)
    except (OSError, ValueError, TypeError):
        return None
    right = marker.made_by == MADE_BY and marker.home == str(home.resolve())
    kinds = (
        isinstance(marker.customers, int)
        and isinstance(marker.profile, str)
        and isinstance(marker.seeded, bool)
    )
    return marker if right and kinds else None


def write_marker(home: Path, profile: str, customers: int) -> Marker:
    """Mark the folder as a demo whose sample is not complete yet."""
    marker = Marker(str(home.resolve()), profile, customers)
    _write(home / MARKER, asdict(marker), 0o600)
    return marker


def mark_seeded(home: Path, marker: Marker) -> None:
    """Note that the sample is complete; a demo without this note begins it anew."""
    _write(home / MARKER, asdict(replace(marker, seeded=True)), 0o600)


def forget(home: Path) -> None:
    """Delete the marker, because the folder has become a real shop; nothing of it is ever reset again."""
    (home / MARKER).unlink(missing_ok=True)


def empty(home: Path, keep: Collection[str] = ()) -> None:
    """Delete everything in a demo's folder but `keep`; a link is removed, never followed.

    The marker stays until the caller writes a new one, so a reset that was cut short can be repeated.
    """
    marker = read_marker(home)
    if marker is None or home.is_symlink():
        raise DemoError(f"{home} was not made by a demo; nothing was deleted.")
    _write(home / MARKER, asdict(replace(marker, seeded=False)), 0o600)
    for entry in home.iterdir():
        if entry.name in {MARKER, LOCK, *keep}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def write_accounts(home: Path, accounts: list[dict[str, str]]) -> None:
    """Keep the sample's accounts where only this user can read them."""
    _write(home / ACCOUNTS, accounts, 0o600)


def read_accounts(home: Path) -> list[dict[str, str]]:
    """Return the sample's accounts; none when the file is gone or damaged."""
    try:
        found = json.loads((home / ACCOUNTS).read_text(encoding="utf-8"))
        return [
            {
                **{name: str(row[name]) for name in ("user", "password", "role")},
                "secret": str(row.get("secret", "")),
            }
            for row in found
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _write(path: Path, content: Mapping[str, Any] | list[Any], mode: int) -> None:
    """Write a JSON file whole or not at all, with its rights from the first byte on."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
