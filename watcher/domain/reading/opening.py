"""What a first mail wants: to buy from us, to supply us, or to sell us a service (DESIGN 2.1.6).

It decides what somebody is whom we never answered: a lead, a partner, or nobody to watch. The subject alone
may say it; the text says more. Asking wins: who asks a price and praises their own goods is a buyer.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from watcher.domain.data import words
from watcher.domain.messages import Direction
from watcher.domain.reading.evidence import EvidenceKind, read_evidence
from watcher.domain.reading.text import Text
from watcher.domain.subjects import read_subject

VERSION = 2  # raise it when a phrase or a rule changes

_LOOKED_AT = 4_000  # characters of a text: who wants something says so early


@dataclass(frozen=True, slots=True)
class Opening:
    """At most one of the three is set. `because` is the phrase of our tables that showed it."""

    inquiry: bool = False
    supplier: bool = False
    pitch: bool = False
    because: str = ""

    @property
    def word(self) -> str:
        """How it is kept as a fact: "inquiry", "supplier", "pitch", or "" for none of them."""
        return next((one for one in ("inquiry", "supplier", "pitch") if getattr(self, one)), "")


NOTHING = Opening()


def read_opening(text: Text, subject: str) -> Opening:
    """What the first mail of somebody wants. Linear in its length; never fails."""
    titled = _of_subject(subject)
    said = _folded(text.said[:_LOOKED_AT])
    found = _read(said, titled, asked=titled.inquiry) if said else titled
    return found if found.word else _price_asked(text)


def _price_asked(text: Text) -> Opening:
    """Whoever asks a price, and offers nothing, wants to buy."""
    shown = read_evidence(Text(said=text.said[:_LOOKED_AT]), "", Direction.INBOUND)
    because = next((one.because for one in shown if one.kind is EvidenceKind.PRICE_ASKED), "")
    return Opening(inquiry=True, because=because) if because else NOTHING


@lru_cache(maxsize=65536)
def _of_subject(subject: str) -> Opening:
    """An answer's subject is ours: "Re: your inquiry" asks nothing."""
    title = read_subject(subject)
    if (title.reply and not title.forward) or title.automatic:
        return NOTHING
    other = _found("pitching", title.base) or _found("not_buying", title.base)
    asking = "" if other else _found("asking", title.base)
    return Opening(inquiry=True, because=asking) if asking else _read(title.base, NOTHING, asked=False)


def _read(said: str, titled: Opening, *, asked: bool) -> Opening:
    """Whoever pitches a service calls it an inquiry too; whoever offers goods is no buyer unless they ask."""
    if pitch := _found("pitching", said):
        return Opening(pitch=True, because=pitch)
    if buying := _found("buying", said):
        return Opening(inquiry=True, because=buying)
    if supplying := _found("supplying", said):
        return titled if asked else Opening(supplier=True, because=supplying)
    return titled


def _folded(text: str) -> str:
    """One line, folded for comparison; typographic apostrophes are plain ones."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(plain.split())


def _found(group: str, folded: str) -> str:
    """The longest phrase of a group that stands in a text, "" for none. Each is looked for by itself: one
    pattern of all of them is a hundred times slower.
    """
    return next((one for one in _phrases(group) if one in folded and _stands(one, folded)), "")


@cache
def _phrases(group: str) -> tuple[str, ...]:
    return tuple(sorted({_folded(one) for one in words("opening", group)}, key=lambda one: (-len(one), one)))


def _stands(phrase: str, folded: str) -> bool:
    """Whether a phrase stands between word boundaries, where its script has them."""
    if _WITHOUT_SPACES.search(phrase):
        return True
    return re.search(rf"\b{re.escape(phrase)}\b", folded) is not None


# Chinese, Japanese and Korean are written without spaces, or with endings that hang on.
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
