"""Dates that name their month, in words or in figures, in folded text (folded.py).

Where "4/6" could be either day, a weekday beside it decides; else how the text writes its other dates
("4/15", "March 3rd"; Chinese, Japanese and Korean put the month first); else the day comes first, as in most
countries people trade with. A mail's words seldom say whether its writer is American: nothing asks that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from watcher.domain.data import table
from watcher.domain.reading.folded import folded

YEAR = timedelta(days=366)
# "Back on 2 January", sent on the 5th, is an old note and not next year's: a date without its year is at most
# this far ahead.
_WITHOUT_YEAR = timedelta(days=300)

Days = tuple[date, date]  # the first and the last; the same where it is one day


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the folded text that names days; `days` is None where they are past or no days at all."""

    start: int
    end: int
    days: Days | None = None


def languages() -> Iterator[dict[str, list[str]]]:
    """The groups of days.toml, a language at a time."""
    return (entry for entry in table("days").values() if "months" in entry)


def alternatives(words: Iterable[str]) -> str:
    """The words, folded, as one pattern; the longer ones first."""
    ordered = sorted({folded(one) for one in words}, key=lambda one: (-len(one), one))
    return "|".join(re.escape(one).replace(r"\*", r"\w{0,12}") for one in ordered)


def dates(text: str, written: date) -> Iterator[Span]:
    """Every date with a month in a folded line, the ones that do not count included."""
    month_first = _month_first(text)
    for pattern in _patterns():
        for match in pattern.finditer(text):
            yield _span(match, text, written, month_first=month_first)
    for match in _month_end_pattern().finditer(text):
        yield Span(match.start(), match.end(), _month_end(_month(match), written))


# ── how they are written ──────────────────────────────────────────────────────────────────────────

_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_NUMERALS = "一二三四五六七八九十"


@cache
def _months() -> dict[str, int]:
    return {
        folded(word): number
        for language in languages()
        for number, words in enumerate(language["months"], 1)
        for word in words
    }


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    month = rf"(?P<month>{alternatives(_months())})"
    suffix = r"(?:st|nd|rd|th|er|re|[oae°]|-?го|-?е|-go)?"
    before, behind = r"(?<![\w/.:+-])", r"(?![\w/-]|\.\d)"
    numeral = rf"\d{{1,2}}|[{_NUMERALS}]{{1,3}}"
    sources = (
        # 15 April 2026, 15. April, 15th of April, 1er mars, 15 de abril, 15-Apr-26, 15 апреля
        (
            rf"(?<![\w/.:+])(?P<d>\d{{1,2}})\.?{suffix}[\s./-]{{0,2}}(?:of\s(?:the\s)?|de\s|du\s|di\s|d')?{month}"
            r"(?:'\w{1,6})?(?!\w|\s(?:be|not|have|need)\b)\.?"
            r"(?:(?:\s?,?\s?(?:de\s|del\s)?|[-/.])(?P<y>20\d\d)(?!\d)|[-/'](?P<yy>\d\d)(?!\d))?"
        ),
        # April 15th, 2026; Apr. 15; April 10-31
        (
            rf"(?<!\w){month}\.?\s(?:the\s)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:%]|\.\d)"
            rf"(?!\.?\s(?:de\s)?{month.replace('?P<month>', '?:')}(?!\w))"  # "mar 17 avril": Tuesday
            r"(?:\s?(?:-|to|through|until)\s?(?P<till>\d{1,2})(?:st|nd|rd|th)?(?![\w:%]))?"
            r"(?:,?\s(?P<y>20\d\d)(?!\d))?"
        ),
        # 2026-04-15, 2026/4/15, 2026. 4. 15.
        rf"{before}(?P<y>20\d\d)([-/.])\s?(?P<m>\d{{1,2}})\2\s?(?P<d>\d{{1,2}}){behind}",
        # 15.04.2026, 15-4-2026, 15/04/26
        (
            rf"{before}(?P<a>\d{{1,2}})(?P<mark>[./-])\s?(?P<b>\d{{1,2}})(?P=mark)\s?"
            rf"(?:(?P<y>20\d\d)|(?P<yy>\d\d)){behind}"
        ),
        # am 15.4., by 4/15
        rf"{_cue()}(?P<a>\d{{1,2}})(?P<mark>[./])\s?(?P<b>\d{{1,2}})(?![\da-zа-я:%/-]|[.,]\d)\.?",
        # 25.02 - 06.03, 3/2~3/13: the first of two; where prices have other figures behind the point
        (
            r"(?<![\d/.:+-])(?P<a>\d\d)(?P<mark>\.)(?P<b>(?:0[1-9]|1[0-2]))(?=\.?\s?[-~]\s?\d\d\.(?:0[1-9]|1[0-2])(?!\d))"
        ),
        r"(?<![\d/.:+-])(?P<a>\d{1,2})(?P<mark>/)(?P<b>\d{1,2})(?=\s?~\s?\d{1,2}/\d{1,2}(?![\d/]))",
        # 4/15(水), 4/15まで, 4/15恢復上班
        (
            r"(?<![\d/.:+a-z-])(?<!\d,)(?P<a>\d{1,2})(?P<mark>/)(?P<b>\d{1,2})"
            r"(?=\s?(?:\([月火水木金土日월화수목금토일一二三四五六]\)|まで|から|以降|頃|之前|前|까지|부터"
            r"|에|恢[复復]|返|回|上班|[复復]工|休|に?復帰|に?出社|복귀|출근|휴가))"
        ),
        # 2026年4月15日, 四月十五日, 4월 15일
        (
            rf"(?<!\d)(?:(?P<y>20\d\d)\s?[年년]\s?)?(?P<m>{numeral})\s?[月월]\s?"
            rf"(?P<d>{numeral})(?!\d)\s?[日号號일]?"
        ),
    )
    return tuple(map(re.compile, sources))


@cache
def _month_end_pattern() -> re.Pattern[str]:
    """ "end of April", "Ende April", "4月底"."""
    words = alternatives(table("days")["around"]["end_of"])
    month = alternatives(_months())
    return re.compile(
        rf"(?<!\w)(?:{words})\s(?P<month>{month})(?!\w)|(?P<m>\d{{1,2}}|[{_NUMERALS}]{{1,2}})\s?[月월]\s?[底末말]"
    )


def _cue() -> str:
    words = alternatives(table("days")["around"]["cue"])
    before = (
        rf"(?<!\w)(?:{words}|{_weekday_words()})\.?,?\s?|[(\[]\s?|\d[./]\s?-\s?|(?<!\d)\d\d\.\d\d\s?[-~]\s?"
        r"|(?<!\d)\d{1,2}/\d{1,2}\s?~\s?"
    )
    return rf"(?:{before})(?:the\s|dem\s|den\s)?(?<![\d/,:+])"


def _month_first(text: str) -> bool:
    """Whether this text puts the month before the day where it is not to be doubted."""
    if _CJK.search(text):
        return True
    named = _patterns()[1].search(text) is not None
    slashed = any(int(one[2]) > 12 >= int(one[1]) for one in _SLASHED.finditer(text))
    return named or slashed


_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})(?!\d)")


# ── which day they are ────────────────────────────────────────────────────────────────────────────


def _span(match: re.Match[str], text: str, written: date, *, month_first: bool) -> Span:
    groups = match.groupdict()
    begin = match.start("a") if groups.get("a") else match.start()  # without its cue
    year = _year(groups)
    readings = _readings(groups, month_first=month_first)
    if _just_past(readings[0], year, written):
        readings = readings[:1]  # "3/9~3/17", written on 10 March, is not 3 September
    days = [_day(month, day, year, written) for month, day in readings]
    start, end, weekday = _with_weekday(text, begin, match.end(), {one.weekday() for one in days if one})
    fits = [one for one in days if one and (weekday is None or one.weekday() == weekday)]
    if not fits:
        return Span(start, end)
    return _with_range(Span(start, end, (fits[0], fits[0])), groups, text)


def _readings(groups: dict[str, str | None], *, month_first: bool) -> list[tuple[int, int]]:
    """(month, day), the likelier reading first. Between full stops and dashes the day is always first."""
    if groups.get("month"):
        return [(_months().get(groups["month"] or "", 0), _number(groups["d"]))]
    if groups.get("m"):
        return [(_number(groups["m"]), _number(groups["d"]))]
    first, second = _number(groups["a"]), _number(groups["b"])
    if groups["mark"] != "/":
        return [(second, first)]
    return [(first, second), (second, first)] if month_first else [(second, first), (first, second)]


def _month(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return _months().get(groups["month"], 0) if groups["month"] else _number(groups["m"])


def _year(groups: dict[str, str | None]) -> int | None:
    short = groups.get("yy")
    return int(groups["y"] or 0) if groups.get("y") else 2000 + int(short) if short else None


def _number(figures: str | None) -> int:
    """12 and 十二 alike; 0 where it is no number."""
    if not figures or figures.isdecimal():
        return int(figures or 0)
    tens, ten, ones = figures.rpartition("十")
    if not ten:
        return _NUMERALS.index(figures) + 1 if len(figures) == 1 else 0
    parts = [_NUMERALS.find(one) + 1 for one in (tens, ones)]
    return (parts[0] if tens else 1) * 10 + (parts[1] if ones else 0)


def _day(month: int, day: int, year: int | None, written: date) -> date | None:
    """The day, on or after the one of writing and not too far ahead; None where there is no such day."""
    farthest = written + (YEAR if year else _WITHOUT_YEAR)
    for one in (year,) if year else (written.year, written.year + 1):
        try:
            found = date(one, month, day)
        except ValueError:
            continue
        if written <= found <= farthest:
            return found
    return None


def _just_past(reading: tuple[int, int], year: int | None, written: date) -> bool:
    try:
        day = date(year or written.year, *reading)
    except ValueError:
        return False
    return written - _RECENT <= day < written


_RECENT = timedelta(days=30)


def _month_end(month: int, written: date) -> Days | None:
    """The last Monday-to-Friday day of a month; all of its end is meant."""
    following = _day(month % 12 + 1, 1, None, written)
    if following is None or not 1 <= month <= 12:
        return None
    last = last_workday(following - timedelta(days=1))
    return (last, last) if last >= written else None


def last_workday(day: date) -> date:
    """The day itself, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - 4))


# "3 to 17 March", "vom 3. bis zum 17. März", "du 3 au 17 mars", "3-17 March"; "3.3. bis 17.3." is two dates.
_RANGE = re.compile(
    r"(?<![\w/:.])(\d{1,2})\.?(?:st|nd|rd|th|er)?\s?"
    r"(?:-|~|to|till|until|through|bis|bis zum|au|al|a|ao|tot|t/m|do|e|y|and|und|et|по)\s?(?:the\s)?$"
)


def _with_range(span: Span, groups: dict[str, str | None], text: str) -> Span:
    """The days from the first of them on, where a day of the same month stands before the date."""
    if span.days is None:
        return span
    day = span.days[0]
    if till := groups.get("till"):
        return _from_to(span, day.day, int(till))
    before = _RANGE.search(text[max(0, span.start - 24) : span.start])
    if not before:
        return span
    start = span.start - len(before[0])
    return _from_to(Span(start, span.end, span.days), int(before[1]), day.day)


def _from_to(span: Span, first: int, last: int) -> Span:
    if span.days is None or not 1 <= first <= last:
        return span
    try:
        until = span.days[0].replace(day=last)
    except ValueError:
        return span
    return Span(span.start, span.end, (until.replace(day=first), until))


# ── the weekday beside them ───────────────────────────────────────────────────────────────────────


@cache
def _weekdays() -> dict[str, int]:
    """Every word for a weekday, the short ones that are too short to stand alone included."""
    return {
        folded(word): number
        for language in languages()
        for group in ("short", "weekdays")
        for number, words in enumerate(language[group])
        for word in words
    }


@cache
def _weekday_words() -> str:
    return alternatives((*_full(), *_ENGLISH))


@cache
def _short() -> frozenset[str]:
    words = (word for language in languages() for group in language["short"] for word in group)
    return frozenset(folded(one) for one in words if not _CJK.match(one))


def _full() -> Iterator[str]:
    return (one for one in _weekdays() if not _CJK.match(one) and one not in _short())


# Before a date these are nothing else: "Mon 9 March". "Do 17 marca" and "mar 3 mars" would be.
_ENGLISH = ("mon", "weds", "sat", "sun")


@cache
def _beside() -> tuple[re.Pattern[str], re.Pattern[str]]:
    joint = alternatives(table("days")["around"]["joint"])
    every = alternatives(_weekdays())
    cjk = alternatives(_full_cjk())
    # "Do, 17.3." is a Thursday; "do 17 marca" and "di 17 marzo" are not.
    before = re.compile(
        rf"(?<!\w)({_weekday_words()}|(?:{alternatives(_short())})(?=[.,]))[.,]{{0,2}}\s?\(?(?:(?:{joint})\s)?$"
        rf"|({cjk})\s?\(?$"
    )
    behind = re.compile(rf"\s?[(,]\s?({every})[.)]?(?!\w)|\s?({cjk})")
    return before, behind


@cache
def _right_behind() -> re.Pattern[str]:
    """ "16 marzo lunedì": without a comma it may as well begin what follows."""
    return re.compile(rf"\s({alternatives(_full())})(?!\w)")


def _full_cjk() -> Iterator[str]:
    return (one for one in _weekdays() if _CJK.match(one) and len(one) > 1)


def _with_weekday(text: str, start: int, end: int, fitting: set[int]) -> tuple[int, int, int | None]:
    """The stretch lengthened by the weekday that stands before or behind it, and which one it is. `fitting`
    are the weekdays that the date can have.
    """
    before, behind = _beside()
    found = before.search(text[max(0, start - 30) : start])
    if found and (found[1] not in _short() or _weekdays()[found[1]] in fitting):
        closed = end + 1 if "(" in found[0] and text.startswith(")", end) else end
        return start - len(found[0]), closed, _weekdays()[found[1] or found[2]]
    if found := behind.match(text, end):
        return start, found.end(), _weekdays()[found[1] or found[2]]
    found = _right_behind().match(text, end)
    if found and _weekdays()[found[1]] in fitting:
        return start, found.end(), _weekdays()[found[1]]
    return start, end, None
