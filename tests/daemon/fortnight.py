"""A fortnight with kill -9 at random moments: nothing is lost, nothing doubled, and each evening all is as if
nobody had been killed.

`python -m tests.daemon.fortnight` plays a large one, and writes its chapter of docs/reliability.md.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests import reliability
from tests.daemon.entry import set_clock
from tests.daemon.herd import Herd
from tests.daemon.in_flight import PLACES, deliveries
from tests.daemon.process import USER, Watcher, config_text, mail, until
from tests.state import differences
from watcher.demo.server import DemoServer
from watcher.domain.stages import Stage
from watcher.store import words
from watcher.store.engine import open_store
from watcher.store.migrate import migrate

DAYS = 14
BEGUN = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
SEED = 20260302
FEW = {"meyer.example": Stage.PI, "gulf.example": Stage.OPPORTUNITY, "sol.example": Stage.OPPORTUNITY}
MANY = {f"c{number}.example": (Stage.OPPORTUNITY, Stage.PI)[number % 3 == 0] for number in range(200)}


# ── a mailbox that lives ──

_REPORT = """\
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.acme-pumps.test\r
\r
Final-Recipient: rfc822; {to}\r
Action: failed\r
Status: 5.1.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
Message-ID: {returned}\r
\r
--b--\r
"""


@dataclass
class Mailbox:
    """A rep's mailbox, and who writes what in it, drawn by lot."""

    server: DemoServer
    lot: random.Random
    stages: Mapping[str, Stage]
    exchanges: int = 8  # with each customer, before the fortnight
    _last: dict[str, str] = field(default_factory=dict)
    _number: int = 0

    def a_day(self, day: datetime) -> None:
        for customer in self.stages:
            deeds = [self._kick, self._answer, self._holiday, self._bounce, self._junk, *4 * [self._nothing]]
            self.lot.choice(deeds)(customer, day)
        self._put("Junk", day, "win@prize.example", USER)

    def first_day(self, day: datetime) -> None:
        for customer in self.stages:
            for ago in range(4 + self.exchanges, 4, -1):
                self._kick(customer, day - timedelta(days=ago))
                self._answer(customer, day - timedelta(days=ago, hours=-2))
            self._kick(customer, day - timedelta(days=4))

    def _kick(self, customer: str, day: datetime) -> None:
        name = self._put("Sent", day, USER, f"anna@{customer}", self._last.get(customer, ""))
        self._last[customer] = name

    def _answer(self, customer: str, day: datetime) -> None:
        self._put("INBOX", day, f"anna@{customer}", USER, self._last.get(customer, ""))

    def _junk(self, customer: str, day: datetime) -> None:
        self._put("Junk", day, f"anna@{customer}", USER, self._last.get(customer, ""))

    def _holiday(self, customer: str, day: datetime) -> None:
        more = "Auto-Submitted: auto-replied\r\n"
        self._put("INBOX", day, f"anna@{customer}", USER, self._last.get(customer, ""), more)

    def _nothing(self, customer: str, day: datetime) -> None:
        """A quiet day: in the end somebody has to be reminded."""

    def _bounce(self, customer: str, day: datetime) -> None:
        report = _REPORT.format(to=f"anna@{customer}", returned=self._last[customer])
        self._put("INBOX", day, "mailer-daemon@mx.acme-pumps.test", USER, more=report)

    def _put(
        self, folder: str, day: datetime, sender: str, to: str, answers: str = "", more: str = ""
    ) -> str:
        self._number += 1
        name = f"<{self._number}@{sender.partition('@')[2]}>"
        at = day - timedelta(minutes=60 - self._number % 50)
        raw = mail(sender, to, f"Offer {to.partition('@')[2]}", at, name, answers)
        self.server.append(
            folder, raw.replace(b"\r\n\r\n", f"\r\n{more}\r\n".encode(), 1) if more else raw, at
        )
        return name


# ── two homes ──


class Home:
    """A rep's home whose daemon and commands are forked, and may be killed."""

    def __init__(self, folder: Path, port: int, herd: Herd) -> None:
        folder.mkdir()
        self._watcher = Watcher(folder, config_text(port))
        self._herd, self._clock = herd, folder / "clock"
        self.path, self.store = folder, folder / "watcher.db"
        made = open_store(self.store)
        migrate(made, BEGUN, head="0001")  # so that the first start has something to migrate
        made.close()
        self._told = 0

    def close(self) -> None:
        self._watcher.__exit__()

    def at(self, now: datetime) -> None:
        self.now = now
        set_clock(self._clock, now)

    def round(self) -> float:
        """One undisturbed life of the daemon; the seconds until all was read, judged and reminded of."""
        self._watcher.forget()
        begun = time.monotonic()
        process = self._run()
        while not self._watcher.hears("all folders read"):
            assert time.monotonic() - begun < 60, self._watcher.log()
        took = time.monotonic() - begun
        os.kill(process, signal.SIGTERM)
        assert self._herd.wait(process) == 0, self._watcher.log()
        return took

    def killed(self, what: str, after: float) -> bool:
        """Whether it was still at work when it was killed, so many seconds after its start."""
        process = self._sync() if what == "sync" else self._run()
        time.sleep(after)  # the moment is what is drawn
        os.kill(process, signal.SIGKILL)
        return self._herd.wait(process) == -signal.SIGKILL

    def killed_in_flight(self, place: str) -> bool:
        """Whether a pop-up was due, and the daemon was killed right before or after it was shown."""
        order, stopped = self.path / "stop-at", self.path / "stopped"
        order.write_text(place, "utf-8")
        self._watcher.forget()
        process = self._run()
        until(lambda: stopped.exists() or self._watcher.hears("all folders read"), seconds=60)
        os.kill(process, signal.SIGKILL)
        assert self._herd.wait(process) == -signal.SIGKILL
        order.unlink()
        reached = stopped.exists()
        stopped.unlink(missing_ok=True)
        return reached

    def _run(self) -> int:
        return self._herd.run(self.path, self._clock, self._watcher.environment())

    def _sync(self) -> int:
        return self._herd.sync(self.path, self.now.isoformat(), self._watcher.environment())

    def tell_stages(self, stages: Mapping[str, Stage]) -> None:
        store = open_store(self.store)
        with store.writing() as connection:
            for customer, stage in stages.items():
                found = words.find_customer(connection, customer)
                words.move(connection, found.deals[0][0], stage, self.now)
        store.close()

    def shown_since(self) -> list[tuple[str, list[int]]]:
        """What popped up since this was last asked: titles, and the ledger's rows."""
        shown = list(deliveries(self.path))
        new, self._told = shown[self._told :], len(shown)
        return new

    def named(self, row: int) -> str:
        """A row of the ledger by the key that it bears in every home (DESIGN 2.6)."""
        (key,) = self._keys("SELECT key FROM reminder WHERE id = ?", row)
        return key

    def in_flight(self) -> list[str]:
        """The keys of what was begun, and nobody knows whether it was seen."""
        return self._keys("SELECT key FROM reminder WHERE state = 'claimed'")

    def _keys(self, query: str, *values: int) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.store)) as connection:
            return [str(key) for (key,) in connection.execute(query, values)]


@dataclass
class Fortnight:
    """What is played, and what came of it."""

    stages: Mapping[str, Stage]
    kills: Sequence[str]  # of each day: "run" is the daemon, "sync" the command
    exchanges: int = 8
    # Kills of who was at work, or in flight; reminders that were due; evenings by what was found.
    hit: Counter[str] = field(default_factory=Counter)
    _moments: random.Random = field(default_factory=lambda: random.Random(SEED))

    def play(self, folder: Path) -> None:
        """Raises AssertionError where the killed home is not as the undisturbed one of an evening."""
        with _server() as server, Herd() as herd, contextlib.ExitStack() as stack:
            homes = [Home(folder / name, server.port, herd) for name in ("undisturbed", "killed")]
            for one in homes:
                stack.callback(one.close)
            lot = random.Random(SEED)
            mailbox = Mailbox(server, lot, self.stages, self.exchanges)
            for number in range(DAYS):
                self._day(number, mailbox, *homes)

    def assert_much_happened(self) -> None:
        """A fortnight of two hundred customers in which little was due, or hit, proves nothing."""
        assert self.hit["due"] >= 200, self.hit
        assert min(self.hit["before"], self.hit["after"]) >= 2, self.hit
        assert self.hit["twice"] >= 50, self.hit
        assert self.hit["midway"] >= DAYS // 2, self.hit

    def _day(self, number: int, mailbox: Mailbox, undisturbed: Home, killed: Home) -> None:
        day = BEGUN + timedelta(days=number)
        mailbox.a_day(day) if number else mailbox.first_day(day)
        undisturbed.at(day)
        killed.at(day)
        took = undisturbed.round()
        in_flight = Counter[str]()
        # On every second day the lot meets what has just come, and soon; on the others what was shown half.
        fresh = number % 2 == 1
        latest = took / 2 if fresh else took
        by_lot = [partial(self._killed_by_lot, undisturbed, killed, what, latest) for what in self.kills]
        aimed = partial(self._killed_in_flight, killed, PLACES[number // 2 % 2])
        for kill in [*by_lot, aimed] if fresh else [aimed, *by_lot]:
            kill()
            in_flight.update(killed.in_flight())
        killed.round()
        assert not (differ := differences(killed.store, undisturbed.store)), differ
        self._compare_shown(undisturbed, killed, in_flight)
        self.hit["evenings"] += 1
        if number == 0:
            undisturbed.tell_stages(self.stages)
            killed.tell_stages(self.stages)

    def _killed_in_flight(self, killed: Home, place: str) -> None:
        self.hit[place] += killed.killed_in_flight(place)

    def _killed_by_lot(self, undisturbed: Home, killed: Home, what: str, latest: float) -> None:
        while not killed.killed(what, self._moments.uniform(0, latest)):
            latest /= 2  # the sync had ended before; where nothing is new it soon has
        self.hit[what] += 1
        left = differences(killed.store, undisturbed.store).keys() - {"reminders"}
        self.hit["midway"] += bool(left)

    def _compare_shown(self, undisturbed: Home, killed: Home, in_flight: Mapping[str, int]) -> None:
        """Each reminder that was due was shown: once, and again only where it says so, once a kill at most
        that came while it was in flight.
        """
        due = Counter(undisturbed.named(row) for _, rows in undisturbed.shown_since() for row in rows)
        first, again = Counter[str](), Counter[str]()
        for title, rows in killed.shown_since():
            (again if title.endswith("again)") else first).update(map(killed.named, rows))
        assert first.keys() | again.keys() == due.keys()
        assert {*first.values(), *due.values()} <= {1}
        assert all(times <= 1 + in_flight.get(key, 0) for key, times in (first + again).items())
        self.hit["due"] += due.total()
        self.hit["again"] += again.total()
        self.hit["twice"] += (first & again).total()


@contextlib.contextmanager
def _server() -> Iterator[DemoServer]:
    with DemoServer(USER, "demo") as running:
        for name in ("Sent", "Junk"):
            running.create(name)
        yield running


# ── the large one ──

_KILLS = ("run", "run", "sync", "run", "run") * 5 + ("run", "run")  # 22 of the daemon and 5 of the command
_CHAPTER = """\
# A fortnight with kill -9

Written by `make soak`; do not edit. A mailbox with {customers} customers lives for {days} days, and two homes
watch it. In the one the daemon is killed each day right before or right after it shows a pop-up, where one is
due (`tests/daemon/in_flight.py`), and the daemon and `watcher sync` at {kills} moments drawn by lot: on every
second day first, when all that came is new. Each evening both homes know and decided the same
(`tests/state.py`), and each reminder that was due was shown: once, and again only where it says so, once a
kill at most that came while it was in flight. More than five that are due at once are one pop-up, and each
counts. `make test` plays it with 28 kills by lot, and a fortnight with three customers beside it.

## The last run of the fortnight

"""


def main() -> int:
    """Play, and write. A difference ends it with an assertion, and so does a run in which little was."""
    large, begun = Fortnight(MANY, _KILLS, exchanges=1), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        large.play(Path(folder))
    large.assert_much_happened()
    rows = [
        ("kills of the daemon by lot, starting, at work or idle", large.hit["run"]),
        ("kills of `watcher sync` by lot that met it at work", large.hit["sync"]),
        ("of these two: before all was read and judged", large.hit["midway"]),
        ("kills of the daemon right before a pop-up", large.hit["before"]),
        ("kills of the daemon right after a pop-up", large.hit["after"]),
        ("reminders that were due", large.hit["due"]),
        ("of them: shown again after a kill, and said so", large.hit["again"]),
        ("of them: that had been shown before the kill", large.hit["twice"]),
        ("evenings on which the homes were the same", f"{large.hit['evenings']} of {DAYS}"),
        ("the whole run", f"{time.monotonic() - begun:.0f} s"),
    ]
    head = _CHAPTER.format(customers=len(MANY), days=DAYS, kills=len(_KILLS))
    reliability.write(head + "\n".join(reliability.table(("", ""), rows)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
