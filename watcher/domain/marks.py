"""Working days written down as marks, so that a reader without calendars can count them.

`watcher status` answers in a blink: it reads what review kept, and loads no holidays.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from watcher.domain.calendars import Calendar

# Days ahead that are marked: past the longest wait there is and its dormancy.
_AHEAD = 260


def zone_name(calendar: Calendar, at: datetime) -> str:
    """An IANA key, or seconds east of UTC where the zone is a bare offset."""
    key: str | None = getattr(calendar.zone, "key", None)
    offset = at.astimezone(calendar.zone).utcoffset() or timedelta()
    return key or str(int(offset.total_seconds()))


def zone_named(name: str) -> tzinfo:
    """The zone that `zone_name` wrote down."""
    if name.lstrip("-").isdigit():
        return timezone(timedelta(seconds=int(name)))
    return ZoneInfo(name)


def workday_marks(start: datetime, calendar: Calendar) -> str:
    """A "1" for each working day from the local day of `start` on, a "0" for each other day."""
    return _marks(start.astimezone(calendar.zone).date(), calendar)


# Many waits of one country begin on one day: a list that was read in, a mailing.
@lru_cache(maxsize=2048)
def _marks(first: date, calendar: Calendar) -> str:
    days = (first + timedelta(days=ahead) for ahead in range(_AHEAD))
    return "".join("1" if calendar.is_working_day(day) else "0" for day in days)


def marked_days(marks: str, zone: str, start: datetime, after: datetime, until: datetime) -> int:
    """Working days after the local day of `after`, up to and with `until`'s; `marks` begin at `start`.

    Past the last mark every Monday to Friday counts: nobody needs to know exactly how many months it was.
    """
    where = zone_named(zone)
    first, begin, end = (one.astimezone(where).date() for one in (start, after, until))
    marked = marks[max((begin - first).days + 1, 0) : max((end - first).days + 1, 0)].count("1")
    last_marked = max(begin, first + timedelta(days=len(marks) - 1))
    return marked + _weekdays(last_marked, end)


def _weekdays(after: date, until: date) -> int:
    """Mondays to Fridays after one day, up to and with another."""
    weeks, days = divmod(max((until - after).days, 0), 7)
    return 5 * weeks + sum((after + timedelta(days=one)).isoweekday() <= 5 for one in range(1, days + 1))
