"""Mail as tables: "Mon out; Wed in; Thu auto-in" is what happened, "ours received_last Wed" the verdict.

Day names are of the week of 2 March 2026; "Mon2" is the Monday after. Mail is at 16:00 in Shanghai (the rep),
09:00 in Germany (the customer), a minute later for each event; "Mon 14:00 out" gives a time in UTC.
Every mail answers the person's mail before it. `_PEOPLE`, `_MACHINES` and `_WORDS` list what an event may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watcher.domain.deals import Deal, Hold, StageMove
from watcher.domain.identity import Us, company_key
from watcher.domain.judgement import CustomerFile, Judgement, ReviewedCustomer, ReviewedThread, Rules, judge
from watcher.domain.messages import Address, Direction, Facts, Kind, Message
from watcher.domain.reports import DeliveryReport
from watcher.domain.stages import DEFAULT_POLICIES, Stage
from watcher.domain.turns import Play, Turn, TurnDecision, Word
from watcher.domain.worktime import rep_calendar

MONDAY = date(2026, 3, 2)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEI, SALES, LIN = "wei@acme.test", "sales@acme.test", "lin@acme.test"
CUSTOMER, ANNA, BEN = "cust.de", "anna@cust.de", "ben@cust.de"
FACTORY, ZHOU = "pumps.example", "zhou@pumps.example"
US = Us(frozenset({WEI}), frozenset({"acme.test"}), frozenset({SALES}))
LATER = datetime(2026, 12, 1, tzinfo=UTC)

IN, OUT, AMONG_US = Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL


def customer_of(address: str) -> str | None:
    """By registrable domain, which ends in two labels here."""
    return None if address in US else company_key(address, lambda host: ".".join(host.split(".")[-2:]))


def moment(text: str) -> datetime:
    """ "Mon2" or "Mon2 14:00" (UTC; 08:00 where no time is given)."""
    name, _, clock = text.partition(" ")
    week = int(name[3:] or 1) - 1
    day = MONDAY + timedelta(days=7 * week + DAYS.index(name[:3]))
    return datetime.combine(day, time.fromisoformat(clock or "08:00"), UTC)


def day_name(at: datetime | date) -> str:
    """The other way: "Mon2"."""
    days = ((at.date() if isinstance(at, datetime) else at) - MONDAY).days
    return f"{DAYS[days % 7]}{days // 7 + 1 if days >= 7 else ''}"


def clock(at: datetime) -> str:
    """With the time: "Mon2 14:00" (UTC)."""
    return f"{day_name(at)} {at:%H:%M}"


def mail(message_id: str, at: str | datetime, direction: Direction = IN, **given: object) -> Message:
    """One mail, from Anna to Wei or the other way round where nothing else is given."""
    inbound = direction is IN
    values: dict[str, object] = {
        "id": 0,
        "message_id": f"<{message_id}>",
        "at": moment(at) if isinstance(at, str) else at,
        "kind": Kind.PERSONAL,
        "direction": direction,
        "subject": "Pumps",
        "author": Address(ANNA if inbound else WEI),
        "to": (WEI,) if inbound or direction is AMONG_US else (ANNA,),
        **given,
    }
    if isinstance(values["author"], str):
        values["author"] = Address(values["author"])
    for part in ("to", "cc", "bcc", "references"):
        if isinstance(values.get(part), str):
            values[part] = tuple(str(values[part]).split())
    references = values.get("references")
    if isinstance(references, tuple) and references and "in_reply_to" not in given:
        values["in_reply_to"] = references[-1]
    return Message(**values)  # type: ignore[arg-type]


def numbered(messages: Iterable[Message]) -> list[Message]:
    """Numbers by arrival, as the store gives them."""
    return [replace(one, id=number) for number, one in enumerate(messages, start=1)]


# What an event says of a mail, besides the direction.
_PEOPLE: Mapping[str, tuple[Direction, dict[str, object]]] = {
    "out": (OUT, {}),
    "in": (IN, {}),
    "hold-out": (OUT, {"facts": Facts(holding=True)}),
    "thanks-out": (OUT, {"facts": Facts(closing=True)}),
    "hold-in": (IN, {"facts": Facts(holding=True)}),
    "thanks-in": (IN, {"facts": Facts(closing=True)}),
    "junk-in": (IN, {"in_junk": True}),
    "shared-in": (IN, {"to": (SALES,)}),
    "colleague-out": (OUT, {"author": Address(LIN), "cc": (WEI,)}),
    "internal": (AMONG_US, {"author": Address(LIN)}),
    "third-in": (IN, {"author": Address(ZHOU), "to": (WEI, ANNA)}),
    "third-out": (OUT, {"to": (ZHOU,), "subject": "Fw: Pumps"}),
}
_MACHINES: Mapping[str, tuple[Direction, dict[str, object]]] = {
    "auto-in": (IN, {"kind": Kind.AUTO_REPLY}),
    "away-in": (IN, {"kind": Kind.AUTO_REPLY}),
    "delay-in": (IN, {"kind": Kind.DELAY, "author": Address("mailer-daemon@mx.example")}),
    "receipt-in": (IN, {"kind": Kind.RECEIPT}),
    "calendar-in": (IN, {"kind": Kind.CALENDAR}),
    "bulk-in": (IN, {"kind": Kind.BULK}),
    "bounce": (IN, {"kind": Kind.BOUNCE, "author": Address("mailer-daemon@mx.example")}),
}
_WORDS = {"done": Play.DONE, "snooze": Play.SNOOZED, "log": Play.LOGGED}
_EVENT = re.compile(r"(?P<at>\w{3}\d*(?: \d\d:\d\d)?) (?P<what>[a-z-]+)(?:\((?P<given>[^)]*)\))?")


@dataclass
class Played:
    """What happened, as the judgement is given it."""

    messages: list[Message] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)


def play(text: str) -> Played:
    """Read "Mon out; Wed in(author=ben@cust.de); Thu bounce(of=m1 failed=anna@cust.de); Fri done".

    What the rep says is anchored to m1; "Fri done(anchor=2)" names another mail of the thread.
    """
    played = Played()
    for number, event in enumerate(filter(None, map(str.strip, text.split(";")))):
        found = _EVENT.fullmatch(event)
        assert found, event
        given = dict(pair.split("=", 1) for pair in (found["given"] or "").split())
        at = moment(found["at"]) + timedelta(minutes=number if " " not in found["at"] else 0)
        if found["what"] in _WORDS:
            played.words.append(_word(number, at, found["what"], given))
        else:
            played.messages.append(_mail(at, found["what"], given, played.messages))
    return played


def _word(number: int, at: datetime, what: str, given: Mapping[str, str]) -> Word:
    until = moment(given["until"]) if "until" in given else None
    anchor, turn = int(given.get("anchor", 1)), Turn(given.get("turn", "theirs"))
    return Word(number, at, _WORDS[what], anchor, turn, until)


def _mail(at: datetime, what: str, given: Mapping[str, str], before: Sequence[Message]) -> Message:
    direction, kept = {**_PEOPLE, **_MACHINES}[what]
    values: dict[str, object] = {**kept, "id": len(before) + 1}
    people = [one for one in before if one.personal]
    values["references"] = (people[-1].message_id,) if people else ()
    if what == "bounce":
        sent = [one.message_id for one in before if one.direction is OUT]
        values["references"] = (f"<{given['of']}>",) if "of" in given else tuple(sent[-1:])
        failed = tuple(given["failed"].split(",")) if "failed" in given else ()
        values["report"] = DeliveryReport("failed", "5.1.1", failed)
    for part in ("to", "cc", "bcc", "references"):
        if part in given:
            values[part] = tuple(filter(None, given[part].split(",")))
    if "subject" in given:
        values["subject"] = given["subject"]
    if "author" in given:
        values["author"] = Address(given["author"])
    if "wants" in given:
        values["facts"] = Facts(opening=given["wants"])
    if "back" in given:
        values["facts"] = Facts(returns=moment(given["back"]).date())
    if "day" in given:
        facts = values.get("facts")
        assert isinstance(facts, Facts)
        values["facts"] = replace(facts, promised=moment(given["day"]).date())
    return mail(f"m{len(before) + 1}", at, direction, **values)


def rules(**given: object) -> Rules:
    """A rep in Shanghai, nobody known, every missing parent of our making."""
    values: dict[str, object] = {
        "us": US,
        "customer_of": customer_of,
        "known_since": lambda address: None,
        "our_making": lambda message: message.in_reply_to.endswith("@acme.test>"),
        "rep": rep_calendar("CN", ZoneInfo("Asia/Shanghai")),
        "opening": time(9),
        "closing": time(18),
        "policies": DEFAULT_POLICIES,
        **given,
    }
    return Rules(**values)  # type: ignore[arg-type]


def deal(stage: Stage, at: str = "Mon 00:00", number: int = 1, **given: object) -> Deal:
    """A deal that the rep put on a stage."""
    return Deal(number, (StageMove(moment(at), stage),), **given)  # type: ignore[arg-type]


def hold(at: str, until: str, number: int = 1) -> Hold:
    return Hold(number, moment(at), moment(until))


def judged(
    mails: Iterable[Message],
    files: Mapping[str, CustomerFile] | None = None,
    now: datetime = LATER,
    **given: object,
) -> Judgement:
    """Judge mails that have no numbers yet."""
    return judge(numbered(mails), files or {}, rules(**given), now)


def customer(
    text: str, stage: Stage | None = None, now: datetime = LATER, **file: object
) -> ReviewedCustomer:
    """The customer cust.de after what happened, with a deal on that stage."""
    played = play(text)
    deals = (deal(stage),) if stage else ()
    known = CustomerFile(**{"deals": deals, "words": tuple(played.words), **file})  # type: ignore[arg-type]
    judgement = judge(played.messages, {CUSTOMER: known}, rules(), now)
    return by_key(judgement)[CUSTOMER]


def thread(text: str, stage: Stage | None = None, **file: object) -> ReviewedThread:
    """The one thread with that customer."""
    (only,) = customer(text, stage, **file).threads
    return only


def decisions(text: str) -> list[TurnDecision]:
    """The verdicts of all threads, nobody's included."""
    played = play(text)
    judgement = judge(played.messages, {CUSTOMER: CustomerFile(words=tuple(played.words))}, rules(), LATER)
    every = [each for one in judgement.customers for each in one.threads] + list(judgement.others)
    return [one.decision for one in every]


def by_key(judgement: Judgement) -> dict[str, ReviewedCustomer]:
    return {one.key: one for one in judgement.customers}


def told(decision: TurnDecision) -> str:
    """A verdict in a line: "theirs sent_last Wed +1" (turn, reason, since, follow-ups)."""
    since = day_name(decision.since) if decision.since else "-"
    again = f" +{decision.follow_ups}" if decision.follow_ups else ""
    return f"{decision.turn} {decision.reason} {since}{again}"


def verdict(text: str, stage: Stage | None = None) -> str:
    """What happened, in; the verdict, out."""
    return told(thread(text, stage).decision)


def ids(messages: Iterable[Message]) -> list[str]:
    """Message-IDs without their brackets."""
    return [one.message_id.strip("<>") for one in messages]
