"""What people do with pop-ups, and which of them still stand unanswered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from watcher.domain.reminders import Reach, wait_of
from watcher.store.asking import chunks
from watcher.store.ledger import Reminder, State, reminder_of
from watcher.store.tables import notification, press, reminder

TAKEN_DOWN = "taken_down"  # no press: the ball moved before anybody answered
# A pop-up may be pressed before it is noted that somebody took it.
_SHOWN = (State.CLAIMED.value, State.DELIVERED.value)


@dataclass(frozen=True, slots=True)
class Shown:
    """A reminder that was shown, and when: what its pop-up said was true then."""

    reminder: Reminder
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A pop-up of an earlier process that nobody answered, as far as we heard.

    `handle` takes it back; `heard`: an answer would have come to us while that process ran.
    """

    handle: str
    reminders: tuple[Reminder, ...]
    heard: bool


def shown(connection: Connection, rows: Sequence[int]) -> list[Shown]:
    """The rows of the ledger that a pop-up answers, in the order given."""
    found: dict[int, Row[Any]] = {}
    for chunk in chunks(rows):
        query = select(reminder).where(reminder.c.id.in_(chunk))
        found |= {row.id: row for row in connection.execute(query)}
    return [Shown(reminder_of(found[one]), found[one].changed_at) for one in rows if one in found]


def note(
    connection: Connection, reminders: Collection[Reminder], answer: str, outcome: str, now: datetime
) -> None:
    """Note what a person did, and what came of it. What was shown counts as answered from now on."""
    numbers = [one.id for one in reminders]
    if numbers:
        rows = [{"reminder_id": one, "at": now, "answer": answer, "outcome": outcome} for one in numbers]
        connection.execute(insert(press), rows)
    for chunk in chunks(numbers):
        query = update(reminder).where(reminder.c.id.in_(chunk), reminder.c.state.in_(_SHOWN))
        connection.execute(query.values(state=State.PRESSED.value, changed_at=now))


def note_taken_down(connection: Connection, waits: Collection[str], now: datetime) -> None:
    """Pop-ups about these waits were taken off the screen, before anybody answered them."""
    query = select(reminder.c.id, reminder.c.key).where(reminder.c.state == State.DELIVERED.value)
    answered = select(press.c.id).where(press.c.reminder_id == reminder.c.id).exists()
    rows = [
        {"reminder_id": row.id, "at": now, "answer": TAKEN_DOWN, "outcome": ""}
        for row in connection.execute(query.where(~answered))
        if wait_of(row.key) in waits
    ]
    if rows:
        connection.execute(insert(press), rows)


def standing(connection: Connection, since: datetime) -> list[Standing]:
    """The pop-ups of earlier processes that may still stand: delivered since then, not answered."""
    query = (
        select(reminder, notification.c.handle, notification.c.heard)
        .join(notification, notification.c.reminder_id == reminder.c.id)
        .where(
            reminder.c.state == State.DELIVERED.value,
            reminder.c.reach == Reach.POP_UP.value,
            reminder.c.changed_at >= since,
            notification.c.delivered,
            notification.c.handle != "",
        )
        .order_by(notification.c.id)
    )
    last = {row.id: row for row in connection.execute(query)}  # the last time each was shown
    by_handle: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in last.values():
        by_handle[row.handle].append(row)
    return [
        Standing(handle, tuple(reminder_of(row) for row in rows), all(row.heard for row in rows))
        for handle, rows in by_handle.items()
    ]


def bring_back(connection: Connection, reminders: Collection[Reminder], now: datetime) -> None:
    """Plan them once more. They were shown once: whoever shows them says so."""
    for chunk in chunks([one.id for one in reminders]):
        query = update(reminder).where(reminder.c.id.in_(chunk), reminder.c.state == State.DELIVERED.value)
        connection.execute(query.values(state=State.PLANNED.value, changed_at=now))
