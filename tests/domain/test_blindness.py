"""What was not read is said, and nobody is called silent meanwhile (DESIGN 2.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from watcher.domain.blindness import FolderSight, Sight, blind_spots, may_speak, stale_after, told

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
FRESH = NOW - timedelta(minutes=1)
OLD = NOW - timedelta(hours=3)
LIMIT = timedelta(minutes=16)


def folder(name: str, synced_at: datetime | None = FRESH, **more: Any) -> FolderSight:
    role = {"INBOX": "inbox", "Sent": "sent", "Junk": "junk"}.get(name, "other")
    return FolderSight(more.pop("account", "work"), name, role, synced_at=synced_at, **more)


def sight(*folders: FolderSight, unseen: int = 0) -> Sight:
    return Sight(folders, unseen, LIMIT)


def said(*folders: FolderSight, unseen: int = 0) -> list[str]:
    return blind_spots(sight(*folders, unseen=unseen), NOW, UTC)


INBOX, SENT = folder("INBOX"), folder("Sent")
AT_HOME = (
    folder("INBOX", OLD, account="home", failure="gone"),
    folder("Sent", None, account="home", failure="gone"),
)
INCOMPLETE = "this list may be incomplete"
NO_SENT = 'no Sent folder in account work: what you answered is not seen. Name it in the config: sent = "…"'


@pytest.mark.parametrize(
    ("folders", "lines"),
    [
        # all was read: nothing to say
        ([INBOX, SENT], []),
        ([INBOX, SENT, folder("Trash", None, left_out="trash")], []),
        ([], ["no folder read yet: this list is empty until the first watcher sync or watcher run."]),
        # a failure says since when, and why
        (
            [INBOX, folder("Sent", OLD, failure="NO such folder.")],
            [f"Sent not read since 06:00 (NO such folder): {INCOMPLETE}. watcher check"],
        ),
        (
            [folder("INBOX", None, failure="refused")],
            [f"INBOX never read (refused): {INCOMPLETE}. watcher check"],
        ),
        # never read, with names as far as they fit
        ([INBOX, folder("Sent", None)], [f"Sent not read yet: {INCOMPLETE}."]),
        (
            [INBOX, SENT, *(folder(f"F{one}", None) for one in range(7))],
            [f"F0, F1, F2, F3, F4 and 2 more folders not read yet: {INCOMPLETE}."],
        ),
        # some are old, or all
        ([INBOX, folder("Sent", OLD)], [f"Sent not read since 06:00: {INCOMPLETE}."]),
        (
            [folder("INBOX", OLD), folder("Sent", NOW - timedelta(days=2))],
            ["no folder read since Tue 17 Mar 09:00: is watcher running? This list may be incomplete."],
        ),
        (
            [folder("INBOX", rereading=True), SENT],
            ["INBOX is being read anew: nothing pops up until that is done."],
        ),
        # what is left out by the rep is said, what always is is not
        ([INBOX, SENT, folder("Old", None, left_out="config")], ["left out by the config: Old."]),
        # without Sent nobody knows what was answered
        (
            [INBOX],
            [NO_SENT],
        ),
        # an account none of whose folders was ever read has no Sent yet, for all we know
        (
            [INBOX, SENT, folder("INBOX", None, account="home", failure="away")],
            [f"INBOX of home never read (away): {INCOMPLETE}. watcher check"],
        ),
        # what one thing stands in the way of is one line, an account at a time
        (
            [folder("INBOX", OLD, failure="gone"), folder("Sent", FRESH, failure="gone"), *AT_HOME],
            [
                f"INBOX of work, Sent of work not read since 06:00 (gone): {INCOMPLETE}. watcher check",
                f"INBOX of home not read since 06:00 (gone): {INCOMPLETE}. watcher check",
                f"Sent of home never read (gone): {INCOMPLETE}. watcher check",
            ],
        ),
        (
            [folder(one, OLD, failure="gone") for one in ("INBOX", "A", "B", "Sent")],
            [f"INBOX, Sent and all other folders not read since 06:00 (gone): {INCOMPLETE}. watcher check"],
        ),
        (
            [INBOX, SENT, *(folder(one, OLD, failure="gone") for one in ("A", "B"))],
            [f"A, B not read since 06:00 (gone): {INCOMPLETE}. watcher check"],
        ),
        (
            [INBOX, SENT, folder("INBOX", OLD, account="home"), folder("Sent", account="home")],
            [f"INBOX of home not read since 06:00: {INCOMPLETE}."],
        ),
    ],
)
def test_what_was_not_seen_is_said(folders: list[FolderSight], lines: list[str]) -> None:
    assert said(*folders) == lines


def test_answers_that_lie_nowhere_are_counted() -> None:
    (line,) = said(INBOX, SENT, unseen=3)
    assert line.startswith("Sent is incomplete: 3 of our answers")


@pytest.mark.parametrize(
    ("folders", "speaks"),
    [
        ([INBOX, SENT], True),
        ([INBOX], True),  # no Sent at all is said, and reminds all the same
        ([], False),
        ([folder("INBOX", None)], False),
        ([INBOX, folder("Sent", None)], False),
        ([INBOX, SENT, folder("Other", None)], True),  # never readable: said, and no reason to be silent
        ([INBOX, SENT, folder("Other", failure="NO")], False),
        ([INBOX, folder("Sent", failure="NO")], False),
        ([INBOX, folder("Sent", OLD)], False),
        ([INBOX, folder("Sent", NOW - LIMIT)], True),
        ([INBOX, folder("Sent", NOW - LIMIT - timedelta(seconds=1))], False),
        ([INBOX, SENT, folder("Junk", rereading=True)], False),
        ([INBOX, SENT, folder("Old", OLD, left_out="config", failure="NO")], True),
        ([INBOX, SENT, folder("INBOX", None, account="home")], False),
    ],
)
def test_silence_is_claimed_only_of_what_was_just_read(folders: list[FolderSight], speaks: bool) -> None:
    assert may_speak(sight(*folders), NOW) is speaks


@pytest.mark.parametrize(("poll", "minutes"), [(300, 16), (60, 4), (1, 1.05)])
def test_a_reading_is_old_after_three_polls(poll: int, minutes: float) -> None:
    assert stale_after(poll) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "17:00"),
        (NOW - timedelta(hours=17), "00:00"),
        (NOW - timedelta(hours=17, minutes=1), "Wed 18 Mar 23:59"),
        (NOW - timedelta(days=179), "Sun 21 Sep 17:00"),
        (NOW - timedelta(days=180), "20 Sep 2025"),
    ],
)
def test_a_moment_is_told_in_the_readers_zone(moment: datetime, words: str) -> None:
    assert told(moment, NOW, timezone(timedelta(hours=8))) == words
