"""What a suspect is, once its text is read (DESIGN 2.2, docs/decisions/0011).

Every rule wants two witnesses: a sign in the headers and words in the text, or words of two sorts. One sort
alone is what people write too: "I am out of the office next week", "we have received your order".
Phrases: data/automatic_texts.toml, looked for at the beginning and the end of what was written in this mail,
and in its signature, where machines like to say what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, replace
from functools import cache

from watcher.domain.data import words
from watcher.domain.kinds import KindVerdict
from watcher.domain.messages import Envelope, Kind
from watcher.domain.reading.personal import (
    MACHINES_SAY,
    folded,
    greets,
    only_announces,
    phrases,
    wants_something,
)
from watcher.domain.reading.text import Text
from watcher.domain.reports import DeliveryReport
from watcher.domain.suspicions import (
    Suspicion,
    from_mail_system,
    product_subject,
    suspicions,
    vacation_subject,
)

SUSPECTS_VERSION = 4  # of the rules on this page: raised when one of them or of their phrases changes

_REPORTS = ("final", "delayed")  # groups of data/returned.toml
_RECEIPTS = ("read", "delivered")
_TOP = 600  # characters in which a report says that it is one
_OPENING, _CLOSING = 2_000, 400  # characters at either end that are looked at
_BRIEF, _SHORT, _LONG = 600, 3_000, 8_000  # characters: nobody's machine tells a long story
_GREETING = 60
_KIND_OF = {
    "failed": Kind.BOUNCE,
    "delayed": Kind.DELAY,
    "delivered": Kind.RECEIPT,
    "relayed": Kind.RECEIPT,
    "expanded": Kind.RECEIPT,
}
_GROUPS = (*MACHINES_SAY, "announcement")


@dataclass(frozen=True, slots=True)
class _Suspect:
    verdict: KindVerdict
    envelope: Envelope
    suspected: frozenset[Suspicion]
    phrases: Mapping[str, str]  # the first phrase that was found of each group that was
    length: int  # characters of what was written
    inside: frozenset[str]  # media types of its parts
    text: Text
    asks: bool  # whether there is a question in it
    challenges: int  # phrases of challenge-response systems
    report: DeliveryReport | None

    @property
    def words(self) -> Set[str]:
        """The groups of phrases that were found."""
        return self.phrases.keys()

    @property
    def of_one(self) -> bool:
        """A machine answers one writer; who tells many is a person."""
        return len(self.envelope.to) + len(self.envelope.cc) <= 1

    @property
    def personal(self) -> bool:
        """Whether it asks, orders or speaks of goods: then a person wrote it, whatever else it says."""
        return self.asks or wants_something(self.text)

    @property
    def other(self) -> bool:
        """Whether it says whom to turn to, or when it ends."""
        return bool(self.words & {"instead", "until"})

    @property
    def in_outlooks_form(self) -> bool:
        """No word, and a winmail.dat: Outlook's own receipts and calendar answers (MS-OXTNEF)."""
        return self.length == 0 and "application/ms-tnef" in self.inside


def judged_by_text(
    verdict: KindVerdict,
    envelope: Envelope,
    text: Text,
    report: DeliveryReport | None = None,
    inside: frozenset[str] = frozenset(),
) -> KindVerdict:
    """The kind of a mail whose text was read: of a suspect, or of a person's mail that may be none.

    `report` is what could be read of it as a delivery report, `inside` the media types of its parts. Where
    nothing speaks, the kind stays what the headers said.
    """
    one = _suspect(verdict, envelope, text, report, inside)
    found = next(filter(None, (rule(one) for rule in _RULES)), None)
    return found or replace(verdict, suspect=False)


def _suspect(
    verdict: KindVerdict,
    envelope: Envelope,
    text: Text,
    report: DeliveryReport | None,
    inside: frozenset[str],
) -> _Suspect:
    said = folded(text.said)
    ends = " ".join((said[:_OPENING], said[_OPENING:][-_CLOSING:], folded(text.signature[:_CLOSING])))
    where = dict.fromkeys(_GROUPS, ends) | {"announcement": said[:_GREETING]}
    # Some reports look like one long quote, and the "To: Subject: Sent:" of a receipt like the head of one.
    where |= dict.fromkeys(_REPORTS, said[:_TOP] or folded(text.quoted[:_TOP]))
    where |= dict.fromkeys(_RECEIPTS, f"{said[:_TOP]} {folded(text.quoted[:_TOP])}")
    return _Suspect(
        verdict=verdict,
        envelope=envelope,
        suspected=suspicions(envelope),
        phrases={group: found for group, there in where.items() if (found := _first(group, there))},
        length=len(said),
        inside=inside,
        text=text,
        asks="?" in said or "\uff1f" in text.said,
        challenges=sum(phrase in ends for phrase in phrases("challenge")),
        report=report,
    )


@cache
def _phrases(group: str) -> tuple[str, ...]:
    return tuple(sorted(words("returned", group))) if group in _REPORTS else phrases(group)


def _first(group: str, text: str) -> str:
    return next((phrase for phrase in _phrases(group) if phrase in text), "")


# ── the rules, in the order in which they speak ──


def _challenged(one: _Suspect) -> KindVerdict | None:
    """ "Confirm that you are a person": its mail waits, whatever report it dresses as."""
    enough = 2 if one.suspected or one.verdict.suspect else 3
    if one.challenges < enough or one.length > _SHORT or from_mail_system(one.envelope):
        return None
    return KindVerdict(Kind.AUTO_REPLY, "it asks to confirm that a person wrote")


def _reported(one: _Suspect) -> KindVerdict | None:
    """ "Delayed" is no failure (RFC 3464 2.3.3); "delivered" and "relayed" are receipts."""
    if one.report is None or not _believable(one):
        return None
    why = f"delivery report: {one.report.action} {one.report.status}".rstrip()
    return KindVerdict(_KIND_OF[one.report.action], why)


def _believable(one: _Suspect) -> bool:
    """A form that machines keep; or two signs in the headers; or one, and words that only reports use."""
    if one.verdict.kind is Kind.BOUNCE:
        return True
    signs = one.suspected & {Suspicion.RETURNED, Suspicion.MAILER, Suspicion.MACHINE}
    if len(signs) >= 2:
        return True
    named = one.report is not None and one.report.failed
    if not signs or not named or not one.words & {"final", "delayed"}:
        return False
    # A subject alone is what people complain under: "Undelivered mail", and then they greet, ask and order.
    top = replace(one.text, said=one.text.said[:_TOP])
    return signs != {Suspicion.RETURNED} or not (greets(top) or wants_something(top))


def _receipt(one: _Suspect) -> KindVerdict | None:
    if "message/disposition-notification" in one.inside:
        return KindVerdict(Kind.RECEIPT, "a part is message/disposition-notification")
    if Suspicion.RECEIPT not in one.suspected or one.length > _SHORT:
        return None
    marked = one.verdict.kind not in (Kind.PERSONAL, Kind.BULK) or _lotus(one)
    told = one.words & {"read", "delivered"} and (marked or _names_the_mail(one))
    said = told or one.in_outlooks_form
    why = _with_words("a receipt's subject, and its words", one, {"read", "delivered"})
    return KindVerdict(Kind.RECEIPT, why) if said else None


def _lotus(one: _Suspect) -> bool:
    return folded(one.envelope.subject) == "return receipt" and "your document" in folded(
        one.text.said[:_TOP]
    )


def _names_the_mail(one: _Suspect) -> bool:
    """A receipt says in a line of its own which mail it is for: "Subject: Offer 118"."""
    about = folded(_RECEIPT_PREFIX.sub("", one.envelope.subject, count=1))[:_GREETING]
    lines = f"{one.text.said[:_TOP]}\n{one.text.quoted[:_TOP]}".splitlines()
    told = (_LABEL.match(folded(line)) for line in lines)
    return any(found and about and found[1].startswith(about) for found in told)


_RECEIPT_PREFIX = re.compile(r"^[^:\uff1a]{1,40}[:\uff1a]\s*")
_LABEL = re.compile(r"[> *|]{0,8}[^:]{1,40}?\s?:\s*(\S.*)")


def _calendar(one: _Suspect) -> KindVerdict | None:
    told = "text/calendar" in one.inside or one.in_outlooks_form
    if Suspicion.CALENDAR in one.suspected and told:
        return KindVerdict(Kind.CALENDAR, "a calendar answer's subject, and a part text/calendar")
    return None


def _marked(one: _Suspect) -> KindVerdict | None:
    """What its headers called automatic stays so, whatever else it says."""
    settled = one.verdict.kind not in (Kind.PERSONAL, Kind.BULK)
    return replace(one.verdict, suspect=False) if settled else None


def _away(one: _Suspect) -> KindVerdict | None:
    if not vacation_subject(one.envelope.subject):
        return None
    said = one.words & {"machine", "absent", "instead", "thanks", "received"}
    said |= {"instead"} if one.other else set()
    if product_subject(one.envelope.subject) and one.length <= _LONG:  # with all their disclaimers
        plain = one.length <= _BRIEF and not one.personal
        why = f"an out-of-office subject, and {'its words' if said else 'little else'}"
        return _automatic(why, one, said | {"until"}) if said or plain else None
    brief = "absent" in said and one.length <= _BRIEF
    told = "machine" in said or len(said) >= 2 or brief
    alone = one.of_one and one.length <= _SHORT and "announcement" not in one.words
    if told and alone and not one.personal:
        return _automatic("an out-of-office subject, and its words", one, said | {"until"})
    return None


def _machine(one: _Suspect) -> KindVerdict | None:
    """No person's mail has an empty Return-Path (RFC 5321 4.5.5), but a careless delivery may lose it."""
    said = one.words & {"machine", "absent", "received"}
    thanks = "thanks" in one.words and one.length <= _BRIEF and not one.asks
    if Suspicion.MACHINE in one.suspected and (said or thanks) and one.length <= _SHORT:
        return _automatic("an empty Return-Path, and its words", one, said or {"thanks"})
    return None


def _hushed(one: _Suspect) -> KindVerdict | None:
    """A weak mark in the header stands in for a subject."""
    if Suspicion.HUSHED not in one.suspected or one.length > _SHORT:
        return None
    answers = one.words & {"absent", "received"}
    if answers and (one.other or one.words & {"machine", "thanks"}) and not one.personal:
        return _automatic("X-Auto-Response-Suppress, and its words", one, answers)
    return None


def _acknowledged(one: _Suspect) -> KindVerdict | None:
    if Suspicion.TICKET not in one.suspected or one.length > _SHORT:
        return None
    said = one.words & {"machine", "thanks", "promises"}
    told = ("received" in one.words and said) or {"machine", "thanks"} <= one.words
    if told and not one.personal:
        return _automatic("an acknowledgement's subject, and its words", one, one.words)
    return None


def _says_so(one: _Suspect) -> KindVerdict | None:
    """Without any mark: a sentence by which programs call it an answer, or words of three sorts, or a machine
    that says it is one. Where the headers gave no reason at all, the last two must say nothing else besides.
    """
    if one.length > _SHORT or not one.of_one or "announcement" in one.words or one.personal:
        return None
    if "declared" in one.words:
        return _automatic("a sentence by which programs call their mail an answer", one, {"declared"})
    machine = "machine" in one.words and one.words & {"absent", "received"}
    away = {"absent", "instead", "thanks"} <= one.words and one.length <= 2 * _BRIEF
    hinted = Suspicion.AWAY in one.suspected and "absent" in one.words and one.other
    told = machine or away or hinted
    if told and (one.verdict.suspect or only_announces(one.text)):
        return _automatic("its words are an automatic reply's", one, one.words)
    return None


def _automatic(why: str, one: _Suspect, said: Collection[str]) -> KindVerdict:
    return KindVerdict(Kind.AUTO_REPLY, _with_words(why, one, said))


def _with_words(why: str, one: _Suspect, said: Collection[str]) -> str:
    """The reason, with the phrase of our tables that gave it away."""
    found = next(
        (one.phrases[group] for group in (*MACHINES_SAY, *_RECEIPTS) if group in said and group in one.words),
        "",
    )
    return f'{why}: "{found.strip()}"' if found else why


_RULES: tuple[Callable[[_Suspect], KindVerdict | None], ...] = (
    _challenged,
    _reported,
    _receipt,
    _calendar,
    _marked,
    _away,
    _machine,
    _hushed,
    _acknowledged,
    _says_so,
)
