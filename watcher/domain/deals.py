"""Threads of one deal know of each other (DESIGN 2.4.3).

The wait runs on the newest thread: an older one in which we wait for them is superseded once anybody
wrote in a newer one. An older one that we owe stays ours, unless we answered it in a new mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.domain.messages import Direction, Message
from watcher.domain.stages import Stage
from watcher.domain.subjects import read_subject
from watcher.domain.threads import Thread
from watcher.domain.turns import Reason, Turn, TurnDecision

SETTLED_WITHIN = timedelta(days=60)
_THREAD_AND_NEW_MAIL = 2


@dataclass(frozen=True, slots=True)
class StageMove:
    """One step of a deal on the pyramid: when, who said so (`rep`, `rule`, `sheet`, `proposal`), on what."""

    at: datetime
    stage: Stage
    source: str = "rep"
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The rep said: not before `until`, because."""

    id: int
    at: datetime
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity of a customer. `id` 0 is the deal that a first contact opens by itself."""

    id: int
    moves: tuple[StageMove, ...]
    shipped_at: datetime | None = None
    holds: tuple[Hold, ...] = ()

    @property
    def stage(self) -> Stage:
        """Where it stands now: the last move, cold where there is none."""
        return self.moves[-1].stage if self.moves else Stage.COLD

    @property
    def opened(self) -> datetime | None:
        """When it began."""
        return self.moves[0].at if self.moves else None

    @property
    def by_rule_alone(self) -> bool:
        """Nobody has said anything of this deal: its start is what the mail says today."""
        return all(one.source == "rule" for one in self.moves)

    @property
    def entered(self) -> datetime | None:
        """When it came to the stage it stands on; saying the same stage again does not restart it."""
        entered = None
        for move in reversed(self.moves):
            if move.stage is not self.stage:
                break
            entered = move.at
        return entered


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thread with its decision, and the deal it belongs to (None where its customer has none)."""

    thread: Thread
    decision: TurnDecision
    deal: Deal | None = None


def settle(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Look at all threads of one customer together; returns them in the same order."""
    matters = _Matters(verdicts)
    settled = [_answered_anew(one, matters) for one in verdicts]
    newest = _newest_of_deals(settled)
    superseded = [_superseded(one, newest.get(_deal(one))) for one in settled]
    return [_answered_by_them(one, matters) for one in superseded]


def _superseded(verdict: Verdict, newest: Verdict | None) -> Verdict:
    if not _waits_for_them(verdict) or newest is None or _last(newest) <= _last(verdict):
        return verdict
    return _nobody(verdict, Reason.SUPERSEDED)


def _waits_for_them(verdict: Verdict) -> bool:
    """What the rep said to watch (a snooze) is no plain wait: it stays watched."""
    return verdict.decision.turn is Turn.THEIRS and verdict.decision.snoozed_until is None


def _newest_of_deals(verdicts: Iterable[Verdict]) -> dict[int | None, Verdict]:
    """The thread of each deal in which anybody wrote last. What went to a shared address is not for us to
    wait on: it replaces no wait of ours.
    """
    newest: dict[int | None, Verdict] = {}
    for one in verdicts:
        held = newest.get(_deal(one))
        if one.decision.reason is not Reason.SHARED and (held is None or _last(one) > _last(held)):
            newest[_deal(one)] = one
    return newest


def _deal(verdict: Verdict) -> int | None:
    return verdict.deal.id if verdict.deal else None


def _last(verdict: Verdict) -> tuple[float, str]:
    """When anybody last wrote in a thread, as something that sorts whatever the order of arrival."""
    at = verdict.decision.last_contact
    head = verdict.thread.messages[0].message_id if verdict.thread.messages else ""
    return (at.timestamp() if at else float("-inf"), head)


class _Matters:
    """The threads of one customer by what they are about, as far as a subject can say."""

    def __init__(self, verdicts: Iterable[Verdict]) -> None:
        self._by_subject: dict[str, list[Verdict]] = {}
        for one in verdicts:
            self._by_subject.setdefault(_subject(one), []).append(one)

    def begun_later(self, verdict: Verdict, *, once: bool) -> Iterator[tuple[Message, Verdict]]:
        """The threads that began with the same subject after the last contact in this one, with the mail that
        began them. `once` asks for a subject that names one matter: this thread's, and the new mail's.
        """
        same = self._by_subject[_subject(verdict)] if _subject(verdict) else []
        after = verdict.decision.last_contact
        if after is None or (once and len(same) > _THREAD_AND_NEW_MAIL):
            return
        for other in same:
            first = _first(other.thread)
            if other is not verdict and first and after < first.at <= after + SETTLED_WITHIN:
                yield first, other


def _subject(verdict: Verdict) -> str:
    messages = verdict.thread.messages
    return read_subject(messages[0].subject).base if messages else ""


def _first(thread: Thread) -> Message | None:
    """The mail of a person that began a thread."""
    return next((one for one in thread.messages if one.personal), None)


def _answered_anew(verdict: Verdict, matters: _Matters) -> Verdict:
    """We owe an answer here, and wrote a new mail with the same subject to the same person: that was it.
    Where our mail came back, one to another address of theirs was it.
    """
    decision = verdict.decision
    if decision.turn is not Turn.OURS:
        return verdict
    lost = decision.reason is Reason.UNDELIVERED
    for first, other in matters.begun_later(verdict, once=not lost):
        ours = first.direction is Direction.OUTBOUND
        reached = (
            other.decision.contact not in decision.failed and other.decision.reason is not Reason.UNDELIVERED
            if lost
            else decision.contact in first.recipients
        )
        if ours and reached:
            return _nobody(verdict, Reason.SETTLED, decided_by=first.message_id)
    return verdict


def _answered_by_them(verdict: Verdict, matters: _Matters) -> Verdict:
    """We wait here, and the same person wrote a new mail with the same subject: that was the answer, though
    it stands in another deal.
    """
    if not _waits_for_them(verdict):
        return verdict
    for first, _ in matters.begun_later(verdict, once=True):
        author = first.author.address if first.author else ""
        if first.direction is Direction.INBOUND and author == verdict.decision.contact:
            return _nobody(verdict, Reason.SETTLED, decided_by=first.message_id)
    return verdict


def _nobody(verdict: Verdict, reason: Reason, decided_by: str | None = None) -> Verdict:
    decision = verdict.decision
    over = replace(
        decision,
        turn=Turn.NOBODY,
        reason=reason,
        decided_by=decided_by or decision.decided_by,
        due_on=None,
    )
    return replace(verdict, decision=over)
