"""A web process of its own: answers addresses that it reads, one a line, with status and page as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

import config  # noqa: E402 - the repository is put on the path first
from app import create_app  # noqa: E402
from tests.support.whole_house import FreshClient, sign_in_as  # noqa: E402


def main(home: str, url: str) -> None:
    """Serve until the input ends."""
    app = create_app(config.load({"KEBU_HOME": home, "KEBU_DATABASE_URL": url}))
    app.test_client_class = FreshClient
    app.config.update(TESTING=True, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    client = sign_in_as(app.test_client(), "Owner")
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        method, address, data = json.loads(line)
        answer = client.open(address, method=method, data=data)
        print(json.dumps({"status": answer.status_code, "text": answer.text}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
