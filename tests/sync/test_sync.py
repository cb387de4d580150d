"""A mailbox that lives: what sync and review make of it, on a real server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from watcher.alerts.channel import Delivery, PopUp
from watcher.app import App
from watcher.config import config_from
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.report import status, thread_document
from watcher.store import glance, words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate

pytestmark = pytest.mark.daemon

USER = "wei@acme.test"
# A Thursday morning; everything here happens in the weeks before it.
NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


class Recorder:
    """A channel that keeps what it was given, and refuses when told to."""

    name = "recorder"

    def __init__(self) -> None:
        self.shown: list[PopUp] = []
        self.takes = True

    def deliver(self, pop_up: PopUp) -> Delivery:
        if self.takes:
            self.shown.append(pop_up)
        return Delivery(self.takes, self.name, "taken" if self.takes else "nobody there")


class Mailbox:
    """One account on a real server, and a rep's clock that can be set."""

    def __init__(self, server: DemoServer, folder: Path, **account: Any) -> None:
        self.server = server
        self.now = NOW
        tables = {
            "rep": {"time_zone": "UTC"},
            "account": [
                {
                    "address": USER,
                    "host": server.host,
                    "port": server.port,
                    "tls": "off",
                    "password_command": "echo demo",
                    **account,
                }
            ],
            "store": {"url": f"sqlite:///{folder / 'watcher.db'}"},
        }
        self.channel = Recorder()
        config = config_from(tables, folder / "config.toml")
        store = open_store(config.database_path())
        migrate(store, NOW)
        self.app = App(config, store, lambda: self.now, [self.channel])

    def put(self, folder: str, raw: bytes, at: datetime) -> int | None:
        return self.server.append(folder, raw, at)

    def sent(
        self, name: str, at: datetime, subject: str = "Offer", *, folder: str = "Sent", **more: str
    ) -> None:
        self.put(folder, mail(USER, more.pop("to", "anna@meyer.example"), subject, at, name, **more), at)

    def got(
        self, name: str, at: datetime, subject: str = "Re: Offer", folder: str = "INBOX", **more: str
    ) -> None:
        sender = more.pop("sender", "anna@meyer.example")
        self.put(folder, mail(sender, USER, subject, at, name, **more), at)

    def round(self) -> Any:
        done = self.app.sync()
        self.app.review()
        return done

    def thread(self, customer: str = "meyer.example") -> dict[str, Any]:
        found = [one for one in self.threads() if one["customer"] == customer]
        assert len(found) == 1
        return found[0]

    def threads(self) -> list[dict[str, Any]]:
        return [thread_document(one, self.now) for one in glance.threads(self.app.store.path)]

    def blind(self) -> list[str]:
        seen = glance.overview(self.app.store.path, self.now, timedelta(minutes=16))
        return list(status(seen, self.now, UTC).blind)

    def stage(self, customer: str, stage: Stage) -> None:
        with self.app.store.writing() as connection:
            found = words.find_customer(connection, customer)
            words.move(connection, found.deals[0][0], stage, self.now)
        self.app.review()


def mail(
    sender: str, to: str, subject: str, at: datetime, name: str, answers: str = "", extra: str = ""
) -> bytes:
    reply = f"In-Reply-To: {answers}\r\nReferences: {answers}\r\n" if answers else ""
    date = f"{at:%a, %d %b %Y %H:%M:%S +0000}"
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: {name}\r\n"
    return f"{head}{reply}{extra}\r\nText.\r\n".encode()


class ThroughDovecot(DemoServer):
    """The same calls, answered by a Dovecot."""

    def __init__(self, dovecot: Dovecot) -> None:
        self._dovecot = dovecot
        dovecot.set_password("demo")

    @property
    def host(self) -> str:
        return self._dovecot.host

    @property
    def port(self) -> int:
        return self._dovecot.port

    def append(
        self, folder: str, raw: bytes, internal_date: datetime | None = None, flags: Sequence[str] = ()
    ) -> int | None:
        return self._dovecot.append(folder, raw, flags, internal_date)

    def create(self, folder: str) -> None:
        self._dovecot.create(folder)

    def move(self, folder: str, uid: int, target: str) -> None:
        self._dovecot.move(folder, uid, target)

    def delete(self, folder: str, uid: int) -> None:
        self._dovecot.expunge(folder, uid)

    def flags(self, folder: str) -> dict[int, tuple[str, ...]]:
        found = self._dovecot.flags(folder)
        return {uid: tuple(one.decode() for one in flags) for uid, flags in found.items()}

    def renew(self, folder: str) -> None:
        self._dovecot.reset_uidvalidity(folder)


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    if request.param == "dovecot":
        yield ThroughDovecot(request.getfixturevalue("dovecot"))
        return
    with DemoServer(user=USER, password="demo") as running:
        for name in ("Sent", "Junk"):
            running.create(name)
        yield running


@pytest.fixture
def mailbox(server: DemoServer, tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(server, tmp_path)
    yield made
    made.app.close()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_whose_turn_follows_the_mail(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    assert mailbox.round().whole
    assert mailbox.thread()["turn"] == "theirs"
    mailbox.got("<a@meyer.example>", days_ago(1), answers="<k@acme.test>")
    mailbox.round()
    one = mailbox.thread()
    assert (one["turn"], one["decided_by"]) == ("ours", "<a@meyer.example>")
    assert mailbox.blind() == []


def test_a_second_pass_brings_nothing(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    before = mailbox.threads()
    assert sum(one.new for one in mailbox.round().reports.values()) == 0
    assert mailbox.threads() == before


def test_moved_mail_stays_known_and_is_named_where_it_lies(mailbox: Mailbox) -> None:
    mailbox.server.create("Archive")
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    uid = next(iter(mailbox.server.flags("INBOX")))
    mailbox.server.move("INBOX", uid, "Archive")
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "ours"
    assert one["messages"][1]["folders"] == ["Archive"]


def test_deleted_mail_stays_known(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    mailbox.server.delete("INBOX", next(iter(mailbox.server.flags("INBOX"))))
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "ours"
    assert one["messages"][1]["folders"] == []


def test_a_new_uidvalidity_doubles_nothing_and_fires_nothing(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    mailbox.app.remind()  # the first day
    mailbox.stage("meyer.example", Stage.PI)
    before = mailbox.threads()
    mailbox.server.renew("Sent")
    done = mailbox.round()
    assert done.reports["work"].read_again == ("Sent",)
    assert mailbox.app.remind().shown == ()
    assert mailbox.threads() == before
    mailbox.round()
    assert [one.title for one in mailbox.app.remind().shown] == ["PI · meyer.example: they owe a reply"]


def test_sent_suddenly_empty_forgets_nothing_and_is_said(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    mailbox.app.remind()
    mailbox.stage("meyer.example", Stage.PI)
    mailbox.server.delete("Sent", next(iter(mailbox.server.flags("Sent"))))
    mailbox.round()
    assert any("Sent" in line and "suddenly empty" in line for line in mailbox.blind())
    assert mailbox.app.remind().shown == ()
    assert mailbox.thread()["turn"] == "theirs"
    mailbox.sent("<k2@acme.test>", days_ago(1), to="bob@other.example")
    mailbox.round()
    assert mailbox.blind() == []


def test_no_flag_changes(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<a@meyer.example>", days_ago(5), answers="<k@acme.test>")
    mailbox.round()
    mailbox.round()
    assert [list(mailbox.server.flags(name).values()) for name in ("INBOX", "Sent")] == [[()], [()]]


def test_a_wrong_password_is_an_error_and_is_said(
    mailbox: Mailbox, server: DemoServer, tmp_path: Path
) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    other = Mailbox(server, tmp_path, password_command="echo wrong")
    done = other.round()
    assert [one.exit_code for one in done.errors] == [11]
    assert any("Sent not read since" in line for line in other.blind())
    other.app.close()


def test_no_sent_is_said(server: DemoServer, tmp_path: Path) -> None:
    made = Mailbox(server, tmp_path, folders=["INBOX"])
    made.round()
    assert any("no Sent folder" in line for line in made.blind())
    made.app.close()


@pytest.mark.parametrize(("sender", "kept"), [("anna@meyer.example", True), ("spam@junk.example", False)])
def test_of_junk_only_known_people_count(mailbox: Mailbox, sender: str, kept: bool) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.got("<j@meyer.example>", days_ago(1), folder="Junk", sender=sender, answers="<k@acme.test>")
    mailbox.round()
    assert mailbox.thread()["reason"] == ("answer_in_junk" if kept else "sent_last")


def test_automatic_mail_does_not_move_the_ball(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10))
    extra = "Auto-Submitted: auto-replied\r\n"
    mailbox.got(
        "<o@meyer.example>", days_ago(9), "Automatic reply: Offer", answers="<k@acme.test>", extra=extra
    )
    mailbox.round()
    one = mailbox.thread()
    assert one["turn"] == "theirs"
    assert one["messages"][1]["kind"] == "auto_reply"


def test_an_alias_shows_itself_in_sent(mailbox: Mailbox) -> None:
    raw = mail("wei.chen@elsewhere.example", "anna@meyer.example", "Offer", days_ago(9), "<k@acme.test>")
    mailbox.put("Sent", raw, days_ago(9))
    mailbox.app.sync()
    assert mailbox.app.review().learned == ("wei.chen@elsewhere.example",)
    assert mailbox.thread()["turn"] == "theirs"


def test_a_merge_makes_one_customer(mailbox: Mailbox) -> None:
    mailbox.sent("<k@acme.test>", days_ago(10), "Offer one")
    mailbox.sent("<l@acme.test>", days_ago(9), "Offer two", to="bob@meyer-service.example")
    mailbox.round()
    with mailbox.app.store.writing() as connection:
        into = words.find_customer(connection, "meyer.example")
        words.merge(connection, into, words.find_customer(connection, "meyer-service.example"))
    mailbox.app.review()
    threads = mailbox.threads()
    assert {one["customer"] for one in threads} == {"meyer.example"}
    assert sorted(one["reason"] for one in threads) == ["sent_last", "superseded"]


# ── reminders ──


def quiet_pi(mailbox: Mailbox) -> None:
    """A signed PI that went quiet: overdue, after the first day's baseline."""
    mailbox.sent("<k@acme.test>", days_ago(10))
    mailbox.round()
    assert mailbox.app.remind().shown == ()  # the first day fires nothing
    mailbox.stage("meyer.example", Stage.PI)


def test_a_quiet_pi_pops_up_once(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    assert [one.title for one in mailbox.app.remind().shown] == ["PI · meyer.example: they owe a reply"]
    assert mailbox.app.remind().shown == ()


def test_what_nobody_took_is_not_delivered(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.channel.takes = False
    mailbox.app.remind()
    mailbox.app.remind()
    assert mailbox.channel.shown == []
    mailbox.channel.takes = True
    mailbox.app.remind()
    assert [one.title for one in mailbox.channel.shown] == ["PI · meyer.example: they owe a reply"]


def test_a_crash_shows_it_once_more_and_says_again(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)

    class Crash(BaseException):
        pass

    take = mailbox.channel.deliver

    def crash(pop_up: PopUp) -> Delivery:
        take(pop_up)
        raise Crash

    mailbox.channel.deliver = crash  # type: ignore[method-assign]
    for _ in range(3):
        try:
            mailbox.app.remind()
        except Crash:
            continue
    titles = [one.title for one in mailbox.channel.shown]
    assert titles == ["PI · meyer.example: they owe a reply", "PI · meyer.example: they owe a reply (again)"]


def test_the_ball_moved_so_nothing_is_shown(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.got("<a@meyer.example>", NOW - timedelta(minutes=5), answers="<k@acme.test>")
    mailbox.round()
    assert mailbox.app.remind().shown == ()


@pytest.mark.parametrize("moment", [NOW.replace(hour=23), NOW + timedelta(days=2)])
def test_nothing_outside_working_hours(mailbox: Mailbox, moment: datetime) -> None:
    quiet_pi(mailbox)
    mailbox.now = moment
    mailbox.round()
    assert mailbox.app.remind().held_back == "outside working hours"
    assert mailbox.channel.shown == []


def test_blind_is_silent(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    mailbox.now = NOW + timedelta(hours=2)  # nothing was read for two hours
    assert mailbox.app.remind().shown == ()
    mailbox.round()
    assert len(mailbox.app.remind().shown) == 1


def test_more_than_five_become_one(mailbox: Mailbox) -> None:
    names = [f"customer{number}.example" for number in range(7)]
    for name in names:
        mailbox.sent(f"<{name}@acme.test>", days_ago(10), f"Offer {name}", to=f"buyer@{name}")
    mailbox.round()
    mailbox.app.remind()
    for name in names:
        mailbox.stage(name, Stage.OPPORTUNITY)
    shown = mailbox.app.remind().shown
    assert len(shown) == 1
    assert shown[0].title.startswith("7 customers")


def test_steps_follow_and_then_the_digest(mailbox: Mailbox) -> None:
    quiet_pi(mailbox)
    for _ in range(14):
        mailbox.round()
        mailbox.app.remind()
        mailbox.now += timedelta(days=1)
    pop_ups = [one.title for one in mailbox.channel.shown if one.title.startswith("PI")]
    # Step 0 and the later steps were due together: one pop-up for them all.
    assert pop_ups.count("PI · meyer.example: they owe a reply") == 1
    digests = [one for one in mailbox.channel.shown if one.title.startswith("Today")]
    assert len(digests) == 9  # one each working day after the first
