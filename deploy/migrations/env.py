"""Alembic's entry: one transaction, under an advisory lock held by `kernel.migrate`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=None)
context.run_migrations()
