"""The ledger of reminders: what was planned, claimed, delivered, withdrawn (DESIGN 2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from watcher.domain.due import Rule, Wait
from watcher.domain.reminders import Reach, ReminderPlan
from watcher.domain.stages import Stage
from watcher.domain.turns import Reason, Turn
from watcher.store import settings
from watcher.store.asking import chunks, rows_where
from watcher.store.news import news
from watcher.store.tables import customer, deal, notification, reminder, thread, wait


class State(StrEnum):
    """What became of a reminder."""

    PLANNED = "planned"
    CLAIMED = "claimed"  # about to be shown, or shown: a crash came in between
    DELIVERED = "delivered"
    PRESSED = "pressed"  # a person answered the pop-up: with a button, or by closing it
    WITHDRAWN = "withdrawn"  # the ball moved before it was shown
    BASELINE = "baseline"  # overdue on the first day: in the list, never popped up


_OPEN = (State.PLANNED.value, State.CLAIMED.value)


@dataclass(frozen=True, slots=True)
class RunningWait:
    """A clock that runs, with what a nudge about it has to say."""

    wait: Wait
    customer_id: int
    customer: str
    deal_id: int
    thread_id: int | None
    stage: Stage
    policy: str
    subject: str
    zone: str
    workdays: str


@dataclass(frozen=True, slots=True)
class Reminder:
    """One row of the ledger."""

    id: int
    key: str
    customer_id: int
    thread_id: int | None
    rule: Rule
    stage: Stage
    step: int
    reach: str
    fire_at: datetime
    state: State
    tries: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel said of one delivery (watcher.alerts.channel.Delivery)."""

    channel: str
    delivered: bool
    answer: str
    handle: str = ""
    heard: bool = False

    def columns(self) -> dict[str, Any]:
        """Its columns in `notification`."""
        return {
            "channel": self.channel,
            "delivered": self.delivered,
            "answer": self.answer[:500],
            "handle": self.handle,
            "heard": self.heard,
        }


def running_waits(connection: Connection, now: datetime, until: datetime | None = None) -> list[RunningWait]:
    """Every clock that runs, those of dormant threads left out; with `until` those that are due by then."""
    query = (
        select(
            wait,
            customer.c.key.label("customer_key"),
            customer.c.name.label("customer_name"),
            deal.c.stage,
            thread.c.subject,
            thread.c.conversation,
        )
        .join(customer, customer.c.id == wait.c.customer_id)
        .join(deal, deal.c.id == wait.c.deal_id)
        .outerjoin(thread, thread.c.id == wait.c.thread_id)
        .where(wait.c.dormant_from > now)
    )
    if until is not None:
        query = query.where(wait.c.due <= until)
    return [_running(row) for row in connection.execute(query)]


def _running(row: Row[Any]) -> RunningWait:
    running = Wait(
        rule=Rule(row.rule),
        turn=Turn(row.turn),
        reason=Reason(row.reason),
        since=row.since,
        due=row.due,
        begun_by=row.begun_by,
        dormant_from=row.dormant_from,
        conversation=row.conversation,
        contact=row.contact,
        follow_ups=row.follow_ups,
        quiet=row.quiet,
    )
    return RunningWait(
        wait=running,
        customer_id=row.customer_id,
        customer=row.customer_name or row.customer_key,
        deal_id=row.deal_id,
        thread_id=row.thread_id,
        stage=Stage(row.stage),
        policy=row.policy,
        subject=row.subject or "",
        zone=row.zone,
        workdays=row.workdays,
    )


def is_planned(connection: Connection, now: datetime) -> bool:
    """Whether all was planned this hour, and nothing was judged since."""
    return settings.get_setting(connection, "planned") == _planned(connection, now)


def _planned(connection: Connection, now: datetime) -> str:
    """As time goes by clocks come near and others fall asleep: each hour all is planned again."""
    return f"{news(connection)} {int(now.timestamp()) // 3600}"


def any_due(connection: Connection, now: datetime, tries: int) -> bool:
    """Whether a pop-up is to be shown by now that was not shown so often yet."""
    query = select(reminder.c.id).where(
        reminder.c.state.in_(_OPEN),
        reminder.c.reach == Reach.POP_UP.value,
        reminder.c.fire_at <= now,
        reminder.c.tries < tries,
    )
    return connection.scalar(query.limit(1)) is not None


def open_reminders(connection: Connection) -> list[Reminder]:
    """Those that may still be shown: planned ones, and those a crash left claimed."""
    query = select(reminder).where(reminder.c.state.in_(_OPEN)).order_by(reminder.c.fire_at, reminder.c.id)
    return [reminder_of(row) for row in connection.execute(query)]


def reminder_of(row: Row[Any]) -> Reminder:
    """A row of the ledger as a value."""
    return Reminder(
        id=row.id,
        key=row.key,
        customer_id=row.customer_id,
        thread_id=row.thread_id,
        rule=Rule(row.rule),
        stage=Stage(row.stage),
        step=row.step,
        reach=row.reach,
        fire_at=row.fire_at,
        state=State(row.state),
        tries=row.tries,
    )


def plan(
    connection: Connection,
    plans: Mapping[str, tuple[RunningWait, ReminderPlan]],
    now: datetime,
    *,
    baseline: bool,
) -> None:
    """Bring the ledger in line with the clocks that run.

    New keys are added, those whose clock has stopped are withdrawn, withdrawn ones come back with their
    clock. On the first day (`baseline`) what is overdue is noted and never shown.
    """
    stored = _states(connection, plans)
    new = [
        _row(key, *plans[key], now, baseline=baseline and plans[key][1].fire_at <= now)
        for key in plans
        if key not in stored
    ]
    if new:
        connection.execute(insert(reminder), new)
    for key, (state, fire_at) in stored.items():
        planned = plans[key][1].fire_at
        back = state is State.WITHDRAWN
        if back or (state is State.PLANNED and fire_at != planned):
            values = {"state": State.PLANNED.value, "fire_at": planned, "changed_at": now}
            connection.execute(update(reminder).where(reminder.c.key == key).values(values))
    stopped = [one.id for one in open_reminders(connection) if one.key not in plans]
    _mark(connection, stopped, State.WITHDRAWN, now)
    settings.put_setting(connection, "planned", _planned(connection, now))


def _states(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[State, datetime]]:
    found: dict[str, tuple[State, datetime]] = {}
    for chunk in chunks(keys):
        query = select(reminder.c.key, reminder.c.state, reminder.c.fire_at).where(reminder.c.key.in_(chunk))
        found |= {row.key: (State(row.state), row.fire_at) for row in connection.execute(query)}
    return found


def _row(
    key: str, running: RunningWait, planned: ReminderPlan, now: datetime, *, baseline: bool
) -> dict[str, Any]:
    return {
        "key": key,
        "customer_id": running.customer_id,
        "deal_id": running.deal_id,
        "thread_id": running.thread_id,
        "rule": running.wait.rule.value,
        "stage": running.stage.value,
        "step": planned.step,
        "reach": planned.reach.value,
        "fire_at": planned.fire_at,
        "state": (State.BASELINE if baseline else State.PLANNED).value,
        "tries": 0,
        "changed_at": now,
    }


def _mark(
    connection: Connection, numbers: Sequence[int], state: State, now: datetime, of: State | None = None
) -> None:
    """Mark them, or those that are `of` a state."""
    for chunk in chunks(numbers):
        query = update(reminder).where(reminder.c.id.in_(chunk))
        query = query if of is None else query.where(reminder.c.state == of.value)
        connection.execute(query.values({"state": state.value, "changed_at": now}))


def claim(connection: Connection, reminders: Sequence[Reminder], now: datetime) -> None:
    """Note, before the pop-up, that it is about to be shown."""
    for chunk in chunks([one.id for one in reminders]):
        values = {"state": State.CLAIMED.value, "tries": reminder.c.tries + 1, "changed_at": now}
        connection.execute(update(reminder).where(reminder.c.id.in_(chunk)).values(values))


def settle(
    connection: Connection,
    reminders: Sequence[Reminder],
    answers: Sequence[Told],
    now: datetime,
) -> None:
    """Note what the channels answered. What nobody took stays planned, what was pressed meanwhile pressed."""
    delivered = any(one.delivered for one in answers)
    numbers = [one.id for one in reminders]
    told = _last_answers(connection, numbers)
    rows = [
        {"reminder_id": number, "at": now, **one.columns()}
        for number in numbers
        for one in answers
        # A refusal is tried again each minute.
        if one.delivered or told.get((number, one.channel)) != one.answer[:500]
    ]
    if rows:
        connection.execute(insert(notification), rows)
    _mark(connection, numbers, State.DELIVERED if delivered else State.PLANNED, now, of=State.CLAIMED)
    if not delivered:  # nobody saw it: it does not count
        for chunk in chunks(numbers):
            fewer = {"tries": reminder.c.tries - 1}
            connection.execute(update(reminder).where(reminder.c.id.in_(chunk)).values(fewer))


def _last_answers(connection: Connection, numbers: Sequence[int]) -> dict[tuple[int, str], str]:
    query = select(notification).order_by(notification.c.id)
    rows = rows_where(connection, query, notification.c.reminder_id, numbers)
    return {(row.reminder_id, row.channel): row.answer for row in rows}


# ── the first day, and the day's digest ──


def baseline_is_set(connection: Connection) -> bool:
    """Whether the first day is over."""
    return settings.get_setting(connection, "baseline_at") is not None


def set_baseline(connection: Connection, now: datetime, today: date) -> None:
    """The first day has its own screen: nothing fires, and the first digest is tomorrow's."""
    settings.put_setting(connection, "baseline_at", now.isoformat())
    settings.put_setting(connection, "digest_on", today.isoformat())


def digest_tries(connection: Connection, today: date) -> int | None:
    """How often today's digest was claimed in vain; None where it was given, or is not for today."""
    given = settings.get_setting(connection, "digest_on")
    if given is None or given >= today.isoformat():
        return None
    day, _, tries = (settings.get_setting(connection, "digest_claimed") or "").partition(" ")
    return int(tries) if day == today.isoformat() else 0


def claim_digest(connection: Connection, today: date, tries: int) -> None:
    """Note, before it is shown, that the day's digest is about to be; `tries` counts this one."""
    settings.put_setting(connection, "digest_claimed", f"{today.isoformat()} {tries}")


def digest_given(connection: Connection, today: date) -> None:
    """The day's digest was taken, or there was nothing to say."""
    settings.put_setting(connection, "digest_on", today.isoformat())


def unsorted_customers(connection: Connection, now: datetime) -> int:
    """How many wrote first and were never answered, dormant ones left out."""
    waiting = (
        select(thread.c.customer_id)
        .join(customer, customer.c.id == thread.c.customer_id)
        .where(customer.c.role == "unsorted", thread.c.turn == Turn.OURS.value, thread.c.dormant_from > now)
        .distinct()
    )
    return connection.scalar(select(func.count()).select_from(waiting.subquery())) or 0
