"""`watcher open`: a thread in the mail program, in webmail, in the terminal; and what a desktop is given."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.daemon.process import until
from watcher import opening
from watcher.alerts import programs
from watcher.config import Account
from watcher.domain.mail_links import Webmail
from watcher.store.newest_mail import newest_mail

if TYPE_CHECKING:
    from tests.cli.kept import Desk

HOSTILE = "mid:a%3Brm%20-rf%20~%24%28id%29@x.example"


def put_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> Path:
    """A program that writes down its arguments, one a line, and does what `script` says."""
    told = folder / f"{name}.told"
    (folder / name).write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >"{told}.new"; mv "{told}.new" "{told}"\n{script}\n'
    )
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return told


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No screen, no browser."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("bare")
def test_without_a_screen_it_shows_the_thread_here(desk: Desk) -> None:
    assert desk.watcher("open", "1").out == desk.watcher("show", "1").out
    assert desk.watcher("open", "1", "--print").out == "watcher show 1\n"
    assert json.loads(desk.watcher("open", "1", "--json").out) == {
        "thread": 1,
        "way": "terminal",
        "url": None,
    }
    assert desk.watcher("open", "--here").out == desk.watcher("status").out


@pytest.mark.daemon
def test_a_mail_program_is_asked_for_by_the_config(desk: Desk) -> None:
    desk.config.write_text(desk.config.read_text("utf-8") + '\n[alerts]\nopen = "mail"\n', "utf-8")
    told = json.loads(desk.watcher("open", "1", "--json").out)
    assert told["way"] == "mail"
    assert desk.watcher("open", "1", "--print").out == f"{told['url']}\n"
    with desk.app() as app, app.store.reading() as connection:
        name, account = newest_mail(connection, 1) or ("", "")
    assert told["url"] == f"mid:{name[1:-1]}"
    assert account == "work"


def test_a_thread_that_is_not_there(desk: Desk) -> None:
    said = desk.watcher("open", "4711")
    assert said.code == 2
    assert "there is no thread 4711" in said.error


@pytest.mark.parametrize(
    ("host", "address", "webmail"),
    [
        ("imap.gmail.com", "wei@acme.test", Webmail.GMAIL),
        ("outlook.office365.com", "anna@outlook.com", Webmail.OUTLOOK),
        ("outlook.office365.com", "wei@acme.test", Webmail.MICROSOFT_365),
        ("imap.acme.test", "wei@acme.test", Webmail.NONE),
        ("imap.163.com", "anna@163.com", Webmail.NONE),
    ],
)
def test_whose_pages_show_an_account(host: str, address: str, webmail: Webmail) -> None:
    assert opening._webmail(Account(address=address, host=host)) is webmail


# ── the desktop ──


@pytest.mark.parametrize(
    ("says", "there"), [("echo thunderbird.desktop", True), ("exit 4", False), ("exit 0", False)]
)
def test_who_takes_a_link_is_asked_of_the_desktop(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, there: bool
) -> None:
    monkeypatch.setenv("DISPLAY", ":99")
    put_on_path(monkeypatch, tmp_path, "xdg-open", "exit 0")
    asked = put_on_path(monkeypatch, tmp_path, "xdg-mime", says)
    assert programs.takes("mid", "linux") is there
    assert asked.read_text().split() == ["query", "default", "x-scheme-handler/mid"]


def test_without_a_screen_nothing_takes_a_link(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bare: None
) -> None:
    put_on_path(monkeypatch, tmp_path, "xdg-open", "exit 0")
    put_on_path(monkeypatch, tmp_path, "xdg-mime", "echo thunderbird.desktop")
    assert not programs.takes("mid", "linux")


@pytest.mark.parametrize(("end", "opened"), [("exit 0", True), ("exit 3", False)])
def test_a_link_is_one_argument_and_no_shell_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str, opened: bool
) -> None:
    told = put_on_path(monkeypatch, tmp_path, "xdg-open", end)
    assert programs.open_link(HOSTILE, "linux") is opened
    assert told.read_text() == f"{HOSTILE}\n"


@pytest.mark.parametrize(("end", "direct"), [("exit 0", False), ("exit 1", True)])
def test_out_of_the_service_a_program_is_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str, direct: bool
) -> None:
    """Where no user manager is there after all, it is started directly."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    monkeypatch.setenv("DISPLAY", ":99")
    link = put_on_path(monkeypatch, tmp_path, "xdg-open", "exit 0")
    unit = put_on_path(monkeypatch, tmp_path, "systemd-run", end)
    assert programs.open_link(HOSTILE, "linux")
    told = unit.read_text().splitlines()
    assert told[0] == "--user"
    assert "--setenv=DISPLAY=:99" in told
    assert told[-3:] == ["--", "xdg-open", HOSTILE]
    assert link.exists() is direct


def test_a_program_that_stays_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "_FAILS_WITHIN_SECONDS", 0.05)
    told = put_on_path(monkeypatch, tmp_path, "xdg-open", "exec sleep 1")
    assert programs.open_link(HOSTILE, "linux")
    until(told.exists)


def test_a_desktop_without_the_program_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":99")
    assert not programs.open_link(HOSTILE, "linux")
    assert not programs.open_in_terminal(["true"])


@pytest.mark.daemon
def test_a_window_shows_the_thread_by_a_command_of_our_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, desk: Desk
) -> None:
    monkeypatch.setenv("DISPLAY", ":99")
    told = put_on_path(monkeypatch, tmp_path, "x-terminal-emulator", "exit 0")
    with desk.app() as app:
        assert opening.open_thread(app.store, app.config, 1)
        command = told.read_text().splitlines()
        assert opening.open_list(app.config)
    assert command == [
        "-e",
        sys.executable,
        "-m",
        "watcher",
        "--config",
        str(desk.config),
        "open",
        "--here",
        "1",
    ]
    assert told.read_text().splitlines() == command[:-1]


@pytest.mark.daemon
def test_where_the_mail_program_fails_the_window_opens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, desk: Desk
) -> None:
    monkeypatch.setenv("DISPLAY", ":99")
    put_on_path(monkeypatch, tmp_path, "xdg-mime", "echo thunderbird.desktop")
    link = put_on_path(monkeypatch, tmp_path, "xdg-open", "exit 4")
    window = put_on_path(monkeypatch, tmp_path, "x-terminal-emulator", "exit 0")
    with desk.app() as app:
        assert opening.open_thread(app.store, app.config, 1)
    assert link.read_text().startswith("mid:")
    assert window.exists()
