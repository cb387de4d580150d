"""The daemon as a process of its own, with a supervisor's socket beside it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

USER = "wei@acme-pumps.test"
WITHIN_SECONDS = 30.0  # a bound for a loaded machine
ROOT = Path(__file__).parents[2]


def config_text(port: int, command: str = "echo demo", channel: str = "terminal") -> str:
    return f"""
[rep]
time_zone = "UTC"
working_hours = "00:00-23:59"
[[account]]
address = "{USER}"
host = "127.0.0.1"
port = {port}
tls = "off"
password_command = "{command}"
[store]
url = "sqlite:///watcher.db"
[sync]
poll_seconds = 1
[alerts]
channels = ["{channel}"]
digest = false
"""


def mail(sender: str, to: str, subject: str, at: datetime, name: str, answers: str = "") -> bytes:
    reply = f"In-Reply-To: {answers}\r\n" if answers else ""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n"
        f"Message-ID: {name}\r\n{reply}\r\nText.\r\n"
    ).encode()


def until(holds: Callable[[], bool], seconds: float = WITHIN_SECONDS) -> None:
    """Ask until it holds; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


class Watcher:
    """One home with a config; starts daemons and asks commands. A context manager."""

    def __init__(self, home: Path, text: str, environment: Mapping[str, str] | None = None) -> None:
        self.home, self.config, self.store = home, home / "config.toml", home / "watcher.db"
        self.config.write_text(text, "utf-8")
        self._more = dict(environment or {})
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(home / "notify"))
        self._socket.settimeout(0.1)
        self._log: IO[bytes] = (home / "log").open("ab")
        self._running: list[subprocess.Popen[bytes]] = []
        self.heard: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
        self._socket.close()
        self._log.close()

    def start(self, *command: str, verbose: str = "-vv") -> subprocess.Popen[bytes]:
        """`watcher run`, or another Python command."""
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "watcher", verbose, "run"))],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self._running.append(process)
        return process

    def start_ready(self, *command: str, verbose: str = "-vv") -> subprocess.Popen[bytes]:
        """The same, and wait until it says that it is up."""
        self.heard.clear()
        process = self.start(*command, verbose=verbose)
        until(lambda: self.hears("READY=1"))
        return process

    def log(self) -> str:
        """What every daemon of this home has printed so far."""
        return (self.home / "log").read_text("utf-8")

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "watcher", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "WATCHER_CONFIG": str(self.config),
            "NOTIFY_SOCKET": str(self.home / "notify"),
            "WATCHDOG_USEC": "3000000",
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(ROOT),
            **self._more,
        }

    def hears(self, word: str, times: int = 1) -> bool:
        """Whether the supervisor was told so, so often since `heard` was cleared."""
        with contextlib.suppress(TimeoutError):
            self.heard.append(self._socket.recv(4096).decode())
        return sum(word in one for one in self.heard) >= times

    def hears_from_now(self, word: str, times: int = 1) -> None:
        """Wait until it is told so, so often, from now on."""
        self.forget()
        until(lambda: self.hears(word, times))

    def forget(self) -> None:
        """What was told so far is not heard."""
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(4096):
                pass
        self._socket.settimeout(0.1)
        self.heard.clear()

    def turns(self) -> dict[str, str]:
        return {one["customer"]: one["turn"] for one in self._json("threads") or [] if one["customer"]}

    def blind(self) -> list[str]:
        return list((self._json("status") or {}).get("blind", []))

    def _json(self, command: str) -> Any:
        answer = self.ask(command, "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None


class Cable:
    """The way to a server: a port that hangs up on everybody until it is plugged in."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._target: int | None = None
        self._ends: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closed alone, its number is given out again, and the thread that waits takes another's connections.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(10)
        self._listener.close()
        self.cut()

    def plug(self, port: int) -> None:
        self._target = port

    def unplug(self) -> None:
        self._target = None
        self.cut()

    def cut(self) -> None:
        """End what goes through it now."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                if self._target is None:
                    link.close()
                    continue
                there = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [link, there]
                for one, other in ((link, there), (there, link)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while octets := source.recv(65536):
            sink.sendall(octets)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
