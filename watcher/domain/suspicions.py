"""What makes a mail suspect: signs in its headers that prove nothing alone, so that its text must be read.

A machine that marks its mail is judged by the mark (kinds.py). Many do not: old mail systems, web mailers,
anything that was passed on through a list. Their subjects and senders give them away, and people use the same
words, so a suspicion only costs one fetch. Phrases: data/automatic.toml.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache

from watcher.domain.data import words
from watcher.domain.messages import Address, Envelope
from watcher.domain.subjects import read_subject

_LONGEST = 300  # characters of a subject that count


class Suspicion(StrEnum):
    """What a mail may be, and why: its subject says so; but `MAILER`: its author may be a mail system,
    `MACHINE`: no person sent it, whatever it says, and `HUSHED`: it asks machines not to answer.
    """

    RETURNED = "returned"
    MAILER = "mailer"
    AWAY = "away"
    TICKET = "ticket"
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    MACHINE = "machine"
    HUSHED = "hushed"


# "[Ticket#2026030210000017]", "[acme.test #4711]", "##4711##", "(Case 00123456)": each system has its form.
_TICKET_NUMBER = re.compile(
    r"\[(?:[\w.-]{1,40}\s?)?#\s?[\d-]{2,30}\]|##[\w-]{3,30}##|\[[a-z]{2,10}-\d{1,9}\]"
    r"|\b(?:ticket|case|request|incident|vorgang|anfrage)\s?(?:id|no\.?|nr\.?|number|nummer)?\s?[:#]?\s?\d{3,}"
)
_TAIL = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]$")
_PREFIX = re.compile(r"([^:]{1,40}?)\s?:")


def suspicions(envelope: Envelope) -> frozenset[Suspicion]:
    """Everything that the headers of a mail give reason to suspect; empty for nearly all mail of people."""
    found = set(_of_subject(envelope.subject))
    if _null_path(envelope):
        found.add(Suspicion.MACHINE)
    if _hushed(envelope):
        found.add(Suspicion.HUSHED)
    if from_mail_system(envelope):
        found.add(Suspicion.MAILER)
    return frozenset(found)


def written_by_mailer(envelope: Envelope) -> bool:
    """Whether the author is a mail system for sure: nobody writes from mailer-daemon@."""
    return envelope.author is not None and envelope.author.local in words("automatic", "mailer")


def from_mail_system(envelope: Envelope) -> bool:
    """Whether the author may be a mail system: by address, by display name, or because there is none (Amazon
    WorkMail signs with a bare host).
    """
    author = envelope.author
    return author is None or "@" not in author.address or written_by_mailer(envelope) or _mailer_like(author)


def vacation_subject(subject: str) -> bool:
    """Whether a subject is an out-of-office one. An answer to such a mail ("Re: Out of office") is not."""
    return not _answers(subject) and _named(_folded(subject), "vacation")


def product_subject(subject: str) -> bool:
    """Whether a program put its own prefix before the subject it answers: "Automatic reply: Offer"."""
    return read_subject(subject).automatic and vacation_subject(subject)  # "Auto: spare parts" is a person's


def _null_path(envelope: Envelope) -> bool:
    return (envelope.mark("return-path") or "").strip() == "<>"


def _hushed(envelope: Envelope) -> bool:
    """Weak marks: notices and some people's mail have them too (MS-OXCMAIL, X-Auto-Response-Suppress)."""
    suppress = (envelope.mark("x-auto-response-suppress") or "").casefold()
    return any(word in suppress for word in ("all", "oof", "autoreply"))


@cache
def _listed(key: str) -> tuple[str, ...]:
    return tuple(sorted(words("automatic", key)))


def _mailer_like(author: Address) -> bool:
    local, name = author.local, author.name.casefold()
    return (
        local in words("automatic", "mailer_maybe")
        or local.startswith(_listed("mailer_starts"))
        or local.endswith(_listed("mailer_ends"))
        or any(part in local for part in _listed("mailer_contains"))
        or (bool(name) and any(part in name for part in _listed("mailer_names")))
    )


@lru_cache(maxsize=8192)
def _of_subject(subject: str) -> frozenset[Suspicion]:
    folded = _folded(subject)
    numbered = _TICKET_NUMBER.search(folded)
    if _answers(subject):
        return _of_answer(folded, numbered=numbered is not None)
    prefix = _prefix(folded)
    signs = {
        Suspicion.RETURNED: _named(folded, "returned"),
        Suspicion.AWAY: _named(folded, "vacation") or _named(folded, "absence"),
        Suspicion.TICKET: numbered is not None or _named(folded, "ticket"),
        Suspicion.RECEIPT: prefix in words("automatic", "receipt_prefixes")
        or _named(folded, "receipt_phrases"),
        Suspicion.CALENDAR: prefix in words("automatic", "calendar_prefixes"),
    }
    return frozenset(one for one, there in signs.items() if there)


def _of_answer(folded: str, *, numbered: bool) -> frozenset[Suspicion]:
    """Some systems answer under "Re:" as people do, and say at the end what they are: "(Auto-Reply)"."""
    tail = _TAIL.search(folded)
    signs = {Suspicion.TICKET: numbered, Suspicion.AWAY: tail is not None and _named(tail[1], "vacation")}
    return frozenset(one for one, there in signs.items() if there)


def _answers(subject: str) -> bool:
    """A person's answer or forward. The prefixes of automatic replies count as a reply's too: not here."""
    prefix = read_subject(subject)
    return (prefix.reply or prefix.forward) and not prefix.automatic


def _folded(subject: str) -> str:
    folded = unicodedata.normalize("NFKC", subject[:_LONGEST]).casefold().replace("\u2019", "'")
    return " ".join(folded.split())


def _named(folded: str, key: str) -> bool:
    return any(phrase in folded for phrase in _listed(key))


def _prefix(folded: str) -> str:
    found = _PREFIX.match(folded)
    return found[1] if found else ""
