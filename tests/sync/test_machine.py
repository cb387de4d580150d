"""A mailbox that anything may happen to, over the real store: no message lost, no reminder twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from watcher.alerts.channel import Delivery, PopUp
from watcher.app import App, Round
from watcher.config import config_from
from watcher.domain.messages import Address, Envelope, Role
from watcher.domain.stages import Stage
from watcher.errors import ServerUnreachable
from watcher.mailbox.protocol import FetchedHeader, Folder, FolderState
from watcher.review import company_of, judge_as_of
from watcher.store import glance, words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate
from watcher.sync import Pass

USER = "wei@acme.test"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CUSTOMERS = ("anna@meyer.example", "omar@gulf.example", "li@sol.example")
FOLDERS = {"INBOX": Role.INBOX, "Sent": Role.SENT, "Archive": Role.OTHER}


@dataclass
class FakeMailbox:
    """What a server holds: mails by folder and UID. `breaks_after` batches the link is lost."""

    mails: dict[str, dict[int, Envelope]] = field(default_factory=lambda: {name: {} for name in FOLDERS})
    next_uid: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FOLDERS, 1))
    validity: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FOLDERS, 1))
    breaks_after: int | None = None
    opened: str = ""

    def put(self, folder: str, mail: Envelope) -> None:
        self.mails[folder][self.next_uid[folder]] = mail
        self.next_uid[folder] += 1

    def renew(self, folder: str) -> None:
        held = list(self.mails[folder].values())
        self.validity[folder] += 1
        self.next_uid[folder], self.mails[folder] = 1, {}
        for mail in held:
            self.put(folder, mail)

    # ── the MailSession ──

    def folders(self) -> Sequence[Folder]:
        self._link()
        return [Folder(name, role) for name, role in FOLDERS.items()]

    def examine(self, name: str) -> FolderState:
        self._link()
        self.opened = name
        return FolderState(self.validity[name], self.next_uid[name], len(self.mails[name]))

    def uids(self, after: int = 0, since: date | None = None) -> list[int]:
        self._link()
        return sorted(uid for uid in self.mails[self.opened] if uid > after)

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        for start in range(0, len(uids), 2):
            if self.breaks_after is not None:
                self.breaks_after -= 1
            self._link()
            batch = uids[start : start + 2]
            held = self.mails[self.opened]
            yield [FetchedHeader(uid, held[uid].date or START, held[uid]) for uid in batch]

    def source(self, uid: int, limit: int) -> bytes | None:
        return None

    def close(self) -> None:
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _link(self) -> None:
        if self.breaks_after is not None and self.breaks_after < 0:
            raise ServerUnreachable("the link is lost")


class Crash(BaseException):
    """The process dies between showing and noting."""


class Machine(RuleBasedStateMachine):
    """Deliver, answer, move, crash, reset, wait: in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        tables: dict[str, Any] = {
            "rep": {"time_zone": "UTC"},
            "account": [{"address": USER, "host": "127.0.0.1"}],
            "store": {"url": f"sqlite:///{place / 'watcher.db'}"},
        }
        config = config_from(tables, place / "config.toml")
        store = open_store(config.database_path())
        migrate(store, START)
        self.now = START
        self.mailbox = FakeMailbox()
        self.known: list[Envelope] = []
        self.shown: list[str] = []
        self.crashes = 0
        self.crash_next = False
        self.app = App(config, store, lambda: self.now, [self])
        self.reread = False

    name = "machine"

    def deliver(self, pop_up: PopUp) -> Delivery:
        assert not self.reread, "a pop-up while a folder is read anew"
        self.shown.append(pop_up.title)
        if self.crash_next:
            self.crash_next = False
            self.crashes += 1
            raise Crash
        return Delivery(True, self.name, "seen")

    def teardown(self) -> None:
        self.app.close()
        self.folder.cleanup()

    @initialize()
    def first_day(self) -> None:
        for number, customer in enumerate(CUSTOMERS):
            self._mail("Sent", USER, customer, f"Offer {number}", ())
        self.sync(None)
        self.app.remind()
        with self.app.store.writing() as connection:
            for one in words.customers(connection):
                words.move(connection, one.deals[0][0], Stage.PI, self.now)
        self.app.review()

    def _mail(self, folder: str, sender: str, to: str, subject: str, references: tuple[str, ...]) -> None:
        self.now += timedelta(minutes=1)
        host = sender.rpartition("@")[2]
        mail = Envelope(
            message_id=f"<m{len(self.known)}@{host}>",
            subject=subject,
            author=Address(sender),
            to=(Address(to),),
            references=references,
            in_reply_to=references[-1:],
            date=self.now,
        )
        self.known.append(mail)
        self.mailbox.put(folder, mail)

    @rule(pick=st.integers(0, 1000), ours=st.booleans())
    def reply(self, pick: int, ours: bool) -> None:
        parent = self.known[pick % len(self.known)]
        people = [one.address for one in (parent.author, *parent.to) if one and one.address != USER]
        chain = (*parent.references, parent.message_id)
        subject = f"Re: {parent.subject.removeprefix('Re: ')}"
        folder, sender, to = ("Sent", USER, people[0]) if ours else ("INBOX", people[0], USER)
        self._mail(folder, sender, to, subject, chain)

    @rule(customer=st.sampled_from(CUSTOMERS), ours=st.booleans())
    def begin(self, customer: str, ours: bool) -> None:
        folder, sender, to = ("Sent", USER, customer) if ours else ("INBOX", customer, USER)
        self._mail(folder, sender, to, f"Matter {len(self.known)}", ())

    @rule(pick=st.integers(0, 1000), keep=st.booleans())
    def move_or_delete(self, pick: int, keep: bool) -> None:
        uids = sorted(self.mailbox.mails["INBOX"])
        if uids:
            mail = self.mailbox.mails["INBOX"].pop(uids[pick % len(uids)])
            if keep:
                self.mailbox.put("Archive", mail)
            else:
                self.known = [one for one in self.known if one is not mail or self._stored(one)]

    def _stored(self, mail: Envelope) -> bool:
        return mail.message_id in self._names()

    @rule(folder=st.sampled_from(sorted(FOLDERS)))
    def reset_uidvalidity(self, folder: str) -> None:
        self.mailbox.renew(folder)

    @rule(breaks_after=st.one_of(st.none(), st.integers(0, 3)))
    def sync(self, breaks_after: int | None) -> None:
        self.mailbox.breaks_after = breaks_after
        try:
            report = Pass(self.app.store, self.mailbox, "work", self.app.clock, 0, company_of).run()
        except ServerUnreachable:
            self.reread = True  # what was begun anew is not over
            self.app.review()
            return
        done = Round({"work": report})
        self.app.note_end_of(done)
        self.reread = bool(report.read_again)
        self.app.review()
        assert {one.message_id for one in self.known} <= self._names(), "a message was lost"

    @rule(hours=st.integers(1, 80))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(crash=st.booleans())
    def remind(self, crash: bool) -> None:
        self.crash_next = crash
        try:
            self.app.remind()
        except Crash:
            pass
        finally:
            self.crash_next = False

    def _names(self) -> set[str]:
        return {each.message_id for one in glance.threads(self.app.store.path) for each in one.messages}

    @invariant()
    def nothing_is_doubled(self) -> None:
        for one in glance.threads(self.app.store.path):
            names = Counter(each.message_id for each in one.messages)
            assert not names or max(names.values()) == 1

    @invariant()
    def no_reminder_is_shown_twice(self) -> None:
        with self.app.store.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT reminder_id, SUM(delivered) FROM notification GROUP BY reminder_id"
            ).all()
        assert all(shown <= 1 for _, shown in rows)

    @invariant()
    def stored_verdicts_are_those_from_scratch(self) -> None:
        with self.app.store.reading() as connection:
            pending = connection.exec_driver_sql("SELECT COUNT(*) FROM message WHERE pending").scalar_one()
            if pending:
                return
            judgement = judge_as_of(connection, self.app.config, self.now)
        fresh = {
            (one.key, tuple(part.message_id for part in each.thread.messages)): (
                each.decision.turn.value,
                each.decision.reason.value,
                each.wait.due if each.wait else None,
            )
            for one in judgement.customers
            for each in one.threads
        }
        stored = {
            (one.customer, tuple(part.message_id for part in one.messages)): (one.turn, one.reason, one.due)
            for one in glance.threads(self.app.store.path)
            if one.customer
        }
        assert stored == fresh


Machine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestMachine = pytest.mark.daemon(Machine.TestCase)
