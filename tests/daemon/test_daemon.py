"""The daemon as a process: it speaks with its supervisor, sees new mail, and ends when told to."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.demo.server import DemoServer

pytestmark = pytest.mark.daemon

USER = "wei@acme-pumps.test"
WITHIN_SECONDS = 20.0


def mail(sender: str, to: str, subject: str, at: datetime, name: str, answers: str = "") -> bytes:
    reply = f"In-Reply-To: {answers}\r\n" if answers else ""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"Message-ID: {name}\r\n{reply}\r\nText.\r\n"
    ).encode()


def config_text(port: int, host: str = "127.0.0.1", command: str = "echo demo") -> str:
    return f"""
[rep]
time_zone = "UTC"
working_hours = "00:00-23:59"
[[account]]
address = "{USER}"
host = "{host}"
port = {port}
tls = "off"
password_command = "{command}"
[store]
url = "sqlite:///watcher.db"
[sync]
poll_seconds = 1
[alerts]
channels = ["terminal"]
"""


class Watcher:
    """One home with a config; starts daemons and asks commands."""

    def __init__(self, home: Path, text: str) -> None:
        self.home = home
        self.notified = home / "notify"
        (home / "config.toml").write_text(text, "utf-8")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.notified))
        self._socket.settimeout(0.1)
        self.heard: list[str] = []
        self._running: list[subprocess.Popen[str]] = []

    def start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "watcher", "-vv", "run"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "WATCHER_CONFIG": str(self.home / "config.toml"),
            "NOTIFY_SOCKET": str(self.notified),
            "WATCHDOG_USEC": "3000000",
            "PYTHONUTF8": "1",
        }

    def hears(self, word: str) -> bool:
        with contextlib.suppress(TimeoutError):
            self.heard.append(self._socket.recv(4096).decode())
        return any(word in one for one in self.heard)

    def turns(self) -> dict[str, str]:
        answer = self.ask("threads", "--json")
        if answer.returncode:
            return {}
        return {one["customer"]: one["turn"] for one in json.loads(answer.stdout) if one["customer"]}

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()
        self._socket.close()


def until(holds: Callable[[], bool], seconds: float = WITHIN_SECONDS) -> None:
    """Ask until it holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(user=USER, password="demo") as running:
        running.create("Sent")
        yield running


@pytest.fixture
def watcher(tmp_path: Path, server: DemoServer) -> Iterator[Watcher]:
    made = Watcher(tmp_path, config_text(server.port))
    yield made
    made.close()


def kick(server: DemoServer, days: int = 20) -> str:
    at = datetime.now(UTC) - timedelta(days=days)
    server.append("Sent", mail(USER, "anna@meyer.example", "Secret offer", at, "<k1@acme-pumps.test>"), at)
    return "<k1@acme-pumps.test>"


def answer(server: DemoServer, to: str) -> None:
    now = datetime.now(UTC)
    raw = mail("anna@meyer.example", USER, "Re: Secret offer", now, "<a1@meyer.example>", to)
    server.append("INBOX", raw, now)


def test_it_reports_ready_and_alive_and_sees_new_mail(watcher: Watcher, server: DemoServer) -> None:
    sent = kick(server)
    process = watcher.start()
    until(lambda: watcher.hears("READY=1"))
    until(lambda: watcher.hears("WATCHDOG=1"))
    until(lambda: watcher.turns().get("meyer.example") == "theirs")
    answer(server, sent)
    until(lambda: watcher.turns().get("meyer.example") == "ours")
    process.terminate()
    assert process.wait(5) == 0
    until(lambda: watcher.hears("STOPPING=1"))
    log = process.stderr.read() if process.stderr else ""
    assert "Secret offer" not in log
    assert "meyer.example" not in log


def test_a_second_one_says_who_runs(watcher: Watcher, server: DemoServer) -> None:
    process = watcher.start()
    until(lambda: watcher.hears("READY=1"))
    second = watcher.ask("run")
    assert second.returncode == 14
    assert str(process.pid) in second.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(watcher: Watcher, server: DemoServer, number: signal.Signals) -> None:
    process = watcher.start()
    until(lambda: watcher.hears("READY=1"))
    process.send_signal(number)
    assert process.wait(5) == 0


def test_it_starts_again_after_a_kill(watcher: Watcher, server: DemoServer) -> None:
    kick(server)
    first = watcher.start()
    until(lambda: watcher.hears("READY=1"))
    first.kill()
    first.wait(5)
    watcher.heard.clear()
    watcher.start()
    until(lambda: watcher.hears("READY=1"))
    until(lambda: watcher.turns().get("meyer.example") == "theirs")


def test_a_server_that_says_nothing_does_not_hold_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        watcher = Watcher(tmp_path, config_text(silent.getsockname()[1]))
        try:
            process = watcher.start()
            until(lambda: watcher.hears("READY=1"))
            silent.settimeout(WITHIN_SECONDS)
            connection, _ = silent.accept()
            process.terminate()
            assert process.wait(6) == 0
            connection.close()
        finally:
            watcher.close()


def test_an_unreachable_server_is_said_and_heals(tmp_path: Path) -> None:
    with DemoServer(user=USER, password="demo") as server:
        port = server.port
    watcher = Watcher(tmp_path, config_text(port))
    try:
        process = watcher.start()
        until(lambda: watcher.hears("some folders could not be read"))
        assert process.poll() is None
    finally:
        watcher.close()
