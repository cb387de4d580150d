"""Whose days count: the working days and the clock of one side of a thread (DESIGN 2.5)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from watcher.domain.countries import country_of_domain
from watcher.domain.data import table
from watcher.domain.seasons import SATURDAY_SUNDAY, half_holidays, legal_weekend, public_holidays, season_days

_MONDAY_FIRST = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# +03 to +04:30 without a country may be Riyadh or Baghdad (Friday and Saturday off), Moscow, Istanbul or
# Dubai (Saturday and Sunday), Tehran or Kabul (Friday): Friday and Sunday may be off, and Saturday is off in
# nearly every place at these offsets. A wait a day too long is cheaper than asking on somebody's rest day.
_FRIDAY_TO_SUNDAY = frozenset({4, 5, 6})
_FRIDAY_OFFSETS = range(3 * 60, 4 * 60 + 30 + 1)

_OFFSETS = range(-12 * 60, 14 * 60 + 1)  # minutes east of UTC that some place on earth keeps


@dataclass(frozen=True, slots=True)
class Correction:
    """What the config says of a country's days, over every list: days `off`, days `worked` anyway."""

    country: str
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


Corrections = frozenset[Correction]
_NONE: Corrections = frozenset()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days and the clock of one side.

    `country` is ISO 3166-1 alpha-2 or None (then there are no holidays), `weekend` counts from Monday = 0,
    `days_off` are off besides, `days_worked` are worked whatever else is said, `seasonal` says whether
    seasons.toml counts.
    """

    country: str | None
    zone: tzinfo
    weekend: frozenset[int] = SATURDAY_SUNDAY
    days_off: frozenset[date] = frozenset()
    seasonal: bool = True
    days_worked: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether people are at work on that day; half days count."""
        ordinal, workdays = day.toordinal(), self.workdays(day.year)
        place = bisect_left(workdays, ordinal)
        return place < len(workdays) and workdays[place] == ordinal

    def holiday_name(self, day: date) -> str | None:
        """What is kept on that day, in English where known: a public holiday, else a season."""
        return public_holidays(self.country, day.year).names.get(day) or self.season_name(day)

    def season_name(self, day: date) -> str | None:
        """The season that day lies in, where seasons count."""
        return season_days(self.country, day.year).get(day) if self.seasonal else None

    def is_weekend(self, day: date) -> bool:
        """Whether that day is one of the weekly days off, as the week was in its year."""
        return day.weekday() in _weekend_then(self.country, self.weekend, day.year)

    def is_half_day(self, day: date) -> bool:
        """Whether that working day ends about noon: half a day counts as a whole one."""
        weekly = map(_MONDAY_FIRST.index, table("countries")["half_days"].get(self.country, ()))
        half = day.weekday() in weekly or day in half_holidays(self.country, day.year)
        return half and self.is_working_day(day)

    def workdays(self, year: int) -> tuple[int, ...]:
        """The proleptic ordinals of the year's working days, rising."""
        return _workdays(self.country, self.weekend, self.days_off, self.days_worked, self.seasonal, year)


# Counting working days is a bisection in these, so that a review of 50,000 threads stays under a second.
@lru_cache(maxsize=8192)
def _workdays(
    country: str | None,
    weekend: frozenset[int],
    days_off: frozenset[date],
    days_worked: frozenset[date],
    seasonal: bool,
    year: int,
) -> tuple[int, ...]:
    public, weekend = public_holidays(country, year), _weekend_then(country, weekend, year)
    off = days_off | public.names.keys() | (season_days(country, year).keys() if seasonal else frozenset())
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    year_of = map(date.fromordinal, range(first, last + 1))
    # A made-up Saturday inside a season stays off: nobody who waits patiently is hurt by it.
    return tuple(
        day.toordinal()
        for day in year_of
        if day in days_worked or (day not in off and (day in public.worked or day.weekday() not in weekend))
    )


def _weekend_then(country: str | None, weekend: frozenset[int], year: int) -> frozenset[int]:
    """The weekly days off of a year gone by, where the country has moved its weekend since."""
    former = table("countries")["former_weekends"].get(country)
    if former is None or year >= former["until"]:
        return weekend
    return frozenset(map(_MONDAY_FIRST.index, former["days"]))


def customer_calendar(
    country: str | None,
    domain: str,
    offset_minutes: int | None,
    fallback: tzinfo,
    corrections: Corrections = _NONE,
) -> Calendar:
    """The customer's days and hours from what is known of them; never fails.

    `country` is the setting (None or "" where there is none: then the domain's ending tells),
    `offset_minutes` what their clock last said east of UTC, `fallback` the zone where nothing is known.
    """
    offset = offset_minutes if offset_minutes in _OFFSETS else None
    code = _code(country) if country else country_of_domain(domain)
    return _calendar_of(code, offset, fallback, corrections)


@lru_cache(maxsize=1024)
def _calendar_of(
    code: str | None, offset: int | None, fallback: tzinfo, corrections: Corrections
) -> Calendar:
    zone = _customer_zone(code, offset) or fallback
    said = _said_of(code, corrections)
    return Calendar(code, zone, _customer_weekend(code, offset), said.off, days_worked=said.worked)


def rep_calendar(
    country: str, zone: tzinfo, leave: frozenset[date] = frozenset(), corrections: Corrections = _NONE
) -> Calendar:
    """The rep's own days: no seasons, for the rep's `leave` is in the config. It wins over all else."""
    code = _code(country)
    said = _said_of(code, corrections)
    return Calendar(
        code, zone, _weekend(code), leave | said.off, seasonal=False, days_worked=said.worked - leave
    )


def _said_of(code: str | None, corrections: Corrections) -> Correction:
    found = [one for one in corrections if one.country == code]
    off = frozenset(day for one in found for day in one.off)
    return Correction(code or "", off, frozenset(day for one in found for day in one.worked) - off)


def _code(country: str) -> str | None:
    code = country.strip().upper()
    return {"UK": "GB", "EL": "GR", "": None}.get(code, code)


def _customer_zone(code: str | None, offset: int | None) -> tzinfo | None:
    """The country's main zone, unless their clock is one that this zone never shows."""
    zone = _main_zone(code)
    if offset is None or (zone is not None and _is_shown(zone, offset)):
        return zone
    return timezone(timedelta(minutes=offset))


def _is_shown(zone: tzinfo, offset: int) -> bool:
    # Exchange Online and many web mailers write every Date in +0000: beside a country it says nothing.
    return offset == 0 or offset in _offsets(zone)


@cache
def _main_zone(code: str | None) -> ZoneInfo | None:
    key = table("countries")["zones"].get(code)
    return ZoneInfo(key) if key else None


@cache
def _offsets(zone: tzinfo) -> frozenset[int]:
    """Minutes east of UTC in winter and in summer; 2026 stands for every year."""
    shown = (datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return frozenset(int(offset.total_seconds()) // 60 for offset in shown if offset is not None)


def _customer_weekend(code: str | None, offset: int | None) -> frozenset[int]:
    if code is None and offset in _FRIDAY_OFFSETS:
        return _FRIDAY_TO_SUNDAY
    return _weekend(code)


@cache
def _weekend(code: str | None) -> frozenset[int]:
    known = table("countries")["weekends"].get(code)
    return frozenset(map(_MONDAY_FIRST.index, known)) if known else legal_weekend(code)
