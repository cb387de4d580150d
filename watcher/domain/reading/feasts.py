""" "After Chinese New Year": the week people come back in, once a feast that is named has ended.

"After the holidays" names no feast and so no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from watcher.domain.data import table
from watcher.domain.reading.dates import Days, Span, alternatives
from watcher.domain.reading.folded import folded
from watcher.domain.seasons import Season, public_holidays, seasons


@dataclass(frozen=True, slots=True)
class _Feast:
    """One entry of days.toml; that file says what the fields mean."""

    names: tuple[str, ...]
    days: tuple[str, ...] = ()
    season: str = ""
    country: str = ""
    holiday: str = ""

    def last_days(self, year: int) -> list[date]:
        """When it ends in that year; some have two ends (Eid falls twice in one of ours every 33 years)."""
        if self.days:
            return [date.fromisoformat(f"{year}-{self.days[1]}")]
        if self.season:
            ends = ((day, timedelta(days=one.after)) for one in _season(self.season) for day in one.dates)
            return [day + rest for day, rest in ends if day.year == year]
        named = public_holidays(self.country, year).names.items()
        feast = {day for day, name in named if self.holiday in name}
        return [day for day in feast if day + timedelta(days=1) not in feast]


@cache
def _season(name: str) -> tuple[Season, ...]:
    return tuple(one for one in seasons() if one.name == name)


@cache
def _feasts() -> tuple[_Feast, ...]:
    return tuple(
        _Feast(**{**one, "names": tuple(one["names"]), "days": tuple(one.get("days", ()))})
        for one in table("days")["feast"]
    )


@cache
def _named() -> dict[str, _Feast]:
    return {folded(name): one for one in _feasts() for name in one.names}


@cache
def _pattern() -> re.Pattern[str]:
    """A feast that is waited for: "after X", and "X后" where the word comes behind."""
    after = table("days")["after"]
    names = alternatives(_named())
    before, behind = alternatives(after["before"]), alternatives(after["behind"])
    return re.compile(
        rf"(?<!\w)(?:{before})\s(?P<one>{names})(?!\w)|(?P<other>{names})(?:假期|연휴|휴가)?\s?(?:{behind})"
    )


def feasts(text: str, written: date) -> Iterator[Span]:
    """Every "after" a feast in a folded line: the week in which people are back at work."""
    for match in _pattern().finditer(text):
        yield Span(match.start(), match.end(), _week_after(_feast(match["one"] or match["other"]), written))


def _feast(name: str) -> _Feast:
    """The feast of that name; a name with an ending ("bayramından") by its stem."""
    known = _named()
    stems = (one for name_, one in known.items() if name_.endswith("*") and name.startswith(name_[:-1]))
    return known[name] if name in known else next(stems)


def _week_after(feast: _Feast, written: date) -> Days | None:
    """From the first Monday-to-Friday day after the feast to the Friday of that week."""
    ends = [day for year in (written.year, written.year + 1) for day in feast.last_days(year)]
    last = min((day for day in ends if day >= written - timedelta(days=1)), default=None)
    if last is None:
        return None
    back = last + timedelta(days={4: 3, 5: 2}.get(last.weekday(), 1))
    return back, back + timedelta(days=4 - back.weekday())
