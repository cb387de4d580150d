"""The daemon as a process: it speaks with its supervisor, sees new mail, and ends when told to."""

from __future__ import annotations

import os
import select
import signal
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.entry import set_clock
from tests.daemon.process import USER, WITHIN_SECONDS, Cable, Watcher, config_text, mail, until
from tests.servers.scripted import ScriptedServer
from watcher.demo.server import DemoServer

pytestmark = pytest.mark.daemon

ENTRY = str(Path(__file__).with_name("entry.py"))


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(user=USER, password="demo") as running:
        running.create("Sent")
        yield running


@pytest.fixture
def watcher(tmp_path: Path, server: DemoServer) -> Iterator[Watcher]:
    with Watcher(tmp_path, config_text(server.port)) as made:
        yield made


def kick(server: DemoServer, days: int = 20) -> str:
    at = datetime.now(UTC) - timedelta(days=days)
    server.append("Sent", mail(USER, "anna@meyer.example", "Secret offer", at, "<k1@acme-pumps.test>"), at)
    return "<k1@acme-pumps.test>"


def answer(server: DemoServer, to: str) -> None:
    now = datetime.now(UTC)
    raw = mail("anna@meyer.example", USER, "Re: Secret offer", now, "<a1@meyer.example>", to)
    server.append("INBOX", raw, now)


# ── at work ──


def test_it_reports_ready_and_alive_and_sees_new_mail(watcher: Watcher, server: DemoServer) -> None:
    sent = kick(server)
    process = watcher.start_ready()
    until(lambda: watcher.hears("WATCHDOG=1", times=2))
    until(lambda: watcher.turns().get("meyer.example") == "theirs")
    answer(server, sent)
    watcher.hears_from_now("all folders read", times=2)
    assert watcher.turns()["meyer.example"] == "ours"
    assert watcher.blind() == []
    process.terminate()
    assert process.wait(5) == 0
    until(lambda: watcher.hears("STOPPING=1"))


@pytest.mark.parametrize("verbose", ["-v", "-vv"])
def test_the_log_names_nobody(watcher: Watcher, server: DemoServer, verbose: str) -> None:
    """No subject, no address, no folder: not of a mail, of a report, of what cannot be read or delivered."""
    sent = kick(server)
    answer(server, sent)
    now = datetime.now(UTC)
    server.create("Anna Meyer")
    server.append("Anna Meyer", b"From: carl@fischer.example\r\nSubject: Secret\xff\r\n\r\n", now)
    report = (
        b'From: mailer-daemon@acme-pumps.test\r\nContent-Type: multipart/report; boundary="b"\r\n'
        b"Subject: Secret bounce\r\nMessage-ID: <b1@acme-pumps.test>\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; anna@meyer.example\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
    server.append("INBOX", report, now)
    process = watcher.start_ready(verbose=verbose)
    watcher.hears_from_now("all folders read", times=2)
    server.stop()
    watcher.hears_from_now("some folders could not be read")
    process.terminate()
    process.wait(5)
    log = watcher.log()
    assert "account work was not read" in log
    for told in ("Secret", "@", "meyer", "Meyer", "fischer", "acme-pumps", "demo"):
        assert told not in log, told


# ── one at a time ──


@pytest.mark.parametrize("command", ["run", "sync"])
def test_a_second_one_says_who_runs(watcher: Watcher, command: str) -> None:
    process = watcher.start_ready()
    second = watcher.ask(command)
    assert second.returncode == 14
    assert str(process.pid) in second.stderr
    assert process.poll() is None


def test_it_starts_again_after_a_kill(watcher: Watcher, server: DemoServer) -> None:
    kick(server)
    first = watcher.start_ready()
    first.kill()
    first.wait(5)
    assert (watcher.home / "watcher.db.pid").exists()
    second = watcher.start_ready()
    until(lambda: watcher.turns().get("meyer.example") == "theirs")
    second.terminate()
    assert second.wait(5) == 0
    assert not (watcher.home / "watcher.db.pid").exists()


# ── told to end, it ends within five seconds ──


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(watcher: Watcher, number: signal.Signals) -> None:
    process = watcher.start_ready()
    process.send_signal(number)
    assert process.wait(5) == 0
    assert "Traceback" not in watcher.log()


def test_a_server_that_never_greets_does_not_hold_it(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Watcher(tmp_path, config_text(silent.getsockname()[1])) as watcher,
    ):
        process = watcher.start_ready()
        silent.settimeout(WITHIN_SECONDS)
        connection, _ = silent.accept()
        process.terminate()
        assert process.wait(5) == 0
        connection.close()


def test_a_server_that_falls_silent_mid_sync_does_not_hold_it(tmp_path: Path) -> None:
    with ScriptedServer(3, {2: "hang"}) as server, Watcher(tmp_path, config_text(server.port)) as watcher:
        process = watcher.start_ready()
        assert server.hanging.wait(WITHIN_SECONDS)
        process.terminate()
        assert process.wait(5) == 0
        assert "Traceback" not in watcher.log()


def test_a_password_command_that_hangs_neither_holds_nor_outlives_it(
    tmp_path: Path, server: DemoServer
) -> None:
    asked, script = tmp_path / "asked", tmp_path / "ask"
    os.mkfifo(tmp_path / "held")  # by whoever the command has started
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    script.write_text(f"#!/bin/sh\nsleep 1000 >{tmp_path / 'held'} &\ntouch {asked}\nexec sleep 1000\n")
    script.chmod(0o700)
    with Watcher(tmp_path, config_text(server.port, command=str(script))) as watcher:
        process = watcher.start_ready()
        until(asked.exists)
        process.terminate()
        assert process.wait(5) == 0
    assert select.select([held], [], [], 10)[0], "the command and its children are gone"
    os.close(held)


# ── trouble ──


def test_an_unreachable_server_is_said_and_heals(tmp_path: Path, server: DemoServer) -> None:
    kick(server)
    with Cable() as cable, Watcher(tmp_path, config_text(cable.port)) as watcher:
        process = watcher.start_ready()
        watcher.hears_from_now("some folders could not be read", times=2)
        (said,) = watcher.blind()
        assert said.startswith("INBOX never read")
        cable.plug(server.port)
        watcher.hears_from_now("all folders read")
        assert watcher.blind() == []
        assert watcher.turns() == {"meyer.example": "theirs"}
        cable.unplug()
        watcher.hears_from_now("some folders could not be read")
        assert any("INBOX, Sent not read since" in one for one in watcher.blind())
        assert process.poll() is None


def test_a_password_command_that_fails_is_said(tmp_path: Path, server: DemoServer) -> None:
    """A locked password store is no reason to end: it may be opened later."""
    with Watcher(tmp_path, config_text(server.port, command="false")) as watcher:
        process = watcher.start_ready()
        watcher.hears_from_now("some folders could not be read", times=2)
        (said,) = watcher.blind()
        assert "password_command" in said
        assert process.poll() is None


def test_a_refused_password_is_tried_thrice_and_then_waits(tmp_path: Path) -> None:
    """Ten minutes apart by the clock of the entry: polls pass meanwhile, and nobody knocks. Then the rep
    hears of it once, `status` says it, and only a new password is tried.
    """
    clock, now = tmp_path / "clock", datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
    password = tmp_path / "password"
    password.write_text("old\n")
    no = {"LOGIN": "[AUTHENTICATIONFAILED] wrong"}
    with (
        ScriptedServer(refusals=no) as server,
        Watcher(tmp_path, config_text(server.port, command=f"cat {password}")) as watcher,
    ):

        def knocked() -> int:
            return sum(one.startswith("LOGIN") for one in server.commands)

        set_clock(clock, now)
        process = watcher.start_ready(ENTRY, str(watcher.config), str(clock))
        for times in (1, 2, 3):
            until(lambda times=times: knocked() == times)
            watcher.hears_from_now("some folders could not be read", times=2)
            assert knocked() == times
            now += timedelta(minutes=10)
            set_clock(clock, now)
        watcher.hears_from_now("some folders could not be read", times=3)
        assert (knocked(), process.poll()) == (3, None)
        assert any("not tried again before: watcher init --password" in one for one in watcher.blind())
        assert watcher.log().count("your mail is not read") == 1
        password.write_text("new\n")
        until(lambda: knocked() == 4)
        watcher.hears_from_now("some folders could not be read", times=2)
        assert "new" in next(one for one in reversed(server.commands) if one.startswith("LOGIN"))
        server.refusals.clear()
        now += timedelta(minutes=10)
        set_clock(clock, now)
        watcher.hears_from_now("all folders read")
        assert knocked() == 5
        assert watcher.log().count("your mail is not read") == 1


def test_a_store_that_breaks_ends_it(watcher: Watcher) -> None:
    process = watcher.start_ready()
    watcher.hears_from_now("all folders read")
    with sqlite3.connect(watcher.store) as store:
        store.execute("PRAGMA writable_schema = ON")
        store.execute("UPDATE sqlite_master SET rootpage = 999999 WHERE name = 'folder'")
        store.execute("PRAGMA schema_version = 9999")
    assert process.wait(WITHIN_SECONDS) == 13
    assert "malformed" in watcher.log()
    assert "Traceback" not in watcher.log()
