"""Where the benchmark keeps its things: a scratch folder, a server, two databases on each engine."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
PICKER_TERM = "13800"
DEEP_PAGE = 20_000
EDITED = 777_777


@dataclass(frozen=True)
class Places:
    """The folder, server and sizes of one benchmark, read from the environment."""

    folder: Path
    server_url: str
    rows_url: str
    customers: int
    page_size: int

    @property
    def deep_page(self) -> int:
        """The number of the deep page: the 20,000th, or the last one of a smaller table."""
        return min(DEEP_PAGE, self.customers // self.page_size)

    @property
    def edited(self) -> int:
        """The number of the customer whose form is opened."""
        return min(EDITED, self.customers)

    def peers_url(self, engine: str) -> str:
        """Return the address of the database that Django and the bare view share."""
        return self._database(engine, "kebu_bench_peers")

    def kebu_url(self, engine: str) -> str:
        """Return the address of Kebu's own database with the same rows."""
        return self._database(engine, "kebu_bench_panel")

    def kebu_home(self, engine: str) -> Path:
        """Return Kebu's instance folder for one engine."""
        return self.folder / f"home_{engine}"

    def kebu_addresses(self, engine: str) -> Path:
        """Return the file that names the opaque addresses of the measured pages of Kebu."""
        return self.folder / f"kebu_addresses_{engine}.json"

    def python(self, peer: str) -> Path:
        """Return the interpreter of a peer's own virtual environment."""
        scripts = "Scripts" if os.name == "nt" else "bin"
        return self.folder / f"venv_{peer}" / scripts / "python"

    def _database(self, engine: str, name: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite"
        if not self.server_url:
            sys.exit("Set KEBU_BENCH_POSTGRESQL_URL, as in postgresql://postgres@127.0.0.1:5432/postgres")
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))


def from_environment() -> Places:
    """Read the places from KEBU_BENCH_* variables; leave with one clear line without a scratch folder."""
    folder = os.environ.get("KEBU_BENCH_DIR")
    if not folder:
        sys.exit("Set KEBU_BENCH_DIR to a scratch folder outside the repository (about 2 GB).")
    return Places(
        folder=Path(folder).resolve(),
        server_url=os.environ.get("KEBU_BENCH_POSTGRESQL_URL", ""),
        rows_url=os.environ.get("KEBU_BENCH_ROWS_URL", ""),
        customers=int(os.environ.get("KEBU_BENCH_CUSTOMERS", "1000000")),
        page_size=int(os.environ.get("KEBU_BENCH_PAGE_SIZE", "25")),
    )


def sqlalchemy_url(url: str) -> str:
    """Name the psycopg driver in a plain PostgreSQL address, as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
