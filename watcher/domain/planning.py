"""The work of days: what is to be done, top of the pyramid first, within what a rep can do in a day.

The order is the method's: orders in hand and old customers, then PIs unpaid, then who is about to order, then
inquiries, then, with time left, cold prospects. What they owe is not asked for before it is due; what is ours
may be done early. `watcher plan` imports this: no calendars here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from watcher.domain.order import Rank, rank


class Job(Protocol):
    """What is to be done: a clock that runs."""

    @property
    def customer(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def turn(self) -> str: ...
    @property
    def due(self) -> datetime: ...


J = TypeVar("J", bound=Job)


@dataclass(frozen=True, slots=True)
class WorkDay:
    """One working day of the rep's, and the midnight that ends it."""

    day: date
    ends: datetime


@dataclass(frozen=True, slots=True)
class PlannedDay(Generic[J]):
    """What is done on a day, in this order; `capacity` is how many it holds."""

    day: date
    jobs: tuple[J, ...]
    capacity: int

    @property
    def room(self) -> int:
        """For how many more, new prospects say, there is time."""
        return self.capacity - len(self.jobs)


@dataclass(frozen=True, slots=True)
class Plan(Generic[J]):
    """The days, and what is ready by the last of them and does not fit, top first."""

    days: tuple[PlannedDay[J], ...]
    left: tuple[J, ...]


def plan_days(jobs: Iterable[J], days: Sequence[WorkDay], capacity: int) -> Plan[J]:
    """Spread jobs over days, `capacity` a day. What does not fit waits for the next day, where it stands in
    line with what has come due since.
    """
    waiting = sorted(jobs, key=_place)
    planned = []
    for one in days:
        ready = [job for job in waiting if _is_ready(job, one.ends)]
        # What is due comes before what is only done early.
        today = sorted(ready, key=lambda job: job.due >= one.ends)[:capacity]
        waiting = [job for job in waiting if job not in today]
        planned.append(PlannedDay(one.day, tuple(today), capacity))
    ends = days[-1].ends if days else None
    return Plan(tuple(planned), tuple(job for job in waiting if ends and job.due < ends))


def _place(job: Job) -> Rank:
    return rank(job.stage, job.rule, job.due, job.customer)


def _is_ready(job: Job, ends: datetime) -> bool:
    return job.turn != "theirs" or job.due < ends
