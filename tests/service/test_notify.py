"""sd_notify against a real datagram socket: what a service manager would receive."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher import notify


def bound(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(address)
    listener.settimeout(5)
    return listener


@pytest.fixture(params=["file", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify") if request.param == "file" else f"@watcher-test-{os.getpid()}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with bound(name.replace("@", "\0", 1) if name.startswith("@") else name) as listener:
        yield listener


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        (lambda: notify.ready(), b"READY=1"),
        (lambda: notify.ready("read 3 folders"), b"READY=1\nSTATUS=read 3 folders"),
        (lambda: notify.status("Sent not read"), b"STATUS=Sent not read"),
        (lambda: notify.status("two\nREADY=1"), b"STATUS=two READY=1"),
        (lambda: notify.status("已读"), "STATUS=已读".encode()),
        (lambda: notify.alive(), b"WATCHDOG=1"),
        (lambda: notify.stopping(), b"STOPPING=1"),
        (lambda: notify.stopping("asked to"), b"STOPPING=1\nSTATUS=asked to"),
    ],
)
def test_what_the_manager_hears(manager: socket.socket, say, heard: bytes) -> None:
    assert say() is True
    assert manager.recv(4096) == heard


@pytest.mark.parametrize("address", [None, "", "relative/path", "vsock:2:1234"])
def test_nobody_to_tell(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify.ready() is False


def test_a_manager_that_went_away_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(str(tmp_path / "gone")).close()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert notify.alive() is False


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [
        ("180000000", None, 180.0),
        ("180000000", "mine", 180.0),
        ("180000000", "1", None),
        ("500000", "mine", 0.5),
        ("0", "mine", None),
        ("", "mine", None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_watchdog_seconds(
    usec: str | None, pid: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, str(os.getpid()) if value == "mine" else value)
    assert notify.watchdog_seconds() == seconds
