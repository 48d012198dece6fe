"""Logs: what the program did, in the instance folder; never what people are called."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_NAME = "kebu.log"
WORKER_FILE_NAME = "worker.log"
BYTES_A_FILE = 5_000_000
FILES_KEPT = 5
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def write_logs(home: Path, level: str, file_name: str = FILE_NAME) -> None:
    """Write the program's log to `home/logs`, at most 25 MB of it; harmless when called twice.

    The worker has a file of its own: two processes that turn one file over would lose lines.
    """
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name
    root = logging.getLogger()
    if any(getattr(each, "baseFilename", "") == str(path) for each in root.handlers):
        return
    handler = RotatingFileHandler(path, maxBytes=BYTES_A_FILE, backupCount=FILES_KEPT - 1, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
    root.setLevel(level)
