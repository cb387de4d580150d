"""What a poll costs: one round trip a folder where nothing came and nothing went, whatever its size."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedServer
from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher.domain.messages import Role
from watcher.errors import ServerUnreachable
from watcher.mailbox.headers import read_envelope
from watcher.mailbox.protocol import FolderState
from watcher.mailbox.session import ImapSession, connect
from watcher.review import company_of
from watcher.store.engine import Store, open_store
from watcher.sync import Pass

pytestmark = pytest.mark.daemon

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(shutil.copy(empty_store, tmp_path / "watcher.db"))
    yield opened
    opened.close()


def mail(name: str) -> FakeMail:
    block = f"From: anna@meyer.example\r\nTo: wei@acme.test\r\nMessage-ID: <{name}@meyer.example>\r\n"
    return FakeMail(read_envelope(block.encode()), NOW)


def inbox(count: int = 5, modseq: int | None = None) -> dict[str, FakeFolder]:
    box = FakeFolder(Role.INBOX, highestmodseq=modseq)
    for number in range(count):
        box.put(mail(str(number)))
    return {"INBOX": box}


class WithoutUidNext(FakeSession):
    """A server of before RFC 3501."""

    def examine(self, name: str) -> FolderState:
        return replace(FakeSession.examine(self, name), uidnext=0)


def polled(store: Store, session: FakeSession) -> list[str]:
    """What one pass asked."""
    session.trips.clear()
    Pass(store, session, "work", lambda: NOW, 0, company_of).run()
    return session.trips[1:]  # after LIST


def places(store: Store) -> set[tuple[str, int]]:
    query = "SELECT name, uid FROM location JOIN folder ON folder.id = folder_id"
    with store.reading() as connection:
        return {(row.name, row.uid) for row in connection.exec_driver_sql(query)}


def lying(boxes: dict[str, FakeFolder]) -> set[tuple[str, int]]:
    return {(name, uid) for name, box in boxes.items() for uid in box.mails}


def arrives(box: FakeFolder) -> None:
    box.put(mail(f"new {box.uidnext}"))


def leaves(box: FakeFolder) -> None:
    del box.mails[min(box.mails)]
    box.change()


def is_flagged(box: FakeFolder) -> None:
    box.change()


def one_comes_and_one_goes(box: FakeFolder) -> None:
    arrives(box)
    leaves(box)


def nothing(_: FakeFolder) -> None:
    pass


EXAMINE, SEARCH = "EXAMINE INBOX", "SEARCH"
CONDSTORE, PLAIN = 100, None


@pytest.mark.parametrize(
    ("server", "modseq", "what", "asked"),
    [
        (FakeSession, PLAIN, nothing, [EXAMINE]),
        (FakeSession, PLAIN, is_flagged, [EXAMINE]),
        (FakeSession, PLAIN, arrives, [EXAMINE, SEARCH, "FETCH 1"]),
        (FakeSession, PLAIN, leaves, [EXAMINE, SEARCH, SEARCH]),
        (FakeSession, PLAIN, one_comes_and_one_goes, [EXAMINE, SEARCH, "FETCH 1", SEARCH]),
        (FakeSession, CONDSTORE, nothing, [EXAMINE]),
        (FakeSession, CONDSTORE, is_flagged, [EXAMINE, SEARCH]),
        (FakeSession, CONDSTORE, arrives, [EXAMINE, SEARCH, "FETCH 1"]),
        (FakeSession, CONDSTORE, leaves, [EXAMINE, SEARCH, SEARCH]),
        (FakeSession, CONDSTORE, one_comes_and_one_goes, [EXAMINE, SEARCH, "FETCH 1", SEARCH]),
        (WithoutUidNext, PLAIN, nothing, [EXAMINE, SEARCH]),
        (WithoutUidNext, PLAIN, one_comes_and_one_goes, [EXAMINE, SEARCH, "FETCH 1", SEARCH]),
        (WithoutUidNext, CONDSTORE, nothing, [EXAMINE, SEARCH]),
        (WithoutUidNext, CONDSTORE, one_comes_and_one_goes, [EXAMINE, SEARCH, "FETCH 1", SEARCH]),
    ],
)
def test_what_a_poll_asks(
    store: Store,
    server: type[FakeSession],
    modseq: int | None,
    what: Callable[[FakeFolder], None],
    asked: list[str],
) -> None:
    session = server(inbox(modseq=modseq))
    polled(store, session)
    what(session.boxes["INBOX"])
    assert polled(store, session) == asked
    assert places(store) == lying(session.boxes)
    assert polled(store, session)[:1] == [EXAMINE]
    assert places(store) == lying(session.boxes)


@pytest.mark.parametrize("count", [0, 1, 200])
def test_its_size_costs_nothing(store: Store, count: int) -> None:
    session = FakeSession(inbox(count))
    polled(store, session)
    assert polled(store, session) == [EXAMINE]


def test_a_move_reads_one_header(store: Store) -> None:
    session = FakeSession({**inbox(50), "Archive": FakeFolder(Role.OTHER)})
    polled(store, session)
    session.boxes["Archive"].put(session.boxes["INBOX"].mails.pop(7))
    moved = [EXAMINE, SEARCH, SEARCH, "EXAMINE Archive", SEARCH, "FETCH 1"]
    assert polled(store, session) == moved
    assert places(store) == lying(session.boxes)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM message").scalar() == 50
    assert polled(store, session) == [EXAMINE, "EXAMINE Archive"]


class Meddled(FakeSession):
    """While a poll runs mail comes in and leaves, right before what is named is asked."""

    before: dict[str, Callable[[FakeFolder], None]]

    def meddle(self, moment: str) -> None:
        self.before.pop(moment, nothing)(self.boxes["INBOX"])

    def uids(self, *args: Any) -> list[int]:
        self.meddle("first search" if self.trips[-1] == EXAMINE else "last search")
        return FakeSession.uids(self, *args)


@pytest.mark.parametrize(
    "before",
    [
        {"first search": one_comes_and_one_goes},
        {"last search": one_comes_and_one_goes},
        {"end": one_comes_and_one_goes},
        {"first search": arrives, "last search": leaves},
        {"first search": arrives, "end": leaves},
        {"first search": leaves, "end": arrives},
        {"last search": leaves, "end": arrives},
        {"last search": arrives, "end": leaves},
    ],
)
@pytest.mark.parametrize("modseq", [PLAIN, CONDSTORE])
def test_what_comes_and_goes_meanwhile_is_seen_by_the_next(
    store: Store, before: dict[str, Callable[[FakeFolder], None]], modseq: int | None
) -> None:
    session = Meddled(inbox(modseq=modseq))
    session.before = {}
    polled(store, session)
    one_comes_and_one_goes(session.boxes["INBOX"])
    session.before = dict(before)
    polled(store, session)
    session.meddle("end")
    assert session.before == {}
    polled(store, session)
    assert places(store) == lying(session.boxes)


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_what_left_while_a_pass_broke_off_is_seen_by_the_next(store: Store, batches: int) -> None:
    boxes = inbox()
    polled(store, FakeSession(boxes))
    for _ in range(7):
        arrives(boxes["INBOX"])
    with pytest.raises(ServerUnreachable):
        polled(store, FakeSession(boxes, batches_left=batches))
    for _ in range(2 * batches):
        leaves(boxes["INBOX"])
    polled(store, FakeSession(boxes))
    assert places(store) == lying(boxes)


@pytest.mark.parametrize("count", [3, 600])
def test_one_round_trip_a_folder_on_the_wire(store: Store, count: int) -> None:
    listing = [b'(\\HasNoChildren) "/" %s' % name for name in (b"INBOX", b"Archive", b"Sent")]
    with ScriptedServer(count, listing=listing) as server:
        for _ in range(2):
            server.commands.clear()
            with connect(server.host, server.port, "off", server.user, server.password) as session:
                Pass(store, session, "work", lambda: NOW, 0, company_of).run()
    verbs = [one.split()[0] for one in server.commands]
    assert verbs[verbs.index("LIST") :] == ["LIST", "EXAMINE", "EXAMINE", "EXAMINE", "LOGOUT"]


# ── on a real server ──


class Followed:
    """A session, and the calls that made it ask the server."""

    def __init__(self, session: ImapSession) -> None:
        self._session = session
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            if given != ([],):
                self.calls.append(name)
            return getattr(self._session, name)(*given)

        return call


def polled_on(store: Store, dovecot: Dovecot) -> list[str]:
    with connect(dovecot.host, dovecot.port, "off", dovecot.user, dovecot.password) as session:
        followed = Followed(session)
        Pass(store, followed, "work", lambda: NOW, 0, company_of).run()
    return followed.calls


def raw(name: str) -> bytes:
    return f"From: anna@meyer.example\r\nMessage-ID: <{name}@meyer.example>\r\n\r\nText.\r\n".encode()


def archives(dovecot: Dovecot) -> None:
    dovecot.move("INBOX", 2, "Archive")


def flags(dovecot: Dovecot) -> None:
    with dovecot.signed_in("INBOX") as client:
        client.add_flags([1], [b"\\Seen"])


def replaces(dovecot: Dovecot) -> None:
    dovecot.append("INBOX", raw("new"))
    dovecot.expunge("INBOX", 1)


NEW, GONE = ["uids", "headers"], ["uids", "uids"]


@pytest.mark.dovecot
@pytest.mark.parametrize("condstore", [False, True])
@pytest.mark.parametrize(
    ("what", "archive", "inbox"),
    [
        (lambda _: None, [], []),
        (archives, NEW, GONE),
        (replaces, [], [*NEW, "uids"]),
        (flags, [], []),
    ],
    ids=["nothing", "archives", "replaces", "flags"],
)
def test_what_a_poll_asks_a_dovecot(
    store: Store,
    dovecot: Dovecot,
    condstore: bool,
    what: Callable[[Dovecot], None],
    archive: list[str],
    inbox: list[str],
) -> None:
    dovecot.create("Archive")
    dovecot.append_all("INBOX", [raw(str(number)) for number in range(5)])
    if condstore:  # once a client asked for it Dovecot tells HIGHESTMODSEQ to all
        with dovecot.signed_in() as client:
            client.enable("CONDSTORE")
            client.select_folder("INBOX")
    polled_on(store, dovecot)
    what(dovecot)
    if condstore and what is flags:
        inbox = ["uids"]
    in_sent, in_junk = ["examine"], ["examine"]
    calls = ["folders", *in_sent, "examine", *inbox, "examine", *archive, *in_junk]
    assert polled_on(store, dovecot) == calls
    for name in ("INBOX", "Archive"):
        assert {uid for where, uid in places(store) if where == name} == set(dovecot.flags(name))
    assert polled_on(store, dovecot) == ["folders", *["examine"] * 4]
