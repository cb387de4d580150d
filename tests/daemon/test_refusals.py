"""A refused sign-in: thrice, ten minutes apart, then a person; and what was stored anew is tried at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.errors import ConfigError, ServerUnreachable, SignInRefused, WatcherError
from watcher.refusals import PAUSE, TRIES, Refusals

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


def refused(stamp: str = "old") -> SignInRefused:
    error = SignInRefused("mail.acme.test refused the password of wei@acme.test.")
    error.stamp = stamp
    return error


def refusals(times: int, stamp: str = "old") -> Refusals:
    made = Refusals()
    for _ in range(times):
        made.note([], {"work": refused(stamp)}, NOW)
    return made


def knocks(outcome: WatcherError | None, minutes: int, *, each: int = 1) -> list[int]:
    """The minutes at which an account is tried that always ends the same way."""
    found, made = [], Refusals()
    for minute in range(0, minutes, each):
        now = NOW + timedelta(minutes=minute)
        if not made.leave_alone("work", now, lambda: "old"):
            found.append(minute)
            made.note([] if outcome else ["work"], {"work": outcome} if outcome else {}, now)
    return found


@pytest.mark.parametrize(
    ("outcome", "tried"),
    [
        (refused(), [0, 10, 20]),
        (ServerUnreachable("away"), list(range(40))),
        (ConfigError("no password"), list(range(40))),
        (None, list(range(40))),
    ],
)
def test_a_refused_account_is_tried_thrice_ten_minutes_apart(
    outcome: WatcherError | None, tried: list[int]
) -> None:
    assert knocks(outcome, 40) == tried


def test_a_slow_poll_is_not_hurried() -> None:
    assert knocks(refused(), 120, each=25) == [0, 25, 50]


@pytest.mark.parametrize(
    ("rounds", "waits"),
    [
        ("rr", False),
        ("rrr", True),
        ("rrwrr", False),  # it worked in between
        ("rrar", True),  # the network failed in between: nobody said yes
        ("aaa", False),
    ],
)
def test_when_it_waits_for_a_person(rounds: str, waits: bool) -> None:
    made, waiting = Refusals(), list[str]()
    for number, outcome in enumerate(rounds):
        failure: dict[str, WatcherError] = {
            "r": {"work": refused()},
            "a": {"work": ServerUnreachable("x")},
        }.get(outcome, {})
        waiting += made.note([] if failure else ["work"], failure, NOW + number * PAUSE)
    assert waiting == (["work"] if waits else [])


@pytest.mark.parametrize(
    ("times", "later", "stamp", "alone"),
    [
        (0, timedelta(0), "old", False),
        (1, timedelta(0), "old", True),
        (1, PAUSE - timedelta(seconds=1), "old", True),
        (1, PAUSE, "old", False),
        (2, PAUSE, "old", False),
        (3, PAUSE, "old", True),
        (3, timedelta(days=99), "old", True),
        # another password is tried at once; where none can be read nothing is
        (1, timedelta(0), "new", False),
        (3, timedelta(0), "new", False),
        (3, timedelta(days=99), "", True),
    ],
)
def test_who_is_left_alone(times: int, later: timedelta, stamp: str, alone: bool) -> None:
    assert refusals(times).leave_alone("work", NOW + later, lambda: stamp) is alone


def test_where_nobody_knows_what_was_tried_nothing_is_new() -> None:
    assert refusals(TRIES, stamp="").leave_alone("work", NOW + PAUSE, lambda: "new")


def test_a_new_password_has_three_tries_again() -> None:
    made = refusals(TRIES)
    assert not made.leave_alone("work", NOW, lambda: "new")
    assert made.note([], {"work": refused("new")}, NOW) == {}
    assert made.leave_alone("work", NOW, lambda: "new")
    assert not made.leave_alone("work", NOW + PAUSE, lambda: "new")


def test_one_refused_account_does_not_stop_the_other() -> None:
    made = Refusals()
    for number in range(TRIES):
        made.note(["home"], {"work": refused()}, NOW + number * PAUSE)
    later = NOW + timedelta(days=1)
    assert made.leave_alone("work", later, lambda: "old")
    assert not made.leave_alone("home", later, lambda: "old")
