"""Is the store sound, is somebody reading for it, and what does it know that the rep should?

Read with the standard library's sqlite3, read-only: opening the store as the daemon does would create it
and set its mode.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from watcher.checks import CheckLine, failed, within
from watcher.domain.blindness import Sight, blind_spots, told
from watcher.errors import OtherSchema, StoreError
from watcher.store import glance
from watcher.store.revision import HEAD

SOUNDNESS_SECONDS = 60.0  # quick_check reads the whole file

_BACKUP = "Put back a backup: a .bak file beside it. Or move it away: watcher sync makes a new one."
_START = "watcher service install, or watcher run"


def store_lines(path: Path) -> Iterator[CheckLine]:
    """Path, size, soundness, schema and permissions of the store's file."""
    try:
        if not path.exists():
            yield CheckLine("store", False, f"{path} is not there yet", "watcher sync makes it.")
            return
        late = CheckLine("store", False, f"{path} could not be gone through in {SOUNDNESS_SECONDS:g} s")
        yield within(SOUNDNESS_SECONDS, lambda: _soundness(path), late)
        yield _schema(path)
        yield from _permissions(path)
    except StoreError as error:
        yield failed("store", error)
    except (OSError, sqlite3.DatabaseError) as error:
        yield failed("store", StoreError(f"{path} cannot be read: {error}.", _BACKUP))


def _rows(path: Path, query: str, *values: int) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def _soundness(path: Path) -> CheckLine:
    """https://www.sqlite.org/pragma.html#pragma_quick_check"""
    try:
        found = _rows(path, "PRAGMA quick_check(1)")[0][0]
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} cannot be read: {error}.", _BACKUP) from error
    if found != "ok":
        raise StoreError(f"{path} is damaged: {found}.", _BACKUP)
    return CheckLine("store", True, f"{path}, {_size(path.stat().st_size)}, sound")


def _size(octets: int) -> str:
    return f"{octets / 1e6:.1f} MB" if octets >= 1e6 else f"{octets / 1e3:.0f} kB"


def _schema(path: Path) -> CheckLine:
    try:
        stored = str(_rows(path, "SELECT version_num FROM alembic_version")[0][0])
    except (sqlite3.OperationalError, IndexError) as error:
        raise StoreError(f"{path} is no store of watcher.", "[store] url names the file.") from error
    if stored == HEAD:
        return CheckLine("schema", True, f"current ({stored})")
    if stored < HEAD:
        says = f"older ({stored}) than this program ({HEAD})"
        return CheckLine("schema", False, says, "watcher sync or watcher run brings it up to date.")
    newer = StoreError(f"newer ({stored}) than this program ({HEAD}).", "Install the newer program.")
    return failed("schema", newer)


def _permissions(path: Path) -> Iterator[CheckLine]:
    if os.name != "posix":
        return
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists() and (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077:
            yield CheckLine("store", False, f"others may open {file} ({mode:04o})", f"chmod 600 {file}")


# ── who reads, and what was read ──


def daemon_line(store: Path, last_read: datetime | None, now: datetime, zone: tzinfo) -> CheckLine:
    """Whether somebody works on the store, by the process id that `watcher.app.alone` notes beside it."""
    read = f"last read {told(last_read, now, zone)}" if last_read else "nothing read yet"
    process = _holder(store.with_name(f"{store.name}.pid"))
    if process is None:
        return CheckLine("daemon", False, f"not running; {read}", _START)
    return CheckLine("daemon", True, f"running (process {process}); {read}")


def _holder(note: Path) -> int | None:
    try:
        process = int(note.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return process if _alive(process) else None


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # there, signal 0 is Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def reading_lines(
    path: Path, stale_after: timedelta, now: datetime, zone: tzinfo, ours: Collection[str] = ()
) -> Iterator[CheckLine]:
    """The daemon, how far the mailbox was read, what was set aside, and addresses that were learned.

    `ours` are the addresses the config knows. Nothing where there is no store yet.
    """
    if not path.exists():
        yield daemon_line(path, None, now, zone)
        return
    try:
        seen = glance.overview(path, now, stale_after)
    except OtherSchema:  # its line says so
        return
    except StoreError as error:
        yield daemon_line(path, None, now, zone)
        yield failed("reading", error)
        return
    yield daemon_line(path, _last_read(seen.sight), now, zone)
    yield from _sight_lines(seen.sight, now, zone)
    yield _answers(path, seen.sight, now)
    yield _set_aside(seen.quarantined)
    yield from _learned(path, ours)


def _last_read(sight: Sight) -> datetime | None:
    """When the watched folder that was read longest ago was read."""
    return min((one.synced_at for one in sight.folders if one.synced_at and not one.left_out), default=None)


def _sight_lines(sight: Sight, now: datetime, zone: tzinfo) -> Iterator[CheckLine]:
    spots = blind_spots(replace(sight, unseen_answers=0), now, zone)
    for one in spots:
        yield CheckLine("reading", False, one, "watcher sync reads now; watcher service install keeps on.")
    if not spots:
        yield CheckLine("reading", True, "every watched folder is read")


_COMPARED = timedelta(days=90)
_ENOUGH, _FEWEST = 0.9, 10  # the share that must be held, of at least so many
_KEEP_SENT = (
    "Your answers from other devices are not in Sent: let the phone or the other client keep there what it "
    "sends. Until then such threads only reach the digest."
)
# Mails of ours that they answered: those that are held, and those whose answer alone proves them (stubs).
_HELD = """
    SELECT COUNT(DISTINCT reply.in_reply_to)
    FROM thread_message AS theirs
    JOIN message AS reply ON reply.id = theirs.message_id
    JOIN mention ON mention.name = reply.in_reply_to
    JOIN thread_message AS ours ON ours.message_id = mention.message_id AND ours.name = reply.in_reply_to
    WHERE theirs.direction = 'inbound' AND theirs.kind = 'personal' AND theirs.at >= ?
      AND ours.direction = 'outbound'
"""
_PROVEN = "SELECT COUNT(DISTINCT name) FROM thread_message WHERE message_id IS NULL AND at >= ?"


def _answers(path: Path, sight: Sight, now: datetime) -> CheckLine:
    """Whether Sent holds what they answer (DESIGN 2.4.5): inbound replies compared with it."""
    since = int((now - _COMPARED).timestamp())
    held, proven = (int(str(_rows(path, query, since)[0][0])) for query in (_HELD, _PROVEN))
    answered = held + proven
    if answered >= _FEWEST and held < _ENOUGH * answered:
        says = f"only {held} of the {answered} mails of yours that they answered in 90 days are held"
        return CheckLine("answers", False, f"{says}: Sent is incomplete", _KEEP_SENT)
    if sight.unseen_answers:
        says = f"{sight.unseen_answers} of yours in no folder that is read: Sent is incomplete"
        return CheckLine("answers", False, says, _KEEP_SENT)
    return CheckLine("answers", True, "none of yours is missing from the folders that are read")


def _set_aside(quarantined: int) -> CheckLine:
    if not quarantined:
        return CheckLine("set aside", True, "no message is unreadable")
    says = "1 message" if quarantined == 1 else f"{quarantined} messages"
    return CheckLine("set aside", False, f"{says} could not be read", "All others were; these are left out.")


def _learned(path: Path, ours: Collection[str]) -> Iterator[CheckLine]:
    known = {one.casefold() for one in ours}
    for address, folder in _rows(path, "SELECT address, folder FROM learned_address ORDER BY address"):
        if str(address).casefold() not in known:
            source = f"writes from {folder}" if folder else "is one of yours, you said"
            says = f"{address} {source}: taken as yours"
            yield CheckLine("learned", False, says, "Put it into aliases in the config.")
