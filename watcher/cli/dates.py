"""Dates as a rep types them: 2d, 3w, mon, tomorrow, 2026-04-01, 2026-04-01 14:00."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from watcher.errors import UsageError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = re.compile(r"(\d{1,4})\s*([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(text: str, now: datetime, zone: tzinfo, opening: time = time(9)) -> datetime:
    """The moment a rep means, in UTC. A bare day is its opening hour in the rep's zone.

    Raises UsageError where it cannot be read.
    """
    wanted = text.strip().casefold()
    today = now.astimezone(zone).date()
    if ahead := _AHEAD.fullmatch(wanted):
        span = int(ahead[1]) * _UNITS[ahead[2]]
        return now + span if ahead[2] == "h" else _at(today + span, opening, zone)
    if wanted in ("today", "tomorrow"):
        return _at(today + timedelta(days=wanted == "tomorrow"), opening, zone)
    if wanted[:3] in _DAYS and wanted.isalpha():
        days = (_DAYS.index(wanted[:3]) - today.weekday() - 1) % 7 + 1
        return _at(today + timedelta(days=days), opening, zone)
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} is no date.", "Say 2d, mon, 2026-04-01 or 2026-04-01 14:00.") from error
    if len(wanted) <= 10:
        return _at(found.date(), opening, zone)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def later(text: str, now: datetime, zone: tzinfo, opening: time = time(9)) -> datetime:
    """As `moment`, and in the future. Raises UsageError."""
    found = moment(text, now, zone, opening)
    if found <= now:
        raise UsageError(f"{text!r} is over already.", "Say a moment to come: 2d, mon, 2026-04-01.")
    return found


def _at(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
