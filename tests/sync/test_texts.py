"""What is read of texts, when, and what is kept of it: a real store, a mailbox in memory that misbehaves."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.remind.desk import config_of
from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher import texts
from watcher.config import Config
from watcher.domain.messages import Role
from watcher.domain.reading.text import Text
from watcher.errors import ServerBusy, ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.progress import Progress, Stopped
from watcher.review import company_of, review
from watcher.store.engine import Store, open_store
from watcher.store.texts import WantedText, any_doubtful, unread_threads
from watcher.sync import Pass
from watcher.texts import Group, TextPass, TextReport

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
WEI, ANNA = "wei@acme.test", "anna@meyer.example"
THANKS = "Thanks, we will check and revert."


@dataclass
class Counting(FakeSession):
    """Notes which texts were asked for, breaks on some, and cannot give others."""

    asked: list[str] = field(default_factory=list)
    breaks_on: str = ""
    calls: int = 0

    def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
        self.calls += 1
        held = self.boxes[self.opened].mails
        names = [held[uid].envelope.message_id for uid in uids if uid in held]
        self.asked += names
        if self.breaks_on and f"<{self.breaks_on}>" in names:
            raise ServerUnreachable("The connection was lost.")
        return super().sources(uids, limit)


@dataclass
class Mailbox:
    """Folders in memory, the store they are kept in, and what was asked for."""

    store: Store
    config: Config
    boxes: dict[str, FakeFolder] = field(
        default_factory=lambda: {
            "INBOX": FakeFolder(Role.INBOX),
            "Sent": FakeFolder(Role.SENT),
            "Archive": FakeFolder(Role.OTHER),
        }
    )
    broke_on: Counter[int] = field(default_factory=Counter)
    told: list[Progress] = field(default_factory=list)

    def put(
        self, name: str, body: str, days_ago: float, *, answers: str = "", folder: str = "", **more: str
    ) -> None:
        """One mail: from Anna where its name says "anna", else from Wei to her."""
        at = NOW - timedelta(days=days_ago)
        theirs = "anna" in name or "daemon" in name
        fields = {
            "From": ANNA if theirs else WEI,
            "To": WEI if theirs else ANNA,
            "Subject": "Re: Offer" if answers else "Offer",
            "Date": f"{at:%a, %d %b %Y %H:%M:%S +0000}",
            "Message-ID": f"<{name}>",
            **({"In-Reply-To": f"<{answers}>"} if answers else {}),
            **{one.replace("_", "-"): value for one, value in more.items()},
        }
        head = "".join(f"{one}: {value}\r\n" for one, value in fields.items())
        raw = f"{head}\r\n{body}\r\n".encode()
        where = folder or ("INBOX" if theirs else "Sent")
        self.boxes[where].put(FakeMail(read_envelope(raw), at, raw))

    def sync(self) -> None:
        since = 3650
        Pass(self.store, FakeSession(self.boxes), "work", lambda: NOW, since, company_of).run()
        review(self.store, self.config, NOW)

    def read(self, session: Counting | None = None, **more: Any) -> tuple[TextReport, list[str]]:
        """One pass over texts and a review; what it reports, and whose texts were asked for."""
        session = session or Counting(self.boxes)
        one = TextPass(
            self.store,
            session,
            "work",
            lambda: NOW,
            company_of,
            progress=self.told.append,
            broke_on=self.broke_on,
            **more,
        )
        try:
            return one.run(), [name.strip("<>") for name in session.asked]
        finally:
            review(self.store, self.config, NOW)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def turns(self) -> list[tuple[str, str]]:
        return [(turn, reason) for turn, reason in self.rows("SELECT turn, reason FROM thread ORDER BY id")]


@pytest.fixture
def mailbox(tmp_path: Path, empty_store: Path) -> Iterator[Mailbox]:
    config = config_of(tmp_path)
    shutil.copy(empty_store, config.database_path())
    store = open_store(config.database_path())
    yield Mailbox(store, config)
    store.close()


def talk(mailbox: Mailbox, last: str = THANKS) -> None:
    """We offered, they answered."""
    mailbox.put("offer@acme.test", "Here is our offer.", 5)
    mailbox.put("a1@anna.example", last, 4, answers="offer@acme.test")
    mailbox.sync()


def test_headers_alone_make_the_list_and_the_text_mends_it(mailbox: Mailbox) -> None:
    talk(mailbox)
    assert mailbox.turns() == [("ours", "received_last")]
    mailbox.read()
    assert mailbox.turns() == [("theirs", "acknowledged")]


def test_only_the_last_word_is_read_and_it_is_read_once(mailbox: Mailbox) -> None:
    talk(mailbox, "Which colour do you offer?")
    assert mailbox.read() == (TextReport(read=1), ["a1@anna.example"])
    assert mailbox.read() == (TextReport(), [])


def test_where_we_wrote_last_their_last_mail_is_read_for_what_it_shows(mailbox: Mailbox) -> None:
    mailbox.put("q@anna.example", "Can you ship in May?", 7)
    mailbox.put("a1@anna.example", "We hereby confirm the order.", 6, answers="q@anna.example")
    mailbox.put("w@acme.test", "Which colour do you want?", 5, answers="a1@anna.example")
    mailbox.sync()
    assert mailbox.read()[1] == ["w@acme.test", "a1@anna.example"]
    query = "SELECT name FROM fact JOIN message ON message.id = fact.message_id WHERE author LIKE 'anna%'"
    assert mailbox.rows(query) == [("evidence",)]
    assert mailbox.read() == (TextReport(), [])


def test_behind_a_short_reply_the_mail_before_it_is_read_too(mailbox: Mailbox) -> None:
    """Their "thanks" to our "will check" passes nothing: we still owe what they asked."""
    mailbox.put("q@anna.example", "Can you ship in May?", 6)
    mailbox.put(
        "h@acme.test", "We will check with the factory and revert tomorrow.", 5, answers="q@anna.example"
    )
    mailbox.put("t@anna.example", "Thanks!", 4.9, answers="h@acme.test")
    mailbox.sync()
    asked = [mailbox.read()[1] for _ in range(4)]
    assert asked == [["t@anna.example"], ["h@acme.test"], ["q@anna.example"], []]
    assert mailbox.turns() == [("ours", "received_last")]


def test_the_newest_come_first_and_each_is_counted(mailbox: Mailbox) -> None:
    for number in range(1, 6):
        name = f"x{number}.example"
        mailbox.put(
            f"{number}@acme.test", "Our offer.", number, To=f"buyer@{name}", Subject=f"Offer {number}"
        )
    mailbox.sync()
    assert mailbox.read()[1] == [f"{number}@acme.test" for number in range(1, 6)]
    assert mailbox.told[-1] == Progress("texts", 5, 5)


def test_the_newest_of_all_folders_come_before_the_older_ones_of_each(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_WINDOW", 2)
    for days, name in enumerate(("anna-1", "wei-1", "wei-2", "anna-2", "wei-3", "anna-3"), start=1):
        who = {"From": f"{name}@{name}.example"} if "anna" in name else {"To": f"b@{name}.example"}
        mailbox.put(name, "Our words.", days, Subject=f"Of {name}", **who)
    mailbox.sync()
    assert mailbox.read()[1] == ["anna-1", "wei-1", "wei-2", "anna-2", "wei-3", "anna-3"]


def test_of_a_huge_mail_its_first_256_kilobytes_are_asked_for(mailbox: Mailbox) -> None:
    """And its thanks pass nothing: an order may lie beyond them."""
    talk(mailbox, THANKS + "\r\n" * 10 + ("x" * 70 + "\r\n") * 20_000)
    asked: list[int] = []

    @dataclass
    class Noting(Counting):
        def sources(self, uids: Sequence[int], limit: int) -> Iterator[tuple[int, bytes | None]]:
            asked.append(limit)
            return super().sources(uids, limit)

    assert mailbox.read(Noting(mailbox.boxes))[0] == TextReport(read=1)
    assert asked == [256 * 1024]
    assert mailbox.turns() == [("ours", "received_last")]


def test_a_dormant_thread_is_left_alone(mailbox: Mailbox) -> None:
    mailbox.put("old@acme.test", "Our offer.", 200)
    mailbox.sync()
    assert mailbox.read() == (TextReport(), [])


REPORT = {
    "Auto_Submitted": "auto-replied",
    "Content_Type": 'multipart/report; report-type=delivery-status; boundary="b"',
}
BOUNCE = (
    "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
    f"Final-Recipient: rfc822; {ANNA}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <offer@acme.test>\r\n--b--"
)


def bounced(mailbox: Mailbox, folder: str = "") -> None:
    mailbox.put("offer@acme.test", "Here is our offer.", 5)
    sender = "MAILER-DAEMON@mail.example"
    mailbox.put("1@daemon.example", BOUNCE, 4.9, folder=folder, From=sender, Subject="Failed", **REPORT)
    mailbox.sync()


def test_a_report_names_the_mail_that_came_back(mailbox: Mailbox) -> None:
    bounced(mailbox)
    assert mailbox.turns()[0] == ("theirs", "sent_last")
    mailbox.read()
    assert mailbox.turns() == [("ours", "undelivered")]
    assert mailbox.rows("SELECT failed FROM thread") == [(f'["{ANNA}"]',)]


def test_what_is_doubtful_is_said_until_it_was_read(mailbox: Mailbox) -> None:
    bounced(mailbox)
    with mailbox.store.reading() as connection:
        assert any_doubtful(connection)
        assert unread_threads(connection, NOW) == {1}
    mailbox.read()
    with mailbox.store.reading() as connection:
        assert not any_doubtful(connection)
        assert unread_threads(connection, NOW) == set()


def test_a_folder_that_does_not_open_waits_and_stops_no_other(mailbox: Mailbox) -> None:
    bounced(mailbox, folder="Archive")
    mailbox.boxes["Archive"].refuses = "no permission"
    assert mailbox.read()[1] == ["offer@acme.test"]
    assert mailbox.rows("SELECT COUNT(*) FROM message WHERE doubtful") == [(1,)]
    mailbox.boxes["Archive"].refuses = ""
    assert mailbox.read()[1] == ["1@daemon.example"]


def test_where_uids_mean_nothing_any_more_nothing_is_asked(mailbox: Mailbox) -> None:
    talk(mailbox)
    mailbox.boxes["INBOX"].renew()
    assert mailbox.read() == (TextReport(left=1), [])
    mailbox.sync()
    assert mailbox.read()[1] == ["a1@anna.example"]


def test_what_the_server_cannot_give_is_not_asked_for_again(mailbox: Mailbox) -> None:
    talk(mailbox)
    mailbox.boxes["INBOX"].mails[1] = FakeMail(mailbox.boxes["INBOX"].mails[1].envelope, NOW, None)
    assert mailbox.read()[0] == TextReport(read=1)
    assert mailbox.read() == (TextReport(), [])
    assert mailbox.turns() == [("ours", "received_last")]


def test_a_text_that_breaks_the_link_costs_itself_alone(mailbox: Mailbox) -> None:
    """Each time it is asked for the link is gone: the others are read before it, and then it is given up."""
    for name in ("good", "poison", "fine"):
        mailbox.put(f"{name}@acme.test", "Offer.", 3, To=f"buyer@{name}.example", Subject=f"For {name}")
    mailbox.sync()
    breaking = [Counting(mailbox.boxes, breaks_on="poison@acme.test") for _ in range(4)]
    for one in breaking[:3]:
        with pytest.raises(ServerUnreachable):
            mailbox.read(one)
    assert mailbox.rows("SELECT COUNT(DISTINCT message_id) FROM fact") == [(2,)]
    report, _ = mailbox.read(breaking[3])
    assert report == TextReport(read=1)
    assert mailbox.rows("SELECT COUNT(DISTINCT message_id) FROM fact") == [(3,)]


class Busy(FakeSession):
    """Over a limit: whatever text is asked for is refused for now."""

    def source(self, uid: int, limit: int) -> bytes | None:
        raise ServerBusy("mail.acme.test refused reading for now: Request is throttled.")


def test_a_server_that_is_busy_for_long_costs_no_text(mailbox: Mailbox) -> None:
    talk(mailbox)
    for _ in range(5):
        with pytest.raises(ServerBusy):
            mailbox.read(Busy(mailbox.boxes))
    assert mailbox.read()[1] == ["a1@anna.example"]


def test_asked_to_stop_it_stops_and_goes_on_later(mailbox: Mailbox) -> None:
    talk(mailbox)
    with pytest.raises(Stopped):
        mailbox.read(stopping=lambda: True)
    assert mailbox.read()[1] == ["a1@anna.example"]


def _says(found: Mapping[str, Any]) -> Any:
    def read(_text: Text, _wanted: WantedText) -> Mapping[str, Any]:
        return found

    return read


def test_rules_that_changed_read_again_what_still_matters(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(mailbox, "Which colour do you offer?")
    mailbox.put("old@acme.test", "Offer.", 200, To="buyer@old.example", Subject="Long ago")
    mailbox.sync()
    mailbox.read()
    newer = {**texts.GROUPS, "reply": Group(99, _says({"holding": True, "because": "colour"}))}
    monkeypatch.setattr(texts, "GROUPS", newer)
    monkeypatch.setattr(texts, "VERSIONS", {name: one.version for name, one in newer.items()})
    with mailbox.store.reading() as connection:
        assert unread_threads(connection, NOW) == set()  # an older reading is a reading: pop-ups go on
    assert mailbox.read() == (TextReport(read=1), ["a1@anna.example"])
    assert mailbox.turns()[0] == ("theirs", "acknowledged")
    assert mailbox.read()[1] == ["offer@acme.test"]  # what stands behind a short reply
    assert mailbox.read() == (TextReport(), [])


def test_no_word_of_a_text_is_kept(mailbox: Mailbox) -> None:
    talk(mailbox, f"{THANKS} Our secret is xylophone-4711.")
    mailbox.read()
    path = mailbox.store.path
    dump = path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()
    assert b"offer@acme.test" in dump
    assert b"xylophone" not in dump


def test_an_absence_that_no_header_gives_away_is_none_of_theirs(mailbox: Mailbox) -> None:
    """It is read for its last word, and then it is no last word; when they are back is asked at once."""
    absent = "I am out of the office until 27 March with limited access to e-mail."
    talk(mailbox, f"Thank you for your message. {absent} In urgent cases please contact Ben.")
    assert mailbox.turns() == [("ours", "received_last")]
    mailbox.read()
    assert mailbox.turns() == [("theirs", "sent_last")]
    assert mailbox.rows("SELECT kind, named_on FROM thread_message ORDER BY position") == [
        ("personal", ""),
        ("auto_reply", "2026-03-28"),
    ]
