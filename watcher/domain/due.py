"""Due: the moment at which a turn has lasted too long for its stage (DESIGN 2.5).

A wait is a turn that runs against a clock. Threads have one each; a deal near the top has two more of
its own: `idle`, so that nothing up there is ever without a due, and `payment`, because "they answered" is
not "they paid".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from watcher.domain.customers import Role
from watcher.domain.deals import Deal, Hold, Verdict
from watcher.domain.stages import OLD_AFTER_SHIPPED_DAYS, Policy, Stage
from watcher.domain.turns import Reason, Turn, TurnDecision
from watcher.domain.worktime import Calendar, due_at, next_opening, ours_due_time, stretched

THEIRS_DUE = time(18, 0)
DORMANT_DAYS = 30
DORMANT_DAYS_PI = 60


class Rule(StrEnum):
    """Which clock runs; a reminder is keyed by it."""

    THEIRS = "theirs"
    OURS = "ours"
    PAYMENT = "payment"
    UNDELIVERED = "undelivered"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a due is reckoned with: both calendars, the rep's hours, how long a turn may last."""

    theirs: Calendar
    ours: Calendar
    opening: time
    closing: time
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class Wait:
    """A turn that runs against a clock.

    `conversation` is None for a clock of the deal. `begun_by` is the message, word or dated event that
    reminders are keyed by, `heard` the newest mail of theirs that waits for us. From `dormant_from` on it
    is too old to speak of. `quiet` waits reach the rep by the digest only.
    """

    rule: Rule
    turn: Turn
    reason: Reason
    since: datetime
    due: datetime
    begun_by: str
    dormant_from: datetime
    conversation: int | None = None
    contact: str = ""
    follow_ups: int = 0
    quiet: bool = False
    heard: datetime | None = None


def policy_name(deal: Deal, now: datetime) -> str:
    """Which policy a deal is under: its stage's, the old customer's a month after the goods left, or the
    inquiry's where it is lost: whoever writes again asks anew.
    """
    if deal.stage is Stage.LOST:
        return Stage.INQUIRY.value
    if deal.stage is Stage.WON and deal.shipped_at:
        return "old" if now >= deal.shipped_at + timedelta(days=OLD_AFTER_SHIPPED_DAYS) else "won"
    return deal.stage.value


def waits(deal: Deal, verdicts: Sequence[Verdict], role: Role, clocks: Clocks, now: datetime) -> list[Wait]:
    """Every clock that runs for one deal of a customer. Only leads have clocks, and off the pyramid only what
    came after the deal was lost.
    """
    if role is not Role.LEAD:
        return []
    policy = clocks.policies[policy_name(deal, now)]
    if deal.stage is Stage.LOST:
        verdicts, policy = _written_again(deal, verdicts), replace(policy, idle_days=None)
    found = [wait for one in verdicts if (wait := _of_thread(one, policy, deal.stage, clocks))]
    found += _payment(deal, policy, clocks)
    if not any(one.conversation is not None for one in found):
        found += _idle(deal, verdicts, policy, clocks)
    return [_held(one, deal.holds, deal.stage, clocks) for one in found]


def _written_again(deal: Deal, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What is ours to answer of a lost deal: what came after the rep gave it up, counted from then on."""
    given_up = deal.entered
    ours = [one for one in verdicts if one.decision.turn is Turn.OURS]
    return [again for one in ours if given_up and (again := _since_given_up(one, given_up))]


def _since_given_up(verdict: Verdict, given_up: datetime) -> Verdict | None:
    decision = verdict.decision
    last = decision.last_contact
    if decision.since is None or last is None or last <= given_up:
        return None
    return verdict if decision.since > given_up else replace(verdict, decision=replace(decision, since=last))


def _of_thread(verdict: Verdict, policy: Policy, stage: Stage, clocks: Clocks) -> Wait | None:
    decision = verdict.decision
    if decision.turn is Turn.NOBODY or decision.since is None:
        return None
    due = _thread_due(decision, decision.since, policy, clocks)
    last = max(decision.last_contact or decision.since, due if _named(decision) else decision.since)
    quiet_from = dormant_from(last, stage, clocks.ours)
    return Wait(
        rule=_rule(decision),
        turn=decision.turn,
        reason=decision.reason,
        since=decision.since,
        due=due,
        begun_by=f"{decision.begun_by} {decision.contact}".rstrip(),
        # A patient clock (an old customer's, a stretched one) rings before anybody calls the thread too old.
        dormant_from=quiet_from if due < quiet_from else dormant_from(due, stage, clocks.ours),
        heard=decision.last_contact if decision.reason in _THEY_WROTE else None,
        conversation=verdict.thread.conversation,
        contact=decision.contact,
        follow_ups=decision.follow_ups,
        quiet=decision.turn is Turn.OURS and decision.stubs > 0,
    )


_THEY_WROTE = frozenset({Reason.RECEIVED_LAST, Reason.ANSWER_IN_JUNK})


def _rule(decision: TurnDecision) -> Rule:
    if decision.reason is Reason.UNDELIVERED:
        return Rule.UNDELIVERED
    return Rule.THEIRS if decision.turn is Turn.THEIRS else Rule.OURS


def _named(decision: TurnDecision) -> bool:
    """Whether somebody named the day."""
    return decision.snoozed_until is not None or decision.due_on is not None


def _thread_due(decision: TurnDecision, since: datetime, policy: Policy, clocks: Clocks) -> datetime:
    if decision.snoozed_until is not None:
        return decision.snoozed_until
    if decision.reason in (Reason.UNDELIVERED, Reason.ANSWER_IN_JUNK):
        return since  # at once
    theirs = decision.turn is Turn.THEIRS
    calendar = clocks.theirs if theirs else clocks.ours
    at = THEIRS_DUE if theirs else ours_due_time(clocks.closing)
    days = stretched(policy.theirs_days, decision.follow_ups) if theirs else policy.ours_days
    usual = max(due_at(one, days, calendar, at) for one in (since, *_back(decision, calendar)))
    if decision.due_on is None:
        return usual
    named = datetime.combine(decision.due_on, at, calendar.zone).astimezone(UTC)
    if decision.reason in _THEY_WROTE:
        return min(named, usual)  # they ask again after a promise of ours
    return named if named > since else usual


def _back(decision: TurnDecision, calendar: Calendar) -> Iterator[datetime]:
    """The day somebody who is out of office is back: their working days are counted from then on."""
    if decision.away_until is not None:
        yield datetime.combine(decision.away_until, time(12), calendar.zone)


def dormant_from(last: datetime, stage: Stage, ours: Calendar) -> datetime:
    """When a thread that was quiet since `last` is too old to speak of, in the rep's days (DESIGN 2.8)."""
    days = DORMANT_DAYS_PI if stage is Stage.PI else DORMANT_DAYS
    return due_at(last, days, ours, time(23, 59))


def woke(before: datetime | None, since: datetime, stage: Stage, ours: Calendar) -> bool:
    """Whether a mail at `since` woke a thread that had been quiet too long, since the mail `before` it."""
    return before is not None and dormant_from(before, stage, ours) <= since


def _payment(deal: Deal, policy: Policy, clocks: Clocks) -> list[Wait]:
    """From the signature to the payment, whatever the turn."""
    signed = deal.entered
    if policy.payment_days is None or deal.stage is not Stage.PI or signed is None:
        return []
    return [
        Wait(
            rule=Rule.PAYMENT,
            turn=Turn.THEIRS,
            reason=Reason.PAYMENT,
            since=signed,
            due=due_at(signed, policy.payment_days, clocks.theirs, THEIRS_DUE),
            begun_by=f"deal:{deal.id} signed {signed.isoformat()}",
            dormant_from=dormant_from(signed, deal.stage, clocks.ours),
        )
    ]


def _idle(deal: Deal, verdicts: Sequence[Verdict], policy: Policy, clocks: Clocks) -> list[Wait]:
    """Near the top, and no thread gives a due: so many working days after the last contact either way, or
    when the rep said. A lead without mail has a due on every step: nothing else brings it back.
    """
    since = max(filter(None, map(_last_touch, verdicts)), default=deal.entered)
    no_mail = bool(verdicts) and all(one.decision.reason is Reason.NO_MAIL for one in verdicts)
    days = policy.idle_days or (policy.theirs_days if no_mail else None)
    if days is None or since is None:
        return []
    usual = due_at(since, days, clocks.theirs, THEIRS_DUE)
    due = max((one.decision.snoozed_until or usual for one in verdicts), default=usual)
    event = since if due <= usual else due
    last = max(since, deal.entered or since, event)
    return [
        Wait(
            rule=Rule.IDLE,
            turn=Turn.NOBODY,
            reason=Reason.NO_MAIL if no_mail else Reason.IDLE,
            since=since,
            due=max(due, usual),
            begun_by=f"deal:{deal.id} idle {event.isoformat()}",
            dormant_from=dormant_from(last, deal.stage, clocks.ours),
        )
    ]


def _last_touch(verdict: Verdict) -> datetime | None:
    """The last contact, or the moment the rep called the thread done: they had it in hand then."""
    decision = verdict.decision
    return decision.since if decision.reason is Reason.DONE else decision.last_contact


def _held(wait: Wait, holds: Iterable[Hold], stage: Stage, clocks: Clocks) -> Wait:
    """The last hold moves every due to its end; what they write after it was said is ours to answer."""
    hold = max(holds, key=lambda one: (one.at, one.id), default=None)
    if hold is None:
        return wait
    until = next_opening(hold.until, clocks.ours, clocks.opening, clocks.closing)
    if until <= wait.due:
        return wait
    if wait.rule in (Rule.OURS, Rule.UNDELIVERED) and max(wait.since, wait.heard or wait.since) > hold.at:
        # It may have rung before the hold: their new mail is another reason to ring.
        return wait if wait.since > hold.at else replace(wait, begun_by=f"{wait.begun_by} hold:{hold.id}")
    return replace(
        wait,
        due=until,
        begun_by=f"hold:{hold.id} {wait.begun_by}",
        dormant_from=max(wait.dormant_from, dormant_from(until, stage, clocks.ours)),
    )
