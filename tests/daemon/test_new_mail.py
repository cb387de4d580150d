"""The daemon on Dovecot hears of new mail by itself: polls are a day apart here."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.daemon.process import USER, Watcher, config_text, mail, until
from tests.servers.dovecot import Dovecot
from watcher.store.glance import threads

pytestmark = [pytest.mark.daemon, pytest.mark.dovecot]

WITHIN_SECONDS = 2.0
TRIES = 3  # a machine that is busy with something else may fail twice
QUIET_SECONDS = 1.5  # longer than a listener takes breath, and than a round here


@pytest.fixture
def watcher(tmp_path: Path, dovecot: Dovecot) -> Iterator[Watcher]:
    at = datetime.now(UTC) - timedelta(days=20)
    for number in range(TRIES):
        kick = mail(USER, f"anna@c{number}.example", "Offer", at, f"<k{number}@acme-pumps.test>")
        dovecot.append("Sent", kick, internal_date=at)
    text = config_text(dovecot.port).replace("poll_seconds = 1", "poll_seconds = 86400")
    text = text.replace(f'address = "{USER}"', f'address = "{USER}"\nuser = "{dovecot.user}"')
    text = text.replace('password_command = "echo demo"', f"password_command = \"echo '{dovecot.password}'\"")
    with Watcher(tmp_path, text) as made:
        yield made


def turn(watcher: Watcher, customer: str) -> str:
    """Whose turn it is, by the view that `status` reads."""
    return next((one.turn for one in threads(watcher.store) if one.customer == customer), "")


def listens(watcher: Watcher) -> None:
    """Wait until the first round is over, and the one after each folder is listened to."""
    until(lambda: watcher.hears("all folders read", times=2))
    until(lambda: watcher.log().count("listening to a folder") >= 2)


def settled(watcher: Watcher) -> None:
    """Wait until no round is under way or asked for: the next one is due to what comes next."""
    watcher.forget()
    rounds, since = 0, time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if watcher.hears("all folders read", times=rounds + 1):
            rounds, since = rounds + 1, time.monotonic()


def answer(dovecot: Dovecot, number: int, ago: timedelta = timedelta(0)) -> None:
    at, to = datetime.now(UTC) - ago, f"<k{number}@acme-pumps.test>"
    raw = mail(f"anna@c{number}.example", USER, "Re: Offer", at, f"<a{number}@c.example>", to)
    dovecot.append("INBOX", raw, internal_date=at)


def test_new_mail_changes_status_within_two_seconds(watcher: Watcher, dovecot: Dovecot) -> None:
    process = watcher.start_ready()
    listens(watcher)
    took = []
    for number in range(TRIES):
        settled(watcher)
        assert turn(watcher, f"c{number}.example") == "theirs"
        begun = time.monotonic()
        answer(dovecot, number)
        until(lambda number=number: turn(watcher, f"c{number}.example") == "ours")
        took.append(time.monotonic() - begun)
    print(f"seconds from delivery to status: {', '.join(f'{one:.2f}' for one in took)}")
    assert min(took) < WITHIN_SECONDS, took
    assert watcher.turns()["c0.example"] == "ours"
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


def test_a_sent_answer_is_heard_too(watcher: Watcher, dovecot: Dovecot) -> None:
    answer(dovecot, 0, timedelta(minutes=1))
    watcher.start_ready()
    listens(watcher)
    assert turn(watcher, "c0.example") == "ours"
    now = datetime.now(UTC)
    ours = mail(USER, "anna@c0.example", "Re: Offer", now, "<k9@acme-pumps.test>", "<a0@c.example>")
    dovecot.append("Sent", ours, internal_date=now)
    until(lambda: turn(watcher, "c0.example") == "theirs")


def test_a_server_that_starts_again_is_listened_to_again(watcher: Watcher, dovecot: Dovecot) -> None:
    process = watcher.start_ready()
    listens(watcher)
    dovecot.kill()
    dovecot.start()
    until(lambda: watcher.log().count("listening to a folder") >= 4)
    answer(dovecot, 0)
    until(lambda: turn(watcher, "c0.example") == "ours")
    assert process.poll() is None
    assert watcher.blind() == []
