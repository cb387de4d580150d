"""How a due was counted: so many working days, and which days lay in between and did not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from watcher.cli.common import shown
from watcher.domain.blindness import told
from watcher.domain.calendars import Calendar
from watcher.domain.skipped import Spell, passed_over
from watcher.domain.worktime import working_days_between

_AT_MOST = 4  # spells that are named
_THIS_NEAR = 180  # days: nearer than this a date needs no year


@dataclass(frozen=True, slots=True)
class Counted:
    """A due that was counted in days: of whose calendar, from when, to which time of day of theirs.

    `place` is what the side's country is called, "" for the rep's own.
    """

    since: datetime
    due: datetime
    calendar: Calendar
    at: time
    place: str = ""


def reckoned(counted: Counted, now: datetime) -> str:
    """ "due Wed 8 Apr 18:00 in Germany: 2 working days; Mon 6 Apr is Easter Monday there."; "" where the
    due is not at the time of day that counted ones have: then somebody named it.
    """
    due, calendar = counted.due, counted.calendar
    many = working_days_between(counted.since, due, calendar)
    if not many or due.astimezone(calendar.zone).time() != counted.at:
        return ""
    was = "it was due" if due <= now else "due"
    where = f" in {counted.place}" if counted.place else ""
    days = "1 working day" if many == 1 else f"{many} working days"
    parts = [f"{was} {told(due, now, calendar.zone)}{where}: {days}", *_spells(counted, now)]
    return f"{'; '.join(parts)}."


def _spells(counted: Counted, now: datetime) -> list[str]:
    found = passed_over(counted.since, counted.due, counted.calendar)
    lines = [_named(one, now.date()) for one in found[:_AT_MOST]]
    last = counted.due.astimezone(counted.calendar.zone).date()
    if len(found) > _AT_MOST:
        lines.append(f"and {len(found) - _AT_MOST} more such days")
    if counted.calendar.is_half_day(last):
        lines.append(f"{_day(last, now.date())} is half a day")
    return lines


def _named(spell: Spell, today: date) -> str:
    if spell.worked:
        return f"{_day(spell.first, today)} is worked"
    name = shown(spell.name, 60)
    if spell.first == spell.last:
        return f"{_day(spell.first, today)} is {name}"
    return f"{_day(spell.first, today)} to {_day(spell.last, today)} is {name}"


def _day(day: date, today: date) -> str:
    near = abs((today - day).days) < _THIS_NEAR
    return f"{day:%a} {day.day} {day:%b}" if near else f"{day.day} {day:%b %Y}"
