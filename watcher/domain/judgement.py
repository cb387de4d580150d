"""The whole decision in one place: messages in, threads with turns and waits out.

This is the only page that knows in which order the rules are applied. It is given everything it needs
as plain data and touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from watcher.domain.customers import FirstContact, Role, first_contact
from watcher.domain.deals import Deal, StageMove, Verdict, settle
from watcher.domain.due import Clocks, Wait, dormant_from, policy_name, waits
from watcher.domain.kinds import in_context
from watcher.domain.messages import Direction, Kind, Message
from watcher.domain.reviewed import (
    CustomerFile,
    Judgement,
    ReviewedCustomer,
    ReviewedThread,
    ReviewedWait,
    Rules,
)
from watcher.domain.stages import Stage
from watcher.domain.threads import (
    Conversation,
    CustomerOf,
    Standing,
    Thread,
    answered,
    author_company,
    began,
    companies,
    conversations,
    standing,
    threads,
    with_stripped_bcc,
    with_stubs,
)
from watcher.domain.turns import Play, Reason, Turn, TurnDecision, decide, moves
from watcher.domain.worktime import Calendar, customer_calendar, nth_working_day

__all__ = [
    "CustomerFile",
    "Judgement",
    "ReviewedCustomer",
    "ReviewedThread",
    "ReviewedWait",
    "Rules",
    "judge",
]


def judge(
    messages: Iterable[Message], files: Mapping[str, CustomerFile], rules: Rules, now: datetime
) -> Judgement:
    """Judge messages (none later than `now`) from scratch, as of `now`."""
    known = [_in_view_of_contacts(one, rules) for one in messages]
    talks = [_final(one, rules) for one in conversations(with_stripped_bcc(known), rules.customer_of)]
    independent = _independent(talks, files, rules.customer_of)
    seen = [(one, standing(one, rules.customer_of, independent)) for one in talks]
    by_customer, others = _threads(seen, rules)
    shared = _conversations_of(seen)
    # A lead that was entered by hand has a deal and no mail.
    everyone = dict.fromkeys((*shared, *(key for key, file in files.items() if file.deals)))
    customers = tuple(
        _customer(key, shared.get(key, []), by_customer.get(key, []), _file(key, files, rules), rules, now)
        for key in everyone
    )
    return Judgement(customers, tuple(map(_of_nobody, others)))


def _file(key: str, files: Mapping[str, CustomerFile], rules: Rules) -> CustomerFile:
    """What is known of a customer. Of one who is new, the config may know something already."""
    return files.get(key) or CustomerFile(role=Role.IGNORED if rules.ignored(key) else None)


def _threads(
    seen: Iterable[tuple[Conversation, Standing]], rules: Rules
) -> tuple[dict[str, list[Thread]], list[Thread]]:
    """The threads of each customer, and those that belong to none."""
    by_customer: dict[str, list[Thread]] = {}
    others: list[Thread] = []
    for conversation, who in seen:
        ids = {one.message_id for one in conversation.messages}
        for thread in threads(conversation, who, rules.customer_of):
            if thread.customer is None:
                others.append(thread)
            else:
                by_customer.setdefault(thread.customer, []).append(with_stubs(thread, ids, rules.our_making))
    return by_customer, others


def _independent(
    talks: Iterable[Conversation], files: Mapping[str, CustomerFile], customer_of: CustomerOf
) -> frozenset[str]:
    """Customers who came to us by themselves, or who are leads because the rep says so."""
    came = {one for talk in talks if (one := began(talk, customer_of)) and not _offered(talk)}
    said = {key for key, file in files.items() if _said_role(file) is Role.LEAD}
    partners = {key for key, file in files.items() if _said_role(file) is Role.PARTNER}
    return frozenset((came | said) - partners)


def _offered(talk: Conversation) -> bool:
    """Whether a talk began with goods that somebody offers us: they came by themselves, but not to buy."""
    first = next((one for one in talk.messages if one.personal), None)
    return first is not None and first.facts.opening == "supplier"


def _said_role(file: CustomerFile) -> Role | None:
    """What the rep made of a customer, in so many words or by moving a deal of theirs."""
    moved = any(not one.by_rule_alone for one in file.deals)
    return file.role or (Role.LEAD if moved else None)


def _in_view_of_contacts(message: Message, rules: Rules) -> Message:
    """`bulk` never silences a known contact's own mail, nor our own."""
    return _judged_again(message, rules, answered_at=None)


def _final(conversation: Conversation, rules: Rules) -> Conversation:
    """A conversation with its final kinds: what comes back within seconds is no person's."""
    if len(conversation.messages) == 1:
        return conversation
    parents = answered(conversation)
    final = tuple(_in_view_of_parent(one, parents.get(one.id), rules) for one in conversation.messages)
    return replace(conversation, messages=final)


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
    if kind is message.kind:
        return message
    return replace(message, kind=kind, why=_AT_ONCE if kind is Kind.AUTO_REPLY else message.why)


# Why a person's mail is none, by its thread.
_AT_ONCE = "an out-of-office subject, within seconds of the mail it answers"


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
    role = _role(key, file, opening, own, rules)
    deals = _deals(file, opening, role)
    clocks = _clocks(key, own, file, rules)
    verdicts = _verdicts(key, own, deals, file, role, rules)
    found = [
        (deal, wait) for deal in deals for wait in waits(deal, _of_deal(verdicts, deal), role, clocks, now)
    ]
    by_conversation = {wait.conversation: wait for _, wait in found if wait.conversation is not None}
    return ReviewedCustomer(
        key=key,
        role=role,
        opening=opening if opening.stage else None,
        threads=tuple(_reviewed(one, by_conversation, clocks) for one in verdicts if one.thread.messages),
        waits=tuple(_reviewed_wait(deal, wait, clocks, now) for deal, wait in found),
    )


def _role(key: str, file: CustomerFile, opening: FirstContact, own: Sequence[Thread], rules: Rules) -> Role:
    """The rep's word, else what the mail says. An answer that we never saw is an answer, and so is a call."""
    said = _said_role(file)
    if said or opening.settled:
        return said or opening.role
    called = any(one.play is Play.LOGGED for one in file.words)
    unseen = (one for thread in own for one in thread.messages if one.stub)
    wrote = any(key in companies(one, rules.customer_of) for one in unseen)
    return Role.LEAD if called or wrote else opening.role


def _deals(file: CustomerFile, opening: FirstContact, role: Role) -> tuple[Deal, ...]:
    """The deals the store knows; a lead that has none yet gets the one its first contact opens."""
    if role is not Role.LEAD or opening.stage is None or opening.at is None:
        return file.deals
    first = StageMove(opening.at, opening.stage, "rule", opening.evidence)
    if not file.deals:
        return (Deal(0, (first,)),)
    return tuple(replace(one, moves=(first,)) if one.by_rule_alone else one for one in file.deals)


def _verdicts(
    key: str, own: Sequence[Thread], deals: Sequence[Deal], file: CustomerFile, role: Role, rules: Rules
) -> list[Verdict]:
    """Each thread by itself, then all of them in view of each other. A customer without mail but with a deal
    is judged by the rep's word alone, as a thread of no messages.
    """
    played = own or ([Thread(_NO_CONVERSATION, key, ())] if deals else [])
    newest = max(played, key=_last_written, default=None)
    return settle([_verdict(one, deals, file, role, rules, newest=one is newest) for one in played])


# No message has this number; a wait that stands in no conversation has None.
_NO_CONVERSATION = 0


def _last_written(thread: Thread) -> tuple[float, str]:
    last = next((one for one in reversed(thread.messages) if one.personal), None)
    return (last.at.timestamp(), last.message_id) if last else (float("-inf"), "")


def _verdict(
    thread: Thread, deals: Sequence[Deal], file: CustomerFile, role: Role, rules: Rules, *, newest: bool
) -> Verdict:
    inside = {one.id for one in thread.messages}
    deal = _deal_of(thread, inside, deals, file)
    if role is Role.IGNORED:
        return Verdict(thread, TurnDecision(Turn.NOBODY, Reason.IGNORED), deal)
    words = [one for one in file.words if (newest if one.anchor is None else one.anchor in inside)]
    played = moves(thread, words, rules.customer_of, rules.us, _working_day_of(rules.rep))
    nothing = Reason.NOT_PERSONAL if thread.messages else Reason.NO_MAIL
    return Verdict(thread, decide(played, deal.stage if deal else Stage.COLD, nothing), deal)


def _deal_of(thread: Thread, inside: set[int], deals: Sequence[Deal], file: CustomerFile) -> Deal | None:
    """The deal the rep put the thread in; else the newest running one that was open when the thread began."""
    if len(deals) <= 1:
        return next(iter(deals), None)
    said = {deal for anchor, deal in file.deal_of if anchor in inside}
    running = [one for one in deals if one.stage is not Stage.LOST] or list(deals)
    begun = thread.messages[0].at if thread.messages else None
    open_then = [one for one in running if begun and one.opened and one.opened <= begun]
    named = [one for one in deals if one.id in said]
    return (named or open_then[-1:] or running)[0]


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
    offset = _offset(key, own, rules.customer_of)
    theirs = customer_calendar(file.country, domain, offset, rules.rep.zone, rules.corrections)
    return Clocks(theirs, rules.rep, rules.opening, rules.closing, rules.policies)


def _offset(key: str, own: Sequence[Thread], customer_of: CustomerOf) -> int | None:
    """Minutes east of UTC that the customer's last own mail was written at; never a third party's."""
    written = (one for thread in own for one in thread.messages if one.offset_minutes is not None)
    theirs = (one for one in written if one.personal and author_company(one, customer_of) == key)
    last = max(theirs, key=lambda one: (one.at, one.message_id), default=None)
    return last.offset_minutes if last else None


def _reviewed(verdict: Verdict, by_conversation: Mapping[int, Wait], clocks: Clocks) -> ReviewedThread:
    wait = by_conversation.get(verdict.thread.conversation)
    last = verdict.decision.last_contact
    stage = verdict.deal.stage if verdict.deal else Stage.COLD
    quiet_from = wait.dormant_from if wait else dormant_from(last, stage, clocks.ours) if last else None
    return ReviewedThread(verdict.thread, verdict.decision, verdict.deal, wait, quiet_from)


def _reviewed_wait(deal: Deal, wait: Wait, clocks: Clocks, now: datetime) -> ReviewedWait:
    calendar = clocks.ours if wait.turn is Turn.OURS else clocks.theirs
    return ReviewedWait(deal, wait, policy_name(deal, now), calendar)
