"""A rep's machine: a real IMAP server with the demo's mail, a config, a store."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.kept import Desk, fill
from watcher.demo.mailbox import USER, demo_mailbox
from watcher.demo.server import DemoServer

PASSWORD = "demo"


@dataclass
class Rep:
    """Runs the real command line in a process of its own, in a home of its own."""

    home: Path
    config: Path
    server: DemoServer
    now: datetime

    def watcher(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return {**kept, "HOME": str(self.home), "WATCHER_CONFIG": str(self.config), "PYTHONUTF8": "1"}


def config_text(port: int, address: str = USER, command: str = f"echo {PASSWORD}") -> str:
    return f"""
[rep]
name = "Wei Chen"
time_zone = "Asia/Shanghai"
working_hours = "00:00-23:59"
our_domains = ["acme-pumps.test"]

[[account]]
address = "{address}"
shared = ["sales@acme-pumps.test"]
host = "127.0.0.1"
port = {port}
tls = "off"
password_command = "{command}"

[store]
url = "sqlite:///watcher.db"

[sync]
poll_seconds = 1
"""


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[DemoServer, datetime]]:
    now = datetime.now(UTC)
    box = demo_mailbox(now)
    with DemoServer(user=USER, password=PASSWORD) as server:
        for name in box.folders:
            server.create(name)
        for mail in box.mails:
            server.append(mail.folder, mail.raw, mail.internal_date)
        yield server, now


@pytest.fixture(scope="module")
def rep(filled: tuple[DemoServer, datetime], tmp_path_factory: pytest.TempPathFactory) -> Rep:
    """A rep whose mailbox was read once, and who said where one customer stands."""
    server, now = filled
    home = tmp_path_factory.mktemp("home")
    config = home / "config.toml"
    config.write_text(config_text(server.port), "utf-8")
    made = Rep(home, config, server, now)
    synced = made.watcher("sync", "--json")
    assert synced.returncode == 0, synced.stderr
    return made


@pytest.fixture(scope="session")
def filled_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A rep's desk with one of everything that the commands have to tell, filled once."""
    return fill(Desk(tmp_path_factory.mktemp("desk")))


@pytest.fixture
def desk(filled_desk: Desk, tmp_path: Path) -> Desk:
    """A desk of one's own: a copy of the filled one."""
    shutil.copytree(filled_desk.home, tmp_path / "desk")
    return Desk(tmp_path / "desk")
