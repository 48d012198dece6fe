"""The verb `check`: everything that can be looked at from here, with a light each; needs no running server.

With `--sbom FILE` it writes instead which packages Kebu runs on; that needs no shop.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from flask_babel import force_locale

from app import create_app
from app.cli.bill_of_materials import LOCK, bill_of_materials
from app.cli.serving import load_settings
from app.core import schema
from app.core.checks import Light
from app.core.database import db
from app.journal.checking import check_all
from app.operations.checkup import Result, run_checks
from config import ROOT, KnownFailure, Settings

EXIT_RED = 1
SIGNS = {Light.RED: "✗", Light.YELLOW: "!", Light.GREEN: "✓"}


class CannotCheck(KnownFailure):
    """There is nothing here that could be checked."""


def run(options: argparse.Namespace) -> int:
    """Run every check and print what each found; 1 when something is red."""
    if options.sbom:
        return _write_bill(options.sbom)
    settings = load_settings(options)
    _refuse_nothing(settings)
    app = create_app(settings)
    language = {"en": "en", "zh": "zh_Hans"}[options.language or _language_of_terminal()]
    with app.app_context(), force_locale(language):
        if options.full and schema.state(db.engine).status is schema.Status.CURRENT:
            check_all(db.engine)
        results = run_checks()
        print(_as_json(results) if options.json else _as_text(results))
    return EXIT_RED if any(each.light is Light.RED for each in results) else 0


def _write_bill(file: Path) -> int:
    """Write the bill of materials and say where it is."""
    bill = bill_of_materials(ROOT / LOCK)
    try:
        file.write_text(json.dumps(bill, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise KnownFailure(f"Cannot write {file.absolute()}: {error.strerror}.") from error
    print(f"{file.absolute()}: {len(bill['components'])} packages")
    return 0


def _refuse_nothing(settings: Settings) -> None:
    """Raise CannotCheck where no shop is: a check must not make an instance folder."""
    if not settings.home.is_dir():
        raise CannotCheck(f"There is no instance folder {settings.home}; name another with KEBU_HOME.")
    found = schema.state(settings.database_url)
    if found.status in (schema.Status.EMPTY, schema.Status.BROKEN):
        raise CannotCheck(f"The database can't be checked: {found.reason or 'it is empty'}.")


def _language_of_terminal() -> str:
    """Return the language in which the terminal speaks."""
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if spoken.startswith("zh") else "en"


def _as_json(results: list[Result]) -> str:
    checks = [
        {
            "name": each.check.name,
            "label": str(each.check.label),
            "light": each.light.value,
            "sentence": each.finding.sentence,
            "advice": each.finding.advice,
        }
        for each in results
    ]
    return json.dumps({"light": results[0].light.value, "checks": checks}, ensure_ascii=False, indent=1)


def _as_text(results: list[Result]) -> str:
    lines = []
    for each in results:
        lines.append(f"{SIGNS[each.light]} {each.check.label}: {each.finding.sentence}")
        if each.finding.advice and each.light is not Light.GREEN:
            lines.append(f"    {each.finding.advice}")
    return "\n".join(lines)
