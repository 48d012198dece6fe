"""The verbs that only look: `routes` and `config`."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

from app import create_app
from app.core import schema
from config import Settings, load

# Every address that answers GET answers these too.
IMPLIED = {"HEAD", "OPTIONS"}


def run(options: argparse.Namespace) -> int:
    """List the routes or the settings; writes nothing into the instance."""
    settings = load()
    lines = list_settings(settings, options.language) if options.verb == "config" else list_routes(settings)
    print("\n".join(lines))
    return 0


def list_settings(settings: Settings, language: str) -> list[str]:
    """Return three lines per setting: name and value, source, meaning."""
    lines: list[str] = []
    for row in settings.describe(language):
        lines += [
            f"{row.name} = {row.value}",
            f"    {row.environment}, from: {row.source}",
            f"    {row.meaning}",
        ]
    return lines + [f"! {warning}" for warning in settings.warnings]


def list_routes(settings: Settings) -> list[str]:
    """Return a line per address: methods, address, endpoint; made with an empty database of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        trial = dataclasses.replace(
            settings, home=home, database_url=f"sqlite:///{(home / 'kebu.db').as_posix()}"
        )
        schema.upgrade(trial.database_url)
        rules = sorted(create_app(trial).url_map.iter_rules(), key=lambda rule: rule.rule)
        width = max(len(rule.rule) for rule in rules)
        return [
            f"{','.join(sorted((rule.methods or set()) - IMPLIED)):<16} {rule.rule:<{width}} {rule.endpoint}"
            for rule in rules
        ]
