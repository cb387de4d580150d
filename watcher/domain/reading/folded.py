"""Text as phrases are looked for in it: one spelling of everything that people spell in several ways.

Phrases live in data files (watcher/domain/data), are folded the same way, and are what a verdict names:
never the mail's own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Accents (people leave them out), Arabic vowel signs and the hamza on its carrier, the stretching of Arabic
# letters, invisible signs. Not the marks of kana (U+3099): they make another letter.
_DROPPED = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
# What no decomposition tells: the Turkish dotless i (its capital folds to the dotted one), barred letters,
# quotes and dashes, the Arabic letters that are typed either way, Simplified and Japanese forms are apart.
_ALIKE = str.maketrans(dict(zip("ıłøđ’‘`´ʼىة–—‐‑−~〜", "ilod'''''يه-----~~", strict=True)))

_SHORT = 64  # what is shorter may grow as it likes


def folded(text: str) -> str:
    """Lower case, without accents, compatibility forms or invisible signs; lines stay lines. Folding what is
    folded changes nothing. One sign may stand for eighteen: a long text at most doubles.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_ALIKE))[: 4 * len(text) + _SHORT].casefold()
    bare = _DROPPED.sub("", unicodedata.normalize("NFKD", plain))
    return unicodedata.normalize("NFC", bare).translate(_ALIKE)[: 2 * len(text) + _SHORT]


def one_line(text: str) -> str:
    """Every run of white space as one space."""
    return " ".join(text.split())


# Kana, ideographs and hangul: written without spaces, or with endings glued on.
UNSPACED = re.compile("[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of our tables, where it was found in the folded text, and what stood for its {n}."""

    phrase: str
    start: int
    end: int
    number: str = ""


@dataclass(frozen=True, slots=True)
class Promises:
    """How a language builds a promise: "I will" or "let me", perhaps "first", and then "check"."""

    will: Sequence[str]
    between: Sequence[str]
    what: Sequence[str]

    def fronts(self) -> Iterator[str]:
        """Every way to begin, folded, with the space behind it."""
        return (f"{folded(one)} " for one in self.will)

    def ends(self, text: str, front: int) -> Iterator[int]:
        """Where what is promised may begin, behind a front that ends there."""
        yield front
        words = (f"{folded(one)} " for one in self.between)
        yield from (front + len(one) for one in words if text.startswith(one, front))


class Phrases:
    """Phrases that are looked for together, the longer ones first.

    In a phrase "*" is the rest of a word, "…" up to four words (twelve signs where words are not spaced),
    "{n}" a number. Every repeat is bounded, so that looking stays linear in the text.
    """

    def __init__(self, phrases: Iterable[str], promises: Iterable[Promises] = ()) -> None:
        # Only what begins like the word at hand is tried: one pattern of them all is a hundred times slower.
        self._by_beginning: dict[str, dict[str, str]] = {}
        for phrase in phrases:
            self._add(phrase, _source(phrase))
        self._promises: dict[str, list[tuple[str, Promises, Phrases]]] = {}
        for promise in promises:
            what = Phrases(promise.what)
            for front in promise.fronts():
                self._promises.setdefault(_beginning(front), []).append((front, promise, what))
        self._patterns: dict[str, tuple[re.Pattern[str], list[str]]] = {}

    def _add(self, phrase: str, source: str) -> None:
        self._by_beginning.setdefault(_beginning(_folded(phrase)), {})[source] = phrase

    def find(self, text: str) -> Iterator[Phrase]:
        """Every phrase in the folded text, from left to right, none overlapping another."""
        end = 0
        for start in (one.start() for one in _STARTS.finditer(text)):
            if start >= end and (found := self._at(text, start)):
                end = found.end
                yield found

    def first(self, text: str) -> str:
        """The first phrase in the folded text as our table spells it, "" where there is none."""
        return next((one.phrase for one in self.find(text)), "")

    def _at(self, text: str, start: int) -> Phrase | None:
        """The longest phrase that begins at one place."""
        glued = start + 1 if text[start] in _GLUED else start
        places = {(start, text[start : start + 2]), (start, text[start]), (start, "")}
        places |= {(glued, text[glued : glued + 2])}
        known = ((key, place) for place, key in places if key in self._by_beginning)
        found = [one for key, place in known if (one := self._match(key, text, place))]
        return max((*found, *self._promised(text, start)), key=lambda one: one.end, default=None)

    def _promised(self, text: str, start: int) -> Iterator[Phrase]:
        keys = dict.fromkeys((text[start : start + 2], text[start]))
        for front, promise, what in (one for key in keys for one in self._promises.get(key, ())):
            if text.startswith(front, start):
                places = (one for one in promise.ends(text, start + len(front)) if one < len(text))
                found = (one for place in places if (one := what._at(text, place)))
                yield from (Phrase(f"{promise.will[0]} {one.phrase}", start, one.end) for one in found)

    def _match(self, key: str, text: str, start: int) -> Phrase | None:
        pattern, phrases = self._pattern(key)
        match = pattern.match(text, start)
        if not match:
            return None
        name = match.lastgroup or ""
        phrase = phrases[int(name[1:])]
        number = match[pattern.groupindex[name] + 1] if "{n}" in phrase else ""
        return Phrase(phrase, start, match.end(), number)

    def _pattern(self, key: str) -> tuple[re.Pattern[str], list[str]]:
        """The pattern of all phrases that begin alike, made when the first word that does is met."""
        if key not in self._patterns:
            ordered = sorted(self._by_beginning[key].items(), key=lambda one: (-len(one[1]), one[0]))
            named = (f"(?P<p{place}>{source})" for place, (source, _) in enumerate(ordered))
            self._patterns[key] = re.compile("|".join(named)), [phrase for _, phrase in ordered]
        return self._patterns[key]


# Where a phrase may begin: at a word, at a number, and at any sign of what is written without spaces.
_STARTS = re.compile(rf"(?<!\w)\S|(?<!\d)\d|{UNSPACED.pattern}")
_GLUED = "وفبل"  # "and", "so", "by" and "for", written together with an Arabic word


def _beginning(phrase: str) -> str:
    """Two signs, or one where the first word has no more; none for a phrase that begins with a number."""
    if phrase.startswith("{n}"):
        return ""
    return phrase[:2] if len(phrase) > 1 and phrase[1] not in " *…" else phrase[0]


_TOKEN = re.compile(r"(\{n\}|\s?…\s?|\s|\*)")


def _folded(phrase: str) -> str:
    """A phrase with its "…", which folding takes for three full stops."""
    return "…".join(folded(one) for one in phrase.split("…"))


def _source(phrase: str) -> str:
    text = _folded(phrase)
    unspaced = bool(UNSPACED.search(text))
    body = "".join(_piece(one, unspaced=unspaced) for one in _TOKEN.split(text) if one)
    if unspaced:
        return (r"(?<!\d)" if text.startswith("{n}") else "") + body
    return body + (r"(?!\w)" if text[-1].isalnum() or text[-1] == "}" else "")


def _piece(piece: str, *, unspaced: bool) -> str:
    if piece == "{n}":
        return r"(\d{1,3}|[一二两兩三四五六七八九十]{1,3})" if unspaced else r"(\d{1,3}|\w{1,12})"
    if piece == "*":
        return r"\w{0,20}"
    if piece.strip() == "…":
        return r".{0,12}?" if unspaced else r"(?:\W{1,3}[\w'-]{1,30}){0,4}?\W{1,3}"
    return r"\s?" if piece.isspace() and unspaced else re.escape(piece)
