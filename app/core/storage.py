"""Storage: uploaded files in the instance folder, written whole or not at all and named by their row's key."""

from __future__ import annotations

import hashlib
import io
import os
import re
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import pictures
from app.core.database import db, writing
from app.core.errors import NotFound
from app.core.fields.base import FieldProblem, clean_line
from app.core.file_types import NAMES, SUFFIXES, find_type
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.transaction import on_rollback
from app.core.upload import Upload

LONGEST_NAME = 200
ORPHAN_HOURS = 48
_CHUNK = 65_536
_SWEEP_BATCH = 500
_FORBIDDEN_IN_NAMES = re.compile(r'[<>:"|?*]')


def path_of(home: Path, key: uuid.UUID) -> Path:
    """Return where the file of an upload lies; the folder's name is the key's random end, so folders fill evenly."""
    return home / "uploads" / key.hex[-2:] / str(key)


def store(
    stream: IO[bytes],
    file_name: str | None,
    accept: Collection[str],
    limit_bytes: int,
    find: Callable[[Path, str], str | None] = find_type,
) -> Upload:
    """Keep what `stream` brings and return its unsaved row; raise `FieldProblem` with what is wrong.

    The type is found in the bytes, by `find` where a caller knows more kinds than files at large may have. Pictures
    are written anew without position and camera. The file is on disk before this returns; inside a transaction
    that is rolled back it goes again, otherwise `sweep` removes it when no row ever names it.
    """
    home = kernel().home
    with _incoming(home) as path:
        _receive(stream, path, limit_bytes)
        name = clean_file_name(file_name or "")
        media_type = find(path, name)
        if media_type is None or media_type not in accept:
            allowed = ", ".join(NAMES[each] for each in accept if each in NAMES)
            raise FieldProblem(_("This kind of file can't be kept here. Possible: %(types)s.", types=allowed))
        if media_type in pictures.FORMATS:
            pictures.rewrite(path, media_type)
        size, digest = _measure(path)
        upload = Upload(
            id=uuid7(),
            file_name=_with_suffix(name, media_type),
            media_type=media_type,
            size=size,
            sha256=digest,
        )
        _place(path, path_of(home, upload.id))
    if writing.get():
        on_rollback(lambda: remove_files(home, upload.id))
    return upload


def open_upload(upload: Upload) -> BinaryIO:
    """Return the stored bytes for reading; raise `NotFound` when the file is gone."""
    try:
        return path_of(kernel().home, upload.id).open("rb")
    except OSError as error:
        raise NotFound() from error


def thumbnail(upload: Upload, edge: int = 160) -> bytes:
    """Return a picture as WebP, its longer side at most `edge` pixels; kept once made. Raises `NotFound`."""
    home = kernel().home
    kept = _thumbnail_path(home, upload.id, edge)
    try:
        return kept.read_bytes()
    except OSError:
        made = _make_thumbnail(path_of(home, upload.id), upload.media_type, edge)
    with _incoming(home) as path:
        path.write_bytes(made)
        _place(path, kept)
    return made


def remove(upload: Upload) -> None:
    """Remove the stored bytes and every thumbnail; without effect when they are gone."""
    remove_files(kernel().home, upload.id)


def remove_files(home: Path, key: uuid.UUID) -> None:
    """Remove everything kept under an upload's key."""
    path_of(home, key).unlink(missing_ok=True)
    for kept in _thumbnail_path(home, key, 0).parent.glob(f"{key}-*.webp"):
        kept.unlink(missing_ok=True)


def sweep(home: Path, older_than_hours: float = ORPHAN_HOURS) -> int:
    """Remove files that no row names and that are older than this many hours; return how many went.

    A form that came back with a message keeps its file for a while without a row, hence the age.
    """
    oldest = time.time() - older_than_hours * 3600
    removed = 0
    for batch in _old_files(home, oldest):
        named = set(db.session.scalars(select(Upload.id).where(Upload.id.in_(batch)).limit(len(batch))))
        for key in set(batch) - named:
            remove_files(home, key)
            removed += 1
    for path in (home / "uploads" / ".incoming").glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def clean_file_name(name: str) -> str:
    """Return a name without folders, control characters and what some system can't keep; '' if nothing is left."""
    last_part = re.split(r"[/\\]", name)[-1]
    cleaned = _FORBIDDEN_IN_NAMES.sub("", clean_line(last_part)).strip(" .")
    if len(cleaned) > LONGEST_NAME:
        stem, dot, suffix = cleaned.rpartition(".")
        suffix = dot + suffix if stem and len(suffix) <= 10 else ""
        cleaned = cleaned[: LONGEST_NAME - len(suffix)].rstrip(" .") + suffix
    return cleaned


def _with_suffix(name: str, media_type: str) -> str:
    """Return the name ending as its type does, so that no system opens it as something else."""
    suffixes = SUFFIXES[media_type]
    if name.lower().endswith(suffixes) and name.lower() not in suffixes:
        return name
    return (name or _("file"))[: LONGEST_NAME - len(suffixes[0])].rstrip(" .") + suffixes[0]


# --- Bytes on disk -----------------------------------------------------------------------------------


@contextmanager
def _incoming(home: Path) -> Iterator[Path]:
    """Give the name of a new file beside the uploads and leave none behind."""
    folder = home / "uploads" / ".incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / uuid.uuid4().hex
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _receive(stream: IO[bytes], path: Path, limit_bytes: int) -> None:
    received = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        while chunk := stream.read(_CHUNK):
            received += len(chunk)
            if received > limit_bytes:
                most = limit_bytes // (1024 * 1024)
                raise FieldProblem(_("This file is too large; at most %(most)d MB.", most=most))
            file.write(chunk)
    if not received:
        raise FieldProblem(_("This file is empty."))


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest


def _place(path: Path, target: Path) -> None:
    """Move the finished file to its place so that after a power cut it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(target)
    if os.name != "nt":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _thumbnail_path(home: Path, key: uuid.UUID, edge: int) -> Path:
    return home / "cache" / "thumbnails" / key.hex[-2:] / f"{key}-{edge}.webp"


def _make_thumbnail(path: Path, media_type: str, edge: int) -> bytes:
    if media_type not in pictures.FORMATS or not path.is_file():
        raise NotFound()
    try:
        picture = pictures.miniature(path, media_type, edge)
    except FieldProblem as problem:
        raise NotFound() from problem
    buffer = io.BytesIO()
    picture.save(buffer, format="WEBP", quality=82)
    return buffer.getvalue()


def _old_files(home: Path, oldest: float) -> Iterator[list[uuid.UUID]]:
    """Yield the keys of files last written before `oldest` (seconds of the epoch), in batches."""
    batch: list[uuid.UUID] = []
    for path in (home / "uploads").glob("[0-9a-f][0-9a-f]/*"):
        try:
            if path.stat().st_mtime < oldest:
                batch.append(uuid.UUID(path.name))
        except (ValueError, OSError):
            continue  # not one of ours, or somebody else was faster
        if len(batch) >= _SWEEP_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
