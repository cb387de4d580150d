"""Days that people name in a mail: "by 15 April", "next Monday", "in two weeks", "KW 14", "年后".

All languages are looked for at once (data/days.toml): people mix them. A span of days ends with its last
working day, for a promise is not broken before its span has ended: "next week" is its Friday. "Next Friday"
is the one of next week, which is the later of the two things people mean by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from watcher.domain.data import table
from watcher.domain.reading.dates import YEAR, Days, Span, alternatives, dates, languages, last_workday
from watcher.domain.reading.feasts import feasts
from watcher.domain.reading.folded import Phrase, Phrases, folded, one_line

MAX_LOOKED_AT = 4_000  # characters; nobody names a day later than that


def named_day(text: str, written: date) -> date | None:
    """The first day that a text names, the last day of a span: on or after the day it was written, and within
    a year of it; None where it names none.
    """
    return next((one.days[1] for one in named_days(text, written) if one.days), None)


def named_days(text: str, written: date) -> list[Span]:
    """Every stretch of the text, folded and on one line, that names days; None for days that do not count."""
    line = one_line(folded(text[:MAX_LOOKED_AT]))[:MAX_LOOKED_AT]
    said = (*_relative(line, written), *_weekdays(line, written), *feasts(line, written))
    # What is spelt out goes first: of "the 15th of April" nothing is left for "the 15th".
    spans: list[Span] = []
    taken = bytearray(len(line))
    for span in (*sorted(dates(line, written), key=_first), *sorted(said, key=_first)):
        if not any(taken[span.start : span.end]):
            spans.append(span)
            taken[span.start : span.end] = b"x" * (span.end - span.start)
    spans.sort(key=_first)
    return [_in_reach(one, written) for one in spans]


def _first(span: Span) -> tuple[int, int, bool]:
    """From left to right, and of two that begin together the longer one."""
    return span.start, -span.end, span.days is None


def _in_reach(span: Span, written: date) -> Span:
    reached = span.days and written <= span.days[1] <= written + YEAR
    return span if reached else Span(span.start, span.end)


# ── weeks, months, so many days ───────────────────────────────────────────────────────────────────


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date) -> Days:
    return monday, monday + timedelta(days=4)


def _this_week(written: date) -> Days:
    """On a weekend "this week" is the one that comes: in some countries it has begun."""
    return _week(_monday(written + timedelta(days=2 if written.weekday() > 4 else 0)))


def _next_week(written: date) -> Days:
    return _week(_monday(written) + timedelta(weeks=1))


def _early_next_week(written: date) -> Days:
    monday = _next_week(written)[0]
    return monday, monday + timedelta(days=1)


def _mid_next_week(written: date) -> Days:
    return _one(_next_week(written)[0] + timedelta(days=2))


def _week_after_next(written: date) -> Days:
    return _week(_monday(written) + timedelta(weeks=2))


def _month_end(written: date) -> Days:
    last = _last_of_month(written)
    return _one(max(last_workday(last), written))


def _next_month(written: date) -> Days:
    first = _last_of_month(written) + timedelta(days=1)
    return first, last_workday(_last_of_month(first))


def _last_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _one(day: date) -> Days:
    return day, day


_SAID: Mapping[str, Callable[[date], Days]] = {
    "today": _one,
    "tomorrow": lambda written: _one(written + timedelta(days=1)),
    "after_tomorrow": lambda written: _one(written + timedelta(days=2)),
    "this_week": _this_week,
    "next_week": _next_week,
    "early_next_week": _early_next_week,
    "mid_next_week": _mid_next_week,
    "week_after_next": _week_after_next,
    "month_end": _month_end,
    "next_month": _next_month,
}


def _week_number(written: date, number: int) -> Days | None:
    for year in (written.year, written.year + 1):
        try:
            week = _week(date.fromisocalendar(year, number, 1))
        except ValueError:  # a year of 52 weeks
            continue
        if week[1] >= written:
            return week
    return None


def _workdays_on(written: date, number: int) -> Days:
    weeks, days = divmod(number, 5)
    day = written + timedelta(weeks=weeks)
    for _ in range(days):
        day += timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))
    return _one(day)


def _day_of_month(written: date, number: int) -> Days | None:
    for month in (written, _last_of_month(written) + timedelta(days=1)):
        try:
            day = month.replace(day=number)
        except ValueError:
            continue
        if day >= written:
            return _one(day)
    return None


_COUNTED: Mapping[str, Callable[[date, int], Days | None]] = {
    "in_days": lambda written, number: _one(written + timedelta(days=number)),
    "in_weeks": lambda written, number: _one(written + timedelta(weeks=number)),
    "in_months": lambda written, number: _one(written + timedelta(days=30 * number)),
    "in_hours": lambda written, number: _one(written + timedelta(days=-(-number // 24))),
    "in_work_days": _workdays_on,
    "week_number": _week_number,
    "day_alone": _day_of_month,
}


@cache
def _phrases(group: str) -> Phrases:
    return Phrases(phrase for language in languages() for phrase in language[group])


def _relative(text: str, written: date) -> Iterator[Span]:
    for group, said in _SAID.items():
        for found in _phrases(group).find(text):
            if not _part_of_the_day(text, found):
                yield Span(found.start, found.end, said(written))
    for group, counted in _COUNTED.items():
        for found in _phrases(group).find(text):
            number = _number(found)
            if number and not (group == "day_alone" and _something_else(text, found)):
                yield Span(found.start, found.end, counted(written, number))


# German and Dutch "morgen", Spanish "mañana": tomorrow, and the morning.
_MORNING = re.compile(r"(?:guten|gute|am|jeden|heute|la|esta|goede|goeie|goedem|'s|den|buena)\s$")


def _part_of_the_day(text: str, found: Phrase) -> bool:
    return bool(_MORNING.search(text[max(0, found.start - 8) : found.start]))


# "am 15." and "le 15" are days where the sentence or the clause ends there; "le 15 pièces" is none, nor is
# "10日間" (for ten days).
_ENDS = re.compile(r"\s?(?:$|[,;!)?]|\.(?!\d)|[^\W\d])")
_BARE_ENDS = re.compile(r"\.?\s?(?:$|[,;!)?]|\.(?!\d)|(?:wieder|inclu|einschl|zuruck|o\b|or\b|au plus)\w*)")
_LASTING = re.compile("[间間内內以程中]")


def _something_else(text: str, found: Phrase) -> bool:
    if found.phrase.endswith("日"):
        return bool(_LASTING.match(text, found.end))
    bare = found.phrase.rstrip(".").endswith("{n}")
    return not found.number.isdecimal() or not (_BARE_ENDS if bare else _ENDS).match(text, found.end)


@cache
def _number_words() -> Mapping[str, int]:
    return {
        folded(word): number for language in languages() for number, word in _numbered(language["numbers"])
    }


def _numbered(words: list[str]) -> Iterator[tuple[int, str]]:
    """English counts "a" as well."""
    return ((number, word) for number, word in enumerate(words, 0 if words[0] == "a" else 1))


def _number(found: Phrase) -> int:
    """What stood for {n}; 1 where the phrase has none ("innerhalb einer Woche"), 0 where it is no number."""
    if "{n}" not in found.phrase:
        return 1
    if found.number.isdecimal():
        return int(found.number)
    words = _number_words()
    if found.number in words:
        return words[found.number] or 1
    stems = (one for word, one in words.items() if word.endswith("*") and found.number.startswith(word[:-1]))
    return next(stems, 0)


# ── weekdays ──────────────────────────────────────────────────────────────────────────────────────


@cache
def _weekday_numbers() -> Mapping[str, int]:
    numbered = (
        (number, words) for language in languages() for number, words in enumerate(language["weekdays"])
    )
    return {word: number for number, words in numbered for word in words}


@cache
def _weekday_phrases() -> Phrases:
    return Phrases(_weekday_numbers())


@cache
def _modifiers(group: str, week: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What says of which week a weekday is, before it or behind it."""
    joint = alternatives(table("days")["around"]["joint"])
    words = alternatives(one for language in languages() for one in (*language[group], *language[week]))
    before = re.compile(rf"(?<![a-zа-я])(?:{words})\s?,?\s?(?:(?:{joint})\s?)?$")
    behind = re.compile(rf"\s?,?\s?(?:(?:{joint})\s)?(?:{words})(?![a-zа-я])")
    return before, behind


def _weekdays(text: str, written: date) -> Iterator[Span]:
    for found in _weekday_phrases().find(text):
        weekday = _weekday_numbers()[found.phrase]
        next_week = _widened(text, found, *_modifiers("next", "next_week"))
        if next_week:
            day = _monday(written) + timedelta(days=7 + weekday)
            yield Span(*next_week, _one(day))
        else:
            this = _widened(text, found, *_modifiers("this", "this_week"))
            ahead = (weekday - written.weekday()) % 7
            # "Monday", said on a Monday, is the next one; "this Monday" is today.
            day = written + timedelta(days=ahead or (0 if this else 7))
            yield Span(*(this or (found.start, found.end)), _one(day))


def _widened(
    text: str, found: Phrase, before: re.Pattern[str], behind: re.Pattern[str]
) -> tuple[int, int] | None:
    first = max(0, found.start - 40)
    if ahead := before.search(text[first : found.start]):
        return first + ahead.start(), found.end
    if after := behind.match(text, found.end):
        return found.start, after.end()
    return None
