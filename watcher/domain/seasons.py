"""What keeps a country from work besides its weekend: public holidays, and the seasons no list has.

Public holidays and make-up days are the `holidays` library's. What is not published yet (China's
make-up days of coming years, the moon's feasts) is provisional and may move when the library is
updated. Nationwide days only: a customer's region is not known. Half days count as working.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from types import MappingProxyType

from watcher.domain.data import table

SATURDAY_SUNDAY = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """One country's year: `names` by day, and `worked`, the weekend days that are made up for."""

    names: Mapping[date, str]
    worked: frozenset[date]


_NO_HOLIDAYS = PublicHolidays(names=MappingProxyType({}), worked=frozenset())


@lru_cache(maxsize=4096)
def public_holidays(country: str | None, year: int) -> PublicHolidays:
    """The public holidays of an ISO 3166-1 country, named in English where the library can.

    None, and a country that the library does not know, have none.
    """
    if country is None or country not in _listed():
        return _NO_HOLIDAYS
    import holidays  # here, not above: it costs 80 ms, and `watcher status` only reads what was judged

    year_of = holidays.country_holidays(country, years=year, expand=False, language="en_US")
    return PublicHolidays(
        names=MappingProxyType(dict(year_of.items())),
        worked=frozenset(day for day in year_of.weekend_workdays if day.year == year),
    )


@lru_cache(maxsize=512)
def half_holidays(country: str | None, year: int) -> frozenset[date]:
    """The days that are worked until about noon by the library's lists; few countries are told."""
    if country is None or country not in _listed():
        return frozenset()
    import holidays

    if "half_day" not in holidays.country_holidays(country).supported_categories:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year, expand=False, categories=("half_day",)))


@cache
def legal_weekend(country: str | None) -> frozenset[int]:
    """The weekly days off (Monday is 0) by the holiday library, Saturday and Sunday where it knows none."""
    if country is None or country not in _listed():
        return SATURDAY_SUNDAY
    import holidays

    return frozenset(holidays.country_holidays(country).weekend)


@cache
def _listed() -> frozenset[str]:
    import holidays

    return frozenset(holidays.list_supported_countries())


@dataclass(frozen=True, slots=True)
class Season:
    """One entry of seasons.toml; that file says what the fields mean."""

    name: str
    countries: frozenset[str]
    first: str = ""
    last: str = ""
    dates: tuple[date, ...] = ()
    holiday: str = ""
    before: int = 0
    after: int = 0

    def days(self, country: str, year: int) -> Iterator[date]:
        """The days of the season that begins, or whose feast lies, in that year."""
        if self.first:
            yield from _days(*self._between(year))
        for feast in self._feasts(country, year):
            yield from _days(feast - timedelta(self.before), feast + timedelta(self.after))

    def _between(self, year: int) -> tuple[date, date]:
        last_year = year + 1 if self.last < self.first else year
        return date.fromisoformat(f"{year}-{self.first}"), date.fromisoformat(f"{last_year}-{self.last}")

    def _feasts(self, country: str, year: int) -> Iterator[date]:
        yield from (day for day in self.dates if day.year == year)
        if self.holiday:
            names = public_holidays(country, year).names
            yield from (day for day, name in names.items() if self.holiday in name)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(n) for n in range((last - first).days + 1))


@cache
def seasons() -> tuple[Season, ...]:
    """Every season of the data file."""
    return tuple(
        Season(
            **{**entry, "countries": frozenset(entry["countries"]), "dates": tuple(entry.get("dates", ()))}
        )
        for entry in table("seasons")["season"]
    )


@lru_cache(maxsize=4096)
def season_days(country: str | None, year: int) -> Mapping[date, str]:
    """The days of that year which lie in a season of the country, with the season's name."""
    found: dict[date, str] = {}
    for season in seasons():
        if country is not None and country in season.countries:
            for begins in (year - 1, year, year + 1):  # a feast of January reaches back into December
                found.update(dict.fromkeys(season.days(country, begins), season.name))
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})
