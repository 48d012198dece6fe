"""Loaders of the real databases in `KEBU_TEST_DATA`, through the drivers alone: no client program is needed."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pymysql.constants import CLIENT
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

# What a script says to its client program or about a database of its own name.
_FOR_THE_CLIENT = re.compile(r"(?mi)^\s*(?:(?:DROP|CREATE) DATABASE\b|USE\b|\\c\b)[^\n]*;?\s*$")

# The databases by name, each with the servers it exists for.
AVAILABLE = {
    "chinook": ("sqlite", "postgresql", "mariadb"),
    "northwind": ("sqlite", "postgresql"),
    "mall": ("mariadb",),
}
EVERY_ONE = [(name, backend) for name, backends in AVAILABLE.items() for backend in backends]


def load(name: str, backend: str, url: str, folder: Path) -> None:
    """Fill the empty database at `url` with `chinook`, `northwind` or `mall` out of the folder of real data."""
    _LOADERS[name, backend](url, folder)


def _chinook_sqlite(url: str, folder: Path) -> None:
    shutil.copyfile(folder / "chinook" / "Chinook_Sqlite.sqlite", str(make_url(url).database))


def run_script(url: str, script: str) -> None:
    """Run a script of many statements in the database at `url`."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(address.database))) as connection:
            # Thousands of statements, each a transaction of its own: none need reach the disk.
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA journal_mode=MEMORY")
            connection.executescript(script)
            connection.commit()
        return
    is_mariadb = address.get_backend_name() != "postgresql"
    engine = create_engine(address, connect_args=_several_statements() if is_mariadb else {})
    with closing(engine.raw_connection()) as connection:
        cursor: Any = connection.cursor()
        cursor.execute(_FOR_THE_CLIENT.sub("", script))
        while is_mariadb and cursor.nextset():
            pass
        connection.commit()
    engine.dispose()


def _script(*parts: str) -> Callable[[str, Path], None]:
    """Return a loader that runs a script of the folder."""
    return lambda url, folder: run_script(url, folder.joinpath(*parts).read_text(encoding="utf-8"))


def _several_statements() -> dict[str, Any]:
    return {"client_flag": CLIENT.MULTI_STATEMENTS, "charset": "utf8mb4"}


_LOADERS: dict[tuple[str, str], Callable[[str, Path], None]] = {
    ("chinook", "sqlite"): _chinook_sqlite,
    ("chinook", "postgresql"): _script("chinook", "Chinook_PostgreSql.sql"),
    ("chinook", "mariadb"): _script("chinook", "Chinook_MySql.sql"),
    ("northwind", "sqlite"): _script("northwind_sqlite", "create.sql"),
    ("northwind", "postgresql"): _script("northwind_pg", "northwind.sql"),
    ("mall", "mariadb"): _script("mall", "mall.sql"),
}
