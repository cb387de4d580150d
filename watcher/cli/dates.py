"""Dates as a rep types them: 2d, 3w, 4h, mon, tomorrow, mon 14:00, 2026-04-01, 2026-04-01 14:00.

They are read in the rep's zone; a day without a time is its opening hour.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from watcher.domain.worktime import local_moment
from watcher.errors import UsageError

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
_SPAN = re.compile(r"([0-9]{1,4})\s*([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_CLOCK = re.compile(r"(?P<day>\S+)\s+(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])")
_JUST_A_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
# Before the one there was no mail; after the other no calendar is known.
_FIRST_YEAR, _LAST_YEAR = 1980, 2099


def later(text: str, now: datetime, zone: tzinfo, opening: time = time(9)) -> datetime:
    """The moment to come that a rep means, in UTC. Raises UsageError where it is over, or unreadable."""
    found = _moment(text, now, zone, opening, ahead=True)
    if found <= now:
        raise UsageError(f"{text!r} is over already.", "Say a moment to come: 2d, mon, 2026-04-01.")
    return found


def earlier(text: str, now: datetime, zone: tzinfo, opening: time = time(9)) -> datetime:
    """The moment gone by that a rep means, in UTC: 2d is two days ago, mon the last Monday.

    Raises UsageError where it has not come yet, or cannot be read.
    """
    found = _moment(text, now, zone, opening, ahead=False)
    if found > now and found.astimezone(zone).date() == now.astimezone(zone).date() and ":" not in text:
        return now  # today, and the day has not begun
    if found > now:
        raise UsageError(f"{text!r} has not come yet.", "Say a moment gone by: 2d, mon, 2026-03-02 14:00.")
    return found


def day(text: str, now: datetime, zone: tzinfo) -> date:
    """The day that a rep means, seen from now on, in the rep's zone. Raises UsageError."""
    return _moment(text, now, zone, time(9), ahead=True).astimezone(zone).date()


def _moment(text: str, now: datetime, zone: tzinfo, opening: time, *, ahead: bool) -> datetime:
    wanted = text.strip().casefold()
    span = _SPAN.fullmatch(wanted)
    if span and span[2] == "h":
        return now + _signed(int(span[1]) * _UNITS["h"], ahead=ahead)
    today = now.astimezone(zone).date()
    named, at = _with_clock(wanted, opening)
    found = _named_day(named, today, ahead=ahead)
    return _exactly(text, zone, opening) if found is None else local_moment(found, at, zone)


def _with_clock(text: str, opening: time) -> tuple[str, time]:
    """`mon 14:00` as a day and a time of day."""
    found = _CLOCK.fullmatch(text)
    return (found["day"], time(int(found["hour"]), int(found["minute"]))) if found else (text, opening)


def _named_day(text: str, today: date, *, ahead: bool) -> date | None:
    """The day behind a word or a span, None where it is neither."""
    if span := _SPAN.fullmatch(text):
        return today + _signed(int(span[1]) * _UNITS[span[2]], ahead=ahead)
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    weekday = next((place for place, name in enumerate(_DAYS) if _short_for(text, name)), None)
    return None if weekday is None else today + _to_weekday(today, weekday, ahead=ahead)


def _short_for(text: str, name: str) -> bool:
    return len(text) >= 3 and name.startswith(text)


def _to_weekday(today: date, weekday: int, *, ahead: bool) -> timedelta:
    """From today to the next (or last) such day: never today, a week at most."""
    apart = weekday - today.weekday() if ahead else today.weekday() - weekday
    return _signed(timedelta(days=(apart - 1) % 7 + 1), ahead=ahead)


def _signed(span: timedelta, *, ahead: bool) -> timedelta:
    return span if ahead else -span


def _exactly(text: str, zone: tzinfo, opening: time) -> datetime:
    """ISO 8601, with or without a time. Raises UsageError."""
    wanted = text.strip()
    try:
        found = datetime.fromisoformat(wanted)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", "Say 2d, mon, 2026-04-01 or 2026-04-01 14:00.") from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise UsageError(f"{text!r} is out of any calendar.")
    if _JUST_A_DAY.fullmatch(wanted):
        return local_moment(found.date(), opening, zone)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
