"""A machine of a rep who has no config yet: a home, a keyring in a file, the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.keyring_in_file import PLACE

ROOT = Path(__file__).resolve().parents[2]
KEYRING, NO_KEYRING = "tests.cli.keyring_in_file.FileKeyring", "keyring.backends.fail.Keyring"
LOCKED_KEYRING = "tests.cli.keyring_in_file.LockedKeyring"


@dataclass
class Machine:
    """Every command runs in a process of its own, without a terminal."""

    home: Path
    keyring: str = KEYRING

    @property
    def config(self) -> Path:
        return self.home / "watcher" / "config.toml"

    @property
    def store(self) -> Path:
        return self.home / "data" / "watcher" / "watcher.db"

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "WATCHER_CONFIG": str(self.config),
            "TZ": "Asia/Shanghai",
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": self.keyring,
            PLACE: str(self.home / "keyring.json"),
        }

    def watcher(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            env={**self.environment(), **more},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def kept(self) -> list[str]:
        """The passwords in the keyring."""
        file = self.home / "keyring.json"
        return list(json.loads(file.read_text("utf-8")).values()) if file.exists() else []

    def write(self, text: str) -> None:
        self.config.parent.mkdir(exist_ok=True)
        self.config.write_text(text, "utf-8")

    def check(self, *arguments: str, **more: str) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and lines of `watcher check`."""
        answer = self.watcher("check", "--json", *arguments, **more)
        assert answer.stdout, answer.stderr
        return answer.returncode, json.loads(answer.stdout)
