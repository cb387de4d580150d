"""Which days a wait passed over, and why: what `watcher show` says beside a due (DESIGN 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from watcher.domain.calendars import Calendar

_LONGEST = 800  # days: no wait is longer, and a damaged due must not cost time
_OFF = "a day off"  # the rep's leave, or what the config says
_MOVED = "Day off ("  # how the library calls a day that a worked weekend pays for


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in a row, the weekends between them included: off for that `name`, or worked though a weekend."""

    first: date
    last: date
    name: str
    worked: bool = False


def passed_over(since: datetime, due: datetime, calendar: Calendar) -> list[Spell]:
    """The spells after the local day of `since`, up to and with that of `due`. A plain weekend is none."""
    found: list[Spell] = []
    weekend = False  # whether only weekend days lie between the last spell and this day
    for day in _days(since, due, calendar):
        one = _spell(day, calendar)
        if one is None:
            weekend = weekend and not calendar.is_working_day(day)
        elif found and weekend and (found[-1].name, found[-1].worked) == (one.name, one.worked):
            found[-1] = replace(found[-1], last=day)
        else:
            found.append(one)
        weekend = weekend or one is not None
    return found


def _days(since: datetime, due: datetime, calendar: Calendar) -> Iterator[date]:
    first, last = (one.astimezone(calendar.zone).date() for one in (since, due))
    many = min((last - first).days, _LONGEST)
    return (first + timedelta(days=one) for one in range(1, many + 1))


def _spell(day: date, calendar: Calendar) -> Spell | None:
    weekend = calendar.is_weekend(day)
    if calendar.is_working_day(day):
        return Spell(day, day, "", worked=True) if weekend else None
    # The season first: it holds the feast and the days around it in one name.
    name = calendar.season_name(day) or calendar.holiday_name(day) or _OFF
    return None if weekend else Spell(day, day, _OFF if name.startswith(_MOVED) else name)
