"""What the daemon is made of: how its jobs are set up, when the machine slept, when it stops knocking."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.remind.desk import USER, Desk
from watcher.daemon import REMIND_SECONDS, REVIEW_SECONDS, Daemon, slept, told_now_and_then
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused, WatcherError
from watcher.progress import Progress
from watcher.refusals import Refusals

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)
REFUSED, AWAY = SignInRefused("no"), ServerUnreachable("away")


# ── refusals ──


def knocks(outcome: WatcherError | None, minutes: int, *, each: int = 1) -> list[int]:
    """The minutes at which an account is tried that always ends the same way."""
    found, refusals = [], Refusals()
    for minute in range(0, minutes, each):
        now = NOW + timedelta(minutes=minute)
        if not refusals.leave_alone("work", now):
            found.append(minute)
            refusals.note([] if outcome else ["work"], {"work": outcome} if outcome else {}, now)
    return found


@pytest.mark.parametrize(
    ("outcome", "tried"),
    [
        (REFUSED, [0, 10, 20]),
        (AWAY, list(range(40))),
        (ConfigError("no password"), list(range(40))),
        (None, list(range(40))),
    ],
)
def test_a_refused_account_is_tried_thrice_ten_minutes_apart(
    outcome: WatcherError | None, tried: list[int]
) -> None:
    assert knocks(outcome, 40) == tried


def test_a_slow_poll_is_not_hurried() -> None:
    assert knocks(REFUSED, 120, each=25) == [0, 25, 50]


@pytest.mark.parametrize(
    ("rounds", "hopeless"),
    [
        ("rr", False),
        ("rrr", True),
        ("rrwrr", False),  # it worked in between
        ("rrarr", True),  # the network failed in between: nobody said yes
        ("aaa", False),
    ],
)
def test_when_there_is_no_sense_in_going_on(rounds: str, hopeless: bool) -> None:
    refusals = Refusals()
    for number, outcome in enumerate(rounds):
        failure: dict[str, WatcherError] = {"r": {"work": REFUSED}, "a": {"work": AWAY}}.get(outcome, {})
        refusals.note([] if failure else ["work"], failure, NOW + number * timedelta(minutes=11))
    assert refusals.hopeless(["work"]) is hopeless


def test_one_refused_account_does_not_stop_the_other() -> None:
    refusals = Refusals()
    for number in range(3):
        refusals.note(["home"], {"work": REFUSED}, NOW + number * timedelta(minutes=11))
    later = NOW + timedelta(days=1)
    assert refusals.leave_alone("work", later)
    assert not refusals.leave_alone("home", later)
    assert not refusals.hopeless(["work", "home"])


# ── sleep ──


@pytest.mark.parametrize(
    ("passed", "ran", "asleep"),
    [
        (30, 30.0, False),
        (3600, 30.0, True),
        (3600, 3600.0, False),  # a long beat is no sleep
        (120, 30.0, False),  # a clock that was put right by a minute or so
        (121, 30.0, True),
        (-3600, 30.0, False),  # a clock that was put back
    ],
)
def test_sleep_is_told_by_the_two_clocks(passed: int, ran: float, asleep: bool) -> None:
    before, after = (NOW, 1000.0), (NOW + timedelta(seconds=passed), 1000.0 + ran)
    assert slept(before, after) is asleep


# ── progress ──


def test_a_long_sync_says_how_far_it_is(caplog: pytest.LogCaptureFixture) -> None:
    tell = told_now_and_then()
    with caplog.at_level(logging.INFO, "watcher.daemon"):
        for done in range(500, 12_001, 500):
            tell(Progress("Anna Meyer", done, 12_000))
        tell(Progress("Sent", 500, 500))
    assert [one.getMessage() for one in caplog.records] == [
        "reading: 5000 of 12000 messages of a folder",
        "reading: 10000 of 12000 messages of a folder",
    ]


# ── a job that fails ──


@pytest.mark.daemon
def test_a_failed_job_is_logged_by_its_place_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The words of an error may quote a mail."""
    account = {"address": USER, "host": "127.0.0.1", "tls": "off", "password_command": "false"}
    desk, rounds = Desk(tmp_path, account=[account], sync={"poll_seconds": 1}), threading.Semaphore(0)

    words = "Secret offer to anna@meyer.example"  # not in the line that fails: that line is shown

    def fail() -> None:
        rounds.release()
        raise ValueError(words)

    daemon = Daemon(desk.app, fail)
    running = threading.Thread(target=daemon.run)
    with caplog.at_level(logging.DEBUG):
        running.start()
        assert all(rounds.acquire(timeout=20) for _ in range(2))
        daemon.stop()
        running.join(20)
    desk.close()
    assert not running.is_alive()
    assert "job poll failed: ValueError" in caplog.text
    assert "test_parts.py" in caplog.text
    assert "Secret" not in caplog.text


# ── the scheduler ──


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.setenv("WATCHDOG_USEC", "12000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    desk = Desk(tmp_path)
    yield Daemon(desk.app)
    desk.close()


def test_no_run_is_dropped_doubled_or_hurried(daemon: Daemon) -> None:
    """APScheduler's own defaults drop a run that comes a second late, and wait a period before the first."""
    scheduler = daemon.scheduler
    scheduler.start(paused=True)
    try:
        jobs = {one.id: one for one in scheduler.get_jobs()}
        assert {name: one.trigger.interval.total_seconds() for name, one in jobs.items()} == {
            "poll": 300,
            "review": REVIEW_SECONDS,
            "remind": REMIND_SECONDS,
            "heartbeat": 4,  # a third of what the watchdog allows
        }
        for one in jobs.values():
            assert (one.coalesce, one.max_instances, one.misfire_grace_time) == (True, 1, None)
        soon = datetime.now(UTC) + timedelta(seconds=5)
        assert {name for name, one in jobs.items() if one.next_run_time < soon} == {"poll", "heartbeat"}
        # A beat that waited behind a long first sync would be taken for a hang.
        assert {one.executor for name, one in jobs.items() if name != "heartbeat"} == {"work"}
        assert jobs["heartbeat"].executor == "pulse"
    finally:
        scheduler.shutdown(wait=False)
