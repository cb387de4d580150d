"""Headers fetched ahead, over one link or two: all of them, in order, and nothing left running."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime

import pytest

from tests.sync.fake import FakeFolder, FakeMail, FakeSession
from watcher import fetching
from watcher.ahead import ahead
from watcher.domain.messages import Envelope, Role
from watcher.errors import ServerUnreachable, SignInRefused
from watcher.fetching import Opened
from watcher.mailbox.protocol import MailSession

MANY = 97


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_BLOCK", 5)
    monkeypatch.setattr(fetching, "_MANY", 10)


@pytest.fixture
def boxes() -> dict[str, FakeFolder]:
    box = FakeFolder(Role.INBOX)
    for number in range(MANY):
        box.put(FakeMail(Envelope(subject=str(number)), datetime(2026, 3, 2, tzinfo=UTC)))
    return {"INBOX": box}


def read(
    boxes: dict[str, FakeFolder], another: Callable[[], AbstractContextManager[MailSession]] | None
) -> list[int]:
    session = FakeSession(boxes)
    state = session.examine("INBOX")
    with Opened(session, "INBOX", state).headers(session.uids(), another) as batches:
        return [one.uid for batch in batches for one in batch]


def test_over_two_links_they_come_in_the_order_of_one(boxes: dict[str, FakeFolder]) -> None:
    second = FakeSession(boxes)
    assert read(boxes, lambda: nullcontext(second)) == read(boxes, None) == list(range(1, MANY + 1))
    assert len([one for one in second.trips if one.startswith("FETCH")]) > 10


def test_few_need_no_second_link(boxes: dict[str, FakeFolder]) -> None:
    boxes["INBOX"].mails = {uid: boxes["INBOX"].mails[uid] for uid in range(1, 9)}
    assert read(boxes, lambda: pytest.fail("it was opened")) == list(range(1, 9))


def test_a_replica_that_lags_is_not_believed(boxes: dict[str, FakeFolder]) -> None:
    """What it does not have yet would be taken for deleted, and the checkpoint would stand behind it."""
    behind = FakeFolder(Role.INBOX)
    for mail in list(boxes["INBOX"].mails.values())[:-7]:
        behind.put(mail)
    assert read(boxes, lambda: nullcontext(FakeSession({"INBOX": behind}))) == list(range(1, MANY + 1))


@contextmanager
def refused() -> Iterator[MailSession]:
    raise SignInRefused("Too many connections.")
    yield


def test_a_server_that_lets_nobody_in_twice_is_read_over_one(boxes: dict[str, FakeFolder]) -> None:
    assert read(boxes, refused) == list(range(1, MANY + 1))


def test_a_second_link_that_sees_another_folder_is_not_used(boxes: dict[str, FakeFolder]) -> None:
    elsewhere = {"INBOX": FakeFolder(Role.INBOX, uidvalidity=9)}
    assert read(boxes, lambda: nullcontext(FakeSession(elsewhere))) == list(range(1, MANY + 1))


@pytest.mark.parametrize("batches", range(1, 30, 3))
def test_what_is_lost_with_the_second_link_the_first_fetches(
    boxes: dict[str, FakeFolder], batches: int
) -> None:
    second = FakeSession(boxes, batches_left=batches)
    assert read(boxes, lambda: nullcontext(second)) == list(range(1, MANY + 1))


def test_what_came_before_a_break_of_the_first_is_kept(boxes: dict[str, FakeFolder]) -> None:
    session, second = FakeSession(boxes, batches_left=7), FakeSession(boxes)
    state = session.examine("INBOX")
    seen: list[int] = []
    with (
        pytest.raises(ServerUnreachable),
        Opened(session, "INBOX", state).headers(session.uids(), lambda: nullcontext(second)) as batches,
    ):
        for batch in batches:
            seen += [one.uid for one in batch]
    assert seen == list(range(1, len(seen) + 1))
    assert 10 <= len(seen) < MANY


class Slow(FakeSession):
    """Notes who uses it."""

    def headers(self, uids: Sequence[int]) -> Iterator[list[fetching.FetchedHeader]]:
        for batch in super().headers(uids):
            self.trips.append(threading.current_thread().name)
            yield batch


def test_thrown_out_nobody_waits_for_an_answer(boxes: dict[str, FakeFolder]) -> None:
    waiting = threading.Event()

    class Silent(FakeSession):
        def headers(self, uids: Sequence[int]) -> Iterator[list[fetching.FetchedHeader]]:
            yield from list(super().headers(uids))[:1]
            assert waiting.wait(20), "nobody ended the link"

        def abort(self) -> None:
            waiting.set()

    session = Silent(boxes)
    state = session.examine("INBOX")
    with (
        pytest.raises(KeyboardInterrupt),
        Opened(session, "INBOX", state).headers(session.uids(), None) as batches,
    ):
        next(batches)
        raise KeyboardInterrupt
    assert waiting.is_set()


def test_left_early_the_session_is_the_callers_again(boxes: dict[str, FakeFolder]) -> None:
    session = Slow(boxes)
    state = session.examine("INBOX")
    with Opened(session, "INBOX", state).headers(session.uids(), None) as batches:
        next(batches)
    trips = len(session.trips)
    assert not [one for one in threading.enumerate() if one.name.startswith("fetch")]
    assert len(session.trips) == trips
    assert session.folders()
    assert [one for one in session.trips if one.startswith("fetch")], "not on the caller's thread"


def test_one_is_made_ahead_and_no_more() -> None:
    made: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(9):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    with closing(ahead(items(), "test")) as numbers:
        assert [next(numbers), next(numbers)] == [0, 1]
        assert third.wait(5)
        assert made == [0, 1, 2]
        assert list(numbers) == [2, 3, 4, 5, 6, 7, 8]


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    with closing(ahead(items(), "test")) as numbers:
        assert next(numbers) == 1
        with pytest.raises(ValueError, match="the second"):
            next(numbers)
