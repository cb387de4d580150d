"""The whole decision in one place: messages in, threads with turns and waits out.

This is the only page that knows in which order the rules are applied. It is given everything it needs
as plain data and touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from watcher.domain.customers import FirstContact, Role, first_contact
from watcher.domain.deals import Deal, StageMove, Verdict, settle
from watcher.domain.due import Clocks, Wait, dormant_from, policy_name, waits
from watcher.domain.identity import Us
from watcher.domain.kinds import in_context
from watcher.domain.messages import Direction, Message
from watcher.domain.stages import Policy, Stage
from watcher.domain.threads import (
    Conversation,
    CustomerOf,
    Standing,
    Thread,
    answered,
    conversations,
    standing,
    threads,
    with_stripped_bcc,
    with_stubs,
)
from watcher.domain.turns import Reason, Turn, TurnDecision, Word, decide, moves
from watcher.domain.worktime import Calendar, customer_calendar, nth_working_day


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """What is known of a customer besides mail. `role` is None where nobody said; `deal_of` names the deal of
    the thread that a message stands in, where the rep did.
    """

    role: Role | None = None
    country: str | None = None
    deals: tuple[Deal, ...] = ()
    words: tuple[Word, ...] = ()
    deal_of: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the judgement goes by: who we are, whose an address is, calendars and policies.

    `known_since` says when we first wrote to an address; `our_making` whether the mail that a message
    answers was written by us.
    """

    us: Us
    customer_of: CustomerOf
    known_since: Callable[[str], datetime | None]
    our_making: Callable[[Message], bool]
    rep: Calendar
    opening: time
    closing: time
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class ReviewedThread:
    """A thread with its verdict, its clock where one runs, and when it is too old to speak of."""

    thread: Thread
    decision: TurnDecision
    deal: Deal | None
    wait: Wait | None
    dormant_from: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewedWait:
    """A clock that runs: of which deal, under which policy, and in whose calendar its overdue days count."""

    deal: Deal
    wait: Wait
    policy: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class ReviewedCustomer:
    """Everything judged about one customer. `opening` is where a first deal starts by rule."""

    key: str
    role: Role
    opening: FirstContact | None
    threads: tuple[ReviewedThread, ...]
    waits: tuple[ReviewedWait, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The customers, and the threads that belong to none."""

    customers: tuple[ReviewedCustomer, ...]
    others: tuple[ReviewedThread, ...]


def judge(
    messages: Iterable[Message], files: Mapping[str, CustomerFile], rules: Rules, now: datetime
) -> Judgement:
    """Judge messages (none later than `now`) from scratch, as of `now`."""
    known = [_in_view_of_contacts(one, rules) for one in messages]
    held = conversations(with_stripped_bcc(known), rules.customer_of)
    seen = [_seen(one, rules) for one in held]
    by_customer: dict[str, list[Thread]] = {}
    others: list[ReviewedThread] = []
    for conversation, who in seen:
        ids = {one.message_id for one in conversation.messages}
        for thread in threads(conversation, who, rules.customer_of):
            if thread.customer is None:
                others.append(_of_nobody(thread))
            else:
                by_customer.setdefault(thread.customer, []).append(with_stubs(thread, ids, rules.our_making))
    shared = _conversations_of(seen)
    customers = tuple(
        _customer(key, shared[key], by_customer.get(key, []), files.get(key, CustomerFile()), rules, now)
        for key in shared
    )
    return Judgement(customers, tuple(others))


def _in_view_of_contacts(message: Message, rules: Rules) -> Message:
    """`bulk` never silences a known contact's own mail, nor our own."""
    return _judged_again(message, rules, answered_at=None)


def _seen(conversation: Conversation, rules: Rules) -> tuple[Conversation, Standing]:
    """A conversation with its final kinds (what comes back within seconds is no person's), and who is in it."""
    parents = answered(conversation)
    final = tuple(_in_view_of_parent(one, parents.get(one.id), rules) for one in conversation.messages)
    conversation = replace(conversation, messages=final)
    return conversation, standing(conversation, rules.customer_of)


def _in_view_of_parent(message: Message, parent: Message | None, rules: Rules) -> Message:
    if parent is None or not message.personal or message.direction is not Direction.INBOUND:
        return message
    return _judged_again(message, rules, answered_at=parent.at)


def _judged_again(message: Message, rules: Rules, answered_at: datetime | None) -> Message:
    author = message.author.address if message.author else ""
    kind = in_context(
        message.kind,
        subject=message.subject,
        at=message.at,
        answered_at=answered_at,
        known_since=rules.known_since(author),
        outbound=message.direction is Direction.OUTBOUND,
    )
    return message if kind is message.kind else replace(message, kind=kind)


def _conversations_of(
    seen: Iterable[tuple[Conversation, Standing]],
) -> dict[str, list[tuple[Conversation, Standing]]]:
    """By customer, those brought in by our forward included."""
    found: dict[str, list[tuple[Conversation, Standing]]] = {}
    for conversation, who in seen:
        for customer in (*who.customers, *sorted(who.introduced)):
            found.setdefault(customer, []).append((conversation, who))
    return found


def _of_nobody(thread: Thread) -> ReviewedThread:
    internal = all(one.direction is Direction.INTERNAL for one in thread.messages)
    reason = Reason.INTERNAL if internal else Reason.NOT_PERSONAL
    return ReviewedThread(thread, TurnDecision(Turn.NOBODY, reason), None, None, None)


def _customer(
    key: str,
    held: Sequence[tuple[Conversation, Standing]],
    own: Sequence[Thread],
    file: CustomerFile,
    rules: Rules,
    now: datetime,
) -> ReviewedCustomer:
    opening = first_contact(key, held, rules.customer_of)
    role = file.role or opening.role
    deals = _deals(file, opening, role)
    clocks = _clocks(key, own, file, rules)
    verdicts = settle([_verdict(one, deals, file, role, rules) for one in own])
    found = [
        (deal, wait) for deal in deals for wait in waits(deal, _of_deal(verdicts, deal), role, clocks, now)
    ]
    by_conversation = {wait.conversation: wait for _, wait in found if wait.conversation is not None}
    return ReviewedCustomer(
        key=key,
        role=role,
        opening=opening if opening.stage else None,
        threads=tuple(_reviewed(one, by_conversation, clocks) for one in verdicts),
        waits=tuple(_reviewed_wait(deal, wait, clocks, now) for deal, wait in found),
    )


def _deals(file: CustomerFile, opening: FirstContact, role: Role) -> tuple[Deal, ...]:
    """The deals the store knows; a lead that has none yet gets the one its first contact opens."""
    if role is not Role.LEAD or opening.stage is None or opening.at is None:
        return file.deals
    first = StageMove(opening.at, opening.stage, "rule", opening.evidence)
    if not file.deals:
        return (Deal(0, (first,)),)
    return tuple(replace(one, moves=(first,)) if _by_rule_alone(one) else one for one in file.deals)


def _by_rule_alone(deal: Deal) -> bool:
    """Nobody has said anything of this deal: its start is what the mail says today."""
    return all(one.source == "rule" for one in deal.moves)


def _verdict(thread: Thread, deals: Sequence[Deal], file: CustomerFile, role: Role, rules: Rules) -> Verdict:
    inside = {one.id for one in thread.messages}
    deal = _deal_of(inside, deals, file)
    if role is Role.IGNORED:
        return Verdict(thread, TurnDecision(Turn.NOBODY, Reason.IGNORED), deal)
    words = [one for one in file.words if one.anchor in inside]
    played = moves(thread, words, rules.customer_of, rules.us, _working_day_of(rules.rep))
    return Verdict(thread, decide(played, deal.stage if deal else Stage.COLD), deal)


def _deal_of(inside: set[int], deals: Sequence[Deal], file: CustomerFile) -> Deal | None:
    said = {deal for anchor, deal in file.deal_of if anchor in inside}
    named = next((one for one in deals if one.id in said), None)
    running = next((one for one in deals if one.stage is not Stage.LOST), None)
    return named or running or next(iter(deals), None)


def _working_day_of(rep: Calendar) -> Callable[[datetime], date]:
    """The rep's working day that a mail counts for: its day, or the next one that is worked."""

    def day(at: datetime) -> date:
        local = at.astimezone(rep.zone).date()
        return local if rep.is_working_day(local) else nth_working_day(local, 1, rep)

    return day


def _of_deal(verdicts: Iterable[Verdict], deal: Deal) -> list[Verdict]:
    return [one for one in verdicts if one.deal and one.deal.id == deal.id]


def _clocks(key: str, own: Sequence[Thread], file: CustomerFile, rules: Rules) -> Clocks:
    domain = key.rpartition("@")[2]
    theirs = customer_calendar(file.country, domain, _offset(own), rules.rep.zone)
    return Clocks(theirs, rules.rep, rules.opening, rules.closing, rules.policies)


def _offset(own: Sequence[Thread]) -> int | None:
    """Minutes east of UTC that the customer's last own mail was written at."""
    theirs = (
        one
        for thread in own
        for one in thread.messages
        if one.personal and one.direction is Direction.INBOUND and one.offset_minutes is not None
    )
    last = max(theirs, key=lambda one: one.at, default=None)
    return last.offset_minutes if last else None


def _reviewed(verdict: Verdict, by_conversation: Mapping[int, Wait], clocks: Clocks) -> ReviewedThread:
    wait = by_conversation.get(verdict.thread.conversation)
    last = verdict.decision.last_contact
    stage = verdict.deal.stage if verdict.deal else Stage.COLD
    quiet_from = wait.dormant_from if wait else dormant_from(last, stage, clocks) if last else None
    return ReviewedThread(verdict.thread, verdict.decision, verdict.deal, wait, quiet_from)


def _reviewed_wait(deal: Deal, wait: Wait, clocks: Clocks, now: datetime) -> ReviewedWait:
    calendar = clocks.ours if wait.turn is Turn.OURS else clocks.theirs
    return ReviewedWait(deal, wait, policy_name(deal, now), calendar)
