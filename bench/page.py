"""docs/benchmarks.md: the figures of a whole run, with the machine and the versions they are of."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.figures import Figure

_HEAD = """\
# How fast it is

Written by `make bench`; do not edit. Everything is measured in one run on one machine, side by side with what
it is held against: what a person would use instead (isync and notmuch from Debian), and floors that nobody
could beat with the same tools (`bench/floor.py`). Dovecot holds a mailbox out of a seed (`bench/mailbox.py`),
half of it in Sent. Ratios say more than seconds: below 1 watcher is faster. Goals are upper bounds.

| figure | measured | ratio | goal | |
|---|---|---|---|---|
"""

# Why a goal is missed, by the name of its figure; written down after the run that showed it.
WHY: dict[str, str] = {
    "list against `mbsync` + `notmuch new`": (
        "imapclient alone, which fetches the same header fields and does nothing with them, already takes a"
        " good part of what the goal allows. What is left pays for reading the headers, keeping each mail"
        " with its people and references, and judging it. Fetching overlaps with keeping, but with a server"
        " on the same machine nobody waits for the line, and Python works on one processor at a time."
    ),
    "list against imapclient alone": (
        "what comes after fetching takes longer than fetching: decoding, addresses and kinds, SQLite through"
        " SQLAlchemy, and the judgement, in one process (docs/decisions/0031-a-first-sync.md)."
    ),
    "list over 40 ms and 20 Mbit/s against a raw socket": (
        "the line is busy until the last header is here, and idle while all is judged after it: who has a"
        " thread hangs on all mail of its customers. A second link costs its sign-in."
    ),
    "peak memory of a first sync, MB": (
        "what shares a customer or a talk is judged at once, however much that is"
        " (docs/decisions/0031-a-first-sync.md)."
    ),
    "its processor time, ms": (
        "what is left are NOOP, LIST and an EXAMINE a folder through imaplib, and the short transactions in"
        " which a round asks what changed and notes that each folder was read."
    ),
    "`status` against a bare script": (
        "it imports more: the command line with its options and help, the paths, the sentences."
    ),
    "100 new messages, the slowest store against the quickest": (
        "what new mail touches is found by indexes; their pages are read from a larger file."
    ),
    "its processor time an hour, s": (
        "both count: waiting (two listeners, a heartbeat, jobs that look each minute), and twelve rounds that"
        " each bring a mail, which a poll with nothing new does not."
    ),
    "`status`, largest store against smallest": (
        "more waits in a larger store: each clock that runs is read and its days are counted, those that the"
        " table only counts too."
    ),
}


def written(figures: Sequence[Figure], times: int, minutes: float) -> str:
    """The whole page."""
    rows = "".join(f"{_row(one)}\n" for one in figures)
    missed = [one for one in figures if not one.met]
    return f"{_HEAD}{rows}\n{_missed(missed)}## The run\n\n{_machine(times, minutes)}"


def _row(one: Figure) -> str:
    verdict = "met" if one.met else f"missed by {one.ratio / one.most - 1:.0%}"
    unit = "" if one.unit == "x" else f" {one.unit}"
    return f"| {one.name} | {one.told} | {one.ratio:.2f}{unit} | {one.most:g}{unit} | {verdict} |"


def _missed(figures: Iterable[Figure]) -> str:
    told = [f"- **{one.name}**: {WHY.get(one.name, 'not looked into yet.')}\n" for one in figures]
    return f"## What is missed, and why\n\n{''.join(told)}\n" if told else ""


def _machine(times: int, minutes: float) -> str:
    names = (line for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    cpu = next(names, "model name: ?").partition(":")[2].strip()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    libraries = ", ".join(
        f"{one} {version(one)}" for one in ("imapclient", "mail-parser", "sqlalchemy", "rich")
    )
    tools = ", ".join(filter(None, (_said(one, "--version") for one in ("dovecot", "mbsync", "notmuch"))))
    return (
        f"- {os.cpu_count()} cores of {cpu}; {system}\n- {libraries}\n- {tools}\n"
        f"- each measured {times} times, medians; {minutes:.0f} minutes in all\n"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _said(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    line = (done.stdout or done.stderr).strip().splitlines()[0]
    return line if words[0] in line.lower() or words[0] == "mbsync" else f"{words[0]} {line}"
