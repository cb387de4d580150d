"""Dates as a rep types them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from watcher.cli.dates import day, earlier, later
from watcher.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
AUCKLAND = ZoneInfo("Pacific/Auckland")
# Thursday 19 March 2026, 10:30 in Berlin. Summer time begins there on the 29th.
NOW = datetime(2026, 3, 19, 9, 30, tzinfo=UTC)


def local(moment: datetime, zone: ZoneInfo = BERLIN) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4h", "Thu 2026-03-19 14:30"),
        ("1d", "Fri 2026-03-20 09:00"),
        ("2d", "Sat 2026-03-21 09:00"),
        ("3w", "Thu 2026-04-09 09:00"),
        ("2d 14:00", "Sat 2026-03-21 14:00"),
        (" 2 D ", "Sat 2026-03-21 09:00"),
        ("mon", "Mon 2026-03-23 09:00"),
        ("Monday", "Mon 2026-03-23 09:00"),
        ("thu", "Thu 2026-03-26 09:00"),
        ("wed", "Wed 2026-03-25 09:00"),
        ("fri 8:15", "Fri 2026-03-20 08:15"),
        ("tomorrow", "Fri 2026-03-20 09:00"),
        ("today 18:00", "Thu 2026-03-19 18:00"),
        ("2026-04-01", "Wed 2026-04-01 09:00"),
        ("20260401", "Wed 2026-04-01 09:00"),
        ("2026-04-01 14:00", "Wed 2026-04-01 14:00"),
        ("2026-04-01T14:00+08:00", "Wed 2026-04-01 08:00"),
        ("2026-04-01T14:00:00Z", "Wed 2026-04-01 16:00"),
    ],
)
def test_a_moment_to_come(text: str, expected: str) -> None:
    assert local(later(text, NOW, BERLIN)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4h", "Thu 2026-03-19 06:30"),
        ("2d", "Tue 2026-03-17 09:00"),
        ("yesterday", "Wed 2026-03-18 09:00"),
        ("yesterday 16:20", "Wed 2026-03-18 16:20"),
        ("today", "Thu 2026-03-19 09:00"),
        ("mon", "Mon 2026-03-16 09:00"),
        ("thu", "Thu 2026-03-12 09:00"),
        ("fri", "Fri 2026-03-13 09:00"),
        ("2026-03-02", "Mon 2026-03-02 09:00"),
        ("2026-03-02 14:00", "Mon 2026-03-02 14:00"),
    ],
)
def test_a_moment_gone_by(text: str, expected: str) -> None:
    assert local(earlier(text, NOW, BERLIN)) == expected


@pytest.mark.parametrize("text", ["today", "2026-03-19", "0d"])
def test_today_before_the_day_begins_is_now(text: str) -> None:
    early = datetime(2026, 3, 19, 5, 0, tzinfo=UTC)
    assert earlier(text, early, BERLIN) == early


@pytest.mark.parametrize(
    ("text", "now", "expected_utc"),
    [
        # Clocks go forward on Sunday 29 March 2026 at 02:00: nine o'clock is an hour earlier in UTC.
        ("10d", NOW, "2026-03-29 07:00"),
        ("2026-03-28", NOW, "2026-03-28 08:00"),
        # A time that is skipped falls as much later as the clocks skip; one that comes twice is the first.
        ("2026-03-29 02:30", NOW, "2026-03-29 01:30"),
        ("2026-10-25 02:30", NOW, "2026-10-25 00:30"),
        # Hours are hours, whatever the clocks do.
        ("4h", datetime(2026, 3, 29, 0, 0, tzinfo=UTC), "2026-03-29 04:00"),
    ],
)
def test_clocks_that_change(text: str, now: datetime, expected_utc: str) -> None:
    assert f"{later(text, now, BERLIN):%Y-%m-%d %H:%M}" == expected_utc


def test_a_bare_day_is_the_reps_opening_hour() -> None:
    assert local(later("2d", NOW, SHANGHAI, time(8, 30)), SHANGHAI) == "Sat 2026-03-21 08:30"


def test_a_day_is_the_reps_day() -> None:
    # Nine in the morning in Auckland is the evening before in UTC.
    assert day("2026-04-01", NOW, AUCKLAND) == date(2026, 4, 1)


@pytest.mark.parametrize("text", ["today", "2026-03-18", "yesterday", "0h", "2020-01-01"])
def test_what_is_over_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="over already"):
        later(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["tomorrow", "2026-03-20", "today 18:00"])
def test_what_has_not_come_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not come yet"):
        earlier(text, NOW, BERLIN)


@pytest.mark.parametrize(
    "text",
    ["", "whenever", "2x", "mo", "d", "2026-13-01", "2026-02-30", "-2d", "99999d", "٢d", "mon 25:00", "m"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        later(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["9999-12-31 23:59", "0001-01-01"])
def test_what_no_calendar_holds_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="out of any calendar"):
        later(text, NOW, BERLIN)
