"""A keyring that lies in a file, for processes that have no desktop: PYTHON_KEYRING_BACKEND names it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

PLACE = "WATCHER_TEST_KEYRING"  # the variable that names the file


class FileKeyring(KeyringBackend):
    """Keeps passwords in the file, by service and name."""

    name = "a keyring in a file"
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file().write_text(json.dumps({**self._kept(), f"{service} {username}": password}), "utf-8")

    def _kept(self) -> dict[str, str]:
        file = self._file()
        return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}

    def _file(self) -> Path:
        return Path(os.environ[PLACE])


class LockedKeyring(KeyringBackend):
    """Nobody unlocked it."""

    name = "a locked keyring"
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked
