"""Runs the migrations over the connection that `app.core.schema` hands in."""

from alembic import context

import app
from app.core.migration import all_tables, options, without_foreign_keys

connection = context.config.attributes["connection"]

with without_foreign_keys(connection):
    context.configure(connection=connection, target_metadata=all_tables(app), **options(connection))
    with context.begin_transaction():
        context.run_migrations()
