"""One pass over a mailbox that misbehaves: what is kept, where the checkpoint stands, what is said."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.domain.messages import Role
from watcher.errors import ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.protocol import FetchedHeader, Folder, FolderState
from watcher.progress import Progress, Stopped
from watcher.review import company_of
from watcher.store.engine import Store, open_store
from watcher.sync import Pass, SyncReport

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
YEAR = 365


@dataclass
class Mailbox:
    """Folders in memory, and the store that passes over them are kept in."""

    store: Store
    boxes: dict[str, FakeFolder]
    told: list[Progress] = field(default_factory=list)

    def put(self, folder: str, *names: str, days_ago: float = 1, **fields: str) -> None:
        arrived = NOW - timedelta(days=days_ago)
        for name in names:
            self.boxes[folder].put(FakeMail(read_envelope(header(name, arrived, fields)), arrived, b"Text."))

    def read(self, session: FakeSession | None = None, *, since_days: int = YEAR) -> SyncReport:
        return self.a_pass(session or FakeSession(self.boxes), since_days).run()

    def a_pass(self, session: FakeSession, since_days: int = YEAR) -> Pass:
        return Pass(
            self.store, session, "work", lambda: NOW, since_days, company_of, progress=self.told.append
        )

    def names(self) -> list[str]:
        return [name for (name,) in self.rows("SELECT message_id FROM message ORDER BY message_id")]

    def rows(self, query: str) -> Sequence[tuple[object, ...]]:
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def everything(self) -> dict[str, Sequence[tuple[object, ...]]]:
        tables = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {str(name): self.rows(f"SELECT * FROM {name}") for name in tables}  # noqa: S608


def header(name: str, at: datetime, fields: dict[str, str]) -> bytes:
    lines = {
        "From": "anna@meyer.example",
        "To": "wei@acme.test",
        "Subject": "Offer",
        "Message-ID": f"<{name}@meyer.example>",
        "Date": f"{at:%a, %d %b %Y %H:%M:%S +0000}",
    } | {field.replace("_", "-"): value for field, value in fields.items()}
    return "".join(f"{field}: {value}\r\n" for field, value in lines.items()).encode()


def named(*names: str) -> list[str]:
    return [f"<{name}@meyer.example>" for name in names]


@pytest.fixture
def mailbox(empty_store: Path, tmp_path: Path) -> Iterator[Mailbox]:
    store = open_store(shutil.copy(empty_store, tmp_path / "watcher.db"))
    roles = {"INBOX": Role.INBOX, "Sent": Role.SENT, "Archive": Role.OTHER, "Junk": Role.JUNK}
    yield Mailbox(store, {name: FakeFolder(role) for name, role in roles.items()})
    store.close()


def test_a_second_pass_changes_no_row(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    mailbox.put("Sent", "d", From="wei@acme.test", To="anna@meyer.example")
    assert mailbox.read().new == 4
    before = mailbox.everything()
    assert mailbox.read() == SyncReport()
    assert mailbox.everything() == before


@pytest.mark.parametrize("batches", range(6))
def test_a_pass_that_breaks_off_anywhere_is_ended_by_the_next(mailbox: Mailbox, batches: int) -> None:
    mailbox.put("Sent", "a", "b", "c", From="wei@acme.test", To="anna@meyer.example")
    mailbox.put("INBOX", "d", "e", "f", "g", "h")
    with pytest.raises(ServerUnreachable):
        mailbox.read(FakeSession(mailbox.boxes, batches_left=batches))
    mailbox.read()
    assert mailbox.names() == named("a", "b", "c", "d", "e", "f", "g", "h")
    assert mailbox.rows("SELECT COUNT(*), COUNT(DISTINCT message_id) FROM location") == [(8, 8)]


def test_the_window_holds_for_what_lies_anywhere_in_a_folder(mailbox: Mailbox) -> None:
    mailbox.put("Archive", "old", days_ago=500)
    mailbox.put("Archive", "a", "b")
    mailbox.put("Archive", "older", days_ago=900)
    mailbox.read()
    assert mailbox.names() == named("a", "b")


def test_the_window_holds_for_a_first_pass_that_broke_off(mailbox: Mailbox) -> None:
    """Mail of long ago may have high UIDs: it was moved there last week."""
    mailbox.put("Archive", "a", "b", "c")
    mailbox.put("Archive", "old", days_ago=500)
    with pytest.raises(ServerUnreachable):
        mailbox.read(FakeSession(mailbox.boxes, batches_left=1))
    assert mailbox.names() == named("a", "b")
    mailbox.read()
    assert mailbox.names() == named("a", "b", "c")


def test_what_arrives_after_the_first_pass_is_read_whatever_its_date(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a")
    mailbox.read()
    mailbox.put("INBOX", "lost its date on the way", days_ago=20_000)
    assert mailbox.read().new == 1


def test_no_window(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", days_ago=5_000)
    assert mailbox.read(since_days=0).new == 1


class WithoutUidNext(FakeSession):
    """A server of before RFC 3501."""

    def examine(self, name: str) -> FolderState:
        return replace(FakeSession.examine(self, name), uidnext=0)


def test_a_server_that_tells_no_uidnext_is_not_read_again(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    mailbox.read(WithoutUidNext(mailbox.boxes))
    mailbox.told.clear()
    mailbox.read(WithoutUidNext(mailbox.boxes))
    assert mailbox.told == []


@dataclass
class Late(FakeSession):
    """A mail comes in between EXAMINE and SEARCH."""

    late: FakeMail | None = None

    def uids(self, after: int = 0, since: date | None = None) -> list[int]:
        if self.opened == "INBOX" and self.late:
            self.boxes["INBOX"].put(self.late)
            self.late = None
        return FakeSession.uids(self, after, since)


def test_mail_that_comes_in_meanwhile_is_read_once(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a")
    late = FakeMail(read_envelope(header("late", NOW, {})), NOW)
    assert mailbox.read(Late(mailbox.boxes, late=late)).new == 2
    mailbox.told.clear()
    assert mailbox.read() == SyncReport()
    assert mailbox.told == []


def test_an_unreadable_folder_stops_no_other_and_is_named(mailbox: Mailbox) -> None:
    mailbox.put("Archive", "locked away")
    mailbox.put("INBOX", "a")
    mailbox.boxes["Archive"].refuses = "no permission"
    report = mailbox.read()
    assert report.failures == (("Archive", "no permission"),)
    assert mailbox.names() == named("a")
    mailbox.boxes["Archive"].refuses = ""
    assert mailbox.read().whole
    assert mailbox.rows("SELECT failure, failed_at FROM folder WHERE name = 'Archive'") == [("", None)]


def test_after_an_upgrade_an_unreadable_folder_stops_no_other_either(mailbox: Mailbox) -> None:
    """Older kinds are judged again, folder by folder."""
    mailbox.put("Archive", "locked")
    mailbox.put("INBOX", "a")
    mailbox.read()
    mailbox.boxes["Archive"].refuses = "no permission"
    with mailbox.store.writing() as connection:
        connection.exec_driver_sql("UPDATE message SET kind_version = 0")
        connection.exec_driver_sql("DELETE FROM setting WHERE name LIKE 'kinds of %'")
    assert mailbox.read().failures == (("Archive", "no permission"),)
    versions = "SELECT message_id, kind_version > 0 FROM message ORDER BY message_id"
    assert mailbox.rows(versions) == [(*named("a"), 1), (*named("locked"), 0)]


class Vanishing(FakeSession):
    """The second batch is deleted while it is asked for, and then the link breaks."""

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        first, *_ = FakeSession.headers(self, uids)
        yield first
        yield []
        raise ServerUnreachable("The connection was lost.")


def test_a_checkpoint_never_goes_back(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c", "d")
    with contextlib.suppress(ServerUnreachable):
        mailbox.read(Vanishing(mailbox.boxes))
    assert mailbox.rows("SELECT last_uid FROM folder WHERE name = 'INBOX'") == [(2,)]


def test_a_link_that_we_ended_ourselves_is_no_failure(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c", "d")
    one_pass = mailbox.a_pass(FakeSession(mailbox.boxes, batches_left=1))
    one_pass.stopping = lambda: mailbox.rows("SELECT COUNT(*) FROM message") == [(2,)]
    with pytest.raises(Stopped):
        one_pass.run()
    assert mailbox.rows("SELECT DISTINCT failure FROM folder") == [("",)]


class Broken(FakeSession):
    """Every second header cannot be read."""

    def headers(self, uids: Sequence[int]) -> Iterator[list[FetchedHeader]]:
        for batch in FakeSession.headers(self, uids):
            yield [
                FetchedHeader(one.uid, one.internal_date, None, "its header cannot be read: ValueError")
                if one.uid % 2
                else one
                for one in batch
            ]


def test_what_cannot_be_read_is_counted_once(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    assert (mailbox.read(Broken(mailbox.boxes)).broken, mailbox.names()) == (2, named("b"))
    assert mailbox.read(Broken(mailbox.boxes)).broken == 0
    assert mailbox.rows("SELECT COUNT(*) FROM quarantine") == [(2,)]


def test_sent_suddenly_empty_forgets_nothing_until_mail_is_back(mailbox: Mailbox) -> None:
    mailbox.put("Sent", "a", "b", From="wei@acme.test", To="anna@meyer.example")
    mailbox.read()
    mailbox.boxes["Sent"].mails, taken = {}, mailbox.boxes["Sent"].mails
    [(name, why)] = mailbox.read().failures
    assert (name, "suddenly empty" in why) == ("Sent", True)
    assert mailbox.rows("SELECT COUNT(*) FROM location") == [(2,)]
    mailbox.boxes["Sent"].mails = taken
    assert mailbox.read().whole


def test_sent_under_another_name_is_the_same_mail(mailbox: Mailbox) -> None:
    mailbox.put("Sent", "a", "b", From="wei@acme.test", To="anna@meyer.example")
    mailbox.read()
    mailbox.boxes["Gesendete Objekte"] = mailbox.boxes.pop("Sent")
    assert mailbox.read() == SyncReport(found_again=2)
    places = "SELECT name, message_id FROM location JOIN folder ON folder.id = folder_id ORDER BY message_id"
    assert mailbox.rows(places) == [("Gesendete Objekte", 1), ("Gesendete Objekte", 2)]


def test_sent_that_is_gone_is_missed_and_a_customer_folder_is_not(mailbox: Mailbox) -> None:
    mailbox.put("Archive", "a")
    mailbox.read()
    for name in ("Sent", "Archive"):
        del mailbox.boxes[name]
    assert mailbox.read().failures == (("Sent", "it is gone from the server"),)
    assert mailbox.names() == named("a")
    assert mailbox.rows("SELECT COUNT(*) FROM folder WHERE name = 'Archive'") == [(0,)]


class LeftOut(FakeSession):
    """The config leaves the Archive out."""

    def folders(self) -> Sequence[Folder]:
        return [
            Folder(one.name, one.role, watched=False, left_out="config") if one.name == "Archive" else one
            for one in FakeSession.folders(self)
        ]


def test_what_is_left_out_is_not_read(mailbox: Mailbox) -> None:
    mailbox.put("Archive", "a")
    mailbox.put("INBOX", "b")
    mailbox.read(LeftOut(mailbox.boxes))
    assert mailbox.names() == named("b")


def test_of_junk_only_people_we_wrote_to(mailbox: Mailbox) -> None:
    mailbox.put("Sent", "offer", From="wei@acme.test", To="anna@meyer.example")
    mailbox.put("Junk", "answer")
    mailbox.put("Junk", "prize", From="win@prize.example")
    mailbox.read()
    assert mailbox.names() == named("answer", "offer")


TO_ANNA = {"From": "wei@acme.test", "To": "anna@meyer.example"}


def sent_appears(mailbox: Mailbox) -> None:
    mailbox.boxes["Gesendet"] = FakeFolder(Role.SENT)
    mailbox.put("Gesendet", "offer", days_ago=30, **TO_ANNA)


def first_mail_to_them(mailbox: Mailbox) -> None:
    mailbox.put("Sent", "offer", **TO_ANNA)


def another_account(mailbox: Mailbox) -> None:
    boxes = {"Sent": FakeFolder(Role.SENT)}
    boxes["Sent"].put(FakeMail(read_envelope(header("offer", NOW, TO_ANNA)), NOW))
    replace(mailbox.a_pass(FakeSession(boxes)), account="home").run()


@pytest.mark.parametrize("become_known", [sent_appears, first_mail_to_them, another_account])
@pytest.mark.parametrize("batches", range(1, 8))
def test_junk_is_looked_at_again_once_its_author_is_known(
    mailbox: Mailbox, become_known: Callable[[Mailbox], None], batches: int
) -> None:
    """Wherever the pass that does so breaks off."""
    mailbox.put("Junk", "prize", "answer", "more", "last", "bare", From="win@prize.example")
    for uid in (2, 4):
        answer = header(f"answer{uid}", NOW, {})
        mailbox.boxes["Junk"].mails[uid] = FakeMail(read_envelope(answer), NOW)
    mailbox.read()
    assert mailbox.names() == []
    become_known(mailbox)
    mailbox.put("Junk", "new", "newer")
    with contextlib.suppress(ServerUnreachable):
        mailbox.read(FakeSession(mailbox.boxes, batches_left=batches))
    mailbox.read()
    assert mailbox.names() == named("answer2", "answer4", "new", "newer", "offer")
    assert mailbox.rows("SELECT uid FROM passed_over ORDER BY uid") == [(1,), (3,), (5,)]
    mailbox.told.clear()
    assert mailbox.read() == SyncReport()
    assert mailbox.told == []


def test_junk_that_was_emptied_is_waited_for_no_more(mailbox: Mailbox) -> None:
    mailbox.put("Junk", "a", "b")
    mailbox.read()
    del mailbox.boxes["Junk"].mails[1]
    mailbox.read()
    assert mailbox.rows("SELECT uid FROM passed_over") == [(2,)]
    mailbox.boxes["Junk"].renew()
    mailbox.read()
    assert mailbox.rows("SELECT uid FROM passed_over") == [(1,)]


def test_junk_that_forges_our_own_address_is_no_mail_of_ours(mailbox: Mailbox) -> None:
    mailbox.put("Sent", "offer", From="wei@acme.test", To="anna@meyer.example")
    mailbox.put("Junk", "forged", From="wei@acme.test", To="wei@acme.test")
    mailbox.read()
    assert mailbox.names() == named("offer")


def test_a_new_uidvalidity_is_read_anew_and_matched(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    mailbox.read()
    mailbox.boxes["INBOX"].renew()
    report = mailbox.read()
    assert (report.new, report.read_again) == (0, ("INBOX",))
    assert mailbox.rows("SELECT COUNT(*), COUNT(DISTINCT uid) FROM location") == [(3, 3)]
    assert mailbox.rows("SELECT name FROM folder WHERE rereading") == [("INBOX",)]
    mailbox.boxes["Archive"].refuses = "no permission"  # which is no reason to wait for ever
    assert mailbox.read().read_again == ()
    assert mailbox.rows("SELECT name FROM folder WHERE rereading") == []


def test_a_folder_stays_unread_until_the_reading_anew_came_to_its_end(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    mailbox.read()
    mailbox.boxes["INBOX"].renew()
    with pytest.raises(ServerUnreachable):
        mailbox.read(FakeSession(mailbox.boxes, batches_left=1))
    assert mailbox.rows("SELECT name FROM folder WHERE rereading") == [("INBOX",)]
    mailbox.read()
    assert mailbox.rows("SELECT name FROM folder WHERE rereading") == []
    assert mailbox.rows("SELECT COUNT(*) FROM location") == [(3,)]


def test_mail_without_a_date_is_itself_wherever_it_is_copied(mailbox: Mailbox) -> None:
    """A copy may arrive at another time: its Message-ID is enough."""
    undated = read_envelope(b"From: anna@meyer.example\r\nMessage-ID: <a@meyer.example>\r\n")
    mailbox.boxes["INBOX"].put(FakeMail(undated, NOW))
    mailbox.boxes["Archive"].put(FakeMail(undated, NOW + timedelta(hours=1)))
    assert mailbox.read().new == 1


def test_asked_to_stop_it_stops_between_batches(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c", "d", "e")
    one = mailbox.a_pass(FakeSession(mailbox.boxes))
    one.stopping = lambda: len(mailbox.told) == 1
    with pytest.raises(Stopped):
        one.run()
    assert mailbox.names() == named("a", "b")
    assert mailbox.read().new == 3


def test_progress_counts_up_to_the_total(mailbox: Mailbox) -> None:
    mailbox.put("INBOX", "a", "b", "c")
    mailbox.read()
    assert mailbox.told == [Progress("INBOX", 2, 3), Progress("INBOX", 3, 3)]


def test_kinds_that_older_rules_told_are_told_anew(mailbox: Mailbox) -> None:
    """What still matters is read once more, and only once; what is long ago stays as it was."""
    mailbox.put("INBOX", "a", Auto_Submitted="auto-replied")
    mailbox.put("INBOX", "old", days_ago=200, Auto_Submitted="auto-replied")
    mailbox.read()
    mailbox.read()
    older = "UPDATE message SET kind = 'personal', kind_version = 0"
    for kinds, forget in ((["auto_reply", "personal"], True), (["personal", "personal"], False)):
        with mailbox.store.writing() as connection:
            connection.exec_driver_sql(older)
            if forget:  # as a newer version does
                connection.exec_driver_sql("DELETE FROM setting WHERE name LIKE 'kinds of %'")
        mailbox.read()
        mailbox.read()
        assert [kind for (kind,) in mailbox.rows("SELECT kind FROM message ORDER BY id")] == kinds
