"""Public holidays, seasons, weekends: the data files against the calendar on the wall."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher.domain.calendars import customer_calendar, rep_calendar
from watcher.domain.data import table
from watcher.domain.seasons import Season, public_holidays, season_days, seasons


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("DE", "2026-04-06", "Easter Monday"),
        ("DE", "2026-12-29", "year's end"),
        ("DE", "2026-12-25", "Christmas Day"),  # the day's own name before the season's
        ("DE", "2026-03-03", None),
        ("CN", "2026-10-01", "National Day"),
        ("CN", "2026-02-13", "Chinese New Year"),
        ("JP", "2026-02-11", "Foundation Day"),
        ("NZ", "2026-12-25", "Christmas Day"),
        ("FR", "2026-08-20", "August break"),
        ("ZZ", "2026-12-25", None),
        (None, "2026-12-25", None),
    ],
)
def test_the_name_of_a_day(country: str | None, day: str, name: str | None) -> None:
    calendar = customer_calendar(country, "", None, UTC)
    assert calendar.holiday_name(date.fromisoformat(day)) == name


def test_a_rep_has_holidays_and_no_seasons() -> None:
    calendar = rep_calendar("DE", UTC)
    assert calendar.holiday_name(date(2026, 12, 25)) == "Christmas Day"
    assert calendar.holiday_name(date(2026, 12, 29)) is None


@pytest.mark.parametrize(
    ("country", "off", "worked"),
    [
        ("DE", "2026-12-24..2027-01-03", "2026-12-23 2027-01-04"),
        ("RU", "2027-01-01..2027-01-08", "2026-12-30"),  # its Christmas is later
        ("IT", "2026-08-01..2026-08-31", "2026-07-31 2026-09-01"),
        ("FR", "2026-08-01..2026-08-31", "2026-07-31 2026-09-01"),
        ("ES", "2026-08-15..2026-08-16", "2026-08-14 2026-08-17"),
        ("CN", "2026-02-12..2026-02-23", "2026-02-11 2026-02-24 2026-02-28"),
        ("TW", "2026-02-12..2026-02-22", "2026-02-11"),
        ("VN", "2030-01-29..2030-02-08", "2030-01-28"),
        ("JP", "2026-02-11..2026-02-11", "2026-02-12 2026-02-16"),
        ("SA", "2026-03-17..2026-03-26", "2026-03-16 2026-03-29"),  # Eid al-Fitr
        ("TR", "2026-05-25..2026-06-01", "2026-05-22 2026-06-02"),  # Eid al-Adha
    ],
)
def test_seasons_and_holidays_join(country: str, off: str, worked: str) -> None:
    calendar = customer_calendar(country, "", None, UTC)
    first, last = map(date.fromisoformat, off.split(".."))
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    assert [day for day in days if calendar.is_working_day(day)] == []
    assert all(calendar.is_working_day(date.fromisoformat(day)) for day in worked.split())


def test_a_made_up_saturday_inside_a_season_stays_off() -> None:
    assert date(2026, 2, 14) in public_holidays("CN", 2026).worked
    assert not customer_calendar("CN", "", None, UTC).is_working_day(date(2026, 2, 14))
    assert rep_calendar("CN", UTC).is_working_day(date(2026, 2, 14))


def test_a_feast_of_january_reaches_back_into_december() -> None:
    feast = Season("feast", frozenset({"XX"}), dates=(date(2031, 1, 1),), before=2, after=1)
    assert list(feast.days("XX", 2031)) == [date(2030, 12, 30) + timedelta(n) for n in range(4)]
    assert date(2032, 12, 31) in season_days("SA", 2032)  # Eid al-Fitr is about 2 January 2033


@pytest.mark.parametrize(
    ("country", "days_off"),
    [
        ("AE", "sat sun"),
        ("BD", "fri sat"),
        ("DE", "sat sun"),
        ("EG", "fri sat"),
        ("HK", "sat sun"),
        ("IL", "fri sat"),
        ("IR", "thu fri"),
        ("KW", "fri sat"),
        ("MR", "sat sun"),
        ("NP", "sat"),
        ("SA", "fri sat"),
        ("ZZ", "sat sun"),
    ],
)
def test_the_weekend_of_a_country(country: str, days_off: str) -> None:
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    weekend = customer_calendar(country, "", None, UTC).weekend
    assert " ".join(week[day] for day in sorted(weekend)) == days_off


def test_every_country_has_a_clock_that_exists() -> None:
    zones = table("countries")["zones"]
    assert len(zones) > 240
    for country, zone in zones.items():
        assert customer_calendar(country, "", None, UTC).zone == ZoneInfo(zone)


def test_every_country_of_the_data_files_has_a_clock() -> None:
    countries = table("countries")
    named = {country for season in seasons() for country in season.countries}
    named |= {country for country in countries["tlds"].values() if country} | countries["weekends"].keys()
    assert named <= countries["zones"].keys()


@pytest.mark.parametrize("year", [2024, 2026, 2030])
@pytest.mark.parametrize("season", [s for s in seasons() if s.holiday], ids=lambda s: s.name)
def test_the_library_knows_every_feast_by_that_name(season: Season, year: int) -> None:
    """A season that the library calls something else in one country would be silently empty there."""
    assert [c for c in sorted(season.countries) if not any(season.days(c, year))] == []


def test_the_dates_of_chinese_new_year_are_hong_kongs() -> None:
    spring = next(season for season in seasons() if season.name == "Chinese New Year")
    assert [day.year for day in spring.dates] == list(range(2020, 2036))
    for day in spring.dates:
        names = public_holidays("HK", day.year).names
        # Hong Kong moves its first day to the fourth where it falls on a Sunday
        assert "Chinese New Year" in names.get(day, "") or day.weekday() == 6
