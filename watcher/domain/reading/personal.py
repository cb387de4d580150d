"""What only people write: the words that no machine puts beside its own (docs/decisions/0011).

A false "automatic" hides an order. So whoever asks, orders or speaks of goods is a person, whatever
announcement stands beside it; and where no header gave a machine away, each clause must be a machine's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from watcher.domain.data import words
from watcher.domain.messages import Direction
from watcher.domain.reading.dates import languages
from watcher.domain.reading.evidence import read_evidence
from watcher.domain.reading.folded import UNSPACED
from watcher.domain.reading.frames import unframed
from watcher.domain.reading.phrasebook import group
from watcher.domain.reading.text import Text

_LOOKED_AT = 3_000  # characters; a longer mail is nobody's automatic one
# What machines say, by groups of data/automatic_texts.toml: what tells most of one comes first.
MACHINES_SAY = ("declared", "machine", "absent", "received", "instead", "thanks", "promises", "until")
_FREE_WORDS, _FREE_SIGNS = 5, 4  # beside the phrase of a clause: names, days, "currently"
_NAMES, _NAME = 3, 20  # words; characters behind "Dear"


def folded(text: str) -> str:
    """As the phrases are written: NFKC, case-folded, straight apostrophes, single spaces."""
    return " ".join(_plain(text).casefold().split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("\u2019", "'")


@cache
def phrases(name: str) -> tuple[str, ...]:
    """The phrases of a group of data/automatic_texts.toml, the longest first."""
    return tuple(sorted(words("automatic_texts", name), key=lambda one: (-len(one), one)))


# ── what it wants ──

_QUESTION = re.compile(r"[?\uff1f\u061f\u037e](?=\W|$|[\u3005-\u9fff])")
_WEB = re.compile(r"\S*(?:https?:|www\.|@)\S*")
_COUNT = re.compile(
    r"\d\s?(?:pcs|pieces|sets|units|tons|cartons|stück|stk|pièces|piezas|peças|pezzi|stuks|szt|adet|шт"
    r"|قطعة|件|台|套|[个個](?![工月小])|吨|噸|개(?!월)|대(?!리))"
)


def wants_something(text: Text) -> bool:
    """Whether a mail asks, orders, or speaks of goods or money in the writer's own words."""
    said = _WEB.sub(" ", folded(text.said[:_LOOKED_AT]))
    if _QUESTION.search(said) or _COUNT.search(said) or _of_business().search(said):
        return True
    return bool(read_evidence(Text(said=text.said[:_LOOKED_AT]), "", Direction.INBOUND))


def greets(text: Text) -> bool:
    """Whether it begins with a greeting, as people do."""
    first = next((line.strip() for line in text.said[:_LOOKED_AT].splitlines() if line.strip()), "")
    return _greets(first.casefold())


@cache
def _of_business() -> re.Pattern[str]:
    """Each from the beginning of a word where its script has words; Arabic glues some before it."""
    return re.compile("|".join(map(_from_the_beginning, phrases("business"))))


def _from_the_beginning(phrase: str) -> str:
    glued = _GLUED.match(phrase) is not None
    return re.escape(phrase) if glued else rf"(?<!\w){re.escape(phrase.strip())}"


_GLUED = re.compile(rf"{UNSPACED.pattern}|[\u0621-\u064a]")


# ── what else it says ──

_AND = "and|but|und|aber|et|mais|y|pero|e|ma|mas|en|maar|i|ale|ve|ama|и|но"
_ENDS = re.compile(rf"[.!](?=\s|$)|[,;:()。！；，、：](?!\d)|\s(?:-|{_AND})\s")
# "bis zum 13. März" is one clause.
_DIGIT_STOP = re.compile(
    r"(?<=\d)\.(?=\d|\s[^\W\d_A-Z]|\s(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez))"
)
_LETTERS = re.compile(r"[^\W\d_]+")


def only_announces(text: Text) -> bool:
    """Whether every clause says what automatic mail says: thanks, away, until when, whom to ask instead."""
    body = "\n".join(unframed(text.said[:_LOOKED_AT]).body)
    lines = _DIGIT_STOP.sub(" ", _plain(_WEB.sub(" ", body)))
    return all(map(_announces, _ENDS.split(" ".join(lines.split()))))


def _announces(clause: str) -> bool:
    if not _LETTERS.search(clause):
        return True
    low = rest = clause.casefold().strip()
    for phrase in _machine_phrases():
        rest = rest.replace(phrase, " ") if phrase in rest else rest
    if rest == low:
        return _names_somebody(clause) or _greets(low, but=_NAME) or _thanks(low)
    signs = UNSPACED.findall(rest)
    words = (one for one in _LETTERS.findall(rest) if one not in _of_the_calendar())
    free = [one for one in words if not UNSPACED.search(one)]
    return len(signs) <= _FREE_SIGNS and len(free) <= _FREE_WORDS


def _thanks(low: str) -> bool:
    """Whether it is thanks and no more: "for the blue one" would be an answer."""
    return any(found.start == 0 and found.end == len(low) for found in group("closing").find(low))


@cache
def _of_the_calendar() -> frozenset[str]:
    """Months and days: when somebody is away, not what they want."""
    named = (each for one in languages() for each in (*one["months"], *one["weekdays"]))
    return frozenset(word for words in named for word in words if " " not in word)


def _names_somebody(clause: str) -> bool:
    """ "Anna Lee": a name or a day, in capitals."""
    found = _LETTERS.findall(clause)
    return len(found) <= _NAMES and all(one[0].isupper() for one in found)


def _greets(low: str, but: int = 1_000) -> bool:
    """Whether it begins as greetings and sign-offs do, with no more than `but` characters behind."""
    found = next(group("greeting").find(low), None) or next(group("signoff").find(low), None)
    return found is not None and not found.start and len(low) <= found.end + but


@cache
def _machine_phrases() -> tuple[str, ...]:
    return tuple(
        sorted(
            {one for name in (*MACHINES_SAY, "courtesy") for one in phrases(name)},
            key=lambda one: (-len(one), one),
        )
    )
