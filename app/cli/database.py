"""The verb `migrate`."""

from __future__ import annotations

import argparse

from app import create_app, prepare
from app.cli.serving import load_settings, prepare_home
from app.core import schema


def run(options: argparse.Namespace) -> int:
    """Bring the database up to date and say from where to where."""
    settings = load_settings(options)
    prepare_home(settings.home)
    before = schema.state(settings.database_url)
    schema.refuse_unusable(before)
    after = schema.upgrade(settings.database_url)
    app = create_app(settings)
    with app.app_context():
        prepare(app)
    name = ", ".join(after.revisions)
    if before.status is schema.Status.CURRENT:
        print(f"The database is up to date already, at {name}.")
    else:
        print(f"The database is up to date: from {', '.join(before.revisions) or 'empty'} to {name}.")
    return 0
