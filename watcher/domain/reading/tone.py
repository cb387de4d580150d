"""Tone marks: what in our own mail after the PI hints at doubt, or goes on selling what is sold.

Advice, never a verdict: it moves no ball. Only the writer's own words count, never what they quote. Phrases
are data, each with its reason: watcher/domain/data/tone.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from watcher.domain.data import table
from watcher.domain.reading.set_phrases import Found, SetPhrases, folded, readable, tokens
from watcher.domain.reading.text import Text

# Raise it when a rule or a phrase changes: texts that still matter are read again.
TONE_VERSION = 1

DOUBT, SELLING = "doubt", "selling"
_LOOKED_AT = 6_000  # characters
_SENTENCE = re.compile(r"[.!?;。！？；\n]+")
_LONGEST = 200  # words; what is longer is no sentence


@dataclass(frozen=True, slots=True)
class ToneMark:
    """One thing better not said: `kind` is DOUBT or SELLING, `phrase` of our tables, `why` its reason."""

    kind: str
    phrase: str
    why: str


def read_tone(text: Text) -> tuple[ToneMark, ...]:
    """The marks of one mail of ours, each phrase once. Linear in its length."""
    said = " ".join(text.said[:_LOOKED_AT].split("\r"))
    marks: dict[str, ToneMark] = {}
    for sentence in _sentences(said):
        for one in _languages():
            for mark in one.read(sentence):
                marks.setdefault(mark.phrase, mark)
    return tuple(marks.values())


def to_fact(marks: Iterable[ToneMark]) -> dict[str, Any]:
    """As it is kept: the phrases of our tables, nothing of the mail."""
    found = [[one.kind, one.phrase, one.why] for one in marks]
    return {"marks": found} if found else {}


def from_fact(value: Mapping[str, Any]) -> tuple[ToneMark, ...]:
    """What was kept."""
    return tuple(ToneMark(*one) for one in value.get("marks", ()))


def _sentences(said: str) -> Iterator[str]:
    """A line that a mail program broke goes on in the next one."""
    joined = re.sub(r"(?<=[^\s.!?;。！？；])\n(?=[^\s\n])", " ", said)
    return (one for one in _SENTENCE.split(joined) if one.strip())


class _Language:
    def __init__(self, rows: Mapping[str, Any]) -> None:
        unspaced = bool(rows.get("unspaced"))
        self._marks = {
            phrase: ToneMark(kind, readable(phrase), why)
            for kind in (DOUBT, SELLING)
            for phrase, why in rows[kind]
        }
        self._phrases = SetPhrases(self._marks, unspaced=unspaced)
        self._harmless = SetPhrases(rows["harmless"], unspaced=unspaced)

    def read(self, sentence: str) -> Iterator[ToneMark]:
        words = tokens(folded(sentence))[:_LONGEST]
        found = list(self._phrases.find(words))
        if found and not self._harmless.first(words):
            yield from self._apart(found)

    def _apart(self, found: Iterable[Found]) -> Iterator[ToneMark]:
        """Of phrases that stand on the same words the first and longest."""
        end = 0
        for one in sorted(found, key=lambda one: (one.start, -one.end)):
            if one.start >= end:
                end = one.end
                yield self._marks[one.phrase]


@cache
def _languages() -> tuple[_Language, ...]:
    return tuple(_Language(rows) for rows in table("tone").values())
