"""Deals as tables: "20 inquiry; 30 opportunity" are a deal's moves, on which day to which step.

Day 100 is now; "30.5" is noon of the 30th. Exchanges are "out 20 25 +2": by whom, asked and answered on which
day ("-": not yet), after how many follow-ups.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory, Exchange
from watcher.domain.messages import Direction
from watcher.domain.stages import Stage

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_BY = {"out": Direction.OUTBOUND, "in": Direction.INBOUND}
_NUMBERS = count(1)


def day(number: float | str) -> datetime:
    return BEGINNING + timedelta(days=float(number))


NOW = day(100)


def deal(
    moves: str,
    *,
    customer: str = "",
    worth: str = "",
    exchanges: str = "",
    shipped: float | None = None,
    name: str = "",
    owner: str = "",
) -> DealHistory:
    """One deal; of a customer of its own where none is named. `worth` is "1200 EUR"."""
    number = next(_NUMBERS)
    amount, _, currency = worth.partition(" ")
    return DealHistory(
        id=number,
        customer=customer or f"c{number}.example",
        moves=tuple(_moves(moves)),
        name=name,
        owner=owner,
        value=Decimal(amount) if amount else None,
        currency=currency,
        shipped_at=None if shipped is None else day(shipped),
        exchanges=tuple(_exchange(one) for one in exchanges.split(";") if one.strip()),
    )


def _moves(text: str) -> Iterator[StageMove]:
    for one in text.split(";"):
        at, stage = one.split()
        yield StageMove(day(at), Stage(stage))


def _exchange(text: str) -> Exchange:
    by, asked, answered, *more = text.split()
    follow_ups = int(more[0]) if more else 0
    return Exchange(_BY[by], day(asked), None if answered == "-" else day(answered), follow_ups)


def many(number: int, moves: str, **given: str) -> list[DealHistory]:
    """So many such deals, of a customer each."""
    return [deal(moves, **given) for _ in range(number)]  # type: ignore[arg-type]
