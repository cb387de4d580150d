"""What happens in the weeks: who writes when, when the machine sleeps, the server is away, the clock wrong.

Drawn by lot from a seed; the same seed, weeks and customers make the same script.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGIN = date(2026, 3, 23)  # a Monday; summer time, Easter, May Day, Golden Week and Ascension lie ahead
REP_ZONE = ZoneInfo("Europe/Berlin")
REP_HOLIDAYS = (date(2026, 3, 26), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 25))
COUNTRIES = ("de", "us", "jp", "mx", "cn")
STAGES = ("pi", "opportunity", "opportunity")
# When the daemon looks (UTC), on any day: before, in and after the rep's hours (9 to 18, there).
LOOKS = (time(6, 30), time(9, 5), time(13, 5), time(16, 30), time(17, 50), time(20, 0))


@dataclass(frozen=True)
class Customer:
    """One customer, on a step that does not change. The country is the domain's ending."""

    number: int
    country: str
    stage: str

    @property
    def domain(self) -> str:
        return f"c{self.number}.com.cn" if self.country == "cn" else f"c{self.number}.{self.country}"


@dataclass(frozen=True)
class Mail:
    """One mail of a thread: ours, or theirs."""

    at: datetime
    customer: int
    ours: bool
    name: str
    answers: str


@dataclass(frozen=True)
class Look:
    """One look of the daemon: the true time, how wrong the clock is, whether the server is away."""

    at: datetime
    off: timedelta
    away: bool

    @property
    def seen(self) -> datetime:
        """What the machine's clock says."""
        return self.at + self.off


@dataclass(frozen=True)
class Script:
    """All of it, in the order of time."""

    customers: tuple[Customer, ...]
    mails: tuple[Mail, ...]
    looks: tuple[Look, ...]


def script(seed: int, weeks: int, customers: int) -> Script:
    """The script of a seed."""
    lot = random.Random(f"{seed} {weeks} {customers}")
    people = tuple(
        Customer(one, lot.choice(COUNTRIES), lot.choice(STAGES)) for one in range(1, customers + 1)
    )
    mails = sorted((mail for one in people for mail in _talk(lot, one, weeks)), key=lambda one: one.at)
    return Script(people, tuple(mails), tuple(_looks(lot, weeks)))


def _talk(lot: random.Random, one: Customer, weeks: int) -> Iterator[Mail]:
    """We write first; then each side writes, or asks again, after hours or after weeks."""
    at = _moment(lot, BEGIN + timedelta(days=lot.randrange(7 * min(weeks, 3))))
    before, number, ours = "", 0, True
    while at.date() < BEGIN + timedelta(weeks=weeks):
        name = f"<{one.number}.{number}@{'acme.test' if ours else one.domain}>"
        yield Mail(at, one.number, ours, name, before)
        before, number = name, number + 1
        gap = lot.choice((0, 1, 1, 2, 4, 7, 12, 25))
        at = max(at + timedelta(minutes=61), _moment(lot, at.date() + timedelta(days=gap)))
        ours = lot.random() < 0.55


def _moment(lot: random.Random, day: date) -> datetime:
    """At any hour of the day, on a minute at which no look is."""
    return datetime.combine(day, time(lot.randrange(24), lot.choice((11, 22, 33, 44))), UTC)


def _looks(lot: random.Random, weeks: int) -> Iterator[Look]:
    asleep = away = off = 0
    for day in range(7 * weeks):
        for at in LOOKS:
            asleep, away, off = (max(left - 1, 0) for left in (asleep, away, off))
            asleep = asleep or (
                lot.randrange(3, 20) if lot.random() < 0.02 else 0
            )  # a journey, a weekend off
            away = away or (lot.randrange(1, 9) if lot.random() < 0.02 else 0)
            off = off or (lot.randrange(1, 5) if lot.random() < 0.02 else 0)
            step = timedelta(hours=lot.choice((-1, 1))) if off else timedelta()
            if not asleep or day == 0:
                yield Look(
                    datetime.combine(BEGIN + timedelta(days=day), at, UTC), step, bool(away) and day > 0
                )
