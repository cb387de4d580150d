"""Migrations: from every schema there was, with rows in it, to today's; behind a backup."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, func, insert, select
from sqlalchemy.types import JSON, Boolean, Integer

from watcher.errors import StoreError
from watcher.shipped import shipped
from watcher.store.engine import Store, open_store
from watcher.store.migrate import migrate
from watcher.store.revision import HEAD
from watcher.store.tables import metadata

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
SCRIPTS = shipped("migrations")
# Oldest first: each with the one before it.
STEPS = [
    (one.down_revision, one.revision) for one in reversed([*ScriptDirectory(str(SCRIPTS)).walk_revisions()])
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path / "w.db")
    yield made
    made.close()


# ── a row in every table, whatever the schema ──


def fill(connection: Connection) -> dict[str, int]:
    """Two rows in each table of the schema there is; how many each table holds."""
    schema = MetaData()
    schema.reflect(connection)
    for table in schema.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(insert(table), [row(table, number) for number in (1, 2)])
    return counts(connection)


def row(table: Table, number: int) -> dict[str, Any]:
    return {one.name: value(one, number) for one in table.columns}


def value(column: Any, number: int) -> Any:
    if isinstance(column.type, Boolean):
        return number == 1
    if isinstance(column.type, Integer):
        return number  # an id, and whatever refers to one
    return [] if isinstance(column.type, JSON) else f"{number}"


def counts(connection: Connection) -> dict[str, int]:
    schema = MetaData()
    schema.reflect(connection)
    tables = [one for one in schema.sorted_tables if one.name != "alembic_version"]
    return {
        one.name: connection.execute(select(func.count()).select_from(one)).scalar_one() for one in tables
    }


def assert_whole(store: Store) -> None:
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        connection.exec_driver_sql("SELECT * FROM glance").all()


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_the_migrations_make_the_tables(store: Store) -> None:
    assert migrate(store, NOW)
    assert not migrate(store, NOW)
    assert_whole(store)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize(("before", "after"), STEPS, ids=[one for _, one in STEPS])
def test_each_migration_keeps_the_rows(store: Store, before: str | None, after: str) -> None:
    filled = {}
    if before:
        migrate(store, NOW, head=before)
        with store.writing() as connection:
            filled = fill(connection)
    assert migrate(store, NOW, head=after)
    with store.reading() as connection:
        kept = counts(connection)
    lost = {name for name, count in filled.items() if name in kept and kept[name] < count}
    assert not lost
    if after == HEAD:
        assert_whole(store)


# ── what a later migration may do ──

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("customer") as batch:
        batch.add_column(sa.Column("colour", sa.Text(), nullable=False, server_default="red"))
        batch.alter_column("name", type_=sa.String(length=99))
    {more}
"""


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations with one more, which copies a table that others refer to."""
    folder = tmp_path / "later" / "migrations"
    shutil.copytree(SCRIPTS, folder)
    (folder / "versions" / "9001_next.py").write_text(NEXT.format(head=HEAD, more=""))
    return folder


def test_a_table_is_altered_and_no_row_is_lost(store: Store, later: Path) -> None:
    migrate(store, NOW)
    with store.writing() as connection:
        filled = fill(connection)
    assert len(filled) == len(metadata.tables)
    assert set(filled.values()) == {2}
    assert migrate(store, NOW, head="9001", scripts=later)
    assert_whole(store)
    with store.reading() as connection:
        assert counts(connection) == filled
        assert connection.exec_driver_sql("SELECT DISTINCT colour FROM customer").all() == [("red",)]
    assert [one.name for one in store.path.parent.glob("*.bak")] == [f"w.db.20260319T090000Z-{HEAD}.bak"]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ('raise RuntimeError("halfway")', RuntimeError),
        ('op.execute("INSERT INTO nowhere VALUES (1)")', StoreError),
        ('op.execute("DELETE FROM deal WHERE id = 1")', StoreError),  # others point to it
    ],
)
def test_a_migration_that_fails_changes_nothing(
    store: Store, later: Path, more: str, error: type[Exception]
) -> None:
    (later / "versions" / "9001_next.py").write_text(NEXT.format(head=HEAD, more=more))
    migrate(store, NOW)
    with store.writing() as connection:
        fill(connection)
    with pytest.raises(error):
        migrate(store, NOW, head="9001", scripts=later)
    assert not migrate(store, NOW)
    assert_whole(store)
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize(("keep", "found"), [(3, 3), (1, 1), (0, 0), (100, 5)])
def test_so_many_backups_are_kept(store: Store, later: Path, keep: int, found: int) -> None:
    migrate(store, NOW)
    before = HEAD
    for day in range(5):
        script = f"revision = 'r{day}'\ndown_revision = '{before}'\n\n\ndef upgrade():\n    pass\n"
        (later / "versions" / "9001_next.py").unlink(missing_ok=True)
        (later / "versions" / f"{day}.py").write_text(script)
        with store.writing() as connection:
            connection.exec_driver_sql("REPLACE INTO setting VALUES ('day', ?)", (str(day),))
        migrate(store, NOW + timedelta(days=day), keep, head=f"r{day}", scripts=later)
        before = f"r{day}"
    backups = sorted(store.path.parent.glob("w.db.*.bak"))
    assert len(backups) == found
    assert {stat.S_IMODE(one.stat().st_mode) for one in backups} <= {0o600}
    if backups:
        with sqlite3.connect(backups[-1]) as copy:
            assert copy.execute("SELECT value FROM setting").fetchall() == [("4",)]


def test_a_store_from_the_future_is_refused_and_left_alone(store: Store) -> None:
    """An older program that is started again and again must not push out the backups there are."""
    migrate(store, NOW)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="another version") as caught:
        migrate(store, NOW)
    assert caught.value.exit_code == 13
    assert "9999" in str(caught.value)
    assert not list(store.path.parent.glob("w.db.*.bak"))


def test_a_backup_that_cannot_be_made_stops_the_migration(store: Store, later: Path) -> None:
    migrate(store, NOW)
    (store.path.parent / f"w.db.20260319T090000Z-{HEAD}.bak").mkdir()
    with pytest.raises(StoreError, match="copied"):
        migrate(store, NOW, head="9001", scripts=later)
    assert not migrate(store, NOW)


@pytest.mark.daemon
def test_the_wheel_brings_its_migrations(installed: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, with no source tree beside it, the package still makes a store."""
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r})\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "import watcher\n"
        "from watcher.shipped import shipped\n"
        "from watcher.store.engine import open_store\n"
        "from watcher.store.migrate import migrate\n"
        f"assert migrate(open_store(Path({str(tmp_path / 'w.db')!r})), datetime.now(UTC))\n"
        "print(shipped('migrations'))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert Path(run.stdout.strip()) == installed / "watcher" / "_shipped" / "migrations"
