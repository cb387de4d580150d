"""Delivery reports in plain words, of mail systems that keep to no form: data/returned.toml.

What is read is the report itself, above the copy of what came back: the copy is somebody's mail and may say
anything. Whoever calls this has a reason in the headers to take the mail for a report.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cache
from itertools import pairwise

from watcher.domain.data import words
from watcher.domain.reports import Action
from watcher.mailbox.parts import body


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reader found: `sure` where a form or a sentence said so that only reports use."""

    action: Action
    status: str
    addresses: tuple[str, ...]
    sure: bool = True


_MAX_LINE = 1_000  # characters
_MAX_LINES = 400
_HEAD = 3  # lines that are never taken for the copy: "Your message could not be delivered, a copy follows"
_COPIED_FIELD = re.compile(r"(?:return-path|received|x-envelope-from|delivered-to)\s?:", re.IGNORECASE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b(?!\.)")
_REFUSED = re.compile(r"5\d\d[ -]")  # an SMTP answer (RFC 5321 4.2.1)
_ADDRESS = re.compile(r"[\w.+=#&'/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Korean and Japanese write "to" as one with an address: "otto@kunde.example에게".
GLUED = re.compile("(?<=[a-z0-9])[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,10}$")
# The whole line is an address, or begins with one: how most systems name who failed.
_LEADS = re.compile(
    r"^[\s>*<\[(\"'-]{0,12}(?:mailto:|rfc822;|smtp:)?[\w.+=#&'/-]{1,64}@[\w.-]{1,255}[>\])\"':;,.]*(?:\s|$)"
)
# The worst first. "Delayed" is believed unless something says that it is over.
_ORDER: tuple[tuple[str, Action], ...] = (
    ("waits", "delayed"),
    ("final", "failed"),
    ("over", "failed"),
    ("delayed", "delayed"),
    ("delivered", "delivered"),
    ("relayed", "relayed"),
)


def read_words(parts: Sequence[Message], ours: frozenset[str]) -> Finding | None:
    """What a report says of which addresses; None where it says nothing. `ours` never failed."""
    lines = list(_report_lines(body(parts)))
    text = _folded(" ".join(lines))
    sure = next((action for group, action in _ORDER if _any(group, text)), None)
    found = next(filter(None, map(_STATUS.search, lines)), None)
    status, addresses = found[1] if found else "", _addresses(lines, ours)
    if sure:
        return Finding(sure, status, addresses)
    maybe = addresses and (_any("failed", text) or any(map(_REFUSED.match, lines)))
    return Finding("failed", status, addresses, sure=False) if maybe else None


def _report_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines()[:_MAX_LINES]):
        line = line[:_MAX_LINE].strip()
        if number >= _HEAD and (_COPIED_FIELD.match(line) or _any("copy", _folded(line))):
            return
        if line:
            yield line


def _addresses(lines: Sequence[str], ours: frozenset[str]) -> tuple[str, ...]:
    """The addresses on lines that begin with one; else on lines that speak of a recipient; else on any."""
    told = [line for line in lines if "@" in line and not _any("not_recipient", _folded(line))]
    leading = [line for line in told if _LEADS.match(line)]
    near = [line for line in told if _any("recipient", _folded(line))] or list(_after_cue(lines))
    for chosen in (leading, near, told):
        found = [
            GLUED.sub("", one.lower().strip("'.-/")) for line in chosen for one in _ADDRESS.findall(line)
        ]
        if kept := tuple(dict.fromkeys(one for one in found if one not in ours)):
            return kept
    return ()


def _after_cue(lines: Sequence[str]) -> Iterator[str]:
    """Pages of HTML put the label into one cell and the address into the next."""
    for label, value in pairwise(lines):
        if "@" not in label and "@" in value and _any("recipient", _folded(label)):
            yield value


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").split())


@cache
def _phrases(group: str) -> tuple[str, ...]:
    return tuple(sorted(words("returned", group)))


def _any(group: str, text: str) -> bool:
    return any(phrase in text for phrase in _phrases(group))
