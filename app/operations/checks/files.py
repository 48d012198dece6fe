"""Checks of the instance folder: who can read it, whether the keys are there, how much room is left."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from pathlib import Path

from flask import current_app
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.engine import make_url

from app.core.checks import Check, Finding, green, red, yellow
from app.core.kernel import kernel
from config import FILE_NAME, INSTANCE_KEY_BYTES, INSTANCE_KEY_FILE_NAME, KEY_FILES, Settings

_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ENTERED = stat.S_IXGRP | stat.S_IXOTH
_GIGABYTE = 1024**3
LITTLE, VERY_LITTLE = 2 * _GIGABYTE, _GIGABYTE // 2


def _settings() -> Settings:
    found: Settings = current_app.config["KEBU_SETTINGS"]
    return found


def file_modes() -> Finding:
    """Look at whether other users of this machine can read the instance folder, its keys and the database."""
    if os.name != "posix":
        return yellow(
            _("On this system Kebu can't see who may read the instance folder."),
            _("Look at the folder's security settings: only the account that runs Kebu needs it."),
        )
    home = kernel().home
    # Who can't enter the folder reads nothing in it, whatever a file's own mode is.
    open_ones = [path for path in (home, *_outside(home)) if _is_open(path) and _is_reached(path, home)]
    open_ones += [path for path in _keys(home) if _is_open(path) and path not in open_ones]
    if open_ones:
        command = "chmod go-rwx " + " ".join(shlex.quote(str(path)) for path in open_ones)
        return red(
            _("Other users of this machine can read keys, records or logs."),
            _("Run: %(command)s", command=command),
        )
    return green(_("Only the account that runs Kebu can read the instance folder."))


def _keys(home: Path) -> list[Path]:
    return [home / name for name in (*KEY_FILES.values(), FILE_NAME)]


def _outside(home: Path) -> list[Path]:
    """Return the files of an SQLite database that stands outside the instance folder."""
    url = make_url(_settings().database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return []
    path = Path(url.database)
    if path.is_relative_to(home):
        return []
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def _is_reached(path: Path, home: Path) -> bool:
    """Say whether others can enter the folders that lead to a file; of the instance folder nothing is presumed."""
    return path == home or all(parent.stat().st_mode & _ENTERED for parent in path.parents if parent.exists())


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _FOR_OTHERS)
    except FileNotFoundError:
        return False


def instance_key() -> Finding:
    """Look at the key under which secrets are kept: it must be there, and not in what a thief of the database gets."""
    settings, home = _settings(), kernel().home
    path = home / INSTANCE_KEY_FILE_NAME
    text = settings.given_instance_key or (path.read_text(encoding="ascii").strip() if path.is_file() else "")
    if len(text) != 2 * INSTANCE_KEY_BYTES or len(set(text.lower())) < INSTANCE_KEY_BYTES // 4:
        return red(
            _("The key that locks secrets is missing, or was not made by chance."),
            _("Put back your copy of %(file)s: what it locked can't be read without it.", file=path.name),
        )
    if text in settings.database_url:
        return red(
            _("The key that locks secrets stands in the address of the database."),
            _("Make a new key, and keep it apart from the database."),
        )
    return green(
        _("The key that locks secrets is there, outside the database."),
        _(
            "Keep a copy of %(file)s where no copy of the database is: what it locks is lost with it.",
            file=path.name,
        ),
    )


def disk_space() -> Finding:
    """Look at the room that is left where the instance folder stands."""
    left = shutil.disk_usage(kernel().home).free
    words = _("%(number)s GB are free.", number=format_decimal(round(left / _GIGABYTE, 1)))
    advice = _("Make room before the database can't write any more.")
    if left < VERY_LITTLE:
        return red(words, advice)
    return yellow(words, advice) if left < LITTLE else green(words)


CHECKS = (
    Check("operations:file_modes", _l("Who can read the files"), file_modes, needs_tables=False),
    Check("operations:instance_key", _l("Key of the secrets"), instance_key, needs_tables=False),
    Check("operations:disk_space", _l("Room on the disk"), disk_space, needs_tables=False),
)
