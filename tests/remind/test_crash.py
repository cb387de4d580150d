"""A crash between the claim and the answer shows a pop-up once more, and says so (DESIGN 2.6)."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remind.desk import Desk, kicked, moment
from watcher.domain.stages import Stage
from watcher.nudges import TRIES

pytestmark = pytest.mark.daemon

ROOT = Path(__file__).parents[2]
THEY_OWE = "Opportunity · meyer.example: they owe a reply"
STEP_0 = ("opportunity", "theirs", 0)

# One round of reminding, killed while it shows a pop-up. The folder, and the moment.
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.remind.desk import Desk, moment

class Killed:
    name = "killed"
    def deliver(self, pop_up):
        print(pop_up.title, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

desk = Desk(Path(sys.argv[1]), [Killed()], alerts={"digest": sys.argv[3] == "digest"})
desk.now = moment(sys.argv[2])
desk.look()
desk.remind()
"""


def killed_at(folder: Path, at: str, what: str = "pop-ups") -> str:
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), at, what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode in (-signal.SIGKILL, 0), run.stderr
    return run.stdout.strip()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    kicked(made)
    yield made
    made.close()


def test_killed_once_it_is_shown_again_once(desk: Desk, tmp_path: Path) -> None:
    assert killed_at(tmp_path, "6 09:00") == THEY_OWE
    assert desk.ledger()[STEP_0] == ("claimed", 1)
    assert desk.round("6 09:05") == [f"{THEY_OWE} (again)"]
    assert desk.ledger()[STEP_0] == ("delivered", 2)
    assert desk.round("6 09:10") == []


def test_killed_twice_it_may_never_have_been_seen(desk: Desk, tmp_path: Path) -> None:
    assert killed_at(tmp_path, "6 09:00") == THEY_OWE
    assert killed_at(tmp_path, "6 09:05") == f"{THEY_OWE} (again)"
    assert desk.round("6 09:10") == [f"{THEY_OWE} (again)"]
    assert desk.round("6 09:15") == []


def test_what_kills_each_time_it_is_shown_is_given_up(desk: Desk, tmp_path: Path) -> None:
    assert killed_at(tmp_path, "6 09:00") == THEY_OWE
    for minute in range(1, TRIES):
        assert killed_at(tmp_path, f"6 09:0{minute}") == f"{THEY_OWE} (again)"
    assert killed_at(tmp_path, "6 09:10") == ""
    assert desk.round("6 09:15") == []
    assert desk.round("10 09:00") == [THEY_OWE], "the next step is another reminder"


def test_refused_after_a_kill_it_still_says_again(desk: Desk, tmp_path: Path) -> None:
    """It may have been seen before the kill; what was refused was not."""
    killed_at(tmp_path, "6 09:00")
    desk.channel.refuses = "nobody"
    assert desk.round("6 09:05") == [f"{THEY_OWE} (again)"]
    assert desk.round("6 09:06") == [f"{THEY_OWE} (again)"]
    desk.channel.refuses = ""
    assert desk.round("6 09:10") == [f"{THEY_OWE} (again)"]
    assert desk.round("6 09:15") == []


def test_the_ball_moved_after_a_kill(desk: Desk, tmp_path: Path) -> None:
    killed_at(tmp_path, "6 09:00")
    desk.got("a1@meyer.example", "6 09:01", answers="k1@acme.test", subject="Re: Offer")
    assert desk.round("6 09:05") == []
    assert desk.ledger()[STEP_0][0] == "withdrawn"


def test_a_digest_that_was_killed_comes_once_more(tmp_path: Path) -> None:
    desk = Desk(tmp_path, alerts={"digest": True})
    kicked(desk, Stage.INQUIRY)
    today = "Today: nothing overdue near the top"
    assert killed_at(tmp_path, "10 09:00", "digest") == today
    assert desk.round("10 09:05") == [f"{today} (again)"]
    assert desk.round("10 09:10") == []
    assert killed_at(tmp_path, "11 09:00", "digest") == today
    for minute in range(1, TRIES):
        assert killed_at(tmp_path, f"11 09:0{minute}", "digest") == f"{today} (again)"
    assert desk.round("11 09:10") == []
    desk.now = moment("12 08:00")
    assert desk.round("12 09:00") == [today]
    desk.close()
