"""Working days written down count as those of the calendar they were taken from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.marks import marked_days, workday_marks, zone_name, zone_named
from watcher.domain.worktime import Calendar, customer_calendar, rep_calendar, working_days_between

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
CALENDARS = {
    "rep in China": rep_calendar("CN", ZoneInfo("Asia/Shanghai"), frozenset()),
    "German customer": customer_calendar("DE", "meyer.de", None, ZoneInfo("UTC")),
    "Gulf, by the offset of their mail": customer_calendar("", "gulf.example", 240, ZoneInfo("UTC")),
    "west of Greenwich": customer_calendar("", "west.example", -210, ZoneInfo("UTC")),
}


@pytest.mark.parametrize("calendar", CALENDARS.values(), ids=CALENDARS)
@given(
    start=st.integers(0, 400 * 24), after=st.integers(0, 100 * 24), wait=st.integers(-48, 150 * 24)
)  # hours
def test_marks_count_as_their_calendar_does(calendar: Calendar, start: int, after: int, wait: int) -> None:
    since = START + timedelta(hours=start)
    begin = since + timedelta(hours=after)
    end = begin + timedelta(hours=wait)
    marks, zone = workday_marks(since, calendar), zone_name(calendar, since)
    assert marked_days(marks, zone, since, begin, end) == working_days_between(begin, end, calendar)


@pytest.mark.parametrize("calendar", CALENDARS.values(), ids=CALENDARS)
def test_a_zone_survives_being_written_down(calendar: Calendar) -> None:
    zone = zone_named(zone_name(calendar, START))
    assert START.astimezone(zone).utcoffset() == START.astimezone(calendar.zone).utcoffset()


@pytest.mark.parametrize(
    ("name", "hours"), [("14400", 4.0), ("-12600", -3.5), ("0", 0.0), ("Asia/Shanghai", 8.0)]
)
def test_the_zones_names(name: str, hours: float) -> None:
    assert START.astimezone(zone_named(name)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("marks", "after", "until", "days"),
    [
        ("11111001111100", 0, 0, 0),
        ("11111001111100", 0, 1, 1),
        ("11111001111100", 0, 7, 5),
        ("11111001111100", 4, 7, 1),  # Friday to Monday
        ("10111001111100", 0, 2, 1),  # a Tuesday off
        ("11111001111100", 3, 1, 0),  # backwards
        # past the marks Monday to Friday counts
        ("11111001111100", 0, 14, 10),
        ("11111001111100", 0, 21, 15),
        ("11111001111100", 20, 27, 5),
        ("11111001111100", 14, 17, 3),
        ("11111001111100", 0, 364, 260),
    ],
)
def test_days_are_counted(marks: str, after: int, until: int, days: int) -> None:
    begin, end = (START + timedelta(days=one) for one in (after, until))
    assert marked_days(marks, "0", START, begin, end) == days


def test_the_day_is_local() -> None:
    """23:00 in UTC is the next day in Shanghai."""
    late = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    marks = workday_marks(late, CALENDARS["rep in China"])
    assert marked_days(marks, "Asia/Shanghai", late, late, late + timedelta(hours=1)) == 0
    east = late.astimezone(timezone(timedelta(hours=8)))
    assert east.day == 3
    assert marks.startswith("1111001")  # Tuesday to Friday, the weekend, Monday
