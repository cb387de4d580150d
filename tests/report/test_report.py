"""What is shown, in what order: one clock a customer, top first; dormant ones apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watcher.domain.blindness import Sight
from watcher.report import Status, status, status_document
from watcher.store.glance import Clock, Overview

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def clock(text: str, **more: Any) -> Clock:
    """ "pi theirs -2" was due two days ago; the customer is called by its stage and rule unless named."""
    stage, rule, days = text.split()
    due = NOW + float(days) * DAY
    values: dict[str, Any] = {
        "customer": f"{stage}-{rule}",
        "name": "",
        "country": "",
        "stage": stage,
        "policy": stage,
        "rule": rule,
        "turn": "ours" if rule == "ours" else "theirs",
        "reason": "sent_last",
        "since": due - 3 * DAY,
        "due": due,
        "dormant_from": NOW + 30 * DAY,
        "thread": 1,
        "subject": "Offer",
        "contact": "anna@meyer.example",
        "decided_by": "<k1@acme.test>",
        "follow_ups": 0,
        "waited": 4,
        "overdue_days": 2,
    }
    return Clock(**values | more)


def seen(*clocks: Clock) -> Status:
    return status(Overview(clocks, Sight((), 0, DAY), 0, 0, 0), NOW, UTC)


@pytest.mark.parametrize(
    ("clocks", "order"),
    [
        # top-down: orders in hand, PI, opportunity, inquiry, cold; the oldest due does not decide
        (
            ["cold theirs -9", "inquiry ours -8", "opportunity theirs -7", "pi theirs -2", "won ours -1"],
            ["won-ours", "pi-theirs", "opportunity-theirs", "inquiry-ours", "cold-theirs"],
        ),
        # within a stage what hurts most
        (
            ["pi idle -9", "pi theirs -8", "pi ours -7", "pi payment -6", "pi undelivered -5"],
            ["pi-undelivered", "pi-payment", "pi-ours", "pi-theirs", "pi-idle"],
        ),
        # due now is overdue, due in a moment is not
        (["pi theirs 0", "pi ours 0.0001"], ["pi-theirs"]),
    ],
)
def test_top_down(clocks: list[str], order: list[str]) -> None:
    assert [one.customer for one in seen(*map(clock, clocks)).overdue] == order


def test_the_older_of_two_alike_comes_first() -> None:
    found = seen(clock("pi theirs -1", customer="new"), clock("pi theirs -3", customer="old"))
    assert [one.customer for one in found.overdue] == ["old", "new"]


def test_one_clock_a_customer() -> None:
    clocks = [clock(text, customer="meyer") for text in ("pi theirs -4", "pi payment -1", "inquiry ours -9")]
    (one,) = seen(*clocks).overdue
    assert (one.stage, one.rule) == ("pi", "payment")


def test_what_slept_too_long_stands_apart() -> None:
    asleep, awake = clock("pi theirs -70", dormant_from=NOW), clock("pi ours -1")
    found = seen(asleep, awake)
    assert (found.overdue, found.dormant) == ((awake,), (asleep,))
    rows = status_document(found)["overdue"]
    assert [one["customer"] for one in rows] == ["pi-ours"]
    rows = status_document(found, dormant=True)["overdue"]
    assert [(one["customer"], one["dormant"]) for one in rows] == [("pi-ours", False), ("pi-theirs", True)]


def test_a_customer_who_is_awake_is_not_dormant_too() -> None:
    found = seen(
        clock("pi theirs -70", customer="meyer", dormant_from=NOW), clock("pi ours -1", customer="meyer")
    )
    assert len(found.overdue) == 1
    assert found.dormant == ()


def test_what_comes_next() -> None:
    found = seen(clock("cold theirs 3"), clock("pi theirs 5"), clock("pi ours -1"))
    assert found.upcoming is not None
    assert found.upcoming.customer == "cold-theirs"
    assert seen().upcoming is None


def test_what_is_not_known_is_null() -> None:
    (row,) = status_document(seen(clock("pi idle -1", thread=None, subject="", contact="", decided_by="")))[
        "overdue"
    ]
    assert [row[key] for key in ("thread", "subject", "contact", "decided_by", "name", "country")] == [
        None
    ] * 6
