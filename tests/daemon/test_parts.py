"""What the daemon is made of: how its jobs are set up, and when the machine slept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.remind.desk import USER, Desk
from watcher.daemon import REMIND_SECONDS, REVIEW_SECONDS, Daemon, slept, told_now_and_then
from watcher.progress import Progress

NOW = datetime(2026, 3, 19, 9, 0, tzinfo=UTC)


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
            assert (one.coalesce, one.misfire_grace_time) == (True, None)
        # News that comes while a poll runs is read by one more, and by no third.
        assert {name: one.max_instances for name, one in jobs.items()} == {
            "poll": 2,
            "review": 1,
            "remind": 1,
            "heartbeat": 1,
        }
        soon = datetime.now(UTC) + timedelta(seconds=5)
        assert {name for name, one in jobs.items() if one.next_run_time < soon} == {"poll", "heartbeat"}
        # A beat that waited behind a long first sync would be taken for a hang.
        assert {one.executor for name, one in jobs.items() if name != "heartbeat"} == {"work"}
        assert jobs["heartbeat"].executor == "pulse"
    finally:
        scheduler.shutdown(wait=False)
