"""Moments as the cases write them: "Mon 09:30" on the rep's clock, counted from Monday 2 March 2026."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from tests.cases.people import SHANGHAI

MONDAY = date(2026, 3, 2)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# 16:00 in Shanghai is 09:00 in Berlin: a working hour on both sides.
USUAL = time(16)
_TIME = re.compile(r"(?P<day>\S+)(?: (?P<clock>\d\d:\d\d(?::\d\d)?))?")


def day(text: str) -> date:
    """ "Mon" to "Sun" of the first week, "Mon2" of the one after, or a date: "2026-02-17"."""
    if text[:3] in DAYS and (text[3:] or "1").isdigit():
        return MONDAY + timedelta(days=7 * (int(text[3:] or 1) - 1) + DAYS.index(text[:3]))
    return date.fromisoformat(text)


def moment(text: str, usual: time = USUAL) -> datetime:
    """ "Mon", "Tue2 14:30", "2026-02-17 09:00:05": a moment on the rep's clock, in UTC."""
    found = _TIME.fullmatch(text)
    assert found, f"no moment: {text!r}"
    clock = time.fromisoformat(found["clock"]) if found["clock"] else usual
    return datetime.combine(day(found["day"]), clock, SHANGHAI).astimezone(UTC)


def has_clock(text: str) -> bool:
    """Whether a moment names its time of day."""
    return " " in text


def day_name(at: date) -> str:
    """The other way: "Mon2"; days before the first week are dates."""
    days = (at - MONDAY).days
    return f"{DAYS[days % 7]}{days // 7 + 1 if days >= 7 else ''}" if days >= 0 else at.isoformat()
