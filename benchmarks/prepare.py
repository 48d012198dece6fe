"""Make everything that a run needs, in a few minutes: `prepare.py [postgresql] [sqlite]`, by default both.

It makes the virtual environments of the peers, loads the rows for them and for Kebu, and gives each an
account. Run it with Kebu's own interpreter. What stands in the benchmark's two databases is lost.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv

import places
from contenders import ACCOUNT, PASSWORD, peer_environment

ENGINES = ("postgresql", "sqlite")


def main() -> None:
    """Prepare the named engines."""
    here = places.from_environment()
    here.folder.mkdir(parents=True, exist_ok=True)
    for peer in ("bare", "django"):
        _make_environment(here, peer)
    for engine in sys.argv[1:] or ENGINES:
        _run([sys.executable, "load_peers.py", engine])
        _prepare_django(here, engine)
        _run([sys.executable, "load_kebu.py", engine])


def _make_environment(here: places.Places, peer: str) -> None:
    python = here.python(peer)
    if not python.exists():
        venv.create(python.parent.parent, with_pip=True)
    requirements = places.HERE / "peers" / f"requirements_{peer}.txt"
    _run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])


def _prepare_django(here: places.Places, engine: str) -> None:
    environment = {
        **peer_environment(here, engine),
        "DJANGO_SUPERUSER_USERNAME": ACCOUNT,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "DJANGO_SUPERUSER_EMAIL": "owner@example.com",
    }
    manage = [str(here.python("django")), str(places.HERE / "peers" / "django_shop" / "manage.py")]
    _run([*manage, "migrate", "--verbosity=0"], environment)
    _run([*manage, "createsuperuser", "--noinput", "--verbosity=0"], environment)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, cwd=places.HERE, env={**os.environ, **(environment or {})})


if __name__ == "__main__":
    main()
