"""presses → words: what a person does with a pop-up reaches the store as if they had typed it.

A press says something of what its pop-up said. Where that is no longer so (the ball has moved, the stage is
another, somebody said something since), Done and Snooze are noted in the ledger and do nothing. A word is
dated by the moment its pop-up was shown: what was written since then, read by now or not, comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher.alerts.channel import Answer, Answerable, Press
from watcher.config import Config
from watcher.domain.reminders import wait_key, wait_of
from watcher.domain.turns import Play
from watcher.domain.worktime import local_moment
from watcher.errors import UsageError
from watcher.store import ledger, presses, words
from watcher.store.engine import Store
from watcher.store.presses import Shown, Standing

_SNOOZED = timedelta(days=1)
# What nobody answered comes back so often, the first time counted.
_SHOWN_AT_MOST = 2
# No desktop session is older.
_STANDS_AT_MOST = timedelta(days=60)

MOVED = "nothing: the ball had moved since"
ANSWERED = "nothing: it was answered before"
SEVERAL = "nothing: it spoke of no single thread"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a press. `said`: there is a new word of the rep's. `opens`: the thread is to be opened,
    or the list where it is None.
    """

    said: bool = False
    opens: bool = False
    thread: int | None = None


def answer(store: Store, config: Config, press: Press, now: datetime) -> Answered:
    """Keep a press, and say what it says. Review first, so that mail that was read counts.

    Raises StoreError.
    """
    with store.writing() as connection:
        shown = presses.shown(connection, press.rows)
        thread = _thread(connection, shown)
        match press.answer:
            case Answer.OPEN:
                outcome, done = _named(thread), Answered(opens=True, thread=thread)
            case Answer.CLOSED:
                outcome, done = "", Answered()
            case _:
                outcome = _say(connection, config, shown, press.answer, now)
                done = Answered(said=not outcome.startswith("nothing"))
        presses.note(connection, [one.reminder for one in shown], press.answer.value, outcome, now)
    return done


def _named(thread: int | None) -> str:
    return "the list" if thread is None else f"thread {thread}"


def _thread(connection: Connection, shown: Sequence[Shown]) -> int | None:
    """The one a pop-up spoke of first; of a deal's own clock the customer's newest. None: many customers."""
    owners = {one.reminder.customer_id for one in shown}
    if len(owners) != 1:
        return None
    return shown[0].reminder.thread_id or words.newest_thread_of(connection, owners.pop())


def _say(connection: Connection, config: Config, shown: Sequence[Shown], said: Answer, now: datetime) -> str:
    """Say it of the thread that the pop-up named; what came of that."""
    if len({one.reminder.customer_id for one in shown}) != 1:
        return SEVERAL
    first = shown[0]
    if first.reminder.state is ledger.State.PRESSED:
        return ANSWERED
    number = _running(connection, now).get(wait_of(first.reminder.key))
    if number is None:
        return MOVED
    try:
        place = words.find_thread(connection, number)
    except UsageError:
        return MOVED
    at = min(first.at, now)
    if said is Answer.DONE:
        words.say(connection, place, Play.DONE, at)
        return _named(number)
    until = _tomorrow(config, now)
    words.say(connection, place, Play.SNOOZED, at, until=until)
    return f"{_named(number)} until {until.isoformat()}"


def _running(connection: Connection, now: datetime) -> dict[str, int | None]:
    """The thread of each wait that runs, by what its reminders have in common."""
    waits = ledger.running_waits(connection, now)
    return {wait_key(one.wait, one.stage): one.thread_id for one in waits}


def _tomorrow(config: Config, now: datetime) -> datetime:
    """As `watcher snooze N 1d`: at the rep's opening hour."""
    zone = config.rep.zone
    return local_moment(now.astimezone(zone).date() + _SNOOZED, config.rep.opening, zone)


# ── after a start ──


def take_up(store: Store, channels: Iterable[Answerable], now: datetime) -> None:
    """What an earlier process left standing can be taken back and replaced; and what nobody answered, and
    still runs, is planned once more. Once a process. Raises StoreError.
    """
    with store.writing() as connection:
        standing = presses.standing(connection, now - _STANDS_AT_MOST)
        running = _running(connection, now) if standing else {}
        back = [row for one in standing for row in _unanswered(one, lambda key: key in running)]
        presses.bring_back(connection, back, now)
    handles = {frozenset(wait_of(row.key) for row in one.reminders): one.handle for one in standing}
    for channel in channels:
        channel.adopt(handles)


def _unanswered(one: Standing, runs: Callable[[str], bool]) -> list[ledger.Reminder]:
    """Where we would not have heard an answer, nobody is asked again: it may have been read and closed."""
    return [
        row for row in one.reminders if one.heard and row.tries < _SHOWN_AT_MOST and runs(wait_of(row.key))
    ]
