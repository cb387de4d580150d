"""A rep's desk without a server: mail is put into the store as sync would, the clock stands where it is set.

Everything happens in March 2026 in UTC; the rep works from 9 to 18. `desk.at("5 09:00")` is the 5th of March.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.plainly import read_plainly
from watcher.alerts.channel import Channel, Delivery, PopUp
from watcher.app import App
from watcher.config import Config, config_from
from watcher.domain.kinds import classify
from watcher.domain.messages import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Play
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.suspects import read_suspect
from watcher.remind import RemindReport
from watcher.review import company_of
from watcher.store import glance, mail, texts, words
from watcher.store.engine import Store, open_store
from watcher.store.facts import keep_facts
from watcher.store.migrate import migrate
from watcher.store.quiet import keep_quiet

USER, ANNA = "wei@acme.test", "anna@meyer.example"
FOLDERS = {"Sent": Role.SENT, "INBOX": Role.INBOX, "Junk": Role.JUNK}

_REPORT = """\
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.acme.test\r
\r
Final-Recipient: rfc822; {to}\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: {returned}\r
From: wei@acme.test\r
\r
--b--\r
"""


class Recorder:
    """A channel that keeps what it was given, refuses when told to, and may do something meanwhile."""

    name = "recorder"

    def __init__(self) -> None:
        self.shown: list[PopUp] = []
        self.refuses = ""
        self.meanwhile: Callable[[], None] = lambda: None
        self.standing: dict[frozenset[str], str] = {}

    def recall(self, running: AbstractSet[str]) -> frozenset[str]:
        gone = [about for about in self.standing if not about & running]
        for about in gone:
            del self.standing[about]
        return frozenset[str]().union(*gone)

    def deliver(self, pop_up: PopUp) -> Delivery:
        self.meanwhile()
        if self.refuses:
            return Delivery(False, self.name, self.refuses)
        self.shown.append(pop_up)
        if pop_up.about:
            self.standing[pop_up.about] = pop_up.title
        return Delivery(True, self.name, "taken")


def moment(text: str) -> datetime:
    """ "5 09:00" is 9 o'clock UTC on the 5th of March 2026, a Thursday; "34 09:00" is the 3rd of April."""
    day, clock = text.split()
    hour, minute = clock.split(":")
    return datetime(2026, 3, 1, int(hour), int(minute), tzinfo=UTC) + timedelta(days=int(day) - 1)


def config_of(folder: Path, **more: Any) -> Config:
    tables: dict[str, Any] = {
        "rep": {"time_zone": "UTC"},
        "account": [{"address": USER, "host": "127.0.0.1", "tls": "off"}],
        "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        "alerts": {"digest": False},
        "sync": {"poll_seconds": 300},
    }
    return config_from(tables | more, folder / "config.toml")


@cache
def _empty() -> bytes:
    """A store of today's schema: made once, for it takes longer than most tests."""
    with tempfile.TemporaryDirectory() as name:
        store = open_store(Path(name) / "watcher.db")
        migrate(store, moment("2 08:00"))
        store.close()
        return store.path.read_bytes()


class Desk:
    """The store of one rep. `more` are tables of the config that differ; close it when done."""

    def __init__(self, folder: Path, channels: Sequence[Channel] | None = None, **more: Any) -> None:
        self.config = config_of(folder, **more)
        if not self.config.database_path().exists():
            self.config.database_path().write_bytes(_empty())
        self.store: Store = open_store(self.config.database_path())
        self.channel = Recorder()
        self.now = moment("2 08:00")
        self.app = App(self.config, self.store, lambda: self.now, channels or [self.channel])
        self._uid = 0

    def close(self) -> None:
        self.app.close()

    # ── mail ──

    def sent(self, name: str, at: str, *, to: str = ANNA, folder: str = "Sent", **more: str) -> None:
        self.put(folder, moment(at), name, USER, to, **more)

    def got(self, name: str, at: str, *, sender: str = ANNA, folder: str = "INBOX", **more: str) -> None:
        self.put(folder, moment(at), name, sender, USER, **more)

    def bounce(self, name: str, at: str, *, returned: str, to: str = ANNA) -> None:
        body = _REPORT.format(to=to, returned=f"<{returned}>")
        self.put("INBOX", moment(at), name, "mailer-daemon@mail.acme.test", USER, body=body)

    def put(
        self,
        folder: str,
        at: datetime,
        name: str,
        sender: str,
        to: str,
        subject: str = "Offer",
        answers: str = "",
        body: str = "\r\nText.\r\n",
    ) -> None:
        """Keep one message as sync does. `name` and `answers` are Message-IDs without their brackets."""
        reply = f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>\r\n" if answers else ""
        raw = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {at:%a, %d %b %Y %H:%M:%S +0000}\r\n"
            f"Message-ID: <{name}>\r\n{reply}MIME-Version: 1.0\r\n{body}"
        ).encode()
        envelope = read_envelope(raw)
        self._uid += 1
        with self.store.writing() as connection:
            known = self._folders(connection)[folder]
            arrival = mail.Arrival(self._uid, at, envelope, classify(envelope))
            mail.keep_arrivals(connection, known, [arrival], self._uid, company_of)
            for one in texts.doubtful(connection, "work", 1000):
                mail.keep_report(connection, one.message, *read_suspect(raw, one.verdict), company_of)
            read_plainly(connection)

    def _folders(self, connection: Any) -> dict[str, mail.KnownFolder]:
        if not mail.folders(connection, "work"):
            number = mail.account_id(connection, "work")
            for name, role in FOLDERS.items():
                mail.keep_folder(connection, number, name, role, "")
        return mail.folders(connection, "work")

    @contextmanager
    def last_words_unread(self) -> Iterator[None]:
        """As after a link that broke between headers and texts: read, and saying nothing, at the end."""
        with self.store.writing() as connection:
            query = "SELECT message_id FROM fact WHERE name = 'reply'"
            taken = connection.exec_driver_sql(query).scalars().all()
            connection.exec_driver_sql("DELETE FROM fact WHERE name = 'reply'")
        yield
        with self.store.writing() as connection:
            for number in taken:
                keep_facts(connection, number, "reply", {}, 1)

    # ── what a round does ──

    def read(self) -> None:
        """Every folder was read to its end now."""
        with self.store.writing() as connection:
            for one in self._folders(connection).values():
                mail.folder_was_read(connection, one, 1, self.now)

    def look(self) -> None:
        """A pass of the daemon's, without its reminders."""
        self.read()
        self.app.review()

    def round(self, at: str) -> list[str]:
        """A whole pass at that moment; the titles that popped up."""
        self.now = moment(at)
        self.look()
        return self.remind()

    def remind(self) -> list[str]:
        """The titles that pop up now, nothing being read before."""
        return [one.title for one in self.report().shown]

    def report(self) -> RemindReport:
        return self.app.remind()

    # ── the rep's word ──

    def stage(self, stage: Stage, customer: str = "meyer.example") -> None:
        with self.store.writing() as connection:
            found = words.find_customer(connection, customer)
            words.move(connection, found.deals[0][0], stage, self.now)
        self.app.review()

    def say(self, play: Play, *, until: str = "", customer: str = "meyer.example") -> None:
        end = moment(until) if until else None
        with self.store.writing() as connection:
            found = words.find_customer(connection, customer)
            place = words.find_thread(connection, words.newest_thread(connection, found))
            words.say(connection, place, play, self.now, until=end)
        self.app.review()

    def hold(self, until: str, customer: str = "meyer.example") -> None:
        with self.store.writing() as connection:
            found = words.find_customer(connection, customer)
            words.hold(connection, found, self.now, moment(until), "holidays")
        self.app.review()

    def quiet(self, until: str) -> None:
        with self.store.writing() as connection:
            keep_quiet(connection, moment(until))

    # ── what is written down ──

    def ledger(self) -> dict[tuple[str, str, int], tuple[str, int]]:
        """State and tries of each reminder, by stage, rule and step."""
        rows = glance.ledger(self.store.path)
        return {(one.stage, one.rule, one.step): (one.state, one.tries) for one in rows}

    def notified(self) -> list[tuple[str, bool, str]]:
        with self.store.reading() as connection:
            query = "SELECT channel, delivered, answer FROM notification ORDER BY id"
            rows = connection.exec_driver_sql(query).all()
        return [(row[0], bool(row[1]), row[2]) for row in rows]


def kicked(desk: Desk, stage: Stage = Stage.OPPORTUNITY) -> None:
    """Monday the 2nd: an offer goes to Anna, who is at that stage; an opportunity is due Thursday, 18:00."""
    desk.look()
    desk.sent("k1@acme.test", "2 09:00")
    desk.now = moment("2 10:00")
    desk.look()
    desk.stage(stage)
