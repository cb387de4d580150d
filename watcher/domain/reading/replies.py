"""Short replies that pass nothing, judged on what stands above the quote (DESIGN 2.4.1, 2.4.2).

"Thanks, will check and revert next week" is holding, "Noted, thanks" is closing. Everything else is plain,
and so is everything doubtful: every word of a reply must be accounted for by phrases of data/replies.toml. A
question, a request, a number, an order, a complaint or news makes it plain whatever else it says. Which way
it went is not asked here: turns.py knows what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from watcher.domain.reading.dates import Span
from watcher.domain.reading.days import named_days
from watcher.domain.reading.folded import UNSPACED, Phrase, folded, one_line
from watcher.domain.reading.frames import unframed
from watcher.domain.reading.phrasebook import empty_signs, empty_words, group, is_empty_in, languages_of
from watcher.domain.reading.text import Attachment, Text

REPLY_VERSION = 3

# Longer mails have more to say than that nothing is said yet.
MAX_WORDS = 50
MAX_SIGNS = 120  # of what is written without spaces
_MAX_CHARACTERS = 1_200
_MAX_SAID = 4_000  # with greeting, sign-off and a signature that was not cut
# What a promise may speak of ("with our production manager in Ningbo") in words nobody listed.
_FREE_WORDS = 6
_FREE_SIGNS = 8
_NAMES = 2  # "Thanks Anna Maria"
_NEAR = 6  # signs between a named day and the bare verb it belongs to

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a short reply is; plain where neither holds. `promised` is the last day a holding one names,
    `because` the phrase of our tables.
    """

    holding: bool = False
    closing: bool = False
    promised: date | None = None
    because: str = ""


PLAIN = Reply()


def read_reply(text: Text, written: date) -> Reply:
    """Whether a mail is holding or closing. `written` is the day it was written; never raises."""
    if not text.whole or len(text.said) > _MAX_SAID or any(map(_says_something, text.attachments)):
        return PLAIN
    if _QUESTION.search(text.said):
        return PLAIN
    framed = unframed(text.said)
    said = one_line(_SMILE.sub(" ", folded("\n".join(framed.body))))
    if not said or _too_long(said) or _NEWS.search(said) or _asks(folded(framed.below)):
        return PLAIN
    found = _found(said, written)
    return PLAIN if _vetoed(found) else _judged(found, _capitalised(framed.body))


_SMILE = re.compile(r"[:;]-?[)(dp](?!\w)|\^_?\^|[\u2600-\u27bf\U0001f300-\U0001faff]")

# Logos, cards and signatures come with many mails; a photo or a scan may be a payment slip.
_MUTE = re.compile(
    r"(?:image|logo|outlook|att|signature|banner|icon|oledata)[\w.@-]{0,40}\.(?:png|gif|jpe?g|bmp|mso)$"
    r"|[^/]{0,80}\.(?:vcf|p7s|asc|sig)$|winmail\.dat$|$",
    re.IGNORECASE,
)


def _says_something(attachment: Attachment) -> bool:
    return not _MUTE.match(attachment.name.strip())


def _too_long(said: str) -> bool:
    signs = len(UNSPACED.findall(said))
    return len(said) > _MAX_CHARACTERS or signs > MAX_SIGNS or len(said.split()) > MAX_WORDS


_WORD = re.compile(r"[^\W\d_][\w'-]*")


def _capitalised(lines: Iterable[str]) -> frozenset[str]:
    """The words that may be names."""
    return frozenset(folded(word) for line in lines for word in _WORD.findall(line) if word[0].isupper())


# ── what is found in it ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Found:
    """A reply's folded words, and where our tables know them."""

    said: str
    days: tuple[Span, ...]
    holding: tuple[Phrase, ...]
    closing: tuple[Phrase, ...]
    filler: tuple[Phrase, ...]

    @property
    def known(self) -> list[Stretch]:
        """Every stretch that is accounted for."""
        phrases = [(one.start, one.end) for one in (*self.holding, *self.closing, *self.filler)]
        return [*phrases, *((one.start, one.end) for one in self.days)]


def _found(said: str, written: date) -> _Found:
    days = tuple(named_days(said, written))
    holding, closing, filler = (tuple(group(one).find(said)) for one in ("holding", "closing", "filler"))
    known = [(one.start, one.end) for one in (*holding, *filler)]
    bare = (one for one in group("with_day").find(said) if not _within((one.start, one.end), known))
    dated = (one for one in bare if any(_beside(said, one, day) for day in days))
    return _Found(said, days, (*holding, *dated), closing, filler)


# "您今天的回复" is a reply that has come.
_APART = re.compile("[的.,!;\u3002]")


def _beside(said: str, verb: Phrase, day: Span) -> bool:
    """Whether a verb that alone may be a noun stands beside a named day: "明天回复"."""
    between = said[day.end : verb.start] if day.end <= verb.start else said[verb.end : day.start]
    apart = max(day.start, verb.start) - min(day.end, verb.end)
    return apart <= _NEAR and not _APART.search(between)


def _within(stretch: Stretch, stretches: Iterable[Stretch]) -> bool:
    return any(first <= stretch[0] and stretch[1] <= last for first, last in stretches)


# ── what makes it plain ───────────────────────────────────────────────────────────────────────────

_QUESTION = re.compile("[?\uff1f\u00bf\u037e\u061f\u2e2e\ufe56]")
# An address of the web or of mail, money, a share, code.
_NEWS = re.compile(r"https?:|www\.|\S@\S|\.(?:com|org|net|html?|pdf|xlsx?|docx?)\b|[$€£¥₽₹%#<>{}=_\\|+*~^]")
_CLOCK = re.compile(r"\d{1,2}(?:[:h.]\d\d)?\s?(?:am|pm|uhr|h|点|點|時|시)(?!\w)|\d{1,2}:\d\d")


def _asks(said: str) -> bool:
    return bool(group("request").first(said))


def _vetoed(found: _Found) -> bool:
    """Whether anything in it is a request, a number, an order, a complaint or news."""
    known = found.known
    inside = [*known, *((one.start, one.end) for one in empty_signs().find(found.said))]
    hits = (one for name in ("request", "veto") for one in group(name).find(found.said))
    spoken = _spoken(found)
    outside = (one.phrase for one in hits if not _within((one.start, one.end), inside))
    return (
        any(not _foreign(one, spoken) for one in outside)
        or _waits(found.said, inside, spoken)
        or _counts(found.said, known)
        or any(_of_others(found.said, one) for one in found.holding)
    )


_CLAUSE = re.compile(r"[^.,!;\u3001\u3002]+")


def _waits(said: str, inside: list[Stretch], spoken: frozenset[str]) -> bool:
    """Whether it waits for something that does not plainly come from the writer's own people: then the reader
    is to send it.
    """
    return any(_clause_waits(said, one.span(), inside, spoken) for one in _CLAUSE.finditer(said))


def _clause_waits(said: str, clause: Stretch, inside: list[Stretch], spoken: frozenset[str]) -> bool:
    start, end = clause
    if group("inside").first(said[start:end]):
        return False
    hits = group("waiting").find(said[start:end])
    outside = (one.phrase for one in hits if not _within((start + one.start, start + one.end), inside))
    return any(not _foreign(one, spoken) for one in outside)


def _counts(said: str, known: list[Stretch]) -> bool:
    """Whether a number is left that is no day and no time of day."""
    accounted = [*known, *(one.span() for one in _CLOCK.finditer(said))]
    return any(not _within(one.span(), accounted) for one in re.finditer(r"\d+", said))


# "The bank will check": whose promise it is stands before a bare "will".
_SUBJECT = re.compile(r"([\w'-]+)\s$")
_BARE = re.compile(r"(?:will|shall|going to|need to|zal|zullen|ga|vais|allons|werde|werden)\s")


def _of_others(said: str, promise: Phrase) -> bool:
    """Whether somebody nobody listed is to keep a promise."""
    subject = _SUBJECT.search(said[max(0, promise.start - 30) : promise.start])
    if not subject or not _BARE.match(said, promise.start):
        return False
    known = group("closing").first(subject[1]) or group("filler").first(subject[1])
    return subject[1] not in empty_words() and not known


_FEW = 2  # languages that share a word; "ok" is nearly everybody's


def _spoken(found: _Found) -> frozenset[str]:
    """The languages of a reply, by the phrases that only one or two have."""
    of = [languages_of(one.phrase) for one in (*found.holding, *found.closing)]
    return frozenset[str]().union(*(one for one in of if len(one) <= _FEW))


def _foreign(phrase: str, spoken: frozenset[str]) -> bool:
    """Whether it is an empty word of the language spoken here, and one with a meaning only elsewhere: Polish
    "on" is he, Italian "come" is how.
    """
    return not spoken & languages_of(phrase) and any(is_empty_in(one, phrase) for one in spoken)


# ── what is left is judged, a sentence at a time ──────────────────────────────────────────────────


def _judged(found: _Found, names: frozenset[str]) -> Reply:
    sentences = list(_sentences(found))
    if not all(_accounted_for(found, one, names) for one in sentences):
        return PLAIN
    if found.holding:
        return Reply(holding=True, promised=_promised(found, sentences), because=found.holding[0].phrase)
    if not found.closing or _names_a_day(found):
        return PLAIN
    return Reply(closing=True, because=found.closing[0].phrase)


def _names_a_day(found: _Found) -> bool:
    """Whether a day is named that no set phrase has in it: "Thanks, Monday then" is an answer."""
    filler = [(one.start, one.end) for one in (*found.filler, *found.closing)]
    return any(not _within((one.start, one.end), filler) for one in found.days)


# "Mr. Yu" is one sentence.
_STOP = re.compile(r"(?<!\bmr)(?<!\bms)(?<!\bdr)(?<!\bmrs)(?<!\bprof)[.!;\u3002\uff01\u2026]+")


def _sentences(found: _Found) -> Iterator[Stretch]:
    """Where each sentence begins and ends; a full stop within a date ends none."""
    days = [(one.start, one.end) for one in found.days]
    start = 0
    for stop in _STOP.finditer(found.said):
        if not _within(stop.span(), days):
            yield start, stop.end()
            start = stop.end()
    yield start, len(found.said)


def _promised(found: _Found, sentences: Iterable[Stretch]) -> date | None:
    """The last day that a sentence with a promise names."""
    promising = [one for one in sentences if _promises(found, one)]
    named = (one.days[1] for one in found.days if one.days and _within((one.start, one.end), promising))
    return max(named, default=None)


def _promises(found: _Found, sentence: Stretch) -> bool:
    return any(_within((one.start, one.end), [sentence]) for one in found.holding)


def _accounted_for(found: _Found, sentence: Stretch, names: frozenset[str]) -> bool:
    """Whether a sentence says nothing but what we know; one with a promise may name what it is about."""
    rest = _rest(found, sentence)
    words = [one for one in _WORD.findall(rest) if not UNSPACED.match(one) and one not in empty_words()]
    signs = len(UNSPACED.findall(rest)) - sum(one.end - one.start for one in empty_signs().find(rest))
    if _promises(found, sentence):
        return len(words) <= _FREE_WORDS and signs <= _FREE_SIGNS
    if signs > 1 or (words and not _thanks_a_name(found, sentence, words, names)):
        return False
    # What is empty beside a phrase of ours may mean something alone: "Fixed.", "The sample was fine."
    known = any(_within(one, [sentence]) for one in found.known)
    return known or (len(rest.split()) <= _NAMES and (not words or _is_last_name(found, sentence, rest)))


def _thanks_a_name(found: _Found, sentence: Stretch, words: list[str], names: frozenset[str]) -> bool:
    """Whether what is left is a person thanked: "Thanks Anna". Behind a comma, or with a word more, a name
    may be a port, a carrier or a colour that is chosen.
    """
    if len(words) > _NAMES or not names.issuperset(words):
        return False
    name = " ".join(one for one in words if one not in _TITLES)
    if not any(_within(one, [sentence]) for one in found.known):
        return True  # alone at the end of the mail
    return any(_is_thanked(found.said, one, name) for one in found.closing)


def _is_thanked(said: str, thanks: Phrase, name: str) -> bool:
    start = said.find(name, thanks.end, thanks.end + 20 + len(name))
    if start < 0 or not _ENDS.match(said, start + len(name)):
        return False
    return _ADDRESSING.fullmatch(said, thanks.end, start) is not None


_TITLES = ("mr", "mrs", "ms", "dr", "frau", "herr", "herrn", "dear")
_ADDRESSING = re.compile(rf" (?:(?:so much|again) )?|,? (?:{'|'.join(_TITLES)})\.? ")
_ENDS = re.compile(r"\s?(?:$|[,.!;\-]|for\b|and\b|fur\b|pour\b|por\b|per\b|voor\b)")


def _is_last_name(found: _Found, sentence: Stretch, rest: str) -> bool:
    """Whether it is what the mail ends with, and nothing but words without a full stop."""
    return sentence[1] == len(found.said) and rest.split() == _WORD.findall(rest)


def _rest(found: _Found, sentence: Stretch) -> str:
    """A sentence without our phrases and the named days."""
    start, end = sentence
    said = found.said[start:end]
    for first, last in found.known:
        if start <= first and last <= end:
            said = f"{said[: first - start]}{' ' * (last - first)}{said[last - start :]}"
    return said
