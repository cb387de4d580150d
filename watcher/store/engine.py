"""One SQLite file, opened so that nothing is lost and nobody else reads it.

SQLAlchemy's default transaction on SQLite begins late and loses updates: here the driver's own is
switched off, and whoever means to write says BEGIN IMMEDIATE
(https://docs.sqlalchemy.org/en/21/dialects/sqlite.html, "Enabling Non-Legacy SQLite Transactional Modes").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from watcher.errors import StoreError

# How long a writer waits for another one (the daemon's review, a command of the rep's).
BUSY_SECONDS = 30

_WRITING = ("BEGIN IMMEDIATE",)
# SQLite alters a table by copying it: dropping the old one would take with it whatever refers to it, and the
# view `glance` would stand in the way of the new name. Neither can be switched off inside a transaction
# (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
_MIGRATING = ("PRAGMA foreign_keys=OFF", "PRAGMA legacy_alter_table=ON", "BEGIN IMMEDIATE")


class Store:
    """The open store. Readers see a snapshot; one writer at a time."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._writers = engine.execution_options(before=_WRITING)
        self._migrators = engine.execution_options(before=_MIGRATING)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a read transaction. Raises StoreError."""
        with _translated(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a write transaction: all of it is kept, or none. Raises StoreError."""
        with _translated(self.path), self._writers.begin() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A write transaction in which tables may be copied, dropped and renamed.

        Raises StoreError, and keeps nothing, where a row is left that points nowhere.
        """
        try:
            with _translated(self.path), self._migrators.begin() as connection:
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise StoreError(f"the store {self.path} would lose rows.", "watcher check")
        finally:
            self._engine.dispose()  # the next connection minds its foreign keys again

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        cause = str(error.orig or error).splitlines()[0]
        raise StoreError(f"the store {path} cannot be used: {cause}.", "watcher check") from error


def open_store(path: Path) -> Store:
    """Open the file, creating it (0600, its folder 0700) where it is not there. Raises StoreError.

    The schema is not touched: see `migrate`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # SQLite gives its -wal and -shm files the mode of the database itself.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"the store {path} cannot be opened: {error.strerror}.", "[store] url names it."
        ) from error
    # Values stay out of error texts: they are subjects and addresses.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return Store(path, engine)


def _prepare(connection: SqliteConnection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    for statement in connection.get_execution_options().get("before", ("BEGIN",)):
        connection.exec_driver_sql(statement)
