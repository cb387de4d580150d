"""Stage proposals: evidence in mail says that a deal has moved up, and a person decides (DESIGN 2.9).

A deposit makes a deal `won`, not `pi`: `pi` is signed or ordered and unpaid, and its payment clock asks for
money until some came. Once the deposit is in, the order runs; what is still owed is a won deal's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.domain.deals import Deal
from watcher.domain.messages import Direction
from watcher.domain.reading.evidence import Evidence, EvidenceKind
from watcher.domain.stages import Stage


class Step(StrEnum):
    """What is proposed: a stage, the mark of a PI that was sent, or the day the goods left."""

    INQUIRY = "inquiry"
    OPPORTUNITY = "opportunity"
    PI_SENT = "pi_sent"
    PI = "pi"
    WON = "won"
    SHIPPED = "shipped"

    @property
    def stage(self) -> Stage | None:
        """The stage a deal stands on after it; None where it only notes a day."""
        return Stage.OPPORTUNITY if self is Step.PI_SENT else None if self is Step.SHIPPED else Stage(self)


_LADDER = tuple(Step)
_STEPS = {
    EvidenceKind.PRICE_ASKED: Step.INQUIRY,
    EvidenceKind.PI_ASKED: Step.OPPORTUNITY,
    EvidenceKind.PRICE_AGREED: Step.OPPORTUNITY,
    EvidenceKind.WANTS_TO_ORDER: Step.OPPORTUNITY,
    EvidenceKind.PI_SENT: Step.PI_SENT,
    EvidenceKind.ORDER: Step.PI,
    EvidenceKind.PI_SIGNED: Step.PI,
    EvidenceKind.DEPOSIT: Step.WON,
    EvidenceKind.PAID: Step.WON,
    EvidenceKind.SHIPPED: Step.SHIPPED,
}
# `quoted` is none: offers go to the cold, too.

# From a customer whose goods have left, these begin another deal. Money may still be the last order's.
_ANEW = {
    EvidenceKind.PRICE_ASKED: Step.INQUIRY,
    EvidenceKind.REPEAT_ORDER: Step.OPPORTUNITY,
    EvidenceKind.PI_ASKED: Step.OPPORTUNITY,
    EvidenceKind.WANTS_TO_ORDER: Step.OPPORTUNITY,
    EvidenceKind.ORDER: Step.PI,
    EvidenceKind.PI_SIGNED: Step.PI,
}


@dataclass(frozen=True, slots=True)
class Witness:
    """A message between us and the customer that shows something; `id` is its number in the store."""

    id: int
    at: datetime
    direction: Direction
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rep said no to a step (of a further deal: `anew`); mail until then does not propose it again."""

    step: Step
    at: datetime
    anew: bool = False


@dataclass(frozen=True, slots=True)
class DealFile:
    """A deal with the mail of its threads, and what the rep said of its proposals.

    `pi_sent` says that the mark is set; `alone` that the customer has no other deal under way.
    """

    deal: Deal
    witnesses: tuple[Witness, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    pi_sent: bool = False
    alone: bool = True


@dataclass(frozen=True, slots=True)
class StageProposal:
    """One step that a message shows. `deal` is the one to move, the last one where `anew` opens another."""

    deal: int
    step: Step
    evidence: EvidenceKind
    because: str
    message: int
    at: datetime
    anew: bool = False


def propose(file: DealFile) -> StageProposal | None:
    """The highest step that mail shows and nobody has decided, by the first message that shows it.

    Upward only, and only by what was written after the rep last said where the deal stands.
    """
    open_to = [one for one in _claims(file) if _is_news(one, file)]
    if not open_to:
        return None
    highest = max(_LADDER.index(one.step) for one in open_to)
    shown = (one for one in open_to if _LADDER.index(one.step) == highest)
    return min(shown, key=lambda one: (one.at, one.message))


def _claims(file: DealFile) -> list[StageProposal]:
    """Every step that any message shows."""
    left = file.deal.shipped_at if file.deal.stage is Stage.WON else None
    steps = _STEPS if left is None else _ANEW if file.alone else {}
    return [
        StageProposal(
            file.deal.id, steps[one.kind], one.kind, one.because, witness.id, witness.at, left is not None
        )
        for witness in file.witnesses
        if left is None or witness.at > left
        for one in witness.evidence
        if one.kind in steps
    ]


def _is_news(claim: StageProposal, file: DealFile) -> bool:
    said = _last_said(file.deal)
    refused = any(
        (one.step, one.anew) == (claim.step, claim.anew) and claim.at <= one.at for one in file.refusals
    )
    after = said is None or claim.at > said
    return after and not refused and (claim.anew or _leads_up(claim.step, file))


def _last_said(deal: Deal) -> datetime | None:
    """When anybody last said where a deal stands; what a first contact opened by itself is nobody's word."""
    return max((one.at for one in deal.moves if one.source != "rule"), default=None)


def _leads_up(step: Step, file: DealFile) -> bool:
    if step is Step.SHIPPED:
        return file.deal.stage is Stage.WON
    if step is Step.PI_SENT and file.deal.stage is Stage.OPPORTUNITY:
        return not file.pi_sent
    return step.stage is not None and step.stage.height > file.deal.stage.height


def propose_all(files: Iterable[DealFile]) -> list[StageProposal]:
    """One proposal a deal at most, the newest first."""
    found = (one for file in files if (one := propose(file)))
    return sorted(found, key=lambda one: (one.at, one.message), reverse=True)


def key_of(one: StageProposal) -> str:
    """What makes a proposal itself: the same mail does not propose the same step of a deal twice."""
    return f"stage {one.deal} {'anew ' if one.anew else ''}{one.step.value} {one.message}"


def alone(deals: Sequence[Deal], deal: Deal) -> bool:
    """Whether a deal is the last one of a customer, and no other is under way."""
    under_way = any(one.stage not in (Stage.WON, Stage.LOST) for one in deals if one is not deal)
    return not under_way and deal.id == max((one.id for one in deals if one.stage is Stage.WON), default=0)
