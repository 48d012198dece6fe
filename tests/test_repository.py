"""Nothing lies in the repository that is not ours, and no template does what a safe page can't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import relative, tracked_files

TEMPLATES = [path for path in tracked_files() if path.suffix == ".html" and "templates" in path.parts]
FORBIDDEN_IN_TEMPLATES = {
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\b(src=|type=\"application/json\"))", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>{}]*\son[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "an address on another host": re.compile(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_no_template_holds(what: str) -> None:
    found = [
        f"{relative(path)}: {match[0].strip()[:60]}"
        for path in TEMPLATES
        for match in FORBIDDEN_IN_TEMPLATES[what].finditer(path.read_text(encoding="utf-8"))
    ]

    assert TEMPLATES
    assert found == []


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every tracked text file but this one, which names what it looks for."""
    for path in tracked_files():
        if path != Path(__file__).resolve() and path.suffix not in (".png", ".webp", ".jpg", ".mo", ".ico"):
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pytest.fail(f"{relative(path)} is neither a picture nor UTF-8 text")


def test_nothing_third_party_or_minified_lies_in_the_repository() -> None:
    foreign = []
    for path, content in texts():
        if (
            ".min." in path.name
            or "node_modules" in path.parts
            or path.suffix in (".woff", ".woff2", ".ttf", ".map")
        ) or (
            path.suffix in (".js", ".css")
            and re.search(r"@license|Copyright|Bootstrap\s+v\d|jQuery\s+v\d", content)
        ):
            foreign.append(relative(path))
        elif path.suffix in (".js", ".css") and max(map(len, content.splitlines()), default=0) > 400:
            foreign.append(f"{relative(path)} looks minified")

    assert foreign == []


MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/|[A-Z]:\\\\?Users\\\\?[A-Za-z]")
REGISTRY_HOSTS = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|unpkg\.com|jsdelivr|cdnjs|--?(?:extra-)?index-url|trusted-host",
    re.IGNORECASE,
)


def test_no_file_names_a_folder_of_somebody_s_machine() -> None:
    found = [
        f"{relative(path)}: {match[0]}"
        for path, content in texts()
        for match in MACHINE_PATHS.finditer(content)
    ]

    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{relative(path)}: {match[0]}"
        for path, content in texts()
        for match in REGISTRY_HOSTS.finditer(content)
    ]

    assert found == []
