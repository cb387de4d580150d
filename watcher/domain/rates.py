"""What becomes of deals: how many go on from step to step, how long they stand, when people answer.

Rates are of cohorts (DESIGN 2.9): of the deals that first reached a step in the window, how many had reached
the next one by now. Who reached it so lately that nothing can be said yet is `young` and in no rate, whether
they went on or not: counting only the quick ones would flatter (right-censoring). What counts as reaching
is said in `watcher.domain.passage`, the choices in docs/decisions/0026-what-a-rate-counts.md.

All lengths are calendar days, nights and weekends included: both sides wait through them, and nobody has to
know whose holidays were taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from watcher.domain.history import DealHistory, Exchange
from watcher.domain.intervals import Rate, Spread, spread
from watcher.domain.messages import Direction
from watcher.domain.passage import Passage, passage
from watcher.domain.pyramid import STEPS
from watcher.domain.stages import Stage
from watcher.domain.thresholds import DEFAULT, Thresholds

WINDOW = timedelta(days=90)
# Follow-ups are counted one by one up to this many; the last count is of "so many or more".
MOST_FOLLOW_UPS = 4


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one step to the next: the rate of the cohort, and what became of the others.

    `lost`: of those who did not go on, how many are lost; the rest still stands. `fell`: how many of the
    cohort went down since. `young`: deals that reached the step too lately, beside the cohort. `waiting` are
    the deals of the cohort that did not go on, those that are lost included.
    """

    stage: Stage
    to: Stage
    rate: Rate
    lost: int
    fell: int
    young: int
    waiting: tuple[DealHistory, ...]


@dataclass(frozen=True, slots=True)
class TimeInStep:
    """How long deals stood on a step: of the stays that ended in the window, whichever way. `reached`: deals
    that first came to the step, or past it, in the window; `left`: stays on it that ended in the window.
    """

    stage: Stage
    days: Spread
    reached: int
    left: int


@dataclass(frozen=True, slots=True)
class FollowUps:
    """What it took until customers answered: the waits that mails of ours began in the window, and that had
    two weeks' time. Each place is a number of follow-ups, 0 to "4 or more": how many `waits` got so many, and
    how many of these were `answered`. `young`: waits too fresh to count.
    """

    waits: tuple[int, ...]
    answered: tuple[int, ...]
    young: int

    @property
    def rate(self) -> Rate:
        """How many of the waits were answered at all."""
        return Rate(sum(self.answered), sum(self.waits))

    @property
    def after(self) -> tuple[Rate, ...]:
        """Of the waits that came so far, how many were answered then: at once, after one follow-up, ..."""
        return tuple(Rate(many, sum(self.waits[place:])) for place, many in enumerate(self.answered))

    @property
    def median(self) -> int | None:
        """How many follow-ups an answer took, in half of the cases at most; None where nobody answered."""
        took = [place for place, many in enumerate(self.answered) for _ in range(many)]
        return median_low(took) if took else None


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates of one window that ends at `as_of`. `conversions` are from the bottom up, the last one being
    the share of PIs that were paid; `paid_after` is from the signature to the payment, of those paid in the
    window. `their_answers` and `our_answers`: from the first mail of a wait to its answer, of the answers in
    the window.
    """

    as_of: datetime
    window: timedelta
    conversions: tuple[Conversion, ...]
    times: tuple[TimeInStep, ...]
    paid_after: Spread
    follow_ups: FollowUps
    their_answers: Spread
    our_answers: Spread

    def of(self, stage: Stage) -> Conversion:
        """The conversion from a step to the next. Raises KeyError for a step that has no next."""
        for one in self.conversions:
            if one.stage is stage:
                return one
        raise KeyError(stage)

    def time(self, stage: Stage) -> TimeInStep:
        """How long deals stood on a step. Raises KeyError for `lost`."""
        for one in self.times:
            if one.stage is stage:
                return one
        raise KeyError(stage)


def rates(
    histories: Iterable[DealHistory],
    now: datetime,
    window: timedelta = WINDOW,
    limits: Thresholds = DEFAULT,
) -> Rates:
    """The rates of the window that ends `now`; the histories hold nothing later."""
    deals = list(histories)
    passages = [passage(one) for one in deals]
    span = _Span(now - window, now)
    waits = [one for deal in deals for one in deal.exchanges]
    return Rates(
        as_of=now,
        window=window,
        conversions=tuple(_conversion(passages, *pair, span, limits) for pair in pairwise(STEPS)),
        times=_times(passages, span),
        paid_after=_paid_after(passages, span),
        follow_ups=_follow_ups(waits, span, timedelta(days=limits.mature_wait_days)),
        their_answers=_answers(waits, Direction.OUTBOUND, span),
        our_answers=_answers(waits, Direction.INBOUND, span),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    """The window: after `begins`, up to `ends`."""

    begins: datetime
    ends: datetime

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.begins < at <= self.ends


def _conversion(
    passages: Iterable[Passage], stage: Stage, to: Stage, span: _Span, limits: Thresholds
) -> Conversion:
    ripe_by = span.ends - limits.mature(stage)
    came = [one for one in passages if one.reached.get(stage) in span]
    cohort = [one for one in came if one.reached[stage] <= ripe_by]
    waiting = [one for one in cohort if to not in one.reached]
    return Conversion(
        stage=stage,
        to=to,
        rate=Rate(len(cohort) - len(waiting), len(cohort)),
        lost=sum(1 for one in waiting if one.stage is Stage.LOST),
        fell=sum(1 for one in cohort if one.fell_below(stage)),
        young=len(came) - len(cohort),
        waiting=tuple(one.deal for one in waiting),
    )


def _times(passages: Sequence[Passage], span: _Span) -> tuple[TimeInStep, ...]:
    lengths: dict[Stage, list[timedelta]] = {stage: [] for stage in (*STEPS, Stage.LOST)}
    for one in passages:
        for stay in one.stays:
            if stay.ended is not None and stay.ended in span:
                lengths[stay.stage].append(stay.ended - stay.began)
    reached = Counter(stage for one in passages for stage, at in one.reached.items() if at in span)
    return tuple(
        TimeInStep(stage, spread(lengths[stage]), reached[stage], len(lengths[stage])) for stage in STEPS
    )


def _paid_after(passages: Iterable[Passage], span: _Span) -> Spread:
    """A deal that was won without a PI of its own has no such time."""
    paid = (one.reached for one in passages if one.reached.get(Stage.WON) in span)
    return spread(
        [
            reached[Stage.WON] - reached[Stage.PI]
            for reached in paid
            if Stage.PI in reached and reached[Stage.PI] < reached[Stage.WON]
        ]
    )


# ── who answers whom ──


def _answers(waits: Iterable[Exchange], asked_by: Direction, span: _Span) -> Spread:
    return spread(
        [
            one.answered - one.asked
            for one in waits
            if one.by is asked_by and one.answered is not None and one.answered in span
        ]
    )


def _follow_ups(waits: Iterable[Exchange], span: _Span, ripe_after: timedelta) -> FollowUps:
    ours = [one for one in waits if one.by is Direction.OUTBOUND and one.asked in span]
    ripe = [one for one in ours if one.asked <= span.ends - ripe_after]
    return FollowUps(
        waits=_by_follow_ups(ripe),
        answered=_by_follow_ups(one for one in ripe if one.answered is not None),
        young=len(ours) - len(ripe),
    )


def _by_follow_ups(waits: Iterable[Exchange]) -> tuple[int, ...]:
    counts = Counter(min(one.follow_ups, MOST_FOLLOW_UPS) for one in waits)
    return tuple(counts[many] for many in range(MOST_FOLLOW_UPS + 1))
