"""Which days a wait passed over, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.calendars import Correction, customer_calendar, rep_calendar
from watcher.domain.skipped import Spell, passed_over


def told(spell: Spell) -> str:
    """ "3 Apr-6 Apr Easter", a worked weekend day as "28 Sep +"."""
    first, last = (f"{day.day} {day:%b}" for day in (spell.first, spell.last))
    return f"{first}{'' if first == last else f'-{last}'} {'+' if spell.worked else spell.name}"


def between(country: str, since: str, due: str) -> list[str]:
    ends = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, due))
    return [told(one) for one in passed_over(*ends, customer_calendar(country, "", None, UTC))]


@pytest.mark.parametrize(
    ("country", "since", "due", "spells"),
    [
        ("DE", "2026-03-05", "2026-03-09", []),  # a weekend needs no words
        ("DE", "2026-04-02", "2026-04-08", ["3 Apr Good Friday", "6 Apr Easter Monday"]),
        ("DE", "2026-12-22", "2027-01-07", ["24 Dec-1 Jan year's end"]),
        ("US", "2026-11-20", "2026-12-01", ["26 Nov Thanksgiving Day"]),
        ("JP", "2026-04-28", "2026-05-10",
         ["29 Apr Showa Day", "4 May Greenery Day", "5 May Children's Day", "6 May Substitute Holiday"]),
        ("CN", "2025-09-26", "2025-10-13",
         ["28 Sep +", "1 Oct-3 Oct National Day", "6 Oct Mid-Autumn Festival", "7 Oct-8 Oct a day off",
          "11 Oct +"]),
        ("CN", "2026-02-10", "2026-03-01",
         ["12 Feb-20 Feb Chinese New Year", "23 Feb a day off", "28 Feb +"]),
        ("SA", "2026-03-12", "2026-04-01", ["17 Mar-26 Mar Eid al-Fitr"]),
        ("SA", "2026-02-17", "2026-03-04", ["22 Feb Founding Day Holiday"]),  # Ramadan itself is worked
        ("AE", "2026-01-08", "2026-01-12", []),
        ("FR", "2026-07-30", "2026-09-02", ["3 Aug-31 Aug August break"]),
        ("ZZ", "2026-12-20", "2027-01-10", []),
        ("DE", "2026-04-08", "2026-04-02", []),
    ],
)  # fmt: skip
def test_what_lay_in_between(country: str, since: str, due: str, spells: list[str]) -> None:
    assert between(country, since, due) == spells


def test_leave_is_a_day_off() -> None:
    rep = rep_calendar("DE", UTC, frozenset({date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9)}))
    ends = datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    assert [told(one) for one in passed_over(*ends, rep)] == ["5 Mar-9 Mar a day off"]


def test_what_the_config_says_is_told() -> None:
    said = Correction("DE", frozenset({date(2026, 3, 5)}), frozenset({date(2026, 3, 7)}))
    calendar = customer_calendar("DE", "", None, UTC, frozenset({said}))
    ends = datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    assert [told(one) for one in passed_over(*ends, calendar)] == ["5 Mar a day off", "7 Mar +"]


@given(
    st.sampled_from(["DE", "CN", "SA", "AE", "JP", "FR", "ZZ"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2033, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 120),
)
def test_spells_are_in_order_and_hold_every_weekday_that_was_off(
    country: str, since: datetime, days: int
) -> None:
    calendar, due = customer_calendar(country, "", None, UTC), since + timedelta(days)
    spells = passed_over(since, due, calendar)
    assert all(one.first <= one.last for one in spells)
    assert all(one.last < after.first for one, after in pairwise(spells))
    told_of = {one.first + timedelta(n) for one in spells for n in range((one.last - one.first).days + 1)}
    for n in range(1, days + 1):
        day = since.astimezone(calendar.zone).date() + timedelta(n)
        if calendar.is_working_day(day) == calendar.is_weekend(day):
            assert day in told_of
