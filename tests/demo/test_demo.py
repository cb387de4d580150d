"""`watcher demo` as a person runs it: in a process of its own, with a home that must stay empty."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from time_machine import TimeMachineFixture

from tests.servers import need
from tests.servers.desktop import TOOLS, Desktop
from watcher.clock import system_clock
from watcher.demo.play import POLL_SECONDS, demo_clock

WITHIN_SECONDS = 60.0  # a bound for a loaded machine; the first table takes three
ENDS_WITHIN_SECONDS = 5.0
OVERDUE = [
    "Meyer Armaturen",
    "Delta Dairy",
    "Gulf Flow Trading",
    "Pacific Marine Supplies",
    "Importadora Sol",
]


@dataclass
class Machine:
    """A home and a folder for what is temporary, both empty."""

    home: Path
    temporary: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "watcher", "demo", *arguments],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "TMPDIR": str(self.temporary),
                "PYTHONUTF8": "1",
                **self.more,
            },
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def once(self) -> str:
        process = self.start("--once")
        told, _ = process.communicate(timeout=WITHIN_SECONDS)
        assert process.returncode == 0, told
        return told

    def left_behind(self) -> list[Path]:
        return [*self.home.rglob("*"), *self.temporary.rglob("*")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "home", tmp_path / "temporary")
    made.home.mkdir()
    made.temporary.mkdir()
    return made


class Listener:
    """Reads what a running demo prints, and knows when each line came."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[tuple[float, str]] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self._lines.append((time.monotonic(), line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def when(self, pattern: str) -> float:
        """The moment at which a line came that holds `pattern`; waits for it."""

        def came() -> list[float]:
            return [at for at, line in self._lines if re.search(pattern, line)]

        with self._news:
            assert self._news.wait_for(came, WITHIN_SECONDS), f"never said: {pattern}\n{self.told()}"
            return came()[0]

    def told(self) -> str:
        return "".join(line for _, line in self._lines)

    def end(self, number: signal.Signals) -> str:
        """Send a signal; everything that was said, after a clean end in time."""
        self.process.send_signal(number)
        assert self.process.wait(ENDS_WITHIN_SECONDS) == 0, self.told()
        self._thread.join()
        return self.told()


@contextmanager
def running(machine: Machine) -> Iterator[Listener]:
    process = machine.start()
    try:
        yield Listener(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def told_once(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `watcher demo --once` says on a machine without a desktop; it left nothing behind."""
    machine = Machine(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("temporary"))
    told = machine.once()
    assert machine.left_behind() == []
    return told


@pytest.mark.daemon
def test_once_shows_the_main_job(told_once: str) -> None:
    table = told_once.partition("$ watcher status\n")[2]
    assert re.findall(r"  [●◐○] (.+?)  ", table) == OVERDUE
    assert re.search(r"●.*Meyer Armaturen +they owe · \d+ days", table)
    assert re.search(r"◐.*Delta Dairy +not delivered", table)
    assert "all folders read" in table
    assert "\x1b" not in told_once


@pytest.mark.daemon
def test_without_a_desktop_one_line_says_why(told_once: str) -> None:
    assert re.search(r"^No pop-up: no desktop session bus .*: start watcher inside", told_once, re.MULTILINE)
    assert "▸ PI · Meyer Armaturen: they owe a reply" in told_once


@pytest.mark.daemon
def test_new_mail_changes_the_table_within_a_poll(machine: Machine) -> None:
    with running(machine) as demo:
        arrived = demo.when(r"a mail has arrived")
        changed = demo.when(r"Meyer Armaturen: off the list\. They wrote: yours to answer by \w{3} ")
        # A poll takes a moment itself, and on a loaded machine a long one.
        assert changed - arrived < POLL_SECONDS + 5
        told = demo.end(signal.SIGTERM)
    last_table = told.rpartition("$ watcher status\n")[2]
    assert "Meyer Armaturen" not in last_table
    assert "Gulf Flow Trading" in last_table
    assert machine.left_behind() == []


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("number", "stage"),
    [
        (signal.SIGTERM, "A real IMAP server"),
        (signal.SIGINT, "Read and judged"),
        (signal.SIGINT, "Watching on"),
        (signal.SIGHUP, "Watching on"),
    ],
)
def test_it_ends_when_told_to_and_leaves_nothing(
    machine: Machine, number: signal.Signals, stage: str
) -> None:
    with running(machine) as demo:
        demo.when(stage)
        told = demo.end(number)
    assert "nothing is left of it" in told
    assert "Traceback" not in told
    assert machine.left_behind() == []


@pytest.mark.daemon
@pytest.mark.parametrize(("more", "lines"), [(("--once",), 0), (("--once",), 3), ((), 0), ((), 1)])
def test_whoever_reads_may_have_enough(machine: Machine, more: tuple[str, ...], lines: int) -> None:
    """`watcher demo --once | head -0`: it ends quietly, and nothing is left."""
    process = machine.start(*more)
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(WITHIN_SECONDS) == 0
    assert machine.left_behind() == []


@pytest.mark.desktop
def test_a_real_desktop_gets_the_pop_ups(machine: Machine) -> None:
    need(*TOOLS)
    with Desktop() as desktop:
        machine.more = desktop.env
        told = machine.once()
        titles = [title for title, _ in desktop.shown()]
    assert "Popped up on your desktop, taken by dunst" in told
    assert all(name in title for name, title in zip(OVERDUE, titles, strict=True))
    assert titles[0] == "PI · Meyer Armaturen: they owe a reply"
    assert re.findall(r"▸ (.*)", told) == titles


@pytest.mark.parametrize(
    ("real", "plays"),
    [
        pytest.param("2026-03-19T15:00", "2026-03-19T10:00", id="a Thursday afternoon"),
        pytest.param("2026-03-19T10:00", "2026-03-19T10:00", id="ten o'clock"),
        pytest.param("2026-03-19T09:59", "2026-03-18T10:00", id="before ten"),
        pytest.param("2026-03-21T12:00", "2026-03-20T10:00", id="Saturday"),
        pytest.param("2026-03-22T23:00", "2026-03-20T10:00", id="Sunday night"),
        pytest.param("2026-03-23T08:00", "2026-03-20T10:00", id="Monday, early"),
    ],
)
def test_the_demo_plays_on_the_last_weekday_morning(
    real: str, plays: str, time_machine: TimeMachineFixture
) -> None:
    then, morning = (datetime.fromisoformat(f"{one}:00+08:00") for one in (real, plays))
    time_machine.move_to(then, tick=False)
    clock = demo_clock(system_clock())
    assert clock() == morning
    time_machine.shift(9)
    assert clock() == morning + timedelta(seconds=9)
