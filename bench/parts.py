"""The parts of the benchmark. Each measures watcher and what it is held against in turns, in one run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.figures import Figure, alternating
from bench.mailbox import mails, now, write_maildir
from bench.stores import config_in, filled, promoted
from tests.servers.dovecot import Dovecot, _identities

PYTHON = sys.executable
_POLLS = 12  # an hour, at the default period
_ROUNDS = 5
_ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Bench:
    """One run: `scale` 1.0 is what the goals are about, `times` how often each thing is measured."""

    folder: Path
    scale: float = 1.0
    times: int = 3
    figures: list[Figure] = field(default_factory=list)

    def count(self, many: int) -> int:
        """So many messages, at this scale."""
        return max(int(many * self.scale), 64)

    # ── a first sync ──

    def first_sync(self) -> None:
        """The list of 50,000 messages, against mbsync and notmuch, and against imapclient alone."""
        count = self.count(50_000)
        with mailbox(count) as server:

            def ours() -> float:
                return float(self._ours("list", server.port, server.password)["list"])

            def theirs() -> float:
                return self._mbsync(server, fresh=True)

            def floor() -> float:
                return run(
                    [PYTHON, "-m", "bench.floor", "headers", str(server.port), server.user, server.password]
                )

            ours_s, theirs_s, floor_s = alternating([ours, theirs, floor], self.times)
            whole = self._ours("all", server.port, server.password)
        told = f"{count:,} messages: watcher {ours_s:.1f} s"
        self.figures += [
            Figure(
                "list against `mbsync` + `notmuch new`",
                f"{told}, they {theirs_s:.1f} s",
                ours_s / theirs_s,
                0.1,
            ),
            Figure(
                "list against imapclient alone", f"{told}, imapclient {floor_s:.1f} s", ours_s / floor_s, 1.4
            ),
            Figure(
                "completed judgement against the list",
                f"list {whole['list']:.1f} s, every text read by {whole['all']:.1f} s",
                whole["all"] / whole["list"],
                3.0,
            ),
        ]

    def slow_link(self) -> None:
        """The list over 40 ms and 20 Mbit/s, against a socket that reads as many octets over such a link."""
        count = self.count(50_000)
        with mailbox(count) as server:
            took, floors, octets = [], [], 0
            for _ in range(self.times):
                with slowed(server.port) as (port, passed):
                    took.append(self._ours("list", port, server.password)["list"])
                octets = passed()
                with source_of(octets) as source, slowed(source) as (port, _):
                    floors.append(run([PYTHON, "-m", "bench.floor", "raw", str(port), str(octets)]))
        ours_s, floor_s = median(took), median(floors)
        told = (
            f"{count:,} messages, {octets / 1e6:.1f} MB: watcher {ours_s:.1f} s, a raw socket {floor_s:.1f} s"
        )
        self.figures.append(
            Figure("list over 40 ms and 20 Mbit/s against a raw socket", told, ours_s / floor_s, 1.25)
        )

    def memory(self) -> None:
        """The most memory that a first sync of 200,000 messages takes."""
        count = self.count(200_000)
        with mailbox(count) as server:
            peak = float(self._ours("list", server.port, server.password)["peak_mb"])
        told = f"{count:,} messages: {peak:.0f} MB"
        self.figures.append(Figure("peak memory of a first sync, MB", told, peak, 150, "MB"))

    def poll(self) -> None:
        """A poll with nothing new in both folders, against mbsync's whole run."""
        count = self.count(50_000)
        with mailbox(count) as server:
            self._mbsync(server, fresh=True)
            polls, runs = [], []
            for _ in range(self.times):
                polls += self._ours("poll", server.port, server.password)["polls"][3:]
                runs.append(self._mbsync(server, fresh=False))
            theirs = median(runs)
        wall, cpu = (median(one[place] for one in polls) for place in (0, 1))
        told = f"{count:,} messages: watcher {wall * 1000:.0f} ms, mbsync {theirs * 1000:.0f} ms"
        self.figures += [
            Figure("a poll with nothing new against mbsync's run", told, wall / theirs, 1.0),
            Figure("its processor time, ms", f"{cpu * 1000:.1f} ms", cpu * 1000, 5, "ms"),
        ]

    # ── a store that has grown ──

    def growth(self) -> None:
        """100 new messages, and `status`, in stores of 10,000, 100,000 and 1,000,000 messages."""
        counts = [self.count(many) for many in (10_000, 100_000, 1_000_000)]
        took, status = {}, {}
        for count in counts:
            place = self.folder / f"store-{count}"
            place.mkdir()
            took[count] = self._hundred(place, count)
            status[count] = place
        smallest, largest = counts[0], counts[-1]
        times = [took[count] for count in counts]
        told = ", ".join(f"{count:,}: {took[count] * 1000:.0f} ms" for count in counts)
        self.figures.append(
            Figure(
                "100 new messages, the slowest store against the quickest", told, max(times) / min(times), 1.3
            )
        )
        self._status(status[smallest], status[largest], smallest, largest)
        for place in status.values():
            shutil.rmtree(place)

    def _hundred(self, place: Path, count: int) -> float:
        """The store's part of a round that brings 100 mails: keep, judge, look for texts, propose."""
        from watcher.propose import propose
        from watcher.review import review
        from watcher.store import neighbours, texts
        from watcher.texts import VERSIONS

        moment = now()
        filler, config = filled(place, count, moment)
        promoted(filler.store, config, moment)
        fresh = list(mails(count + 100 * (self.times + 1), moment))[count:]
        runs = []
        for place_, start in enumerate(range(0, len(fresh), 100)):
            batch = fresh[start : start + 100]
            began = time.perf_counter()
            for folder in ("INBOX", "Sent"):
                filler.keep(folder, [one for one in batch if one.folder == folder])
            judged = review(filler.store, config, moment).customers
            with filler.store.reading() as connection:
                threads = neighbours.threads_of(connection, judged or ())
                texts.waiting(connection, "work", VERSIONS, moment, 500, threads)
            propose(filler.store, config, moment, judged)
            if place_:  # the first one warms what is compiled and cached
                runs.append(time.perf_counter() - began)
        filler.store.close()
        return median(runs)

    def _status(self, small: Path, large: Path, smallest: int, largest: int) -> None:
        stamp = str(int(now().timestamp()))

        def ours(place: Path) -> Any:
            return lambda: run([PYTHON, "-m", "watcher", "--config", str(place / "config.toml"), "status"])

        def bare() -> float:
            return run([PYTHON, "-m", "bench.floor", "status", str(large / "watcher.db"), stamp])

        few, many, floor = alternating([ours(small), ours(large), bare], max(self.times, 5))
        told = f"{largest:,} messages: watcher {many * 1000:.0f} ms, the bare script {floor * 1000:.0f} ms"
        self.figures += [
            Figure("`status` against a bare script", told, many / floor, 1.4),
            Figure(
                "`status`, largest store against smallest",
                f"{smallest:,}: {few * 1000:.0f} ms, {largest:,}: {many * 1000:.0f} ms",
                many / few,
                1.1,
            ),
        ]

    # ── the daemon ──

    def idle(self) -> None:
        """The daemon with IDLE on two folders: memory, and processor time of an hour of waiting with its
        twelve polls.
        """
        seconds = 60 if self.scale >= 1 else 2
        count = self.count(10_000)
        fresh = list(mails(count + _ROUNDS, now()))[count:]
        with mailbox(count) as server:
            place = self.folder / "idle"
            place.mkdir()
            config = config_in(place, server.port, server.password, '\n[alerts]\nchannels = ["terminal"]\n')
            subprocess.run(
                [PYTHON, "-m", "watcher", "--config", str(config), "sync"], check=True, capture_output=True
            )
            with subprocess.Popen(
                [PYTHON, "-m", "watcher", "--config", str(config), "run"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as daemon:
                time.sleep(10 if self.scale >= 1 else 3)
                before = cpu_of(daemon.pid)
                time.sleep(seconds)
                after = cpu_of(daemon.pid)
                for one in fresh:
                    server.append("INBOX", one.raw)
                    time.sleep(3)  # IDLE tells of it, and a round is read, judged and reminded of
                a_round = (cpu_of(daemon.pid) - after) / _ROUNDS
                hour = (after - before) * 3600 / seconds + _POLLS * a_round
                megabytes = memory_of(daemon.pid)
                daemon.send_signal(signal.SIGTERM)
        self.figures += [
            Figure("memory of the idle daemon, MB", f"{megabytes:.0f} MB", megabytes, 90, "MB"),
            Figure(
                "its processor time an hour, s",
                f"from {seconds} s of waiting, and {_POLLS} rounds of {a_round * 1000:.0f} ms each",
                hour,
                2,
                "s",
            ),
        ]

    # ── how it is run ──

    def _ours(self, what: str, port: int, password: str) -> dict[str, Any]:
        place = self.folder / "ours"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        config = config_in(place, port, password)
        done = subprocess.run(
            [PYTHON, "-m", "bench.ours", what, str(config)],
            check=True,
            capture_output=True,
            text=True,
            cwd=_ROOT,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _mbsync(self, server: Dovecot, *, fresh: bool) -> float:
        """mbsync's whole run and, on a fresh copy, notmuch's."""
        place = self.folder / "theirs"
        if fresh:
            shutil.rmtree(place, ignore_errors=True)
            (place / "mail").mkdir(parents=True)
        (place / "mbsyncrc").write_text(_MBSYNC.format(server=server, place=place))
        (place / "notmuch").write_text(_NOTMUCH.format(place=place))
        around = {**os.environ, "HOME": str(place), "NOTMUCH_CONFIG": str(place / "notmuch")}
        took = run(["mbsync", "-q", "-c", str(place / "mbsyncrc"), "-a"], around)
        return took + (run(["notmuch", "new", "--quiet"], around) if fresh else 0)


_MBSYNC = """\
IMAPAccount work
Host 127.0.0.1
Port {server.port}
User {server.user}
Pass "{server.password}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account work

MaildirStore near
Path {place}/mail/
Inbox {place}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns INBOX Sent
Create Near
SyncState *
"""
_NOTMUCH = """\
[database]
path={place}/mail
[user]
name=Wei
primary_email=wei@acme.test
[new]
tags=new
ignore=.mbsyncstate;.uidvalidity
"""


def run(words: list[str], environment: dict[str, str] | None = None) -> float:
    """How long a command takes, whole. Raises CalledProcessError."""
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env=environment, cwd=_ROOT)
    return time.perf_counter() - began


@contextmanager
def mailbox(count: int) -> Iterator[Dovecot]:
    """A Dovecot with a generated mailbox of so many messages, its index warm."""
    server = Dovecot()
    try:
        write_maildir(server.home / "mail", count, now(), _identities()[:2])
        server.start()
        with server.signed_in() as client:
            for folder in ("INBOX", "Sent"):
                client.select_folder(folder, readonly=True)
                client.search()
        yield server
    finally:
        server.remove()


@contextmanager
def slowed(to: int) -> Iterator[tuple[int, Any]]:
    """A link of 40 ms (20 each way) and 20 Mbit/s; the second value tells afterwards how much came down."""
    command = [PYTHON, "-m", "bench.link", str(to), "20", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as link:
        assert link.stdout is not None
        port = int(link.stdout.readline())
        told: list[int] = []
        yield port, lambda: told[0]
        link.terminate()
        told.append(int(link.stdout.readline() or 0))


@contextmanager
def source_of(octets: int) -> Iterator[int]:
    """Somebody who sends so many octets to whoever connects; the port."""
    code = (
        "import socket,sys\n"
        "s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True)\n"
        "while True:\n"
        " c,_=s.accept(); c.sendall(bytes(int(sys.argv[1]))); c.close()\n"
    )
    with subprocess.Popen([PYTHON, "-c", code, str(octets)], stdout=subprocess.PIPE, text=True) as source:
        assert source.stdout is not None
        yield int(source.stdout.readline())
        source.kill()


def cpu_of(pid: int) -> float:
    """Seconds of the processor that a process has had (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Megabytes that a process holds (proc(5), VmRSS)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmRSS")) / 1024


PARTS = ("first_sync", "slow_link", "memory", "poll", "growth", "idle")
