"""What one round of reminding speaks of: which rows of the ledger are due, together, and may be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from watcher.agenda import rank_of
from watcher.alerts.channel import Answer, PopUp
from watcher.domain.due import Rule
from watcher.domain.reminders import Reach, ReminderPlan, wait_of
from watcher.domain.turns import Reason
from watcher.store import texts
from watcher.store.engine import Store
from watcher.store.ledger import Reminder, RunningWait

# Each kill in the middle of a showing costs one more. Who is killed so often is killed by the showing.
TRIES = 5

# By key: the nudges that the running clocks ask for.
Plans = Mapping[str, tuple[RunningWait, ReminderPlan]]


@dataclass(frozen=True, slots=True)
class Nudge:
    """What one customer is to be reminded of now: the rows of the ledger it answers, the top clock first."""

    top: RunningWait
    reminders: tuple[Reminder, ...]


def nudges(rows: Iterable[Reminder], plans: Plans, now: datetime, *, sighted: bool) -> list[Nudge]:
    """One nudge a customer, top first. While blind only what claims no silence is said."""
    by_customer: dict[int, list[Reminder]] = {}
    for one in rows:
        ready = one.fire_at <= now and one.reach == Reach.POP_UP and one.tries < TRIES
        if ready and one.key in plans and (sighted or _claims_no_silence(plans[one.key][0])):
            by_customer.setdefault(one.customer_id, []).append(one)
    found = [_nudge(each, plans) for each in by_customer.values()]
    return sorted(found, key=lambda one: rank_of(one.top))


def any_doubtful(store: Store) -> bool:
    """Whether mail is there of which it is not known yet if a person wrote it. Raises StoreError."""
    with store.reading() as connection:
        return texts.any_doubtful(connection)


def known(store: Store, rows: Sequence[Reminder], plans: Plans, now: datetime) -> list[Reminder]:
    """Without those of threads whose last word was not read yet: "will revert on Friday" is no silence."""
    due = [one for one in rows if one.fire_at <= now and one.key in plans]
    if not due:
        return []
    running = {one.key: plans[one.key][0] for one in due}
    with store.reading() as connection:
        threads = {one.thread_id for one in running.values() if one.thread_id is not None}
        unread = texts.unread_threads(connection, now, threads)
    return [
        one for one in due if running[one.key].thread_id not in unread or _claims_no_silence(running[one.key])
    ]


def any_unread(connection: Connection, overdue: Sequence[RunningWait], now: datetime) -> bool:
    """Whether one of these is of a thread whose last word was not read yet."""
    silent = {one.thread_id for one in overdue if one.thread_id is not None and not _claims_no_silence(one)}
    return bool(texts.unread_threads(connection, now, silent))


def _claims_no_silence(running: RunningWait) -> bool:
    return running.wait.rule is Rule.UNDELIVERED or running.wait.reason is Reason.ANSWER_IN_JUNK


def _nudge(rows: Sequence[Reminder], plans: Plans) -> Nudge:
    ranked = sorted(rows, key=lambda one: rank_of(plans[one.key][0]))
    return Nudge(plans[ranked[0].key][0], tuple(ranked))


def addressed(pop_up: PopUp, group: Sequence[Nudge]) -> PopUp:
    """With whom and what it is about, and the buttons that make sense: of one thread it can be said that it
    is done; many customers, or a deal without a thread, can only be looked at.
    """
    rows = [row for one in group for row in one.reminders]
    one_thread = len(group) == 1 and group[0].top.thread_id is not None
    return replace(
        pop_up,
        about=frozenset(wait_of(row.key) for row in rows),
        stages=tuple(one.top.stage.value for one in group),
        names=tuple(one.top.customer for one in group),
        rows=tuple(row.id for row in rows),
        buttons=(Answer.OPEN, Answer.SNOOZE, Answer.DONE) if one_thread else (Answer.OPEN,),
    )


def still_running(chosen: Iterable[Nudge], plans: Plans) -> list[Nudge]:
    """Without what the rep settled while another pop-up was shown."""
    left = [[row for row in one.reminders if row.key in plans] for one in chosen]
    return [_nudge(rows, plans) for rows in left if rows]
