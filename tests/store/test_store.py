"""The store: opened privately, written one at a time, brought up to date behind a backup."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from watcher.errors import StoreError
from watcher.shipped import shipped
from watcher.store.engine import open_store
from watcher.store.migrate import HEAD, migrate
from watcher.store.settings import get_setting, put_setting
from watcher.store.tables import metadata

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    assert ScriptDirectory(str(shipped("migrations"))).get_current_head() == HEAD


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    store = open_store(tmp_path / "w.db")
    assert migrate(store, NOW)
    assert not migrate(store, NOW)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("SELECT * FROM glance").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    store.close()


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "deep" / "w.db")
        migrate(store, NOW)
        with store.writing() as connection:
            put_setting(connection, "a", "b")
        files = list((tmp_path / "deep").iterdir())
        assert {one.suffix for one in files} >= {".db", ".db-wal", ".db-shm"}
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "deep").stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_no_update_is_lost_between_writers(tmp_path: Path) -> None:
    store = open_store(tmp_path / "w.db")
    migrate(store, NOW)
    with store.writing() as connection:
        put_setting(connection, "count", "0")

    def add() -> None:
        for _ in range(60):
            with store.writing() as connection:
                put_setting(connection, "count", str(int(get_setting(connection, "count") or "0") + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with store.reading() as connection:
        assert get_setting(connection, "count") == "240"
    store.close()


def test_a_backup_is_made_and_three_are_kept(tmp_path: Path) -> None:
    from watcher.store.migrate import _backup

    store = open_store(tmp_path / "w.db")
    migrate(store, NOW)
    with store.writing() as connection:
        put_setting(connection, "kept", "yes")
    for days in range(5):
        _backup(store.path, HEAD, NOW + timedelta(days=days), keep=3)
    backups = sorted(tmp_path.glob("w.db.*.bak"))
    assert len(backups) == 3
    assert {stat.S_IMODE(one.stat().st_mode) for one in backups} == {0o600}
    with sqlite3.connect(backups[-1]) as copy:
        assert copy.execute("SELECT value FROM setting WHERE name = 'kept'").fetchone() == ("yes",)
    store.close()


def test_a_store_of_another_version_is_refused_behind_a_backup(tmp_path: Path) -> None:
    store = open_store(tmp_path / "w.db")
    migrate(store, NOW)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="another version") as caught:
        migrate(store, NOW)
    assert caught.value.exit_code == 13
    assert len(list(tmp_path.glob("w.db.*.bak"))) == 1
    store.close()


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match="cannot be used"):
        migrate(open_store(tmp_path / "w.db"), NOW)
