"""The first day back in an out-of-office reply: until then their clock pauses (DESIGN 2.2).

"Back on 18 March" names that day; "until 17 March" the last day out, so the next one. Where a reply has
both, the day back is the surer. A date that belongs to a fair or an offer, or to a journey that has not
begun, is none.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from watcher.domain.data import table
from watcher.domain.reading.dates import Span
from watcher.domain.reading.days import named_days
from watcher.domain.reading.folded import Phrases, folded, one_line
from watcher.domain.reading.text import Text

AWAY_VERSION = 2

# Replies say it at their beginning; below come disclaimers and the mail they answer.
MAX_LOOKED_AT = 3_000
# Who is out from later than this on is still there: many announce their holidays weeks before.
_NOT_YET = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Away:
    """The first day back, None where no later one within a year is named, and the phrase of our tables that
    says so.
    """

    returns: date | None = None
    because: str = ""


def read_away(text: Text, subject: str, written: date) -> Away:
    """When the writer of an out-of-office reply is back. `written` is the day the reply was sent."""
    said = [_plain(subject[:500]), *map(_plain, _paragraphs(text.said[:MAX_LOOKED_AT]))]
    out = any(_phrases("away").first(one) for one in said)
    found = [one for paragraph in said for one in _in_paragraph(paragraph, written, out=out)]
    return next((one.away for one in sorted(found, key=lambda one: not one.back)), Away())


@dataclass(frozen=True, slots=True)
class _Found:
    away: Away
    back: bool  # the day back itself, not the last day out


def _paragraphs(said: str) -> list[str]:
    return re.split(r"\n\s*\n|[。！？\n](?=\s*[A-Z*_=-]{0,3}\s*\n)|。", said)


def _plain(text: str) -> str:
    return one_line(folded(text))


@cache
def _phrases(group: str) -> Phrases:
    return Phrases(phrase for language in table("away").values() for phrase in language[group])


# ── one date and what stands around it ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Place:
    """A date in its sentence: what stands before it and behind it, up to the next date."""

    span: Span
    before: str
    behind: str
    sentence: str
    begins: date | None  # the date before it, in the same sentence


def _in_paragraph(text: str, written: date, *, out: bool) -> Iterator[_Found]:
    for place in _places(text, named_days(text, written)):
        if not place.span.days or _phrases("other").first(place.sentence):
            continue
        first, last = place.span.days
        back = _back(place)
        if back and first > written:
            yield _Found(Away(first, back), back=True)
        until = "" if back or not out or last <= written or _not_yet(place, written) else _until(place)
        if until:
            yield _Found(Away(last + timedelta(days=1), until), back=False)


def _not_yet(place: _Place, written: date) -> bool:
    first, last = place.span.days or (written, written)
    begins = place.begins or (first if first < last else None)
    return begins is not None and begins > written + _NOT_YET


# A full stop behind a figure belongs to a date or a list.
_STOP = re.compile(r"(?<![\d\s])[.!?;](?=\s)|[。！？;]")


def _places(text: str, spans: list[Span]) -> Iterator[_Place]:
    dated = {place for span in spans for place in range(span.start, _without_stop(text, span))}
    stops = [0, *(one.end() for one in _STOP.finditer(text) if one.start() not in dated), len(text)]
    for earlier, span, later in zip([None, *spans], spans[:_MAX_DATES], [*spans[1:], None], strict=False):
        begin, end = _sentence(stops, span)
        starts = earlier.end if earlier and earlier.start >= begin else begin
        ends = later.start if later and later.end <= end else end
        begins = earlier.days[0] if starts > begin and earlier and earlier.days else None
        yield _Place(span, text[starts : span.start], text[span.end : ends], text[begin:end], begins)


# "17 March." ends a sentence, "17 Mar. 2026" does not.
_FULL_NAME = re.compile(r"[^\W\d]{5}\.$")


def _without_stop(text: str, span: Span) -> int:
    return span.end - 1 if _FULL_NAME.search(text[max(0, span.end - 6) : span.end]) else span.end


_MAX_DATES = 40
_LONG = 300  # signs to either side that still are the same sentence


def _sentence(stops: list[int], span: Span) -> tuple[int, int]:
    begin = stops[bisect_right(stops, span.start) - 1]
    end = stops[min(bisect_left(stops, span.end), len(stops) - 1)]
    return max(begin, span.start - _LONG), min(end, span.end + _LONG)


_NEAR = 60  # signs between the words and the date they speak of


def _back(place: _Place) -> str:
    """The phrase that makes it the day back, "" where none does."""
    if _right_before(place.before, "after"):
        return ""
    before = [one.phrase for one in _phrases("back_before").find(place.before[-_NEAR:])]
    return before[-1] if before else _alone(place.before) or _behind(place)


def _alone(before: str) -> str:
    """ "..., back Monday 9 March", and not "call me back Monday 9 March"."""
    clause = re.split(r"[,;:(]", before[-_NEAR:])[-1].strip(" -")
    found = next(_phrases("back_alone").find(clause), None)
    return found.phrase if found and (found.start, found.end) == (0, len(clause)) else ""


def _behind(place: _Place) -> str:
    if _right_before(place.before, "until_before") or _right_behind(place.behind, "until_behind"):
        return ""  # "until the 17th, back on the 18th"
    return _phrases("back_behind").first(place.behind[:_NEAR])


def _until(place: _Place) -> str:
    """The phrase that makes it the last day out, "" where none does."""
    first, last = place.span.days or (None, None)
    said = [_right_before(place.before, one) for one in ("until_before", "after")]
    said.append(_right_behind(place.behind, "until_behind"))
    return next(filter(None, said), "from … to" if first != last else "")


def _right_before(before: str, group: str) -> str:
    tail = before[-40:].rstrip(" :,(")
    return next((one.phrase for one in _phrases(group).find(tail) if one.end == len(tail)), "")


def _right_behind(behind: str, group: str) -> str:
    head = behind[:30].lstrip(" ,)(")
    return next((one.phrase for one in _phrases(group).find(head) if one.start <= 2), "")
