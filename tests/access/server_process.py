"""One server of a shop in a process of its own: says on which port it listens, and serves until it is killed."""

from __future__ import annotations

import sys

from waitress.server import create_server

import config
from app import create_app


def serve(home: str, url: str) -> None:
    """Serve the shop of this instance folder and database on any free port."""
    app = create_app(config.load({"KEBU_HOME": home, "KEBU_DATABASE_URL": url}))
    app.config.update(FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    serve(*sys.argv[1:3])
