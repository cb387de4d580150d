"""due → reminders → alerts.

Plan what the running clocks ask for, claim it in the store, show it, note what the channel answered:
each crash in between shows a pop-up once more at most, and never loses one (DESIGN 2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from watcher.agenda import Agenda, day_of
from watcher.alerts.channel import Answer, Channel, Delivery, PopUp, Recalling, deliver
from watcher.alerts.wording import Day, Waiting, digest, pop_up_for_many
from watcher.config import Config
from watcher.domain.blindness import may_speak, stale_after
from watcher.domain.marks import marked_days
from watcher.domain.reminders import Reach, plan, wait_of
from watcher.domain.turns import Reason, Turn
from watcher.domain.worktime import Calendar, in_working_hours
from watcher.nudges import (
    TRIES,
    Nudge,
    Plans,
    addressed,
    any_doubtful,
    any_unread,
    known,
    nudges,
    still_running,
)
from watcher.store import ledger, presses, texts
from watcher.store.engine import Store
from watcher.store.ledger import Reminder, Told
from watcher.store.quiet import quiet_until
from watcher.store.sight import sight

# What is planned ahead, so that the ledger can be asked what comes next.
_AHEAD = timedelta(days=14)
# More customers than this at once become one pop-up with a count.
_SINGLY = 5
# A pop-up, and what each channel said of it.
Shown = tuple[PopUp, tuple[Delivery, ...]]

# What a pop-up says of these is not what their rule says.
_TOLD_BY_REASON = frozenset({Reason.ANSWER_IN_JUNK, Reason.NO_MAIL})


@dataclass(frozen=True, slots=True)
class RemindReport:
    """What a round of reminding did. `held_back` says why nothing was shown ("" where nothing was held)."""

    shown: tuple[PopUp, ...] = ()
    answers: tuple[Delivery, ...] = ()
    held_back: str = ""


def remind(
    store: Store,
    config: Config,
    channels: Sequence[Channel],
    now: datetime,
    stopping: Callable[[], bool],
    otherwise: Sequence[Channel] = (),
) -> RemindReport:
    """Plan, then show what is due: over all `channels`, or the first of the `otherwise` that takes it where
    none of them does. Raises StoreError.
    """
    begin(store, config, now)
    round_ = _Round(store, config, channels, now, stopping, otherwise)
    with store.writing() as connection:
        seen = sight(connection, stale_after(config.sync.poll_seconds))
        if not ledger.baseline_is_set(connection):
            return RemindReport(held_back="the mailbox was not read to the end yet")
        planned = round_.planned(connection)
        quiet = quiet_until(connection, now)
    if any(one.rereading for one in seen.folders):
        return RemindReport(held_back="a folder is being read anew")
    plans, rows = planned or ({}, ())
    if planned and (gone := _recall((*channels, *otherwise), plans)):
        with store.writing() as connection:
            presses.note_taken_down(connection, gone, now)
    if not in_working_hours(now, round_.rep, config.rep.opening, config.rep.closing):
        return RemindReport(held_back="outside working hours")
    if quiet:
        return RemindReport(held_back="the rep wants quiet")
    sighted = may_speak(seen, now) and not any_doubtful(store)
    shown = round_.show(nudges(known(store, rows, plans, now), plans, now, sighted=sighted))
    if sighted:
        shown += round_.digest()
    answers = tuple(each for _, got in shown for each in got)
    return RemindReport(tuple(one for one, _ in shown), answers, "" if sighted else "a folder was not read")


def _recall(channels: Iterable[Channel], plans: Plans) -> frozenset[str]:
    """Take back what speaks of a ball that has moved since, read or not; the waits that was about."""
    running = {wait_of(key) for key in plans}
    gone = [one.recall(running) for one in channels if isinstance(one, Recalling)]
    return frozenset[str]().union(*gone)


def begin(store: Store, config: Config, now: datetime) -> bool:
    """Set the baseline once the mailbox was read to the end: what is overdue then is in the list, and never
    pops up (DESIGN 2.8). True where that was now. Raises StoreError.
    """
    round_ = _Round(store, config, (), now, lambda: False)
    with store.writing() as connection:
        if ledger.baseline_is_set(connection):
            return False
        if not may_speak(sight(connection, stale_after(config.sync.poll_seconds)), now):
            return False
        if texts.any_doubtful(connection) or texts.unread_threads(connection, now):
            return False
        ledger.plan(connection, round_.plans(connection), now, baseline=True)
        ledger.set_baseline(connection, now, round_.today)
    return True


def tell(
    store: Store,
    config: Config,
    channels: Sequence[Channel],
    pop_up: PopUp,
    now: datetime,
    otherwise: Sequence[Channel] = (),
) -> bool:
    """Show what is about no customer. False where it has to wait until the rep listens, or nobody took it."""
    with store.reading() as connection:
        quiet = quiet_until(connection, now)
    if quiet or not in_working_hours(now, config.rep_calendar(), config.rep.opening, config.rep.closing):
        return False
    return any(one.delivered for one in deliver(pop_up, channels, otherwise))


# ── plan and show ──


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of reminding, and what all its steps need."""

    store: Store
    config: Config
    channels: Sequence[Channel]
    now: datetime
    stopping: Callable[[], bool]
    otherwise: Sequence[Channel] = ()

    @property
    def rep(self) -> Calendar:
        return self.config.rep_calendar()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.config.rep.zone).date()

    def planned(self, connection: Connection) -> tuple[Plans, Sequence[Reminder]] | None:
        """The ledger brought up to date, and what is open in it; None where all is and none is due."""
        if ledger.is_planned(connection, self.now) and not ledger.any_due(connection, self.now, TRIES):
            return None
        plans = self.plans(connection)
        ledger.plan(connection, plans, self.now, baseline=False)
        return plans, ledger.open_reminders(connection)

    def plans(self, connection: Connection) -> Plans:
        """Every nudge of the clocks that are due soon, or were; dormant ones ask for none."""
        policies, rep = self.config.policies(), self.rep
        return {
            one.key: (running, one)
            for running in ledger.running_waits(connection, self.now, self.now + _AHEAD)
            for one in plan(running.wait, running.stage, policies[running.policy], rep)
        }

    def show(self, chosen: Sequence[Nudge]) -> list[Shown]:
        together = [chosen] if len(chosen) > _SINGLY else [[one] for one in chosen]
        shown = []
        for each in together:
            if self.stopping():
                break
            with self.store.writing() as connection:
                group = still_running(each, self.plans(connection))
                rows = [row for one in group for row in one.reminders]
                ledger.claim(connection, rows, self.now)
            if group:
                pop_up = pop_up_for_many([self._waiting(one) for one in group])
                shown.append(self._deliver(addressed(pop_up, group), rows))
        return shown

    def _deliver(self, pop_up: PopUp, rows: Sequence[Reminder]) -> Shown:
        answers = deliver(pop_up, self.channels, self.otherwise)
        if self.channels and not answers:  # said in the config, so no refusal: it is in the list all the same
            answers = (Delivery(True, "none", "the config sends this stage nowhere"),)
        with self.store.writing() as connection:
            told = [Told(one.channel, one.delivered, one.answer, one.handle, one.heard) for one in answers]
            ledger.settle(connection, rows, told, self.now)
        return pop_up, answers

    def digest(self) -> list[Shown]:
        """Once a working day, from the rep's opening on: what is overdue, top first, and what else waits. Not
        before the last words of it were read: it is given once, and it counts who is silent.
        """
        if self.stopping() or not self.config.alerts.digest:
            return []
        with self.store.writing() as connection:
            tries = ledger.digest_tries(connection, self.today)
            if tries is None or tries >= TRIES:
                return []
            agenda = day_of(connection, self.rep, self.now)
            if any_unread(connection, agenda.overdue, self.now):
                return []
            if agenda.is_empty:
                ledger.digest_given(connection, self.today)
                return []
            rows = [one for one in ledger.open_reminders(connection) if self._belongs_in_digest(one)]
            ledger.claim(connection, rows, self.now)
            ledger.claim_digest(connection, self.today, tries + 1)
        shown = self._deliver(self._digest_pop_up(agenda, again=tries > 0), rows)
        with self.store.writing() as connection:
            if any(one.delivered for one in shown[1]):
                ledger.digest_given(connection, self.today)
            else:
                ledger.claim_digest(connection, self.today, tries)
        return [shown]

    def _belongs_in_digest(self, one: Reminder) -> bool:
        return one.reach == Reach.DIGEST and one.fire_at <= self.now and one.tries < TRIES

    def _digest_pop_up(self, agenda: Agenda, *, again: bool) -> PopUp:
        policies = self.config.policies()
        loud = [one for one in agenda.overdue if policies[one.policy].pop_up]
        day = Day(
            more=len(agenda.overdue) - len(loud),
            owed=agenda.owed,
            week=agenda.week,
            unsorted=agenda.unsorted,
            woke=[self._waiting(Nudge(one, ())) for one in agenda.woke],
        )
        pop_up = digest([self._waiting(Nudge(one, ())) for one in loud], day)
        pop_up = replace(pop_up, buttons=(Answer.OPEN,))
        return replace(pop_up, title=f"{pop_up.title} (again)") if again else pop_up

    def _waiting(self, nudge: Nudge) -> Waiting:
        running, wait = nudge.top, nudge.top.wait
        since = wait.since.astimezone(self.config.rep.zone)
        return Waiting(
            customer=running.customer,
            stage_label=self.config.labels()[running.stage],
            turn=_side(wait.turn),
            rule=wait.reason.value if wait.reason in _TOLD_BY_REASON else wait.rule.value,
            working_days=marked_days(running.workdays, running.zone, wait.since, wait.since, self.now),
            subject=running.subject,
            since_text=f"{since:%a} {since.day} {since:%b}",
            again=any(one.tries > 0 for one in nudge.reminders),
            step=max((one.step for one in nudge.reminders), default=0),
            follow_ups=wait.follow_ups,
        )


def _side(turn: Turn) -> Literal["theirs", "ours"]:
    return "ours" if turn is Turn.OURS else "theirs"
