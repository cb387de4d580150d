"""The history of deals, as the pyramid, the rates, the diagnosis and the sheet want it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from watcher.domain.customers import Role
from watcher.domain.deals import StageMove
from watcher.domain.history import DealHistory, Spoken, exchanges
from watcher.domain.messages import Direction, Kind
from watcher.domain.stages import Stage
from watcher.store.between import between_us
from watcher.store.tables import customer, deal, stage_move, thread, thread_message


def deal_histories(connection: Connection, now: datetime) -> list[DealHistory]:
    """Every deal of a lead as it was at `now`, by number; one that was opened later is left out.

    The exchanges are those of mail: between us and the customer, of threads that belong to a deal.
    """
    moves = _moves(connection, now)
    held = _talks(connection, now)
    query = (
        select(deal, customer.c.key, customer.c.name.label("called"), customer.c.country)
        .join(customer, customer.c.id == deal.c.customer_id)
        .where(customer.c.role == Role.LEAD.value)
        .order_by(deal.c.id)
    )
    rows = (row for row in connection.execute(query) if row.id in moves)
    return [_history(row, moves[row.id], held.get(row.id, ())) for row in rows]


def _history(row: Row[Any], moves: Iterable[StageMove], talks: Sequence[Sequence[Spoken]]) -> DealHistory:
    return DealHistory(
        id=row.id,
        customer=row.key,
        moves=tuple(moves),
        name=row.called,
        title=row.name,
        country=row.country or "",
        owner=row.owner,
        note=row.note,
        value=_amount(row.value),
        currency=row.currency or "",
        expected_on=date.fromisoformat(row.expected_on) if row.expected_on else None,
        shipped_at=row.shipped_at,
        exchanges=tuple(one for said in talks for one in exchanges(said)),
        we_wrote=_last(talks, Direction.OUTBOUND),
        they_wrote=_last(talks, Direction.INBOUND),
    )


def _last(talks: Iterable[Iterable[Spoken]], by: Direction) -> datetime | None:
    return max((one.at for said in talks for one in said if one.by is by), default=None)


def _amount(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _moves(connection: Connection, now: datetime) -> Mapping[int, list[StageMove]]:
    query = select(stage_move).where(stage_move.c.at <= now).order_by(stage_move.c.at, stage_move.c.id)
    found: dict[int, list[StageMove]] = {}
    for row in connection.execute(query):
        move = StageMove(row.at, Stage(row.stage), row.source, row.evidence)
        found.setdefault(row.deal_id, []).append(move)
    return found


def _talks(connection: Connection, now: datetime) -> Mapping[int, list[list[Spoken]]]:
    """What was said in each thread of each deal, the threads in the order of their numbers."""
    query = (
        select(
            thread_message.c.message_id.label("id"),
            thread_message.c.thread_id,
            thread_message.c.at,
            thread_message.c.direction,
            thread_message.c.author,
            thread_message.c.follow_up,
            thread.c.deal_id,
            thread.c.customer_id,
        )
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .where(
            thread.c.deal_id.is_not(None),
            thread_message.c.kind == Kind.PERSONAL.value,
            thread_message.c.direction != Direction.INTERNAL.value,
            thread_message.c.at <= now,
        )
        .order_by(thread_message.c.thread_id, thread_message.c.position)
    )
    rows: list[Row[Any]] = list(connection.execute(query))
    # A stub has no message, and nobody on it: it is an answer of ours.
    counted = {row.id for row in between_us(connection, [one for one in rows if one.id is not None])}
    found: dict[int, list[list[Spoken]]] = {}
    spoken = (row for row in rows if row.id is None or row.id in counted)
    for (number, _), members in groupby(spoken, key=lambda row: (row.deal_id, row.thread_id)):
        said = [Spoken(row.at, Direction(row.direction), row.follow_up) for row in members]
        found.setdefault(number, []).append(said)
    return found
