"""Alembic's entry: the connection is handed in by watcher.store.migrate, in one transaction."""

from alembic import context

from watcher.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations run from watcher itself: watcher check")

# SQLite alters a table by copying it: batch mode (https://alembic.sqlalchemy.org/en/latest/batch.html).
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True
)
context.run_migrations()
