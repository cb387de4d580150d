"""The sheet that the daemon keeps an eye on (`[sheet] watch`): read when it was saved, never written.

What came of it that the rep should know is kept as one line, which `status` shows until the next save.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from watcher.errors import UsageError
from watcher.sheets.importing import Imported
from watcher.store.engine import Store
from watcher.store.settings import get_setting, put_setting

log = logging.getLogger(__name__)

NOTE = "sheet_note"
_READ = "sheet_read"


class WatchedSheet:
    """One file. It is read once it has stood still from one look to the next: a program that saves it may
    write it in several steps.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""

    def look(self, store: Store, take: Callable[[Path], Imported]) -> Imported | None:
        """Read it if it was saved since it was last read; None where it was not. Raises StoreError."""
        now, before = self._print(), self._last
        self._last = now
        if not now or now != before:
            return None
        with store.reading() as connection:
            if get_setting(connection, _READ) == now:
                return None
        done, note = None, ""
        try:
            done = take(self._path)
            note = _note(done, self._path)
            log.info("sheet read: %d changes, %d new", len(done.merged.changes), len(done.merged.new))
        except UsageError as error:
            note = str(error)
            log.warning("the watched sheet could not be read")
        with store.writing() as connection:
            put_setting(connection, _READ, now)
            put_setting(connection, NOTE, note)
        return done

    def _print(self) -> str:
        """What changes when the file is saved; "" where it is not there."""
        try:
            found = self._path.stat()
        except OSError:
            return ""
        return f"{found.st_mtime_ns} {found.st_size} {self._path}"


def _note(done: Imported, path: Path) -> str:
    left = len(done.merged.problems)
    both = len(done.merged.conflicts)
    parts = [f"{left} not taken" if left else "", f"{both} changed on both sides" if both else ""]
    told = ", ".join(filter(None, parts))
    return f"{path.name}: {told}. watcher sheet import {path} --dry-run" if told else ""
