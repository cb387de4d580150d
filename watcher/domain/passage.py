"""How a deal went up the pyramid: which steps it reached when, and how long it stood on each.

The rules are those of docs/decisions/0026-what-a-rate-counts.md:

- A deal begins on the step of its first move. Steps below that it never reached.
- Who skips steps reached them all at that moment, and stood on none of them.
- A step is reached once, however often a deal falls back and comes again; falling takes nothing away.
- `lost` is no step. A deal that is opened again goes on from where it got to.
- What is taken back within a day was a slip of the hand, and never was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory
from watcher.domain.pyramid import STEPS
from watcher.domain.stages import Stage

SLIP_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stay:
    """A time without a break on one step; `ended` is None while it lasts."""

    stage: Stage
    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What became of one deal. `reached`: when it first came to each step, or past it."""

    deal: DealHistory
    reached: Mapping[Stage, datetime]
    stays: tuple[Stay, ...]

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        return self.stays[-1].stage

    def fell_below(self, stage: Stage) -> bool:
        """Whether it ever went down from this step, or from above it, to a lower one; `lost` is none."""
        return any(
            0 <= after.stage.height < stage.height <= one.stage.height for one, after in pairwise(self.stays)
        )


def passage(deal: DealHistory) -> Passage:
    """The passage of one deal, out of its moves."""
    stays = tuple(_stays(_meant(deal.moves)))
    return Passage(deal, _reached(stays), stays)


def _meant(moves: Sequence[StageMove]) -> list[StageMove]:
    """Without what was taken back at once: a step too high, or a `lost` that was none."""
    kept = [one for one, after in pairwise(moves) if not _taken_back(one, after)]
    return [*kept, moves[-1]]


def _taken_back(move: StageMove, after: StageMove) -> bool:
    if after.at - move.at >= SLIP_WITHIN or after.stage is Stage.LOST:
        return False
    return move.stage is Stage.LOST or after.stage.height < move.stage.height


def _stays(moves: Sequence[StageMove]) -> Iterator[Stay]:
    began = moves[0]
    for move in moves[1:]:
        if move.stage is not began.stage:
            yield Stay(began.stage, began.at, move.at)
            began = move
    yield Stay(began.stage, began.at, None)


def _reached(stays: Sequence[Stay]) -> dict[Stage, datetime]:
    reached: dict[Stage, datetime] = {}
    next_height: int | None = None
    for stay in stays:
        if stay.stage is Stage.LOST:
            continue
        height = stay.stage.height
        for step in STEPS[height if next_height is None else next_height : height + 1]:
            reached[step] = stay.began
        next_height = max(height + 1, next_height or 0)
    return reached
