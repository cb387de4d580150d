"""Threads of one deal know of each other (DESIGN 2.4.3).

The wait runs on the newest thread: an older one in which we wait for them is superseded once anybody
wrote in a newer one. An older one that we owe stays ours, unless we answered it in a new mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher.domain.messages import Direction, Message
from watcher.domain.stages import Stage
from watcher.domain.subjects import read_subject
from watcher.domain.threads import Thread
from watcher.domain.turns import Reason, Turn, TurnDecision

SETTLED_WITHIN = timedelta(days=60)


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
    once = _subjects_used_once(verdicts)
    settled = [_settled(one, verdicts, once) for one in verdicts]
    return [_superseded(one, settled) for one in settled]


def _superseded(verdict: Verdict, everyone: Iterable[Verdict]) -> Verdict:
    decision = verdict.decision
    if decision.turn is not Turn.THEIRS or decision.snoozed_until is not None:
        return verdict  # what the rep said to watch stays watched
    if not any(_newer(other, verdict) for other in everyone):
        return verdict
    return _nobody(verdict, Reason.SUPERSEDED)


def _newer(other: Verdict, verdict: Verdict) -> bool:
    same_deal = (other.deal and other.deal.id) == (verdict.deal and verdict.deal.id)
    return other.thread is not verdict.thread and same_deal and _last(other) > _last(verdict)


def _last(verdict: Verdict) -> tuple[bool, float, int]:
    """When anybody last wrote in a thread, as something that sorts."""
    at = verdict.decision.last_contact
    return (at is not None, at.timestamp() if at else 0.0, verdict.thread.conversation)


def _settled(verdict: Verdict, everyone: Sequence[Verdict], once: frozenset[str]) -> Verdict:
    """We owe an answer here, and wrote a new mail with the same subject to the same person: that was it."""
    decision = verdict.decision
    subject = _base(verdict.thread.messages)
    if decision.turn is not Turn.OURS or decision.last_contact is None or subject not in once:
        return verdict
    after, until = decision.last_contact, decision.last_contact + SETTLED_WITHIN
    for other in everyone:
        first = _first_of_ours(other.thread)
        if other.thread is verdict.thread or first is None or _base((first,)) != subject:
            continue
        if after < first.at <= until and decision.contact in first.recipients:
            return _nobody(verdict, Reason.SETTLED, decided_by=first.message_id)
    return verdict


def _first_of_ours(thread: Thread) -> Message | None:
    """The mail that begins a thread, where a person of ours wrote it."""
    first = next((one for one in thread.messages if one.personal), None)
    return first if first and first.direction is Direction.OUTBOUND else None


def _subjects_used_once(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Subjects that name one matter with this customer: one thread of theirs, and at most the new mail."""
    begun_by_them: Counter[str] = Counter()
    begun_by_us: Counter[str] = Counter()
    for verdict in verdicts:
        side = begun_by_us if _first_of_ours(verdict.thread) else begun_by_them
        side[_base(verdict.thread.messages)] += 1
    return frozenset(
        base for base, count in begun_by_them.items() if base and count == 1 >= begun_by_us[base]
    )


def _base(messages: Sequence[Message]) -> str:
    return read_subject(messages[0].subject).base if messages else ""


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
