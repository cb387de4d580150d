"""Bring the store to today's schema at start, behind a backup of the file."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from watcher.errors import StoreError
from watcher.shipped import shipped
from watcher.store.engine import Store

# The newest revision in migrations/versions; a test holds it against the folder. Known here so that Alembic,
# half a second of import, is loaded only when there is something to do.
HEAD = "0001"


def migrate(store: Store, now: datetime, backups: int = 3) -> bool:
    """Run the migrations the store has not seen. True where there were any.

    Before an existing store is changed, its file is copied beside it; `backups` copies are kept. Raises
    StoreError where the store is newer than this program, or a migration fails.
    """
    with store.reading() as connection:
        stored = _revision(connection)
    if stored == HEAD:
        return False
    if stored is not None:
        _backup(store.path, stored, now, backups)
    _upgrade(store, stored)
    return True


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(store: Store, stored: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    try:
        with store.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"the store {store.path} is of another version ({stored}) than this program ({HEAD}).",
            "Install the newer program, or put back a backup that lies beside the store.",
        ) from error


def _backup(path: Path, stored: str, now: datetime, keep: int) -> None:
    target = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}-{stored}.bak")
    os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        source.close()
        copy.close()
    for old in sorted(path.parent.glob(f"{path.name}.*.bak"))[:-keep]:
        old.unlink()
