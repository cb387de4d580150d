"""The store's file: opened privately, one writer at a time, all of a transaction or none of it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from watcher.app import alone
from watcher.errors import StoreError
from watcher.store.engine import Store, open_store
from watcher.store.migrate import migrate
from watcher.store.settings import get_setting, put_setting

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(tmp_path / "w.db")
    migrate(made, NOW)
    yield made
    made.close()


@pytest.fixture
def lax_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {one.name: stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1)]
)
def test_every_connection_is_set_up(store: Store, pragma: str, value: object) -> None:
    for transaction in (store.reading, store.writing):
        with transaction() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_row_that_points_nowhere_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY") as caught, store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO mention (name, message_id) VALUES ('a', 17)")
    assert isinstance(caught.value.__cause__, IntegrityError)


def test_no_update_is_lost_between_writers(store: Store) -> None:
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


def test_what_fails_halfway_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as connection:
        put_setting(connection, "a", "b")
        _ = 1 // 0
    with store.reading() as connection:
        assert get_setting(connection, "a") is None


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.reading() as reader:
        assert get_setting(reader, "a") is None
        with store.writing() as writer:
            put_setting(writer, "a", "b")
        assert get_setting(reader, "a") is None


def test_a_full_disk_is_said(store: Store) -> None:
    with pytest.raises(StoreError, match="full") as caught, store.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        put_setting(connection, "long", "x" * 100_000)
    assert "xxx" not in str(caught.value)
    assert caught.value.exit_code == 13


def test_error_texts_quote_no_values(store: Store) -> None:
    with pytest.raises(StoreError) as caught, store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO setting VALUES (?, NULL)", ("anna@meyer.example",))
    assert "meyer" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.usefixtures("lax_umask")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    home = tmp_path / "deep"
    store = open_store(home / "w.db")
    migrate(store, NOW)
    with alone(store.path), store.writing() as connection:
        put_setting(connection, "a", "b")
        found = modes(home)
    assert set(found) >= {"w.db", "w.db-wal", "w.db-shm", "w.db.lock", "w.db.pid"}
    assert set(found.values()) == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    store.close()


@pytest.mark.usefixtures("lax_umask")
def test_a_store_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "w.db").touch(mode=0o666)
    open_store(tmp_path / "w.db").close()
    assert modes(tmp_path)["w.db"] == 0o600


# ── what cannot be used ──


def no_database(folder: Path) -> Path:
    (folder / "w.db").write_bytes(b"this is no database" * 100)
    return folder / "w.db"


def torn(folder: Path) -> Path:
    """A store whose first page is whole and whose others are not."""
    store = open_store(folder / "w.db")
    migrate(store, NOW)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'old'")
    store.close()
    raw = bytearray((folder / "w.db").read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    (folder / "w.db").write_bytes(bytes(raw))
    return folder / "w.db"


def a_folder(folder: Path) -> Path:
    (folder / "w.db").mkdir()
    return folder / "w.db"


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "w.db"


@pytest.mark.parametrize("place", [no_database, torn, a_folder, below_a_file])
def test_what_is_no_store_is_refused(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    with pytest.raises(StoreError) as caught:
        migrate(open_store(place(tmp_path)), NOW)
    assert caught.value.exit_code == 13
    assert caught.value.mend


READ_ONLY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from watcher.errors import StoreError
from watcher.store.engine import open_store
from watcher.store.migrate import migrate
from watcher.store.settings import put_setting
if os.geteuid() == 0:
    os.setuid(65534)  # root may write everywhere
try:
    store = open_store(Path(sys.argv[1]))
    migrate(store, datetime(2026, 3, 19, 9, 0, tzinfo=UTC))
    with store.writing() as connection:
        put_setting(connection, "a", "b")
except StoreError as error:
    sys.exit(error.exit_code)
"""


@pytest.mark.daemon
@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_that_cannot_be_written_is_said(exists: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        home = Path(name)
        if exists:
            store = open_store(home / "w.db")
            migrate(store, NOW)
            store.close()
            (home / "w.db").chmod(0o444)
        home.chmod(0o555)
        run = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(home / "w.db")], capture_output=True, text=True, check=False
        )
        home.chmod(0o700)
    assert run.returncode == 13, run.stderr


# ── kill -9 ──

WRITER = """
import itertools, sys
from pathlib import Path
from watcher.store.engine import open_store
from watcher.store.settings import put_setting
store = open_store(Path(sys.argv[1]))
for number in itertools.count(int(sys.argv[2])):
    with store.writing() as connection:
        put_setting(connection, "left", str(number))
        put_setting(connection, "padding", "x" * 20000)
        put_setting(connection, "right", str(number))
    print(number, flush=True)
"""


@pytest.mark.daemon
def test_it_survives_ten_kills(store: Store) -> None:
    told = 0
    for kills in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.path), str(told)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(3 + 7 * kills):  # each time at another moment
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = max([told, *map(int, writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        again = open_store(store.path)
        with again.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
            left, right = (int(get_setting(connection, side) or -1) for side in ("left", "right"))
        again.close()
        assert left == right
        assert left >= told, "what was committed is there"
