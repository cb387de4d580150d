"""Reads `letters.toml`: the demo's correspondence, without dates.

A thread's `mails` is a text in which each mail begins with a head line:

    @ 24d 10:12 anna > wei cc lin; attach=PI.pdf; charset=gbk

"24d 10:12" is ten past ten on the author's clock, 24 weekdays before the demo's day (the
demo tells the same story on every day of the week); "~15s" is that long after the mail before it, as
machines answer; "+8s" is a mail delivered while the demo runs.
Lines that begin with "| " add header fields, the rest is the text. A mail answers the last one
of its thread that its author and the first of its recipients have both seen. Options, after semicolons:

    attach=NAME      a small file of that name
    charset=NAME     what the text is written in; label=NAME is what the mail claims instead
    folder=NAME      where it lies, against the thread's own folder
    fresh            a new mail: no In-Reply-To, no References
    gone             written from elsewhere: it lies in no folder, only its Message-ID is known
    kind=NAME        bounce, receipt, calendar: a body of that structure
    plain            no quoted text below
    raw              header fields in raw 8-bit bytes, as some clients send them
    subject=TEXT     in place of the thread's
    unseen           not read yet
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib.resources import files
from typing import Any

_HEAD = re.compile(
    r"(?:(?P<day>\d+)d (?P<clock>\d\d:\d\d)|~(?P<pause>\d+)s|\+(?P<after>\d+)s)"
    r" (?P<author>\w+) > (?P<to>[\w ]+?)(?: cc (?P<cc>[\w ]+?))?(?: bcc (?P<bcc>[\w ]+))?$"
)
_OPTIONS = frozenset(
    ["attach", "charset", "folder", "fresh", "gone", "kind", "label", "plain", "raw", "subject", "unseen"]
)


@dataclass(frozen=True, slots=True)
class Person:
    """A mailbox and how its owner writes: time zone, language of the mail client, and which client."""

    name: str
    address: str
    zone: str
    client: str
    language: str
    sign: str

    @property
    def domain(self) -> str:
        """What stands right of the @."""
        return self.address.partition("@")[2]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the author's clock, `day` weekdays before the demo's day."""

    day: int
    clock: time


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds after the mail before it in the thread."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """Seconds after the demo's start."""

    seconds: int


When = Moment | Pause | Delivered


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as `letters.toml` tells it."""

    at: When
    author: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    bcc: tuple[Person, ...]
    options: Mapping[str, str]
    fields: tuple[tuple[str, str], ...]
    text: str

    def has(self, option: str) -> bool:
        """Whether an option was given, with or without a value."""
        return option in self.options

    @property
    def sides(self) -> frozenset[str]:
        """The domains of everyone who has seen it."""
        return frozenset(person.domain for person in (self.author, *self.to, *self.cc, *self.bcc))

    @property
    def by_machine(self) -> bool:
        """Whether no person wrote it, so that nobody answers it."""
        return isinstance(self.at, Pause) or self.has("kind")


@dataclass(frozen=True, slots=True)
class Thread:
    """Letters that answer each other. `folder` is where the rep's rules put what comes in."""

    subject: str
    folder: str
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """What the rep says of a customer: what they are called, their stage, what in the mail shows it."""

    customer: str
    name: str
    stage: str
    at: Moment
    shipped: Moment | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Correspondence:
    """All of `letters.toml`."""

    folders: tuple[str, ...]
    threads: tuple[Thread, ...]
    words: tuple[Word, ...]


@cache
def correspondence() -> Correspondence:
    """The demo's letters. Raises ValueError where `letters.toml` breaks its own rules."""
    table = tomllib.loads(files(__package__).joinpath("letters.toml").read_text(encoding="utf-8"))
    people = {key: _person(row) for key, row in table["people"].items()}
    return Correspondence(
        tuple(table["folders"]),
        tuple(_thread(row, people) for row in table["thread"]),
        tuple(_word(row) for row in table["word"]),
    )


def _person(row: Mapping[str, str]) -> Person:
    sign = row.get("sign", row["name"].split()[0])
    return Person(row["name"], row["at"], row["zone"], row["client"], row.get("language", "en"), sign)


def _thread(row: Mapping[str, str], people: Mapping[str, Person]) -> Thread:
    mails = re.split(r"^@ ", row["mails"].strip(), flags=re.MULTILINE)[1:]
    letters = tuple(_letter(mail, people) for mail in mails)
    return Thread(row["subject"], row.get("folder", "INBOX"), letters)


def _letter(mail: str, people: Mapping[str, Person]) -> Letter:
    head, _, rest = mail.partition("\n")
    who, *options = (part.strip() for part in head.split(";"))
    found = _HEAD.match(who)
    if found is None:
        raise ValueError(f"letters.toml: no head line: {head!r}")
    lines = rest.splitlines()
    to, cc, bcc = (_people(found[group], people) for group in ("to", "cc", "bcc"))
    return Letter(
        _when(found),
        people[found["author"]],
        to,
        cc,
        bcc,
        _options(options),
        tuple(_field(line) for line in lines if line.startswith("| ")),
        "\n".join(line for line in lines if not line.startswith("| ")).strip(),
    )


def _people(keys: str | None, people: Mapping[str, Person]) -> tuple[Person, ...]:
    return tuple(people[key] for key in (keys or "").split())


def _when(found: re.Match[str]) -> When:
    if found["day"]:
        return _moment(found["day"], found["clock"])
    return Pause(int(found["pause"])) if found["pause"] else Delivered(int(found["after"]))


def _moment(day: str, clock: str) -> Moment:
    return Moment(int(day), time.fromisoformat(clock))


def _options(parts: Iterable[str]) -> dict[str, str]:
    options = dict(part.partition("=")[::2] for part in parts)
    if unknown := options.keys() - _OPTIONS:
        raise ValueError(f"letters.toml: unknown options {sorted(unknown)}")
    return options


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("| ").partition(": ")
    return name, value


def _word(row: Mapping[str, Any]) -> Word:
    shipped = _spoken(row["shipped"]) if "shipped" in row else None
    return Word(row["customer"], row["name"], row["stage"], _spoken(row["at"]), shipped, row["evidence"])


def _spoken(moment: str) -> Moment:
    day, clock = moment.split()
    return _moment(day.removesuffix("d"), clock)
