"""store → status, threads: what is shown, in what order.

Plain rows in, plain documents out; printing is the faces' business. Nothing heavy is imported here:
`watcher status` goes this way.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from watcher.domain.blindness import blind_spots
from watcher.domain.order import rank
from watcher.domain.planning import Plan as Work
from watcher.store.glance import Clock, Overview, ThreadGlance, ThreadMessage


@dataclass(frozen=True, slots=True)
class Status:
    """What `watcher status` shows: one overdue clock a customer, top first; `upcoming` is due next."""

    as_of: datetime
    blind: tuple[str, ...]
    quarantined: int
    customers: int
    unsorted: int
    overdue: tuple[Clock, ...]
    dormant: tuple[Clock, ...]
    upcoming: Clock | None
    proposals: int = 0
    quiet_until: datetime | None = None
    sheet_note: str = ""


def status(seen: Overview, now: datetime, zone: tzinfo) -> Status:
    """Sort the clocks into overdue, dormant and next."""
    due = [one for one in seen.clocks if one.due <= now]
    awake = [one for one in due if now < one.dormant_from]
    overdue = one_a_customer(awake)
    names = {one.customer for one in overdue}
    dormant = one_a_customer(one for one in due if one.dormant_from <= now and one.customer not in names)
    upcoming = min((one for one in seen.clocks if one.due > now), key=lambda one: one.due, default=None)
    return Status(
        as_of=now,
        blind=tuple(blind_spots(seen.sight, now, zone)),
        quarantined=seen.quarantined,
        customers=seen.customers,
        unsorted=seen.unsorted,
        overdue=tuple(overdue),
        dormant=tuple(dormant),
        upcoming=upcoming,
        proposals=seen.proposals,
        quiet_until=seen.quiet_until,
        sheet_note=seen.sheet_note,
    )


def one_a_customer(clocks: Iterable[Clock]) -> list[Clock]:
    """The top clock of each customer, top first."""
    tops: dict[str, Clock] = {}
    for one in sorted(clocks, key=lambda one: rank(one.stage, one.rule, one.due, one.customer)):
        tops.setdefault(one.customer, one)
    return list(tops.values())


def status_document(found: Status, *, dormant: bool = False) -> dict[str, Any]:
    """The JSON of `watcher status` (DESIGN 3)."""
    rows = (*found.overdue, *found.dormant) if dormant else found.overdue
    return {
        "as_of": _iso(found.as_of),
        "blind": list(found.blind),
        "quarantined": found.quarantined,
        "customers": found.customers,
        "unsorted": found.unsorted,
        "proposals": found.proposals,
        "quiet_until": _iso(found.quiet_until),
        "sheet": found.sheet_note or None,
        "overdue": [_clock(one, found.as_of) for one in rows],
    }


def _clock(clock: Clock, now: datetime) -> dict[str, Any]:
    return {
        "customer": clock.customer,
        "name": clock.name or None,
        "country": clock.country or None,
        "stage": clock.stage,
        "turn": clock.turn,
        "since": _iso(clock.since),
        "due": _iso(clock.due),
        "overdue_days": clock.overdue_days,
        "waited_days": clock.waited,
        "thread": clock.thread,
        "subject": clock.subject or None,
        "contact": clock.contact or None,
        "reason": clock.reason,
        "rule": clock.rule,
        "decided_by": clock.decided_by or None,
        "follow_ups": clock.follow_ups,
        "dormant": clock.dormant_from <= now,
    }


@dataclass(frozen=True, slots=True)
class Plan:
    """What `watcher plan` shows, one clock a customer in each part.

    `today`: overdue, or ours to do before the day ends, top first. `expected`: their time runs out today.
    `week`: who else falls due before the week ends, soonest first; None on all days but its first. `woke`:
    who wrote in a dormant thread and waits for us, whenever that is due.
    """

    as_of: datetime
    blind: tuple[str, ...]
    unsorted: int
    today: tuple[Clock, ...]
    expected: tuple[Clock, ...]
    week: tuple[Clock, ...] | None = None
    woke: tuple[Clock, ...] = ()
    awake: tuple[Clock, ...] = ()  # the first clock of each customer: what days are planned from


def plan(
    seen: Overview,
    now: datetime,
    zone: tzinfo,
    *,
    day_ends: datetime,
    week_ends: datetime | None = None,
    has_woken: Callable[[Clock], bool] = lambda _: False,
) -> Plan:
    """Sort the clocks into what is to do today, who is expected today, and what the week brings."""
    awake = [one for one in seen.clocks if now < one.dormant_from]
    today = one_a_customer(one for one in awake if _is_for_today(one, now, day_ends))
    named = {one.customer for one in today}
    listed = set(named)
    expected = one_a_customer(one for one in awake if one.due < day_ends and one.customer not in listed)
    listed |= {one.customer for one in expected}
    return Plan(
        as_of=now,
        blind=tuple(blind_spots(seen.sight, now, zone)),
        unsorted=seen.unsorted,
        today=tuple(today),
        expected=tuple(sorted(expected, key=lambda one: one.due)),
        week=_week(awake, week_ends, listed) if week_ends else None,
        woke=tuple(one_a_customer(filter(has_woken, awake))),
        awake=tuple(today) + tuple(one for one in one_a_customer(awake) if one.customer not in named),
    )


def _is_for_today(clock: Clock, now: datetime, day_ends: datetime) -> bool:
    """What they owe can be waited for until its due; what is ours is to be done before it."""
    return clock.due <= now or (clock.turn != "theirs" and clock.due < day_ends)


def _week(awake: Iterable[Clock], ends: datetime, listed: Container[str]) -> tuple[Clock, ...]:
    """The first clock of each customer who is not listed yet."""
    first: dict[str, Clock] = {}
    for one in sorted(awake, key=lambda one: one.due):
        if one.due < ends and one.customer not in listed:
            first.setdefault(one.customer, one)
    return tuple(first.values())


def plan_document(found: Plan, work: Work[Clock], because: Callable[[Clock], str]) -> dict[str, Any]:
    """The JSON of `watcher plan`; `work` is what the days hold, `because` why somebody is on the list."""

    def rows(clocks: Iterable[Clock]) -> list[dict[str, Any]]:
        return [{**_clock(one, found.as_of), "because": because(one)} for one in clocks]

    return {
        "days": [
            {"day": one.day.isoformat(), "tasks": rows(one.jobs), "room": one.room} for one in work.days
        ],
        "left": rows(work.left),
        "as_of": _iso(found.as_of),
        "blind": list(found.blind),
        "unsorted": found.unsorted,
        "today": rows(found.today),
        "woke": rows(found.woke),
        "expected": rows(found.expected),
        "week": None if found.week is None else rows(found.week),
    }


def thread_document(found: ThreadGlance, now: datetime) -> dict[str, Any]:
    """The JSON of one thread in `watcher threads` (DESIGN 3)."""
    return {
        "thread": found.thread,
        "conversation": found.conversation,
        "subject": found.subject,
        "customer": found.customer,
        "role": found.role,
        "deal": found.deal,
        "stage": found.stage,
        "turn": found.turn,
        "since": _iso(found.since),
        "reason": found.reason,
        "decided_by": found.decided_by,
        "contact": found.contact or None,
        "due": _iso(found.due),
        "overdue": found.due is not None and found.due <= now,
        "dormant": found.dormant_from is not None and found.dormant_from <= now,
        "follow_ups": found.follow_ups,
        "failed": list(found.failed),
        "messages": [_message(one) for one in found.messages],
    }


def _message(one: ThreadMessage) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "direction": one.direction,
        "kind": one.kind,
        "why": one.why or None,
        "date": _iso(one.at),
        "from": one.author,
        "folders": list(one.folders),
        "stub": one.stub,
        "follow_up": one.follow_up or None,
        "because": one.because or None,
        "named_on": one.named_on or None,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
