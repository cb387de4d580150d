"""Subjects: what stands behind the prefixes that clients put before them.

Only for the narrow fallback where a reply carries no references at all (DESIGN 2.3): a subject
alone never joins two threads.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from watcher.domain.data import table, words

_LONGEST = 300  # characters of a subject that count; what differs after them is no other subject
_MOST_PREFIXES = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """`base` is the subject without prefixes, folded for comparison; the flags go by the outermost prefix.

    `automatic` is a prefix that machines put ("Automatic reply:"); it is a reply's too.
    """

    base: str
    reply: bool
    forward: bool
    automatic: bool = False


@cache
def _prefix() -> re.Pattern[str]:
    every = words("prefixes", "reply") | words("prefixes", "forward") | words("prefixes", "either")
    longest_first = "|".join(re.escape(word) for word in sorted(every, key=len, reverse=True))
    # "Re:", "Re[2]:", "RE (3):", "Re^2:" and the full-width colon of Chinese clients
    return re.compile(rf"({longest_first})\s{{0,2}}(?:\[\d+\]|\(\d+\)|\^\d+)?\s{{0,2}}:\s*")


@cache
def _automatic() -> frozenset[str]:
    return frozenset(one.casefold() for one in table("prefixes")["reply"]["automatic"])


# Tags that a gateway puts before the subject on its way in: they differ between the two sides.
_GATEWAY_TAG = re.compile(r"\[(?:ext|external|extern|spam|bulk)\]:?\s*|(?:\*{2,5}spam\*{2,5})\s*")
# "[List] Re: Pumps": a list or a ticket system puts its own name before the prefix. It stays part of the
# subject, for "[Order 118] Delivery" is another matter than "[Order 119] Delivery".
_TAG = re.compile(r"\[[^\[\]]{1,40}\]\s*")


@lru_cache(maxsize=8192)
def read_subject(subject: str) -> Subject:
    """Take prefixes and gateway tags off a decoded subject. Linear in its length; never fails."""
    rest = " ".join(unicodedata.normalize("NFKC", subject[:_LONGEST]).casefold().split())
    outermost, named = "", ""
    for _ in range(_MOST_PREFIXES):
        gateway = _GATEWAY_TAG.match(rest)
        tag = None if gateway or named else _TAG.match(rest)
        prefix = gateway or _prefix().match(rest, tag.end() if tag else 0)
        if prefix is None:
            break
        if gateway is None:
            outermost = outermost or prefix.group(1)
        named = tag.group() if tag else named
        rest = rest[prefix.end() :]
    either = outermost in words("prefixes", "either")
    return Subject(
        base=(rest if rest.startswith(named) else named + rest).strip(),
        reply=either or outermost in words("prefixes", "reply"),
        forward=either or outermost in words("prefixes", "forward"),
        automatic=outermost in _automatic(),
    )
