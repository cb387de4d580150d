"""Set phrases of a trade, looked for in text word by word.

In a phrase "…" is up to four words (eight signs where no blanks are written), "*" the rest of a word, {n} a
number, {name} one of the words of a group. Short forms are told by their capitals: "PI" is a pro forma
invoice, "pi" is none. Every search is linear: nothing in a phrase repeats without a bound.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

CAPITALS = frozenset({"PI", "PO", "TT", "BL", "SC", "SWIFT", "OC", "FOB", "CIF"})

# Kana, Chinese characters, Hangul: written without blanks, or with endings glued on. Each sign is a word.
_UNSPACED = "\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W\d_{_UNSPACED}]"
_WORD = re.compile(f"{_LETTER}+")
_CUT = r"[,،、;:()]|(?<=\s)-(?=\s)"
_TOKEN = re.compile(rf"(?P<word>{_LETTER}+|\d+|[{_UNSPACED}])|(?P<cut>{_CUT})")
# Accents and vowel signs, which people leave out, and what is not seen. Not the marks of kana (U+3099).
_DROPPED = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200b-\u200f\u2060\ufe00-\ufe0f\u00ad\ufeff]")
# Letters that have no decomposition, dashes, and two letters of one Arabic sound.
_ALIKE = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "–": "-", "—": "-", "ى": "ي"})
_DOTTED = re.compile(r"\b(?:P[./]I|P[./]O|T[./]T|B[./]L|S[./]C)\b\.?")
_THOUSANDS = re.compile(r"(?<=\d)[,.](?=\d)")
# "and", "so", "by", "for", "like" and "the" are written as one with the next Arabic word.
_GLUED = re.compile("[وفبلك]{0,2}(?:ال)?(?=[\u0621-\u064a]{2})")


def folded(text: str) -> str:
    """Small letters without accents; CAPITALS keep theirs, and "P/I" becomes "PI"."""
    plain = unicodedata.normalize("NFKD", text.translate(_ALIKE))
    bare = unicodedata.normalize("NFC", _DROPPED.sub("", plain))
    short = _DOTTED.sub(lambda found: re.sub(r"[./]", "", found[0]), bare)
    small = _WORD.sub(lambda word: word[0] if word[0] in CAPITALS else word[0].casefold(), short)
    return _THOUSANDS.sub("", small.translate(_ALIKE))


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a folded text: how it may be read, in which clause it stands, and whether a blank parts it
    from the word before.
    """

    forms: tuple[str, ...]
    clause: int
    apart: bool


def tokens(text: str) -> list[Token]:
    """The words of a folded text. Commas, colons, brackets and dashes end a clause."""
    found, clause, end = [], 0, 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "cut":
            clause += 1
        else:
            apart = any(map(str.isspace, text[end : match.start()][:2]))
            found.append(Token(_forms(match[0]), clause, apart))
            end = match.end()
    return found


@lru_cache(maxsize=16384)
def _forms(word: str) -> tuple[str, ...]:
    glued = _GLUED.match(word)
    return (word, word[glued.end() :]) if glued and glued.end() else (word,)


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of our table, and the places of the tokens it stands on."""

    phrase: str
    start: int
    end: int


Runs = Mapping[str, tuple[tuple[str, ...], ...]]


@dataclass(frozen=True, slots=True)
class _Step:
    """One part of a phrase: a gap, a number, how a word begins, or one of several runs of words, which are
    held by their first word.
    """

    gap: int = 0
    number: bool = False
    begins: str = ""
    runs: Runs = field(default_factory=dict)

    def ends(self, words: Sequence[Token], at: int) -> set[int]:
        """Where this part may end when it begins at a place."""
        if self.gap:
            return set(range(at, min(at + self.gap, len(words)) + 1))
        if self.number:
            return _number_ends(words, at)
        if at >= len(words):
            return set()
        forms = words[at].forms
        if self.begins:
            return {at + 1} if any(form.startswith(self.begins) for form in forms) else set()
        rests = (rest for form in forms for rest in self.runs.get(form, ()))
        return {at + 1 + len(rest) for rest in rests if _stands(rest, words, at + 1)}


def _by_first(runs: Iterable[tuple[str, ...]]) -> Runs:
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for first, *rest in runs:
        found[first] = (*found.get(first, ()), tuple(rest))
    return found


def _stands(run: Sequence[str], words: Sequence[Token], at: int) -> bool:
    return at + len(run) <= len(words) and all(
        one in words[at + place].forms for place, one in enumerate(run)
    )


_NUMBER_WORDS = frozenset({"no", "nr", "num", "number", "n", "رقم", "号", "號"})
_LONGEST_SERIES = 4  # letters before a number: "HL-20418"


def _number_ends(words: Sequence[Token], at: int) -> set[int]:
    """A number, with the word for it or a series of letters before it."""
    if at < len(words) and words[at].forms[0] in _NUMBER_WORDS:
        at += 1
    here = words[at].forms[0] if at < len(words) else ""
    if here and not here.isdigit() and len(here) <= _LONGEST_SERIES and at + 1 < len(words):
        at += 0 if words[at + 1].apart else 1
    return {at + 1} if at < len(words) and words[at].forms[0].isdigit() else set()


@dataclass(slots=True)
class SetPhrases:
    """Phrases that are looked for together, each with the words of the groups it names."""

    phrases: Iterable[str]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unspaced: bool = False
    _by_first: dict[str, list[tuple[str, tuple[_Step, ...]]]] = field(default_factory=dict)
    _by_beginning: dict[str, list[tuple[str, tuple[_Step, ...]]]] = field(default_factory=dict)
    _lengths: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for phrase in dict.fromkeys(self.phrases):
            steps = tuple(self._steps(phrase))
            if steps[0].begins:
                self._by_beginning.setdefault(steps[0].begins, []).append((phrase, steps))
            for first in steps[0].runs:
                self._by_first.setdefault(first, []).append((phrase, steps))
        self._lengths = tuple({len(one) for one in self._by_beginning})

    def _steps(self, phrase: str) -> Iterator[_Step]:
        for piece in filter(None, re.split(r"(\{\w+\}|…|\S+\*)", phrase)):
            if piece == "…":
                yield _Step(gap=8 if self.unspaced else 4)
            elif piece == "{n}":
                yield _Step(number=True)
            elif piece.startswith("{"):
                yield _Step(runs=_by_first(map(_run, self.words[piece[1:-1]])))
            elif piece.endswith("*"):
                *whole, last = _run(piece)
                yield from [_Step(runs=_by_first([tuple(whole)]))] if whole else []
                yield _Step(begins=last)
            elif run := _run(piece):
                yield _Step(runs=_by_first([run]))

    def find(self, words: Sequence[Token]) -> Iterator[Found]:
        """Every phrase within one clause of a text, from left to right; several may begin at one place."""
        for at in range(len(words)):
            for phrase, steps in self._beginning(words[at]):
                end = _end(steps, words, at)
                if end is not None:
                    yield Found(phrase, at, end)

    def first(self, words: Sequence[Token]) -> str:
        """The first phrase in a text, "" where there is none."""
        return next((one.phrase for one in self.find(words)), "")

    def _beginning(self, word: Token) -> Iterator[tuple[str, tuple[_Step, ...]]]:
        for form in word.forms:
            yield from self._by_first.get(form, ())
            for length in self._lengths:
                if length <= len(form):
                    yield from self._by_beginning.get(form[:length], ())


@lru_cache(maxsize=16384)
def _run(text: str) -> tuple[str, ...]:
    """The words of a piece of a phrase, as they stand in a folded text."""
    return tuple(match[0] for match in _TOKEN.finditer(folded(text)) if match.lastgroup == "word")


def _end(steps: Sequence[_Step], words: Sequence[Token], at: int) -> int | None:
    """Where a phrase that begins at a place ends, None where it does not stand there."""
    places, within = {at}, words[at].clause
    for step in steps:
        places = {
            end for place in places for end in step.ends(words, place) if _inside(step, words, end, within)
        }
        if not places:
            return None
    return min(places)


def _inside(step: _Step, words: Sequence[Token], end: int, clause: int) -> bool:
    """A phrase keeps to its clause; a number may stand behind a colon."""
    return end == 0 or step.number or words[end - 1].clause == clause


def readable(phrase: str) -> str:
    """A phrase of a table as a person reads it."""
    return phrase.replace("{n}", "…").replace("{", "").replace("}", "").replace("*", "")
