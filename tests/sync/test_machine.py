"""A mailbox that anything may happen to, over the real store.

Whatever happens in whatever order: no message is lost or doubled, what was judged step by step is what a
judgement of everything says, and no reminder is shown twice or while something was not read.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.alerts.channel import Delivery, PopUp
from watcher.app import App, Round, overview_as_of, threads_as_of
from watcher.config import Config, config_from
from watcher.domain.blindness import stale_after
from watcher.domain.messages import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Play
from watcher.errors import ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.review import company_of
from watcher.store import glance, words
from watcher.store.engine import open_store
from watcher.store.settings import put_setting
from watcher.sync import Pass

USER, ALIAS = "wei@acme.test", "wei.chen@mobile.example"
PHONE = "phone.example"  # what stands right of the @ in Message-IDs made there
FACTORY = "zhou@pumps.example"
CUSTOMERS = ("anna@meyer.example", "omar@gulf.example", "li.sol@gmail.com")
OUTSIDE = (*CUSTOMERS, FACTORY)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FOLDERS = {"INBOX": Role.INBOX, "Sent": Role.SENT, "Archive": Role.OTHER, "Junk": Role.JUNK}
NEXT = st.integers(0, 10_000)

_BOUNCE = """\
From: MAILER-DAEMON@mail.acme.test\r
To: {user}\r
Subject: Undelivered Mail Returned to Sender\r
Date: {date}\r
Message-ID: {name}\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.acme.test\r
\r
Final-Recipient: rfc822; {failed}\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: {returned}\r
From: {user}\r
To: {failed}\r
\r
--b--\r
"""


class Crash(BaseException):
    """The process dies here."""


class Machine(RuleBasedStateMachine):
    """A rep, three customers and a factory, a server that fails, a desktop that refuses."""

    name = "desktop"  # it is its own channel
    empty_store: Path

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        config = config_of(Path(self.home.name))
        shutil.copy(self.empty_store, config.database_path())
        self.now = START
        self.boxes = {name: FakeFolder(role) for name, role in FOLDERS.items()}
        self.mails: list[FakeMail] = []  # every mail there ever was
        self.taken: dict[str, FakeMail] = {}  # what Sent held before it was suddenly empty
        self.listed: set[str] = set()  # Message-IDs that a pass has read
        self.sighted = False
        self.read_at = self.moved_at = START
        self.answers = "taken"
        self.delivered: set[int] = set()
        self.in_flight: set[int] = set()
        self.app = App(config, open_store(config.database_path()), lambda: self.now, [self])

    def teardown(self) -> None:
        self.app.close()
        self.home.cleanup()

    # ── the desktop ──

    def deliver(self, pop_up: PopUp) -> Delivery:
        claimed = {one.id for one in self._ledger() if one.state == "claimed"}
        harmless = pop_up.urgent or pop_up.title.startswith("Today")
        fresh = self.now - self.read_at <= stale_after(self.app.config.sync.poll_seconds)
        assert (self.sighted and fresh) or harmless, "silence was claimed while nobody looked"
        if self.answers == "refused":
            return Delivery(False, self.name, "nobody there")
        assert not claimed & self.delivered, "a reminder was shown twice"
        if claimed & self.in_flight:
            assert harmless or pop_up.title.endswith("again)"), "it may have been shown before"
        if self.answers == "crash":
            self.in_flight |= claimed
            raise Crash
        self.in_flight -= claimed
        self.delivered |= claimed
        return Delivery(True, self.name, "seen")

    def _ledger(self) -> list[Any]:
        with self.app.store.reading() as connection:
            return list(connection.exec_driver_sql("SELECT * FROM reminder").all())

    @rule(answers=st.sampled_from(["taken", "taken", "refused", "crash"]))
    def remind(self, answers: str) -> None:
        self.answers = answers
        with contextlib.suppress(Crash):
            self.app.remind()

    # ── people write ──

    @initialize()
    def first_day(self) -> None:
        self.now = START - timedelta(days=90)  # only a Sent of some age proves what is missing from it
        self._write("Sent", USER, "old@friend.example", "How are you")
        self.now = START
        for number, customer in enumerate(CUSTOMERS):
            self._write("Sent", USER, customer, f"Offer {number}")
        self.sync(None)
        self.app.remind()
        with self.app.store.writing() as connection:
            for one in words.customers(connection)[:2]:
                words.move(connection, one.deals[0][0], Stage.PI, self.now)
        self.moved_at = self.now
        self.app.review()

    def _write(
        self,
        folder: str,
        sender: str,
        to: str,
        subject: str,
        *,
        answers: FakeMail | None = None,
        server_thread: int | None = None,
        **more: str,
    ) -> None:
        """A mail, a minute after the last one; `more` are header fields by name, "_" for "-"."""
        fields = {"Message-ID": self._name(sender), "From": sender, "To": to, "Subject": subject}
        if answers:
            chain = (*answers.envelope.references, answers.envelope.message_id)
            fields |= {"References": " ".join(chain), "In-Reply-To": chain[-1]}
        fields |= {"Date": f"{self._tick():%a, %d %b %Y %H:%M:%S +0000}"}
        fields |= {name.replace("_", "-"): value for name, value in more.items()}
        raw = "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
        self._arrive(folder, raw, "" if server_thread is None else str(server_thread))

    def _arrive(self, folder: str, raw: str, server_thread: str = "") -> None:
        mail = FakeMail(read_envelope(raw.encode()), self.now, raw.encode(), server_thread)
        self.mails.append(mail)
        self.boxes[folder].put(mail)

    def _name(self, sender: str) -> str:
        return f"<{len(self.mails)}@{sender.rpartition('@')[2]}>"

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def _pick(self, number: int) -> FakeMail:
        return self.mails[number % len(self.mails)]

    def _other_side(self, mail: FakeMail) -> str:
        people = [one.address for one in (mail.envelope.author, *mail.envelope.to) if one]
        return next((one for one in people if one in OUTSIDE), CUSTOMERS[0])

    @rule(to=st.sampled_from(OUTSIDE), ours=st.booleans(), again=st.booleans())
    def begin(self, to: str, ours: bool, again: bool) -> None:
        subject = "Price list" if again else f"Matter {len(self.mails)}"
        folder, sender, to = ("Sent", USER, to) if ours else ("INBOX", to, USER)
        talk = len(self.mails) % 5  # few, so that hints meet
        self._write(folder, sender, to, subject, server_thread=talk, Thread_Index=_thread_index(talk))

    @rule(pick=NEXT, ours=st.booleans(), copied=st.sampled_from(["", *OUTSIDE]))
    def answer(self, pick: int, ours: bool, copied: str) -> None:
        parent = self._pick(pick)
        other = self._other_side(parent)
        folder, sender, to = ("Sent", USER, other) if ours else ("INBOX", other, USER)
        more = {"Cc": copied} if copied else {}
        self._write(folder, sender, to, _re(parent), answers=parent, **more)

    @rule(pick=NEXT, ours=st.booleans())
    def answer_without_references(self, pick: int, ours: bool) -> None:
        parent = self._pick(pick)
        other = self._other_side(parent)
        folder, sender, to = ("Sent", USER, other) if ours else ("INBOX", other, USER)
        self._write(folder, sender, to, _re(parent))

    @rule(pick=NEXT, ours=st.booleans(), other=st.sampled_from(["", *OUTSIDE]), outlook=st.booleans())
    def answer_by_a_hint(self, pick: int, ours: bool, other: str, outlook: bool) -> None:
        """Another subject and no references: only the server's thread or Outlook's conversation is it."""
        parent = self._pick(pick)
        talk = next(number for number, one in enumerate(self.mails) if one is parent) % 5
        other = other or self._other_side(parent)
        folder, sender, to = ("Sent", USER, other) if ours else ("INBOX", other, USER)
        hint = {"Thread_Index": _thread_index(talk)} if outlook else {}
        self._write(folder, sender, to, f"About {len(self.mails)}", server_thread=talk, **hint)

    @rule(pick=NEXT, to=st.sampled_from([FACTORY, CUSTOMERS[0]]))
    def forward(self, pick: int, to: str) -> None:
        parent = self._pick(pick)
        self._write("Sent", USER, to, f"Fwd: {parent.envelope.subject}", answers=parent)

    @rule(customer=st.sampled_from(CUSTOMERS), host=st.sampled_from(["acme.test", PHONE]))
    def answer_what_no_folder_holds(self, customer: str, host: str) -> None:
        """We answered from a client that keeps no copy."""
        name = f"<unseen{len(self.mails)}@{host}>"
        self._write("INBOX", customer, USER, "Re: Samples", References=name, In_Reply_To=name)

    @rule(other=st.sampled_from(OUTSIDE), ours=st.booleans())
    def write_from_a_phone(self, other: str, ours: bool) -> None:
        folder, sender, to = ("Sent", USER, other) if ours else ("INBOX", other, USER)
        self._write(folder, sender, to, "On the way", Message_ID=self._name(f"x@{PHONE}"))

    @rule(pick=NEXT, mark=st.sampled_from([{"List_Unsubscribe": "<x>"}, {"Auto_Submitted": "auto-replied"}]))
    def answer_by_machine(self, pick: int, mark: dict[str, str]) -> None:
        parent = self._pick(pick)
        self._write("INBOX", self._other_side(parent), USER, _re(parent), answers=parent, **mark)

    @rule(pick=NEXT)
    def bounce(self, pick: int) -> None:
        sent = [one for one in self.mails if one.envelope.author and one.envelope.author.address == USER]
        returned = sent[pick % len(sent)]
        date, name = f"{self._tick():%a, %d %b %Y %H:%M:%S +0000}", self._name(USER)
        failed = self._other_side(returned)
        self._arrive(
            "INBOX",
            _BOUNCE.format(
                user=USER, date=date, name=name, failed=failed, returned=returned.envelope.message_id
            ),
        )

    @rule(folder=st.sampled_from(["Sent", "INBOX"]), to=st.sampled_from(CUSTOMERS))
    def write_under_an_alias(self, folder: str, to: str) -> None:
        self._write(folder, ALIAS, to, "From the road")

    @rule(pick=NEXT, stranger=st.booleans())
    def fall_into_junk(self, pick: int, stranger: bool) -> None:
        parent = self._pick(pick)
        sender = "win@prize.example" if stranger else self._other_side(parent)
        self._write("Junk", sender, USER, _re(parent), answers=parent)

    # ── things happen to the mailbox ──

    @rule(
        pick=NEXT,
        way=st.sampled_from([("INBOX", "Archive"), ("Junk", "INBOX"), ("INBOX", "Junk"), ("INBOX", "")]),
    )
    def move_or_delete(self, pick: int, way: tuple[str, str]) -> None:
        source, target = way
        uids = sorted(self.boxes.get(source, FakeFolder(Role.OTHER)).mails)
        assume(uids)
        mail = self.boxes[source].mails.pop(uids[pick % len(uids)])
        if target in self.boxes:
            self.boxes[target].put(mail)

    @rule(folder=st.sampled_from(sorted(FOLDERS)))
    def reset_uidvalidity(self, folder: str) -> None:
        assume(folder in self.boxes)
        self.boxes[folder].renew()

    @rule(folder=st.sampled_from(["Archive", "Sent", "INBOX"]))
    def refuse_or_open(self, folder: str) -> None:
        assume(folder in self.boxes)
        self.boxes[folder].refuses = "" if self.boxes[folder].refuses else "no permission"

    @rule()
    def rename_archive(self) -> None:
        names = {"Archive": "Archiv", "Archiv": "Archive"}
        self.boxes = {names.get(name, name): box for name, box in self.boxes.items()}

    @rule()
    def empty_sent_or_bring_it_back(self) -> None:
        sent = self.boxes["Sent"]
        if self.taken:
            for mail in self.taken.values():
                sent.put(mail)
            self.taken = {}
        else:
            self.taken = {mail.envelope.message_id: mail for mail in sent.mails.values()}
            sent.mails = {}

    # ── the clock and the rep ──

    @rule(minutes=st.sampled_from([3, 14, 60, 60 * 7, 60 * 26, 60 * 80]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(pick=NEXT, play=st.sampled_from([Play.DONE, Play.SNOOZED, Play.LOGGED]))
    def the_rep_says(self, pick: int, play: Play) -> None:
        numbers = [one.thread for one in glance.threads(self.app.store.path) if one.customer]
        with self.app.store.writing() as connection:
            place = words.find_thread(connection, numbers[pick % len(numbers)])
            until = self.now + timedelta(hours=5) if play is Play.SNOOZED else None
            words.say(connection, place, play, self.now, until=until)
        self.app.review()

    @rule(pick=NEXT, stage=st.sampled_from([Stage.PI, Stage.OPPORTUNITY, Stage.WON, Stage.INQUIRY]))
    def the_rep_moves_a_deal(self, pick: int, stage: Stage) -> None:
        with self.app.store.writing() as connection:
            deals = [deal for one in words.customers(connection) for deal in one.deals]
            words.move(connection, deals[pick % len(deals)][0], stage, self.now)
        self.moved_at = self.now
        self.app.review()

    @rule()
    def upgrade(self) -> None:
        """Other rules: all is judged anew, one set of what belongs together after the other."""
        with self.app.store.writing() as connection:
            put_setting(connection, "judged_by", "older rules")
        self.app.review()

    @rule(hours=st.integers(1, 60))
    def look_back(self, hours: int) -> None:
        """`watcher sync --now` of a moment that is past, and then of the present."""
        present, past = self.now, self.now - timedelta(hours=hours)
        assume(past >= self.moved_at)  # a deal's row holds the stage of its last move
        self.now = past
        self.app.review()
        self.judged_step_by_step_is_judged_at_once()
        self.now = present
        self.app.review()

    # ── sync ──

    @rule(breaks_after=st.one_of(st.none(), st.none(), st.integers(0, 6)), dies=st.booleans())
    def sync(self, breaks_after: int | None, dies: bool = False) -> None:
        error = Crash() if dies else ServerUnreachable("The connection was lost.")
        session = FakeSession(self.boxes, breaks_after, error)
        config = self.app.config
        one_pass = Pass(self.app.store, session, "work", self.app.clock, config.sync.since_days, company_of)
        try:
            report = one_pass.run()
        except (ServerUnreachable, Crash):
            self.sighted = False
        else:
            self.app.note_end_of(Round({"work": report}))
            self.sighted = report.whole and not report.read_again
            self.read_at = self.now
            self._note_read()
        self.app.review()

    def _note_read(self) -> None:
        """A pass that came to its end has read every folder that opens; of Junk, only known people."""
        for name, box in self.boxes.items():
            if not box.refuses and name != "Junk":
                self.listed |= {mail.envelope.message_id for mail in box.mails.values()}

    # ── what must hold ──

    @invariant()
    def no_message_is_lost_or_doubled(self) -> None:
        with self.app.store.reading() as connection:
            stored = connection.exec_driver_sql("SELECT message_id FROM message").scalars().all()
        assert self.listed <= set(stored)
        assert max(Counter(stored).values(), default=1) == 1

    @invariant()
    def every_message_is_in_a_thread(self) -> None:
        with self.app.store.reading() as connection:
            alone = connection.exec_driver_sql(
                "SELECT message_id FROM message WHERE NOT pending"
                " AND id NOT IN (SELECT message_id FROM thread_message WHERE message_id IS NOT NULL)"
            )
            assert alone.scalars().all() == []

    @precondition(lambda self: self._all_judged())
    @invariant()
    def judged_step_by_step_is_judged_at_once(self) -> None:
        stored = [_comparable(one) for one in glance.threads(self.app.store.path)]
        at_once = [_comparable(one) for one in threads_as_of(self.app, self.now)]
        assert sorted(stored, key=repr) == sorted(at_once, key=repr)
        past = timedelta(minutes=16)
        clocks = glance.overview(self.app.store.path, self.now, past).clocks
        as_of_now = overview_as_of(self.app, self.now).clocks
        assert sorted((replace(one, thread=None) for one in clocks), key=repr) == sorted(
            (replace(one, thread=None) for one in as_of_now), key=repr
        )

    def _all_judged(self) -> bool:
        with self.app.store.reading() as connection:
            query = "SELECT COUNT(*) FROM message WHERE pending"
            return connection.exec_driver_sql(query).scalar_one() == 0


def _thread_index(talk: int) -> str:
    return b64encode(bytes([1, 1, 220, 0, 0, 0]) + bytes([talk + 1] * 16)).decode()


def _re(mail: FakeMail) -> str:
    return f"Re: {mail.envelope.subject.removeprefix('Re: ')}"


def _comparable(one: glance.ThreadGlance) -> glance.ThreadGlance:
    """A thread without its number, which depends on what was there before."""
    return replace(one, thread=0)


def config_of(folder: Path) -> Config:
    tables: dict[str, Any] = {
        "rep": {"time_zone": "UTC"},
        "account": [{"address": USER, "host": "127.0.0.1"}],
        "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
    }
    return config_from(tables, folder / "config.toml")


@pytest.fixture(autouse=True, scope="module")
def _begin_empty(empty_store: Path) -> Iterator[None]:
    Machine.empty_store = empty_store
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("watcher.review._PART", 1)
        yield


def judged(machine: Machine) -> None:
    machine.sync(None)
    machine.no_message_is_lost_or_doubled()
    machine.every_message_is_in_a_thread()
    machine.judged_step_by_step_is_judged_at_once()


@pytest.fixture
def machine() -> Iterator[Machine]:
    made = Machine()
    made.first_day()
    yield made
    made.teardown()


def test_a_factory_that_was_brought_in_comes_by_itself(machine: Machine) -> None:
    machine.begin(CUSTOMERS[0], ours=False, again=False)
    machine.forward(len(machine.mails) - 1, FACTORY)
    machine.answer(len(machine.mails) - 1, ours=False, copied="")
    judged(machine)
    machine.begin(FACTORY, ours=False, again=False)
    judged(machine)  # the customer's talk is the factory's too
    machine.begin(CUSTOMERS[0], ours=False, again=False)
    judged(machine)  # and stays so when only the customer writes


def test_a_host_that_proves_to_be_everybodys(machine: Machine) -> None:
    machine.write_from_a_phone(CUSTOMERS[0], ours=True)
    machine.answer_what_no_folder_holds(CUSTOMERS[1], PHONE)
    judged(machine)
    assert unseen(machine) == 1
    machine.write_from_a_phone(CUSTOMERS[2], ours=False)
    judged(machine)
    assert unseen(machine) == 0


def unseen(machine: Machine) -> int:
    threads = glance.threads(machine.app.store.path)
    return sum(each.stub for one in threads for each in one.messages)


def test_an_address_that_proves_to_be_ours(machine: Machine) -> None:
    machine.write_under_an_alias("INBOX", CUSTOMERS[0])
    judged(machine)
    assert ALIAS.rpartition("@")[2] in customers(machine)
    machine.write_under_an_alias("Sent", CUSTOMERS[1])
    judged(machine)
    assert ALIAS.rpartition("@")[2] not in customers(machine)


def customers(machine: Machine) -> set[str | None]:
    return {one.customer for one in glance.threads(machine.app.store.path)}


def test_a_look_back_is_undone(machine: Machine) -> None:
    before = glance.threads(machine.app.store.path)
    machine.now += timedelta(days=2)
    machine.begin(CUSTOMERS[0], ours=False, again=False)
    machine.the_rep_says(0, Play.DONE)
    judged(machine)
    after = glance.threads(machine.app.store.path)
    present, machine.now = machine.now, machine.now - timedelta(days=1)
    machine.app.review()
    assert glance.threads(machine.app.store.path) == before
    machine.now = present
    machine.app.review()
    assert glance.threads(machine.app.store.path) == after


Machine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestMachine = pytest.mark.daemon(Machine.TestCase)
