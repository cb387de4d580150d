"""What would have been shown at a moment: a judgement as of then, in the shape of the stored one.

`--now` goes this way; without it the stored verdicts are read (watcher.store.glance).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from watcher.domain.customers import Role
from watcher.domain.judgement import Judgement, ReviewedCustomer, ReviewedThread, ReviewedWait
from watcher.domain.marks import zone_name
from watcher.domain.messages import Message
from watcher.domain.turns import Turn
from watcher.domain.worktime import working_days_between
from watcher.store.glance import Clock, Places, ThreadGlance, ThreadMessage
from watcher.store.verdicts import named_on


def threads(judgement: Judgement, places: Places) -> list[ThreadGlance]:
    """Every thread, by number. Those that were since joined or split get numbers no stored thread has."""
    numbers = _Numbers(places)
    found = [
        _thread(numbers.of(customer.key, one), one, customer, places)
        for customer in judgement.customers
        for one in customer.threads
    ]
    found += [_thread(numbers.of(None, one), one, None, places) for one in judgement.others]
    return sorted(found, key=lambda one: one.thread)


def clocks(judgement: Judgement, places: Places, now: datetime) -> list[Clock]:
    """Every clock that ran at `now`."""
    numbers = _Numbers(places)
    found = []
    for customer in judgement.customers:
        threads_by_talk = {
            one.thread.conversation: (numbers.of(customer.key, one), one) for one in customer.threads
        }
        found += [
            _clock(each, customer, threads_by_talk.get(each.wait.conversation or -1), places, now)
            for each in customer.waits
        ]
    return found


def counts(judgement: Judgement, now: datetime) -> tuple[int, int]:
    """How many were customers at `now`, and how many wrote first and had no answer."""
    roles = [one.role for one in judgement.customers]
    return roles.count(Role.LEAD), sum(_waits_unsorted(one, now) for one in judgement.customers)


def _waits_unsorted(customer: ReviewedCustomer, now: datetime) -> bool:
    return customer.role is Role.UNSORTED and any(
        one.decision.turn is Turn.OURS and one.dormant_from is not None and one.dormant_from > now
        for one in customer.threads
    )


class _Numbers:
    """The stored number of a thread: the lowest one that any of its messages has with this customer."""

    def __init__(self, places: Places) -> None:
        self._stored = places.threads
        self._given: set[int] = set()
        self._next = max((one for many in places.threads.values() for one in many), default=0)

    def of(self, customer: str | None, reviewed: ReviewedThread) -> int:
        had = {one for each in reviewed.thread.messages for one in self._stored.get((customer, each.id), ())}
        free = had - self._given
        if free:
            number = min(free)
        else:
            self._next += 1
            number = self._next
        self._given.add(number)
        return number


def _thread(
    number: int, reviewed: ReviewedThread, customer: ReviewedCustomer | None, places: Places
) -> ThreadGlance:
    decision = reviewed.decision
    follow_ups = dict(decision.asked_again)
    return ThreadGlance(
        thread=number,
        conversation=reviewed.thread.conversation,
        subject=reviewed.thread.messages[0].subject,
        customer=reviewed.thread.customer,
        role=customer.role.value if customer else None,
        deal=_deal(reviewed, customer, places),
        stage=reviewed.deal.stage.value if reviewed.deal else None,
        turn=decision.turn.value,
        since=decision.since,
        reason=decision.reason.value,
        decided_by=decision.decided_by,
        contact=decision.contact,
        due=reviewed.wait.due if reviewed.wait else None,
        snoozed_until=decision.snoozed_until,
        dormant_from=reviewed.dormant_from,
        follow_ups=decision.follow_ups,
        failed=decision.failed,
        messages=tuple(
            _message(one, places.folders, follow_ups.get(one.message_id, 0))
            for one in reviewed.thread.messages
        ),
    )


def _deal(reviewed: ReviewedThread, customer: ReviewedCustomer | None, places: Places) -> int | None:
    """A deal that the rule opens has the number it was stored under."""
    if reviewed.deal is None or customer is None:
        return None
    return reviewed.deal.id or places.first_deals.get(customer.key)


def _message(one: Message, folders: Mapping[int, tuple[str, ...]], follow_up: int) -> ThreadMessage:
    return ThreadMessage(
        message_id=one.message_id,
        at=one.at,
        direction=one.direction.value,
        kind=one.kind.value,
        why=one.why,
        author=one.author.address if one.author else "",
        author_name=one.author.name if one.author else "",
        folders=folders.get(one.id, ()),
        stub=one.stub,
        because=one.facts.because,
        named_on=named_on(one),
        follow_up=follow_up,
    )


def _clock(
    each: ReviewedWait,
    customer: ReviewedCustomer,
    place: tuple[int, ReviewedThread] | None,
    places: Places,
    now: datetime,
) -> Clock:
    wait = each.wait
    number, reviewed = place or (None, None)
    return Clock(
        customer=customer.key,
        name=places.names.get(customer.key, ""),
        country=places.countries.get(customer.key, ""),
        stage=each.deal.stage.value,
        policy=each.policy,
        rule=wait.rule.value,
        turn=wait.turn.value,
        reason=wait.reason.value,
        since=wait.since,
        due=wait.due,
        dormant_from=wait.dormant_from,
        thread=number,
        subject=reviewed.thread.messages[0].subject if reviewed else "",
        contact=wait.contact,
        decided_by=(reviewed.decision.decided_by or "") if reviewed else "",
        follow_ups=wait.follow_ups,
        waited=working_days_between(wait.since, now, each.calendar),
        overdue_days=working_days_between(wait.due, now, each.calendar),
        zone=zone_name(each.calendar, wait.due),
    )
