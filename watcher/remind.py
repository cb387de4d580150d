"""due → reminders → alerts.

Plan what the running clocks ask for, claim it in the store, show it, note what the channel answered: a
crash anywhere in between shows a pop-up once more at most, and never loses one (DESIGN 2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from watcher.alerts.channel import Channel, Delivery, PopUp
from watcher.alerts.wording import Waiting, digest, pop_up_for_many
from watcher.config import Config
from watcher.domain.blindness import may_speak, stale_after
from watcher.domain.due import Rule
from watcher.domain.marks import marked_days
from watcher.domain.reminders import Reach, ReminderPlan, plan
from watcher.domain.turns import Reason, Turn
from watcher.domain.worktime import Calendar, in_working_hours, rep_calendar
from watcher.store import ledger, settings
from watcher.store.engine import Store
from watcher.store.ledger import Reminder, RunningWait, State
from watcher.store.sight import sight

# What is planned ahead, so that the ledger can be asked what comes next.
_AHEAD = timedelta(days=14)
# More customers than this at once become one pop-up with a count.
_SINGLY = 5
# A claimed reminder is shown once more at most.
_TRIES = 2

STAGE_LABELS = {"pi": "PI"}  # the others are written as they are named
_RULE_ORDER = (Rule.UNDELIVERED, Rule.PAYMENT, Rule.OURS, Rule.THEIRS, Rule.IDLE)


@dataclass(frozen=True, slots=True)
class RemindReport:
    """What a round of reminding did. `held_back` says why nothing was shown ("" where nothing was held)."""

    shown: tuple[PopUp, ...] = ()
    answers: tuple[Delivery, ...] = ()
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class _Nudge:
    """What one customer is to be reminded of now: the rows of the ledger it answers, the top clock first."""

    top: RunningWait
    reminders: tuple[Reminder, ...]


def remind(
    store: Store, config: Config, channels: Sequence[Channel], now: datetime, stopping: Callable[[], bool]
) -> RemindReport:
    """Plan, then show what is due. Raises StoreError."""
    rep = rep_calendar(config.rep.country or "", config.rep.zone, frozenset(config.rep.holidays))
    with store.writing() as connection:
        waits = ledger.running_waits(connection)
        seen = sight(connection, stale_after(config.sync.poll_seconds))
        sighted = may_speak(seen, now)
        first_day = settings.get_setting(connection, "baseline_at") is None
        if sighted or not first_day:
            plans = _plans(waits, config, rep, now)
            ledger.plan(connection, plans, now, baseline=first_day)
            if first_day:
                settings.put_setting(connection, "baseline_at", now.isoformat())
        due = ledger.open_reminders(connection)
    if not in_working_hours(now, rep, config.rep.opening, config.rep.closing):
        return RemindReport(held_back="outside working hours")
    by_key = {key: running for running in waits for key in _keys(running, config, rep)}
    nudges = _nudges(due, by_key, now, sighted=sighted)
    shown = _show(store, nudges, channels, now, config, stopping)
    shown += _digest(store, config, waits, channels, now, rep) if sighted else []
    held = "" if sighted else "a folder could not be read"
    return RemindReport(tuple(one for one, _ in shown), tuple(each for _, got in shown for each in got), held)


# ── plan ──


def _plans(
    waits: Iterable[RunningWait], config: Config, rep: Calendar, now: datetime
) -> dict[str, tuple[RunningWait, ReminderPlan]]:
    """Every nudge of the clocks that are due soon, or were; dormant ones ask for none."""
    policies = config.policies()
    return {
        one.key: (running, one)
        for running in waits
        if running.wait.due <= now + _AHEAD and now < running.wait.dormant_from
        for one in plan(running.wait, running.stage, policies[running.policy], rep)
    }


def _keys(running: RunningWait, config: Config, rep: Calendar) -> list[str]:
    return [one.key for one in plan(running.wait, running.stage, config.policies()[running.policy], rep)]


# ── choose ──


def _nudges(
    due: Iterable[Reminder], by_key: Mapping[str, RunningWait], now: datetime, *, sighted: bool
) -> list[_Nudge]:
    """One nudge a customer, top first. While blind only what claims no silence is said."""
    by_customer: dict[int, list[Reminder]] = {}
    for one in due:
        ready = one.fire_at <= now and one.reach == Reach.POP_UP and one.tries < _TRIES
        if ready and one.key in by_key and (sighted or _safe_while_blind(by_key[one.key])):
            by_customer.setdefault(one.customer_id, []).append(one)
    nudges = [_nudge(rows, by_key) for rows in by_customer.values()]
    return sorted(nudges, key=lambda one: _rank(one.top))


def _safe_while_blind(running: RunningWait) -> bool:
    return running.wait.rule is Rule.UNDELIVERED or running.wait.reason is Reason.ANSWER_IN_JUNK


def _nudge(rows: Sequence[Reminder], by_key: Mapping[str, RunningWait]) -> _Nudge:
    return _Nudge(min((by_key[one.key] for one in rows), key=_rank), tuple(rows))


def _rank(running: RunningWait) -> tuple[int, int, datetime]:
    """Top-down: the higher stage first, then what hurts most, then the older."""
    return (-running.stage.height, _RULE_ORDER.index(running.wait.rule), running.wait.due)


# ── show ──


def _show(
    store: Store,
    nudges: Sequence[_Nudge],
    channels: Sequence[Channel],
    now: datetime,
    config: Config,
    stopping: Callable[[], bool],
) -> list[tuple[PopUp, tuple[Delivery, ...]]]:
    together = [list(nudges)] if len(nudges) > _SINGLY else [[one] for one in nudges]
    shown = []
    for group in together:
        if stopping():
            break
        rows = [row for one in group for row in one.reminders]
        pop_up = pop_up_for_many([_waiting(one, now, config) for one in group])
        with store.writing() as connection:
            ledger.claim(connection, rows, now)
        answers = tuple(channel.deliver(pop_up) for channel in channels)
        with store.writing() as connection:
            told = [(one.channel, one.delivered, one.answer) for one in answers]
            ledger.settle(connection, rows, told, now)
        shown.append((pop_up, answers))
    return shown


def _waiting(nudge: _Nudge, now: datetime, config: Config) -> Waiting:
    running, wait = nudge.top, nudge.top.wait
    since = wait.since.astimezone(config.rep.zone)
    return Waiting(
        customer=running.customer,
        stage_label=STAGE_LABELS.get(running.stage, running.stage.value),
        turn=_side(wait.turn),
        rule="answer_in_junk" if wait.reason is Reason.ANSWER_IN_JUNK else wait.rule.value,
        working_days=marked_days(running.workdays, running.zone, wait.since, wait.since, now),
        subject=running.subject,
        since_text=f"{since:%a} {since.day} {since:%b}",
        again=any(one.state is State.CLAIMED for one in nudge.reminders),
        step=max((one.step for one in nudge.reminders), default=0),
        follow_ups=wait.follow_ups,
    )


def _side(turn: Turn) -> Literal["theirs", "ours"]:
    return "ours" if turn is Turn.OURS else "theirs"


# ── the digest ──


def _digest(
    store: Store,
    config: Config,
    waits: Iterable[RunningWait],
    channels: Sequence[Channel],
    now: datetime,
    rep: Calendar,
) -> list[tuple[PopUp, tuple[Delivery, ...]]]:
    """Once a working day, from the rep's opening on: what is overdue, top first, and what else waits."""
    today = now.astimezone(rep.zone).date().isoformat()
    with store.writing() as connection:
        last = settings.get_setting(connection, "digest_on")
        # The first day has its own screen: no digest before the morning after it.
        if last is None:
            settings.put_setting(connection, "digest_on", today)
        if last is None or last >= today or not config.alerts.digest:
            return []
        rows = [
            one
            for one in ledger.open_reminders(connection)
            if one.reach == Reach.DIGEST and one.fire_at <= now and one.tries < _TRIES
        ]
        overdue = [one for one in waits if one.wait.due <= now < one.wait.dormant_from]
        unsorted = ledger.unsorted_customers(connection, now)
        settings.put_setting(connection, "digest_on", today)
        if not overdue and not unsorted:
            return []
        ledger.claim(connection, rows, now)
    pop_up = _digest_pop_up(overdue, unsorted, now, config)
    answers = tuple(channel.deliver(pop_up) for channel in channels)
    with store.writing() as connection:
        ledger.settle(connection, rows, [(one.channel, one.delivered, one.answer) for one in answers], now)
        if not any(one.delivered for one in answers):
            settings.put_setting(connection, "digest_on", last)
    return [(pop_up, answers)]


def _digest_pop_up(overdue: Sequence[RunningWait], unsorted: int, now: datetime, config: Config) -> PopUp:
    tops: dict[int, RunningWait] = {}
    for one in sorted(overdue, key=_rank):
        tops.setdefault(one.customer_id, one)
    policies = config.policies()
    loud = [one for one in tops.values() if policies[one.policy].pop_up]
    waiting = [_waiting(_Nudge(one, ()), now, config) for one in loud]
    return digest(waiting, more=len(tops) - len(loud), unsorted=unsorted)
