"""The verb `translations`."""

from __future__ import annotations

import argparse
import sys

from app import translations


def run(options: argparse.Namespace) -> int:
    """Update the catalogues, or check them: 1 when something is missing or wrong."""
    if options.action == "update":
        print("\n".join(translations.update()))
        return 0
    report = translations.check()
    for gap in report.gaps:
        print(f"gap: {gap}")
    for error in report.errors:
        print(f"error: {error}", file=sys.stderr)
    print(f"{len(report.errors)} errors, {len(report.gaps)} gaps.")
    return 1 if report.errors else 0
