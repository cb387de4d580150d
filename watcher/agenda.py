"""What the rep's day brings, as the digest tells it: the clocks of the store in, whom and how many out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from watcher.domain.due import Rule, woke
from watcher.domain.order import Rank, rank
from watcher.domain.turns import Turn
from watcher.domain.worktime import Calendar, end_of_day, end_of_week
from watcher.store import ledger
from watcher.store.ledger import RunningWait
from watcher.store.waking import last_before


@dataclass(frozen=True, slots=True)
class Agenda:
    """One day: the top clock of each customer who is `overdue`, and of each who `woke` a dormant thread, top
    first. In customers, besides the overdue: what is `owed` by us before the day ends, what falls due in the
    `week` (0 on all days but its first), who wrote first and was never answered.
    """

    overdue: tuple[RunningWait, ...]
    woke: tuple[RunningWait, ...]
    owed: int
    week: int
    unsorted: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.overdue or self.woke or self.owed or self.week or self.unsorted)


def day_of(connection: Connection, rep: Calendar, now: datetime) -> Agenda:
    """What the day of `now` brings; dormant clocks are left out."""
    awake = ledger.running_waits(connection, now)
    day_ends, week_ends = end_of_day(now, rep), end_of_week(now, rep)
    overdue = _tops(one for one in awake if one.wait.due <= now)
    owed = _tops(one for one in awake if one.wait.turn is not Turn.THEIRS and one.wait.due < day_ends)
    week = _tops(one for one in awake if week_ends and one.wait.due < week_ends)
    return Agenda(
        overdue=tuple(overdue.values()),
        woke=tuple(_tops(_woken(connection, awake, rep)).values()),
        owed=len(owed.keys() - overdue.keys()),
        week=len(week.keys() - owed.keys() - overdue.keys()),
        unsorted=ledger.unsorted_customers(connection, now),
    )


def _woken(connection: Connection, awake: Iterable[RunningWait], rep: Calendar) -> list[RunningWait]:
    ours = {one.thread_id: one for one in awake if one.wait.rule is Rule.OURS and one.thread_id}
    before = last_before(connection, {number: one.wait.since for number, one in ours.items()})
    return [one for number, one in ours.items() if woke(before.get(number), one.wait.since, one.stage, rep)]


def _tops(running: Iterable[RunningWait]) -> dict[int, RunningWait]:
    """The top clock of each customer, top first."""
    tops: dict[int, RunningWait] = {}
    for one in sorted(running, key=rank_of):
        tops.setdefault(one.customer_id, one)
    return tops


def rank_of(running: RunningWait) -> Rank:
    """Where a clock stands in every list and pop-up."""
    return rank(running.stage, running.wait.rule, running.wait.due, running.customer)
