"""Working time: when a turn has lasted too long, in the days of the side whose turn it is (DESIGN 2.5).

Moments are aware; results are in UTC. Days and times of day are local to the calendar's zone.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from watcher.domain.calendars import (
    Calendar,
    Correction,
    Corrections,
    customer_calendar,
    rep_calendar,
)

__all__ = [
    "DUE_TIME",
    "Calendar",
    "Correction",
    "Corrections",
    "customer_calendar",
    "due_at",
    "end_of_day",
    "end_of_week",
    "in_working_hours",
    "local_moment",
    "next_opening",
    "nth_working_day",
    "ours_due_time",
    "rep_calendar",
    "stretched",
    "working_days_between",
    "working_days_of_week",
]

DUE_TIME = time(18)  # local to the customer


def local_moment(day: date, at: time, zone: tzinfo) -> datetime:
    """A local time of day, in UTC. One that the clocks skip falls as much later as they skip (PEP 495)."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def nth_working_day(start: date, n: int, calendar: Calendar) -> date:
    """The nth working day strictly after `start`.

    Raises ValueError where n is below 1, or a whole year of the calendar has no working day.
    """
    if n < 1:
        raise ValueError(f"the nth working day needs n >= 1, not {n}")
    year, place = start.year, _rank(start, calendar) + n
    while place > len(workdays := calendar.workdays(year)):
        if not workdays:
            raise ValueError(f"{year} has no working day")
        year, place = year + 1, place - len(workdays)
    return date.fromordinal(workdays[place - 1])


def due_at(since: datetime, days: int, calendar: Calendar, at: time = DUE_TIME) -> datetime:
    """`at` local time on the nth working day after the local day of `since`.

    A local time that the clocks skip falls as much later as they skip; one that comes twice is the
    first (PEP 495). Raises ValueError as nth_working_day does, and for a naive `since`.
    """
    day = nth_working_day(_local(since, calendar).date(), days, calendar)
    return _moment(day, at, calendar)


def working_days_between(start: datetime, end: datetime, calendar: Calendar) -> int:
    """Working days after the local day of `start` up to and with that of `end`; 0 where end <= start."""
    if end <= start:
        return 0
    first, last = _local(start, calendar).date(), _local(end, calendar).date()
    whole_years = sum(len(calendar.workdays(year)) for year in range(first.year, last.year))
    return whole_years + _rank(last, calendar) - _rank(first, calendar)


def stretched(days: int, follow_ups: int) -> int:
    """The wait after so many unanswered follow-ups, x1, x1.5, x2, ..., rounded up to whole days."""
    halves = 2 + max(follow_ups, 0)
    return (days * halves + 1) // 2


def ours_due_time(closing: time) -> time:
    """Two hours before the rep closes, to leave time for writing the answer; midnight at the earliest."""
    return closing.replace(hour=closing.hour - 2) if closing.hour >= 2 else time.min


def in_working_hours(now: datetime, calendar: Calendar, opening: time, closing: time) -> bool:
    """Whether `now` is on a working day, from `opening` until just before `closing`."""
    local = _local(now, calendar)
    return calendar.is_working_day(local.date()) and opening <= local.time() < closing


def next_opening(now: datetime, calendar: Calendar, opening: time, closing: time) -> datetime:
    """`now` where it is inside the hours, else when they next begin."""
    if in_working_hours(now, calendar, opening, closing):
        return now.astimezone(UTC)
    local = _local(now, calendar)
    if calendar.is_working_day(local.date()) and local.time() < opening:
        return _moment(local.date(), opening, calendar)
    return _moment(nth_working_day(local.date(), 1, calendar), opening, calendar)


def end_of_day(now: datetime, calendar: Calendar) -> datetime:
    """The midnight that ends the local day of `now`."""
    return _moment(_local(now, calendar).date() + timedelta(days=1), time.min, calendar)


def end_of_week(now: datetime, calendar: Calendar) -> datetime | None:
    """On the first working day after a weekend, the midnight before the next such day; None on other days."""
    today = _local(now, calendar).date()
    if not _begins_week(today, calendar):
        return None
    ahead = (today + timedelta(days=one) for one in range(1, _LONGEST_WEEK))
    first = next((day for day in ahead if _begins_week(day, calendar)), today + timedelta(days=7))
    return _moment(first, time.min, calendar)


def working_days_of_week(now: datetime, calendar: Calendar) -> list[date]:
    """The working days from that of `now` on up to the next weekend; of the coming week on a day off."""
    today = _local(now, calendar).date()
    ahead = [today + timedelta(days=one) for one in range(_LONGEST_WEEK)]
    first = next((day for day in ahead if calendar.is_working_day(day)), today)
    ends = next(
        (day for day in ahead if day > first and _begins_week(day, calendar)), first + timedelta(days=7)
    )
    return [day for day in ahead if first <= day < ends and calendar.is_working_day(day)]


_LONGEST_WEEK = 30  # days, a feast of two weeks among them


def _begins_week(day: date, calendar: Calendar) -> bool:
    """Whether a weekend lies between that working day and the one before it."""
    if not calendar.is_working_day(day):
        return False
    for back in range(1, _LONGEST_WEEK):
        before = day - timedelta(days=back)
        if calendar.is_working_day(before):
            return False
        if calendar.is_weekend(before):
            return True
    return False


def _rank(day: date, calendar: Calendar) -> int:
    """How many working days its year has seen by the end of that day."""
    return bisect_right(calendar.workdays(day.year), day.toordinal())


def _local(moment: datetime, calendar: Calendar) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware")
    return moment.astimezone(calendar.zone)


def _moment(day: date, at: time, calendar: Calendar) -> datetime:
    return datetime.combine(day, at, calendar.zone).astimezone(UTC)
