"""The files of the repository."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {
    ".git",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    "instance",
}


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return every file of the repository, by git where there is one."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        found = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not any(part in SKIPPED for part in path.parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def relative(path: Path) -> str:
    """Return a path as a message shows it."""
    return path.relative_to(ROOT).as_posix()
