"""The work file of one import: its rows as read, what was corrected, what was seen before and what was refused.

It is a SQLite file in the instance folder beside the uploads, so that memory stays flat, a killed import goes on
where it stood, and a row can be looked up. Everything in it can be made again from the uploaded file, save the
corrections.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.panel.importing.reading import Row

KEPT_DAYS = 30
_BATCH = 2_000
_TABLES = """
CREATE TABLE IF NOT EXISTS staged (number INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS corrected (number INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seen (mark BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (number INTEGER PRIMARY KEY, reasons TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS finished (step TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), cursor TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS seen_number ON seen (number);
"""


def path_of(home: Path, key: uuid.UUID) -> Path:
    """Return where the work file of an import lies."""
    return home / "imports" / f"{key}.db"


def remove(home: Path, key: uuid.UUID) -> None:
    """Remove an import's work file; without effect when there is none."""
    for end in ("", "-wal", "-shm"):
        path_of(home, key).with_suffix(f".db{end}").unlink(missing_ok=True)


def sweep(home: Path, older_than_days: float = KEPT_DAYS) -> None:
    """Remove work files that nobody has touched for so many days: they hold people's data."""
    oldest = time.time() - older_than_days * 86_400
    for path in (home / "imports").glob("*.db"):
        try:
            if path.stat().st_mtime < oldest:
                remove(home, uuid.UUID(path.stem))
        except (ValueError, OSError):
            continue  # not one of ours, or somebody else was faster


class WorkFile:
    """An open work file; used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    @contextmanager
    def opened(cls, home: Path, key: uuid.UUID) -> Iterator[WorkFile]:
        """Open an import's work file, made when it is not there, for this user alone."""
        path = path_of(home, key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            # What the shop's database says was written must stand here too, even after a power cut.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA cache_size=-8192")
            connection.executescript(_TABLES)
            yield cls(connection)
        finally:
            connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # --- Rows ---------------------------------------------------------------------------------------

    def stage(self, rows: Iterable[Row]) -> int:
        """Keep the rows of the file, whole or not at all, in place of those kept before; return how many there are."""
        count = 0
        with self._transaction():
            self._db.execute("DELETE FROM staged")
            self._db.execute("DELETE FROM finished")
            batch: list[tuple[int, str]] = []
            for number, cells in rows:
                batch.append((number, _packed(cells)))
                if len(batch) == _BATCH or len(batch[-1][1]) > 1_000_000:
                    count += self._keep(batch)
            count += self._keep(batch)
            self._db.execute("INSERT INTO finished VALUES ('staged')")
        return count

    def _keep(self, batch: list[tuple[int, str]]) -> int:
        self._db.executemany("INSERT INTO staged VALUES (?, ?)", batch)
        count = len(batch)
        batch.clear()
        return count

    def stage_part(self, rows: Sequence[Row], place: str) -> None:
        """Keep further rows together with the place in their table behind which the next ones begin."""
        with self._transaction():
            if not self._db.execute("SELECT 1 FROM place WHERE cursor <> ''").fetchone():
                self._db.execute("DELETE FROM staged")  # a last part that was not finished is read again
            self._keep([(number, _packed(cells)) for number, cells in rows])
            self._db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (place,))

    def place(self) -> tuple[str, int]:
        """Return the place behind which the table is to be read on, and the number of the last row kept."""
        kept = self._db.execute("SELECT cursor FROM place").fetchone()
        last = self._db.execute("SELECT MAX(number) FROM staged").fetchone()[0]
        return (kept[0], int(last or 0)) if kept and kept[0] else ("", 0)

    def finish_staging(self) -> None:
        """Say that all rows are here."""
        self._db.execute("INSERT OR IGNORE INTO finished VALUES ('staged')")

    @property
    def is_staged(self) -> bool:
        """Whether all rows of the file are here."""
        return self._db.execute("SELECT 1 FROM finished WHERE step = 'staged'").fetchone() is not None

    def count(self) -> int:
        """Return how many rows are here."""
        return int(self._db.execute("SELECT COUNT(*) FROM staged").fetchone()[0])

    def chunk(self, after: int, most: int) -> list[Row]:
        """Return the next rows after a number, corrections applied."""
        query = (
            "SELECT s.number, COALESCE(c.cells, s.cells) FROM staged s LEFT JOIN corrected c ON c.number = s.number "
            "WHERE s.number > ? ORDER BY s.number LIMIT ?"
        )
        return [(number, json.loads(cells)) for number, cells in self._db.execute(query, (after, most))]

    def rows(self) -> Iterator[Row]:
        """Yield all rows, corrections applied."""
        after = 0
        while chunk := self.chunk(after, _BATCH):
            yield from chunk
            after = chunk[-1][0]

    def correct(self, rows: Mapping[int, Sequence[str]]) -> None:
        """Keep other cells for these rows; numbers that the file does not have are passed over."""
        with self._transaction():
            for number, cells in rows.items():
                self._db.execute(
                    "INSERT OR REPLACE INTO corrected SELECT number, ? FROM staged WHERE number = ?",
                    (_packed(cells), number),
                )

    # --- One pass over the rows ---------------------------------------------------------------------

    def begin_pass(self, position: int) -> None:
        """Forget what a pass noted of rows after `position`: it begins there, or goes on after a kill."""
        with self._transaction():
            self._db.execute("DELETE FROM seen WHERE number > ?", (position,))
            self._db.execute("DELETE FROM refused WHERE number > ?", (position,))

    def note(self, seen: Mapping[bytes, int], refused: Mapping[int, Sequence[str]]) -> None:
        """Keep what a chunk showed: marks with the row that had them first, and refused rows with their reasons."""
        with self._transaction():
            self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", seen.items())
            self._db.executemany(
                "INSERT OR REPLACE INTO refused VALUES (?, ?)",
                [(number, _packed(reasons)) for number, reasons in refused.items()],
            )

    def seen(self, marks: Sequence[bytes]) -> dict[bytes, int]:
        """Return which of these marks an earlier row had, and which row."""
        found: dict[bytes, int] = {}
        for start in range(0, len(marks), 500):
            part = marks[start : start + 500]
            query = f"SELECT mark, number FROM seen WHERE mark IN ({', '.join('?' * len(part))})"  # noqa: S608 - marks only  # nosec B608
            found.update(self._db.execute(query, part))
        return found

    def refused(self, after: int = 0, most: int = _BATCH) -> list[tuple[int, list[str], list[str]]]:
        """Return the next refused rows after a number: number, cells, reasons."""
        query = (
            "SELECT r.number, COALESCE(c.cells, s.cells), r.reasons FROM refused r "
            "JOIN staged s ON s.number = r.number LEFT JOIN corrected c ON c.number = r.number "
            "WHERE r.number > ? ORDER BY r.number LIMIT ?"
        )
        rows = self._db.execute(query, (after, most))
        return [(number, json.loads(cells), json.loads(reasons)) for number, cells, reasons in rows]

    def every_refused(self) -> Iterator[tuple[int, list[str], list[str]]]:
        """Yield all refused rows."""
        after = 0
        while batch := self.refused(after):
            yield from batch
            after = batch[-1][0]

    def drop_rows(self) -> None:
        """Let go of all rows that were not refused: they are records now."""
        with self._transaction():
            self._db.execute("DELETE FROM staged WHERE number NOT IN (SELECT number FROM refused)")
            self._db.execute("DELETE FROM seen")
        self._db.execute("VACUUM")


def mark_of(what: str, value: object) -> bytes:
    """Return the short mark by which a value is known again among a million."""
    return hashlib.blake2b(f"{what}\x1f{value}".encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _packed(cells: Sequence[str]) -> str:
    # Half a surrogate pair is no text for SQLite; it stays escaped.
    return json.dumps(list(cells), ensure_ascii=True, separators=(",", ":"))
