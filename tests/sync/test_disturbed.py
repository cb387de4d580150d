"""A sync that is cut off, on a real server and in a real process: whatever cut it, the next one ends it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.state import judged
from tests.sync.desk import NOW, USER, Mailbox, ThroughDovecot, days_ago, mail
from tests.sync.maildir import fill
from watcher.domain.stages import Stage
from watcher.progress import Progress
from watcher.store.glance import threads

pytestmark = [pytest.mark.dovecot, pytest.mark.daemon]

MANY = 3_000
WITHIN_SECONDS = 60.0


def many(number: int) -> Iterator[bytes]:
    """Talks of three mails with customers of their own: theirs, ours (in Sent), theirs."""
    for one in range(number):
        who, at = f"buyer@customer{one % 97}.example", days_ago(30) + timedelta(minutes=one)
        yield mail(who, USER, f"Inquiry {one}", at, f"<{one}@customer.example>")


def answers(number: int) -> Iterator[bytes]:
    for one in range(0, number, 3):
        who, at = f"buyer@customer{one % 97}.example", days_ago(29) + timedelta(minutes=one)
        names = (f"<a{one}@acme.test>", f"<{one}@customer.example>")
        yield mail(USER, who, f"Re: Inquiry {one}", at, *names)


@dataclass
class Rep:
    """Runs `watcher` in processes of its own; each home has a store of its own."""

    server: Dovecot
    home: Path

    def __post_init__(self) -> None:
        self.home.mkdir(exist_ok=True)
        (self.home / "config.toml").write_text(
            f"""
[rep]
time_zone = "UTC"
[[account]]
address = "{USER}"
host = "127.0.0.1"
port = {self.server.port}
tls = "off"
password_command = "echo '{self.server.password}'"
[store]
url = "sqlite:///watcher.db"
""",
            "utf-8",
        )

    @property
    def store(self) -> Path:
        return self.home / "watcher.db"

    def start(self, *command: str) -> subprocess.Popen[str]:
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        environment = {**kept, "HOME": str(self.home), "WATCHER_CONFIG": str(self.home / "config.toml")}
        return subprocess.Popen(
            [sys.executable, "-m", "watcher", *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def run(self, *command: str) -> tuple[str, str]:
        with self.start(*command) as process:
            told, errors = process.communicate(timeout=WITHIN_SECONDS)
        assert process.returncode == 0, errors
        return told, errors

    def count(self, query: str) -> int:
        """What a reader from outside sees now; 0 where there is no store yet."""
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as connection:
            return int(connection.execute(query).fetchone()[0])

    def kill_when(self, reached: Callable[[], bool]) -> bool:
        """Start a sync and kill it once something is so. Whether it was still at work then."""
        process = self.start("sync")
        deadline = time.monotonic() + WITHIN_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(sqlite3.OperationalError):  # no store, or no tables yet
                if reached():
                    break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return process.returncode == -signal.SIGKILL


@pytest.fixture
def full(dovecot: Dovecot) -> Dovecot:
    fill(dovecot, "INBOX", many(MANY))
    fill(dovecot, "Sent", answers(MANY))
    return dovecot


def test_killed_at_any_moment_it_ends_as_if_undisturbed(full: Dovecot, tmp_path: Path) -> None:
    undisturbed, killed = Rep(full, tmp_path / "undisturbed"), Rep(full, tmp_path / "killed")
    undisturbed.run("sync")
    messages, mid_review = "SELECT COUNT(*) FROM message", "SELECT COUNT(*) FROM folder WHERE synced_at"
    moments = [
        lambda: killed.count("SELECT COUNT(*) FROM account") > 0,
        lambda: killed.count(messages) >= 500,
        lambda: killed.count(messages) >= MANY - 1_000,
        lambda: killed.count(mid_review) >= 3,  # every folder was read: the review is under way
    ]
    assert [killed.kill_when(moment) for moment in moments] == [True] * len(moments)
    killed.run("sync")
    assert killed.count(messages) == undisturbed.count(messages) == MANY + MANY // 3
    assert judged(killed.store) == judged(undisturbed.store)


def test_elsewhere_than_on_a_terminal_a_long_sync_says_how_far_it_is(full: Dovecot, tmp_path: Path) -> None:
    fill(full, "Archive", (raw.replace(b"@customer.example>", b"@archive.example>") for raw in many(5_500)))
    told, progress = Rep(full, tmp_path / "home").run("sync")
    assert "new messages" in told
    assert re.search(r"^Archive: \d+ of 5500$", progress, re.MULTILINE)
    assert "\r" not in progress
    assert "\x1b" not in progress


@pytest.fixture
def desk(dovecot: Dovecot, tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(ThroughDovecot(dovecot), tmp_path)
    yield made
    made.app.close()


def test_a_server_killed_in_the_middle(dovecot: Dovecot, desk: Mailbox, tmp_path: Path) -> None:
    fill(dovecot, "INBOX", many(1_200))

    def kill(progress: Progress) -> None:
        if progress.done >= 500:
            dovecot.kill()

    done = desk.app.sync(kill)
    assert [one.exit_code for one in done.errors] == [12]
    assert desk.threads() == []
    dovecot.start()
    assert desk.round().whole
    other = Mailbox(desk.server, _made(tmp_path / "other"))
    assert other.round().whole
    assert judged(desk.app.store.path) == judged(other.app.store.path)
    other.app.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_folder_that_cannot_be_read(dovecot: Dovecot, desk: Mailbox) -> None:
    desk.server.create("Locked")
    desk.sent("<k@acme.test>", days_ago(10))
    desk.got("<locked@meyer.example>", days_ago(9), folder="Locked", answers="<k@acme.test>")
    place = dovecot.home / "mail" / ".Locked"
    place.chmod(0)
    done = desk.round()
    assert [name for name, _ in done.reports["work"].failures] == ["Locked"]
    assert desk.thread()["turn"] == "theirs"
    assert any(line.startswith("Locked never read") for line in desk.blind())
    place.chmod(0o700)
    assert desk.round().whole
    assert desk.thread()["turn"] == "ours"
    assert desk.blind() == []


def test_a_folder_that_vanishes(dovecot: Dovecot, desk: Mailbox) -> None:
    desk.server.create("Meyer")
    desk.sent("<k@acme.test>", days_ago(10))
    desk.got("<a@meyer.example>", days_ago(9), folder="Meyer", answers="<k@acme.test>")
    desk.round()
    dovecot.delete("Meyer")
    assert desk.round().whole
    assert desk.thread()["turn"] == "ours"
    assert desk.thread()["messages"][1]["folders"] == []
    assert desk.blind() == []


@pytest.mark.parametrize("name", ["Gesendete Objekte", "已发送邮件", "Sent Items"])
def test_sent_renamed_in_another_language(tmp_path: Path, name: str) -> None:
    server = Dovecot(special_use={})
    try:
        desk = Mailbox(ThroughDovecot(server.start()), tmp_path)
        desk.server.create("Sent")
        desk.sent("<k@acme.test>", days_ago(10))
        desk.round()
        server.rename("Sent", name)
        done = desk.round()
        assert (done.whole, done.reports["work"].new) == (True, 0)
        assert desk.blind() == []
        assert desk.thread()["messages"][0]["folders"] == [name]
        assert desk.thread()["turn"] == "theirs"
        desk.app.close()
    finally:
        server.remove()


def test_sent_that_is_empty_and_comes_back(dovecot: Dovecot, desk: Mailbox) -> None:
    desk.server.create("Kept")
    desk.sent("<k@acme.test>", days_ago(10))
    desk.round()
    desk.app.remind()
    desk.stage("meyer.example", Stage.PI)
    [uid] = desk.server.flags("Sent")
    desk.server.move("Sent", uid, "Kept")
    desk.round()
    assert desk.app.remind().shown == ()
    [uid] = desk.server.flags("Kept")
    desk.server.move("Kept", uid, "Sent")
    assert desk.round().whole
    assert desk.blind() == []
    assert len(desk.app.remind().shown) == 1


REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mail.acme.test>\r
To: {user}\r
Subject: Undelivered Mail Returned to Sender\r
Date: {date}\r
Message-ID: <bounce@mail.acme.test>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
This is the mail system. Your message could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.acme.test\r
\r
Final-Recipient: rfc822; anna@meyer.example\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: <k@acme.test>\r
From: {user}\r
To: anna@meyer.example\r
\r
--b--\r
"""


def test_a_report_names_the_mail_that_came_back(desk: Mailbox) -> None:
    """Nothing in its header does: it is fetched whole, and no flag changes by that."""
    at = days_ago(9)
    desk.sent("<k@acme.test>", days_ago(10))
    desk.put("INBOX", REPORT.format(user=USER, date=f"{at:%a, %d %b %Y %H:%M:%S +0000}").encode(), at)
    desk.round()
    one = desk.thread()
    assert (one["turn"], one["reason"], one["failed"]) == ("ours", "undelivered", ["anna@meyer.example"])
    assert list(desk.server.flags("INBOX").values()) == [()]


def test_only_the_folders_of_the_config_are_read(dovecot: Dovecot, tmp_path: Path) -> None:
    desk = Mailbox(ThroughDovecot(dovecot), tmp_path, folders=["INBOX", "Sent"])
    desk.server.create("Elsewhere")
    desk.sent("<k@acme.test>", days_ago(10))
    desk.got("<a@meyer.example>", days_ago(9), folder="Elsewhere", answers="<k@acme.test>")
    desk.round()
    assert desk.thread()["turn"] == "theirs"
    assert any("left out by the config" in line and "Elsewhere" in line for line in desk.blind())
    desk.app.close()


@pytest.mark.parametrize(("days", "read"), [(364, True), (366, False)])
def test_the_window(desk: Mailbox, days: int, read: bool) -> None:
    desk.sent("<k@acme.test>", days_ago(days))
    desk.round()
    assert [one["customer"] for one in desk.threads()] == (["meyer.example"] if read else [])


def test_two_accounts(dovecot: Dovecot, desk: Mailbox, tmp_path: Path) -> None:
    """The answer lies in another account than the question; one that is away stops no other."""
    second = Dovecot(user="wei@other.test")
    try:
        second.start()
        place = _made(tmp_path / "two")
        both = Mailbox(desk.server, place, more=[_account(second)])
        desk.sent("<k@acme.test>", days_ago(10))
        second.append(
            "INBOX",
            mail(
                "anna@meyer.example",
                second.user,
                "Re: Offer",
                days_ago(5),
                "<a@meyer.example>",
                "<k@acme.test>",
            ),
        )
        assert both.round().whole
        assert both.thread()["turn"] == "ours"
        second.stop()
        done = both.round()
        assert ([one.exit_code for one in done.errors], list(done.reports)) == ([12], ["work"])
        assert any(
            "INBOX of second, Sent of second and all other folders not read since" in line
            for line in both.blind()
        )
        both.app.close()
    finally:
        second.remove()


def _account(server: Dovecot) -> dict[str, object]:
    return {
        "name": "second",
        "address": server.user,
        "host": server.host,
        "port": server.port,
        "tls": "off",
        "password_command": f"echo '{server.password}'",
    }


def test_now_ignores_what_came_later(dovecot: Dovecot, tmp_path: Path) -> None:
    some = 300
    fill(dovecot, "INBOX", many(some))
    fill(dovecot, "Sent", answers(some))
    at: datetime = days_ago(30) + timedelta(minutes=10)
    rep = Rep(dovecot, tmp_path / "home")
    rep.run("sync", "--now", at.isoformat())
    assert len(threads(rep.store)) == 11
    assert all(each.at <= at for one in threads(rep.store) for each in one.messages)
    rep.run("sync", "--now", NOW.isoformat())
    assert sum(len(one.messages) for one in threads(rep.store)) == some + some // 3
    rep.run("sync", "--now", at.isoformat())
    assert len(threads(rep.store)) == 11
