"""When a turn has lasted too long: each row is a case somebody would have been nagged wrongly in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.domain.countries import country_of_domain
from watcher.domain.worktime import (
    Calendar,
    Correction,
    customer_calendar,
    due_at,
    end_of_day,
    end_of_week,
    in_working_hours,
    next_opening,
    nth_working_day,
    ours_due_time,
    rep_calendar,
    stretched,
    working_days_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def of(country: str | None, offset: int | None = None, domain: str = "cust5.example") -> Calendar:
    return customer_calendar(country, domain, offset, SHANGHAI)


@pytest.mark.parametrize(
    ("country", "since", "days", "due"),
    [
        pytest.param("DE", "2026-03-02T09:11Z", 2, "2026-03-04T17:00Z", id="Monday to Wednesday"),
        pytest.param("DE", "2026-03-06T09:11Z", 2, "2026-03-10T17:00Z", id="over a weekend"),
        pytest.param("DE", "2026-03-07T09:11Z", 1, "2026-03-09T17:00Z", id="kicked on a Saturday"),
        pytest.param("DE", "2026-03-02T23:30Z", 1, "2026-03-04T17:00Z", id="already Tuesday in Berlin"),
        pytest.param("DE", "2026-04-02T08:00Z", 1, "2026-04-07T16:00Z", id="Good Friday and Easter Monday"),
        pytest.param("DE", "2026-03-27T08:00Z", 1, "2026-03-30T16:00Z", id="clocks go forward on the way"),
        pytest.param("DE", "2026-10-23T08:00Z", 1, "2026-10-26T17:00Z", id="clocks go back on the way"),
        pytest.param("US", "2026-03-06T15:00Z", 1, "2026-03-09T22:00Z", id="New York springs earlier"),
        pytest.param("US", "2026-10-30T15:00Z", 1, "2026-11-02T23:00Z", id="New York falls later"),
        pytest.param("DE", "2026-12-23T09:00Z", 2, "2027-01-05T17:00Z", id="year's end"),
        pytest.param("NZ", "2026-01-13T20:00Z", 1, "2026-01-15T05:00Z", id="+13: Wednesday there already"),
        pytest.param("TO", "2026-03-02T11:30Z", 1, "2026-03-04T05:00Z", id="+13: after midnight in Tonga"),
        pytest.param("US", "2026-03-03T02:00Z", 1, "2026-03-03T23:00Z", id="still Monday in New York"),
        pytest.param("AE", "2026-01-08T08:00Z", 1, "2026-01-09T14:00Z", id="Friday is half a day, so a day"),
        pytest.param("AE", "2026-01-09T08:00Z", 1, "2026-01-12T14:00Z", id="the Emirates rest on Saturday"),
        pytest.param("AE", "2021-11-11T08:00Z", 1, "2021-11-14T14:00Z", id="until 2022 Friday was off there"),
        pytest.param("AE", "2021-12-30T08:00Z", 1, "2022-01-03T14:00Z", id="the Emirates' last such week"),
        pytest.param("SA", "2026-01-08T08:00Z", 1, "2026-01-11T15:00Z", id="Saudi Arabia works on Sunday"),
        pytest.param("IL", "2026-01-08T08:00Z", 1, "2026-01-11T16:00Z", id="Israel works on Sunday"),
        pytest.param("NP", "2026-01-16T08:00Z", 1, "2026-01-18T12:15Z", id="Nepal works on Sunday, +05:45"),
        pytest.param("CN", "2025-09-26T02:00Z", 1, "2025-09-28T10:00Z", id="a Sunday made up for"),
        pytest.param("CN", "2025-09-30T02:00Z", 1, "2025-10-09T10:00Z", id="Golden Week"),
        pytest.param("CN", "2025-09-30T02:00Z", 3, "2025-10-11T10:00Z", id="a Saturday made up for"),
        pytest.param("CN", "2026-02-11T02:00Z", 1, "2026-02-24T10:00Z", id="Chinese New Year and its travel"),
        pytest.param("JP", "2026-05-01T02:00Z", 1, "2026-05-07T09:00Z", id="Japan's Golden Week"),
        pytest.param("SA", "2026-02-18T08:00Z", 1, "2026-02-19T15:00Z", id="Ramadan is worked"),
        pytest.param("SA", "2026-03-16T08:00Z", 1, "2026-03-29T15:00Z", id="Eid al-Fitr and its travel"),
        pytest.param("AE", "2026-03-16T08:00Z", 1, "2026-03-25T14:00Z", id="Eid al-Fitr in the Emirates"),
        pytest.param("GB", "2026-12-23T09:00Z", 1, "2027-01-04T18:00Z", id="Christmas week"),
        pytest.param("US", "2026-12-24T15:00Z", 1, "2026-12-28T23:00Z", id="America works in Christmas week"),
        pytest.param(
            "TO", "2026-12-30T11:30Z", 1, "2027-01-04T05:00Z", id="+13: New Year comes first in Tonga"
        ),
        pytest.param("FR", "2026-07-31T08:00Z", 1, "2026-09-01T16:00Z", id="nobody buys in August"),
        pytest.param("ZZ", "2026-03-06T09:00+08:00", 1, "2026-03-09T10:00Z", id="a country nobody knows"),
        pytest.param(None, "2026-03-06T09:00+08:00", 1, "2026-03-09T10:00Z", id="nothing known: our zone"),
    ],
)
def test_due(country: str | None, since: str, days: int, due: str) -> None:
    assert due_at(moment(since), days, of(country)) == moment(due)


@pytest.mark.parametrize(
    ("offset", "since", "due"),
    [
        pytest.param(180, "2026-03-04T08:00Z", "2026-03-05T15:00Z", id="+03: Thursday"),
        pytest.param(180, "2026-03-05T08:00Z", "2026-03-09T15:00Z", id="+03: not Friday to Sunday"),
        pytest.param(270, "2026-03-05T08:00Z", "2026-03-09T13:30Z", id="+04:30: nor in Kabul"),
        pytest.param(120, "2026-03-05T08:00Z", "2026-03-06T16:00Z", id="+02: Friday is worked"),
        pytest.param(300, "2026-03-05T08:00Z", "2026-03-06T13:00Z", id="+05: Friday is worked"),
        pytest.param(60, "2026-04-02T08:00Z", "2026-04-03T17:00Z", id="an offset keeps no Good Friday"),
        pytest.param(-300, "2026-03-06T08:00Z", "2026-03-09T23:00Z", id="-05 stays -05 over the change"),
    ],
)
def test_an_offset_gives_hours_and_no_holidays(offset: int, since: str, due: str) -> None:
    assert due_at(moment(since), 1, of(None, offset)) == moment(due)


@pytest.mark.parametrize(
    ("country", "offset", "zone"),
    [
        pytest.param("US", -480, timezone(timedelta(hours=-8)), id="Los Angeles, not New York"),
        pytest.param("US", -300, ZoneInfo("America/New_York"), id="winter in the main zone"),
        pytest.param("US", -240, ZoneInfo("America/New_York"), id="summer in the main zone"),
        pytest.param("RU", 600, timezone(timedelta(hours=10)), id="Vladivostok"),
        pytest.param("DE", 0, ZoneInfo("Europe/Berlin"), id="+0000 is what the server writes"),
        pytest.param("DE", 24 * 60, ZoneInfo("Europe/Berlin"), id="no place keeps +24:00"),
        pytest.param("GB", 60, ZoneInfo("Europe/London"), id="British summer"),
        pytest.param(None, 0, timezone(timedelta(0)), id="+0000 is better than nothing"),
        pytest.param(None, -5000, SHANGHAI, id="nonsense is nothing"),
        pytest.param("ZZ", None, SHANGHAI, id="unknown country"),
        pytest.param("zz", 540, timezone(timedelta(hours=9)), id="unknown country with a clock"),
    ],
)
def test_the_clock_of_a_customer(country: str | None, offset: int | None, zone: object) -> None:
    assert of(country, offset).zone == zone


def test_their_offset_moves_the_hours_and_keeps_the_holidays() -> None:
    los_angeles = of("US", -480)
    assert due_at(moment("2026-11-25T20:00Z"), 1, los_angeles) == moment("2026-11-28T02:00Z")


@pytest.mark.parametrize(
    ("country", "since", "due"),
    [
        pytest.param("CN", "2027-02-19T02:00Z", "2027-02-20T10:00Z", id="a Saturday that is made up for"),
        pytest.param("CN", "2027-03-01T02:00Z", "2027-03-03T10:00Z", id="a day that no list holds"),
        pytest.param("CN", "2026-12-31T02:00Z", "2027-01-01T10:00Z", id="a feast that is worked"),
        pytest.param("CN", "2027-01-31T02:00Z", "2027-02-01T10:00Z", id="a season that is worked"),
        pytest.param("DE", "2027-03-01T02:00Z", "2027-03-02T17:00Z", id="another country's days"),
    ],
)
def test_the_config_knows_better_than_the_lists(country: str, since: str, due: str) -> None:
    worked = frozenset({date(2027, 2, 20), date(2027, 1, 1), date(2027, 2, 1)})
    said = frozenset({Correction("CN", frozenset({date(2027, 3, 2)}), worked)})
    calendar = customer_calendar(country, "", None, SHANGHAI, said)
    assert due_at(moment(since), 1, calendar) == moment(due)


def test_what_is_said_of_the_rep_s_country_is_the_rep_s_too_but_leave_wins() -> None:
    said = frozenset({Correction("CN", worked=frozenset({date(2027, 2, 20), date(2027, 2, 21)}))})
    rep = rep_calendar("CN", SHANGHAI, frozenset({date(2027, 2, 21)}), said)
    assert [rep.is_working_day(date(2027, 2, day)) for day in (20, 21)] == [True, False]


@pytest.mark.parametrize(
    ("country", "day", "half"),
    [
        ("AE", date(2026, 1, 9), True),  # a Friday
        ("AE", date(2026, 1, 8), False),
        ("AE", date(2026, 3, 20), False),  # Eid: not worked at all
        ("TR", date(2026, 10, 28), True),  # the eve of Republic Day, from one o'clock on
        ("IS", date(2026, 12, 24), False),  # the year's end there
        ("DE", date(2026, 3, 5), False),
        ("ZZ", date(2026, 1, 9), False),
    ],
)
def test_half_a_day_is_worked(country: str, day: date, half: bool) -> None:
    assert of(country).is_half_day(day) is half
    assert of(country).is_working_day(day) or not half


def test_the_setting_wins_over_the_domain() -> None:
    assert customer_calendar("fr", "cust5.de", None, UTC).country == "FR"
    assert customer_calendar("", "cust5.de", None, UTC).country == "DE"
    assert customer_calendar(None, "cust5.com", None, UTC).country is None


@pytest.mark.parametrize(
    ("domain", "country"),
    [
        ("cust5.de", "DE"),
        ("Mail.Cust5.DE.", "DE"),
        ("cust5.co.uk", "GB"),
        ("cust5.com.cn", "CN"),
        ("cust5.com.co", "CO"),
        ("cust5.co", None),
        ("cust5.io", None),
        ("cust5.ai", None),
        ("cust5.me", None),
        ("cust5.eu", None),
        ("cust5.com", None),
        ("cust5.example", None),
        ("cust5.zz", None),
        ("cust5.рф", "RU"),
        ("cust5.xn--p1ai", "RU"),
        ("cust5.中国", "CN"),
        ("cust5.xn--fiqs8s", "CN"),
        ("cust5.xn--a\x80", None),
        ("cust5.xn--99999999999", None),
        ("localhost", None),
        ("", None),
    ],
)
def test_country_of_domain(domain: str, country: str | None) -> None:
    assert country_of_domain(domain) == country


@pytest.mark.parametrize("n", [0, -1])
def test_the_nth_working_day_starts_at_one(n: int) -> None:
    with pytest.raises(ValueError, match="n >= 1"):
        nth_working_day(date(2026, 3, 2), n, of("DE"))


def test_a_calendar_without_working_days_ends() -> None:
    never = Calendar(None, UTC, weekend=frozenset(range(7)))
    with pytest.raises(ValueError, match="no working day"):
        nth_working_day(date(2026, 3, 2), 1, never)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due_at(datetime(2026, 3, 2, 9, 11), 2, of("DE"))  # noqa: DTZ001 - the point of the test


def test_a_time_that_the_clocks_skip_falls_later() -> None:
    always = Calendar(None, ZoneInfo("Europe/Berlin"), weekend=frozenset())
    due = due_at(moment("2026-03-28T09:00Z"), 1, always, time(2, 30))
    assert due == moment("2026-03-29T01:30Z")  # 03:30 in Berlin: 02:30 was not


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-13T15:20Z", "2026-03-17T17:00Z", 2),
        ("2026-03-13T15:20Z", "2026-03-13T22:00Z", 0),
        ("2026-03-13T15:20Z", "2026-03-14T22:00Z", 0),
        ("2026-03-13T15:20Z", "2026-03-15T23:30Z", 1),  # Monday in Berlin
        ("2026-04-02T08:00Z", "2026-04-08T08:00Z", 2),  # Easter
        ("2025-12-23T08:00Z", "2026-01-02T09:00Z", 1),  # across the year
        ("2024-12-31T08:00Z", "2026-12-31T08:00Z", 497),  # 248 in 2025 and 249 in 2026
        ("2026-03-17T08:00Z", "2026-03-13T08:00Z", 0),
        ("2026-03-17T08:00Z", "2026-03-17T08:00Z", 0),
    ],
)
def test_working_days_between(start: str, end: str, days: int) -> None:
    assert working_days_between(moment(start), moment(end), of("DE")) == days


@pytest.mark.parametrize(
    ("days", "follow_ups", "wait"),
    [(2, 0, 2), (2, 1, 3), (2, 2, 4), (3, 1, 5), (3, 2, 6), (5, 3, 13), (1, 1, 2), (10, 4, 30), (3, -1, 3)],
)
def test_each_follow_up_stretches_the_wait(days: int, follow_ups: int, wait: int) -> None:
    assert stretched(days, follow_ups) == wait


@pytest.mark.parametrize(
    ("closing", "due"),
    [
        (time(18), time(16)),
        (time(17, 30), time(15, 30)),
        (time(2), time(0)),
        (time(1, 30), time(0)),
    ],
)
def test_ours_is_due_two_hours_before_closing(closing: time, due: time) -> None:
    assert ours_due_time(closing) == due


@pytest.mark.parametrize(
    ("country", "now", "end"),
    [
        pytest.param("DE", "2026-03-02T09:00+01:00", "2026-03-09T00:00+01:00", id="a Monday"),
        pytest.param("DE", "2026-03-03T09:00+01:00", None, id="a Tuesday"),
        pytest.param("DE", "2026-03-07T09:00+01:00", None, id="a Saturday"),
        pytest.param("DE", "2026-04-06T09:00+02:00", None, id="Easter Monday"),
        pytest.param("DE", "2026-04-07T09:00+02:00", "2026-04-13T00:00+02:00", id="the day after it"),
        pytest.param("DE", "2026-03-30T09:00+02:00", "2026-04-07T00:00+02:00", id="before Easter Monday"),
        pytest.param("DE", "2026-03-23T09:00+01:00", "2026-03-30T00:00+02:00", id="clocks change on the way"),
        pytest.param("SA", "2026-03-01T09:00+03:00", "2026-03-08T00:00+03:00", id="a Sunday in Riyadh"),
        pytest.param("CN", "2025-10-09T09:00+08:00", "2025-10-13T00:00+08:00", id="after Golden Week"),
    ],
)
def test_when_a_week_that_begins_ends(country: str, now: str, end: str | None) -> None:
    zone = of(country).zone
    assert end_of_week(moment(now), rep_calendar(country, zone)) == (end and moment(end))


def test_a_day_ends_at_midnight_and_a_place_without_weekends_has_no_weeks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    end = end_of_day(moment("2026-03-29T00:30+01:00"), rep_calendar("DE", berlin))
    assert end == moment("2026-03-30T00:00+02:00")  # the day of 23 hours
    assert end_of_week(moment("2026-03-02T09:00Z"), Calendar(None, UTC, weekend=frozenset())) is None


LEAVE = frozenset({date(2026, 3, 5)})
REP = rep_calendar("CN", SHANGHAI, LEAVE)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        pytest.param("2026-03-03T10:00+08:00", "2026-03-03T10:00+08:00", id="inside"),
        pytest.param("2026-03-03T09:00+08:00", "2026-03-03T09:00+08:00", id="the first minute"),
        pytest.param("2026-03-03T08:59+08:00", "2026-03-03T09:00+08:00", id="before work"),
        pytest.param("2026-03-03T18:00+08:00", "2026-03-04T09:00+08:00", id="the last minute is over"),
        pytest.param("2026-03-04T18:30+08:00", "2026-03-06T09:00+08:00", id="leave tomorrow"),
        pytest.param("2026-03-05T10:00+08:00", "2026-03-06T09:00+08:00", id="leave today"),
        pytest.param("2026-03-07T10:00+08:00", "2026-03-09T09:00+08:00", id="Saturday"),
        pytest.param("2025-09-28T10:00+08:00", "2025-09-28T10:00+08:00", id="a Sunday made up for"),
        pytest.param("2025-10-01T10:00+08:00", "2025-10-09T09:00+08:00", id="Golden Week"),
    ],
)
def test_the_hours_of_the_rep(now: str, opening: str) -> None:
    hours = time(9), time(18)
    assert next_opening(moment(now), REP, *hours) == moment(opening)
    assert in_working_hours(moment(now), REP, *hours) is (now == opening)


def test_a_rep_in_italy_works_in_august() -> None:
    rome = ZoneInfo("Europe/Rome")
    noon = moment("2026-08-04T12:00+02:00")
    assert in_working_hours(noon, rep_calendar("IT", rome), time(9), time(18))
    assert not in_working_hours(noon, customer_calendar("IT", "", None, rome), time(9), time(18))


CALENDARS = st.sampled_from(
    [of(country) for country in ("DE", "US", "CN", "SA", "AE", "NZ", "FR", "NP", "ZZ")]
    + [of(None, offset) for offset in (-300, 0, 180, 345, 780)]
    + [REP]
)
MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2034, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.integers(1, 90)


@given(CALENDARS, MOMENTS, DAYS)
def test_due_is_on_a_working_day_after_so_many(calendar: Calendar, since: datetime, days: int) -> None:
    due = due_at(since, days, calendar)
    assert due > since
    assert due.astimezone(calendar.zone).time() == time(18)
    assert calendar.is_working_day(due.astimezone(calendar.zone).date())
    assert working_days_between(since, due, calendar) == days


@given(CALENDARS, MOMENTS, DAYS)
def test_a_longer_wait_is_due_later(calendar: Calendar, since: datetime, days: int) -> None:
    assert due_at(since, days, calendar) < due_at(since, days + 1, calendar)


@given(CALENDARS, MOMENTS, DAYS, st.times())
def test_the_hour_within_a_local_day_does_not_matter(
    calendar: Calendar, since: datetime, days: int, hour: time
) -> None:
    local_day = since.astimezone(calendar.zone).date()
    another = datetime.combine(local_day, hour, calendar.zone).astimezone(UTC)
    if another.astimezone(calendar.zone).date() == local_day:
        assert due_at(another, days, calendar) == due_at(since, days, calendar)


@given(CALENDARS, st.dates(date(2019, 1, 1), date(2034, 12, 31)), DAYS)
def test_counting_in_years_is_counting_in_days(calendar: Calendar, start: date, days: int) -> None:
    day, left = start, days
    while left:
        day += timedelta(1)
        left -= calendar.is_working_day(day)
    assert nth_working_day(start, days, calendar) == day


@given(CALENDARS, MOMENTS)
def test_the_next_opening_is_inside_the_hours(calendar: Calendar, now: datetime) -> None:
    hours = time(9), time(18)
    opening = next_opening(now, calendar, *hours)
    assert opening >= now
    assert in_working_hours(opening, calendar, *hours)
