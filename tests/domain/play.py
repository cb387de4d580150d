"""Threads as tables: "out +3d in" is a mail of ours, three days, and a mail of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from watcher.domain.identity import Us, company_key
from watcher.domain.judgement import CustomerFile, Judgement, ReviewedCustomer, Rules, judge
from watcher.domain.messages import Address, Direction, Facts, Kind, Message
from watcher.domain.reports import DeliveryReport
from watcher.domain.stages import DEFAULT_POLICIES
from watcher.domain.worktime import rep_calendar

# A Monday morning.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WEI = "wei@acme.test"
ANNA = "anna@meyer.example"
FACTORY = "li@factory.example"
US = Us(frozenset({WEI}), frozenset({"acme.test"}), frozenset({"sales@acme.test"}))

_KINDS = {
    "auto": Kind.AUTO_REPLY,
    "delay": Kind.DELAY,
    "receipt": Kind.RECEIPT,
    "calendar": Kind.CALENDAR,
    "bulk": Kind.BULK,
}
_SPAN = {"m": "minutes", "h": "hours", "d": "days"}
_FACTS = {
    "holding": Facts(holding=True),
    "closing": Facts(closing=True),
    "friday": Facts(holding=True, promised=date(2026, 3, 13)),
}


def customer_of(address: str) -> str | None:
    return None if not address or address in US else company_key(address, lambda host: host)


def rules(known: dict[str, datetime] | None = None) -> Rules:
    return Rules(
        us=US,
        customer_of=customer_of,
        known_since=(known or {}).get,
        our_making=lambda message: message.in_reply_to.endswith("@acme.test>"),
        rep=rep_calendar("", UTC),
        opening=time(9),
        closing=time(18),
        policies=DEFAULT_POLICIES,
    )


def play(script: str, start: datetime = START) -> list[Message]:
    """The messages of one thread.

    Words: out, in, third, colleague, internal, auto, delay, receipt, bulk, bounce, junk, shared, stub;
    `out:holding` gives facts; `+3d` lets time pass (a minute passes anyway).
    """
    at = start
    held: list[Message] = []
    for token in script.split():
        if span := re.fullmatch(r"\+(\d+)([mhd])", token):
            at += timedelta(**{_SPAN[span[2]]: int(span[1])})
            continue
        at += timedelta(minutes=1)
        held.append(_message(token, held, at))
    return held


def _message(token: str, held: Sequence[Message], at: datetime) -> Message:
    word, _, fact = token.partition(":")
    number = len(held) + 1
    parents = tuple(one.message_id for one in held)
    ours = word in ("out", "colleague", "internal")
    base = Message(
        id=number,
        message_id=f"<m{number}@{'acme.test' if ours else 'meyer.example'}>",
        at=at,
        kind=_KINDS.get(word, Kind.PERSONAL),
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        subject="Offer" if not held else "Re: Offer",
        author=Address(WEI if ours else ANNA),
        to=(ANNA,) if ours else (WEI,),
        references=parents,
        in_reply_to=parents[-1] if parents else "",
        facts=_FACTS.get(fact, Facts()),
    )
    match word:
        case "third":
            return replace(base, author=Address(FACTORY), cc=(ANNA,))
        case "colleague":
            return replace(base, author=Address("lin@acme.test"), cc=(WEI,))
        case "internal":
            return replace(base, direction=Direction.INTERNAL, to=("lin@acme.test",))
        case "junk":
            return replace(base, in_junk=True)
        case "shared":
            return replace(base, to=("sales@acme.test",))
        case "stub":
            return replace(
                base, references=(*parents, "<unseen@acme.test>"), in_reply_to="<unseen@acme.test>"
            )
        case "bounce":
            report = DeliveryReport("failed", "5.1.1", (fact or ANNA,))
            sent = next(one for one in reversed(held) if one.direction is Direction.OUTBOUND)
            daemon = Address("mailer-daemon@mx.test")
            return replace(
                base,
                kind=Kind.BOUNCE,
                author=daemon,
                references=(sent.message_id,),
                report=report,
                facts=Facts(),
            )
    return base


def verdict(
    messages: Iterable[Message],
    file: CustomerFile | None = None,
    customer: str = "meyer.example",
    now: datetime = START + timedelta(days=300),
    known: dict[str, datetime] | None = None,
) -> ReviewedCustomer:
    """What is judged of one customer."""
    files = {customer: file} if file else {}
    found = judge(messages, files, rules(known), now)
    return next(one for one in found.customers if one.key == customer)


def judged(messages: Iterable[Message], now: datetime = START + timedelta(days=300)) -> Judgement:
    return judge(messages, {}, rules(), now)
