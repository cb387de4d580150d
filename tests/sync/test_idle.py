"""What a round costs the store: nothing that grows with it, where nothing is new.

Counted in instructions of SQLite's virtual machine, which are the same on every machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.app import App
from watcher.config import config_from
from watcher.domain.messages import Role
from watcher.errors import ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.protocol import FolderState
from watcher.review import review
from watcher.store.engine import open_store

pytestmark = pytest.mark.daemon

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
WEI = "wei@acme.test"
SMALL, LARGE = 10, 60


@dataclass
class Session(FakeSession):
    """Where it has `trouble` no text is read, though headers are."""

    trouble: str = ""
    has_idle = False

    def examine(self, name: str) -> FolderState:
        this_pass = "".join(self.trips).rpartition("LIST")[2]
        if self.trouble == "the folder" and f"EXAMINE {name}" in this_pass:  # it was read for its headers
            raise ServerUnreachable("no permission")
        return FakeSession.examine(self, name)

    def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        if self.trouble == "the link":
            raise ServerUnreachable("The connection was lost.")
        return FakeSession.sources(self, uids, limit)


class Links:
    """One session, always open."""

    def __init__(self, session: FakeSession) -> None:
        self.session = session

    @contextmanager
    def kept(self) -> Iterator[None]:
        yield

    @contextmanager
    def to(self, _account: object) -> Iterator[FakeSession]:
        yield self.session

    def close(self) -> None:
        """It stays."""

    def another(self, _account: object) -> None:
        """Few mails lie here."""


class Counted:
    """The instructions that SQLite carries out on connections opened from now on."""

    def __init__(self) -> None:
        self.steps = 0
        event.listen(Engine, "connect", self._connected)

    def _connected(self, connection: SqliteConnection, _record: Any) -> None:
        connection.set_progress_handler(self._step, 1)

    def _step(self) -> None:
        self.steps += 1

    def end(self) -> None:
        event.remove(Engine, "connect", self._connected)


class Rep:
    """A store of talks, each with a customer of its own, and rounds over it that are counted."""

    def __init__(self, folder: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch, talks: int) -> None:
        roles = {"INBOX": Role.INBOX, "Sent": Role.SENT, "Archive": Role.OTHER}
        self.boxes = {name: FakeFolder(role) for name, role in roles.items()}
        self.session = Session(self.boxes, batch=500)
        monkeypatch.setattr("watcher.app.Links", lambda *_: Links(self.session))
        tables = {
            "rep": {"time_zone": "UTC"},
            "account": [{"address": WEI, "host": "127.0.0.1", "tls": "off"}],
            "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        }
        config = config_from(tables, folder / "config.toml")
        shutil.copy(empty_store, config.database_path())
        self.counted = Counted()
        self.now = NOW
        self.app = App(config, open_store(config.database_path()), lambda: self.now, [])
        for number in range(talks):
            self.talk(number)
        while self.round():
            pass

    def close(self) -> None:
        self.app.close()
        self.counted.end()

    def talk(self, number: int) -> None:
        """Half of them dormant by now."""
        days = 5 if number % 2 else 300
        self.mail(f"{number}.1", number, days)
        self.mail(f"{number}.2", number, days - 1, ours=True, answers=f"{number}.1")
        self.mail(f"{number}.3", number, days - 2, answers=f"{number}.2")

    def mail(self, name: str, number: int, days_ago: float, *, ours: bool = False, answers: str = "") -> None:
        at, them = NOW - timedelta(days=days_ago), f"buyer@customer{number}.example"
        sender, to = (WEI, them) if ours else (them, WEI)
        chain = f"In-Reply-To: <{answers}@x.example>\r\n" if answers else ""
        raw = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: Offer {number}\r\nMessage-ID: <{name}@x.example>\r\n"
            f"Date: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n{chain}\r\nWhat does it cost?\r\n"
        ).encode()
        self.boxes["Sent" if ours else "INBOX"].put(FakeMail(read_envelope(raw), at, raw))

    def round(self) -> int:
        """As the daemon's poll does; how many texts were read."""
        done = self.app.round()
        self.app.review()
        self.app.remind()
        self.judged = done.judged
        return sum(one.read for one in done.texts.values())

    def cost(self) -> int:
        self.counted.steps = 0
        self.round()
        return self.counted.steps


@pytest.fixture
def reps(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Rep, Rep]]:
    made = []
    for talks in (SMALL, LARGE):
        (tmp_path / str(talks)).mkdir()
        made.append(Rep(tmp_path / str(talks), empty_store, monkeypatch, talks))
    yield made[0], made[1]
    for one in made:
        one.close()


def test_a_round_with_nothing_new_costs_the_same_in_any_store(reps: tuple[Rep, Rep]) -> None:
    small, large = (one.cost() for one in reps)
    assert 0 < small == large


def test_new_mail_is_judged_with_its_neighbours_alone(reps: tuple[Rep, Rep]) -> None:
    found = []
    for one in reps:
        one.mail("new", 1, 0.1, answers="1.3")
        one.round()
        found.append((one.judged.messages, one.judged.threads))
    assert found == [(2, 1), (2, 1)]  # one message by its header, and again once its text was read
    small, large = (one.cost() for one in reps)
    assert small == large


@pytest.fixture
def rep(reps: tuple[Rep, Rep]) -> Rep:
    return reps[0]


@pytest.mark.parametrize("trouble", ["the link", "the folder"])
def test_a_text_that_could_not_be_read_is_asked_for_until_it_was(rep: Rep, trouble: str) -> None:
    rep.mail("new", 1, 0.1, answers="1.3")
    rep.session.trouble = trouble
    assert [rep.round(), rep.round()] == [0, 0]
    rep.session.trouble = ""
    assert [rep.round(), rep.round()] == [1, 0]


def test_a_text_that_lay_nowhere_is_read_where_it_turns_up(rep: Rep) -> None:
    rep.mail("new", 1, 0.1, answers="1.3")
    rep.session.trouble = "the folder"
    assert rep.round() == 0
    moved = rep.boxes["INBOX"].mails.pop(max(rep.boxes["INBOX"].mails))
    rep.session.trouble = ""
    assert [rep.round(), rep.round()] == [0, 0]
    rep.boxes["Archive"].put(moved)
    assert [rep.round(), rep.round()] == [1, 0]


def test_what_another_process_judged_is_looked_at(rep: Rep) -> None:
    with rep.app.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM fact")
        connection.exec_driver_sql("UPDATE customer SET said = 1 WHERE id = 1")
    review(rep.app.store, rep.app.config, NOW)  # a command of the rep's
    assert rep.round() > 0
