"""Twenty thousand deals are no trouble."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from time import process_time

import pytest

from tests.domain.deals import NOW
from watcher.domain.deals import StageMove
from watcher.domain.diagnosis import diagnose
from watcher.domain.history import DealHistory, Exchange
from watcher.domain.messages import Direction
from watcher.domain.pyramid import STEPS, pyramid
from watcher.domain.rates import rates


def history(number: int, chance: random.Random) -> DealHistory:
    """A deal that goes up until it stops somewhere, with five exchanges."""
    at = asked = NOW - timedelta(days=200 * chance.random())
    moves, exchanges = [], []
    for stage in STEPS[: chance.randint(1, 5)]:
        if at <= NOW:
            moves.append(StageMove(at, stage))
        at += timedelta(days=chance.uniform(2, 30))
    for by in (Direction.OUTBOUND, Direction.INBOUND) * 2:
        answered = asked + timedelta(days=chance.uniform(0, 4))
        exchanges.append(Exchange(by, asked, answered if answered < NOW else None, chance.randrange(3)))
        asked = answered
    return DealHistory(
        id=number,
        customer=f"c{number % 15_000}.example",
        moves=tuple(moves),
        value=Decimal(1000),
        currency="EUR",
        exchanges=tuple(exchanges),
    )


@pytest.mark.daemon
def test_twenty_thousand_deals_are_judged_within_a_second() -> None:
    chance = random.Random(1)
    deals = [history(number, chance) for number in range(20_000)]
    began = process_time()
    shape, measured = pyramid(deals, NOW), rates(deals, NOW)
    diagnose(shape, measured, deals, NOW)
    assert process_time() - began < 1
    assert shape.customers > 10_000
