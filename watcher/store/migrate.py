"""Bring the store to today's schema at start, behind a backup of the file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from watcher.errors import StoreError
from watcher.shipped import shipped
from watcher.store.engine import Store
from watcher.store.revision import HEAD

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(
    store: Store, now: datetime, backups: int = 3, *, head: str = HEAD, scripts: Path | None = None
) -> bool:
    """Run the migrations the store has not seen. True where there were any.

    Before an existing store is changed, its file is copied beside it; `backups` copies are kept. `scripts` is
    the folder of the migrations (default: those shipped), `head` the one to end at. Raises StoreError where
    the store is newer than this program, or a migration fails: then nothing has changed.
    """
    with store.reading() as connection:
        stored = _revision(connection)
    if stored == head:
        return False
    config = _alembic(scripts or shipped("migrations"))
    if stored is not None:
        # First, so that an older program, started again and again, does not push out the backups there are.
        _check_known(config, store.path, stored, head)
        _backup(store.path, stored, now, backups)
    _upgrade(store, config, head)
    return True


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _alembic(scripts: Path) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _check_known(config: Config, path: Path, stored: str, head: str) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        ScriptDirectory.from_config(config).get_revision(stored)
    except CommandError as error:
        raise StoreError(
            f"the store {path} is of another version ({stored}) than this program ({head}).",
            "Install the newer program, or put back a backup that lies beside the store.",
        ) from error


def _upgrade(store: Store, config: Config, head: str) -> None:
    from alembic import command

    with store.migrating() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, head)


def _backup(path: Path, stored: str, now: datetime, keep: int) -> None:
    if keep == 0:
        return
    target = path.with_name(f"{path.name}.{now:%Y%m%dT%H%M%SZ}-{stored}.bak")
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except (OSError, sqlite3.DatabaseError) as error:
        raise StoreError(f"the store {path} cannot be copied: {error}.", "Is the disk full?") from error
    for old in sorted(path.parent.glob(f"{path.name}.*.bak"))[:-keep]:
        old.unlink()
