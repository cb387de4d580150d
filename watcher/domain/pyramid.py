"""Where every customer stands, and what shape that has (DESIGN 2.9).

A customer stands on the highest step that an open deal of theirs stands on. A deal is open until it is lost,
or until its goods left so long ago that the customer is an old one; whom nothing else is open with stands on
the top step, as an old customer. Who has lost deals only stands beside the pyramid.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from watcher.domain.history import DealHistory
from watcher.domain.stages import OLD_AFTER_SHIPPED_DAYS, Stage

# From the bottom up, and from the top down.
STEPS = (Stage.COLD, Stage.INQUIRY, Stage.OPPORTUNITY, Stage.PI, Stage.WON)
TOP_DOWN = STEPS[::-1]


@dataclass(frozen=True, slots=True)
class Standing:
    """One customer: the step, and the deals that put them there. `old`: their goods have long left."""

    customer: str
    called: str
    stage: Stage
    deals: tuple[DealHistory, ...]
    old: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how many customers stand on it, the `old` among them, and what share of the pyramid that is
    (0 to 1). `deals`: the open deals on this step, also those of customers who stand higher; `values`: what
    these are worth in each currency ("" for an unknown one), as far as that was noted: of `valued` deals.
    """

    stage: Stage
    customers: int
    share: float
    old: int
    deals: int
    valued: int
    values: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The steps from the top down, and who stands on them. `lost`: customers who stand beside it."""

    as_of: datetime
    steps: tuple[Step, ...]
    standings: tuple[Standing, ...]
    lost: int

    @property
    def customers(self) -> int:
        """How many stand on it."""
        return len(self.standings)

    def step(self, stage: Stage) -> Step:
        """One of its steps. Raises KeyError for `lost`, which is none."""
        for one in self.steps:
            if one.stage is stage:
                return one
        raise KeyError(stage)

    def on(self, *stages: Stage) -> tuple[Standing, ...]:
        """Who stands on these steps."""
        return tuple(one for one in self.standings if one.stage in stages)


def pyramid(histories: Iterable[DealHistory], now: datetime) -> Pyramid:
    """The pyramid as of `now`; the histories hold nothing later (`deal_histories` sees to that)."""
    by_customer: defaultdict[str, list[DealHistory]] = defaultdict(list)
    for one in histories:
        by_customer[one.customer].append(one)
    stood = [_standing(deals, now) for deals in by_customer.values()]
    standings = tuple(one for one in stood if one is not None)
    every = (deal for deals in by_customer.values() for deal in deals)
    deals = [deal for deal in every if deal.stage is not Stage.LOST and not is_old(deal, now)]
    return Pyramid(now, _steps(standings, deals), standings, len(stood) - len(standings))


def is_old(deal: DealHistory, now: datetime) -> bool:
    """Whether its goods left so long ago that it is an old customer's (DESIGN 2.5)."""
    if deal.stage is not Stage.WON or deal.shipped_at is None:
        return False
    return now - deal.shipped_at >= timedelta(days=OLD_AFTER_SHIPPED_DAYS)


def _standing(deals: Sequence[DealHistory], now: datetime) -> Standing | None:
    """Where a customer stands; None where all was lost."""
    kept = [one for one in deals if one.stage is not Stage.LOST]
    if not kept:
        return None
    running = [one for one in kept if not is_old(one, now)]
    top = max((one.stage for one in running or kept), key=lambda stage: stage.height)
    carrying = tuple(one for one in running or kept if one.stage is top)
    called = next((one.name for one in deals if one.name), deals[0].customer)
    return Standing(deals[0].customer, called, top, carrying, old=not running)


def _steps(standings: Sequence[Standing], deals: Iterable[DealHistory]) -> tuple[Step, ...]:
    customers = Counter(one.stage for one in standings)
    old = Counter(one.stage for one in standings if one.old)
    by_stage: defaultdict[Stage, list[DealHistory]] = defaultdict(list)
    for deal in deals:
        by_stage[deal.stage].append(deal)
    return tuple(
        _step(stage, customers[stage], len(standings), old[stage], by_stage[stage]) for stage in TOP_DOWN
    )


def _step(stage: Stage, customers: int, of: int, old: int, deals: Sequence[DealHistory]) -> Step:
    values: defaultdict[str, Decimal] = defaultdict(Decimal)
    valued = [(one.currency, value) for one in deals if (value := worth(one)) is not None]
    for currency, value in valued:
        values[currency] += value
    share = customers / of if of else 0.0
    return Step(stage, customers, share, old, len(deals), len(valued), dict(sorted(values.items())))


def worth(deal: DealHistory) -> Decimal | None:
    """What a deal is worth; None where nobody said, or where a sheet holds what is no number ("NaN")."""
    return deal.value if deal.value is not None and deal.value.is_finite() else None
