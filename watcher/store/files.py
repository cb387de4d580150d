"""What is known of customers besides mail: role, country, deals, the rep's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import CompoundSelect, Connection, or_, select, update

from watcher.domain.customers import Role
from watcher.domain.deals import Deal, Hold, StageMove
from watcher.domain.judgement import CustomerFile
from watcher.domain.stages import Stage
from watcher.domain.turns import Play, Turn, Word
from watcher.store.asking import rows_where
from watcher.store.tables import customer, customer_key, deal, deal_thread, stage_move, word


def customer_files(
    connection: Connection, now: datetime, ignored: Callable[[str], bool], keys: Iterable[str] | None
) -> dict[str, CustomerFile]:
    """What is known of customers besides mail, as it was at `now` (of all of them for None)."""
    query = select(customer)
    rows = (
        list(connection.execute(query))
        if keys is None
        else rows_where(connection, query, customer.c.key, keys)
    )
    numbers = {row.id for row in rows}
    deals = _deals(connection, numbers, now)
    words = _words(connection, numbers, now)
    return {
        row.key: CustomerFile(
            role=Role.IGNORED if ignored(row.key) else Role(row.role) if row.role_said else None,
            country=row.country,
            deals=tuple(one for one, _ in deals.get(row.id, ())),
            words=tuple(words.get(row.id, ())),
            deal_of=tuple(pair for one, anchors in deals.get(row.id, ()) for pair in anchors),
        )
        for row in rows
    }


def _deals(
    connection: Connection, customers: set[int], now: datetime
) -> dict[int, list[tuple[Deal, list[tuple[int, int]]]]]:
    rows = rows_where(connection, select(deal).order_by(deal.c.id), deal.c.customer_id, customers)
    numbers = [row.id for row in rows]
    moves: dict[int, list[StageMove]] = {}
    query = select(stage_move).where(stage_move.c.at <= now).order_by(stage_move.c.at, stage_move.c.id)
    for row in rows_where(connection, query, stage_move.c.deal_id, numbers):
        moves.setdefault(row.deal_id, []).append(
            StageMove(row.at, Stage(row.stage), row.source, row.evidence)
        )
    anchors: dict[int, list[tuple[int, int]]] = {}
    for row in rows_where(connection, select(deal_thread), deal_thread.c.deal_id, numbers):
        anchors.setdefault(row.deal_id, []).append((row.anchor_id, row.deal_id))
    holds = _holds(connection, customers, now)
    found: dict[int, list[tuple[Deal, list[tuple[int, int]]]]] = {}
    for row in rows:
        if row.id not in moves:
            continue  # opened after `now`
        one = Deal(row.id, tuple(moves[row.id]), row.shipped_at, tuple(holds.get(row.customer_id, ())))
        found.setdefault(row.customer_id, []).append((one, anchors.get(row.id, [])))
    return found


def _holds(connection: Connection, customers: set[int], now: datetime) -> dict[int, list[Hold]]:
    """The last hold of each customer: a new one replaces the one before."""
    query = select(word).where(word.c.play == "hold", word.c.at <= now).order_by(word.c.at, word.c.id)
    rows = rows_where(connection, query, word.c.customer_id, customers)
    return {row.customer_id: [Hold(row.id, row.at, row.until, row.text)] for row in rows}


def _words(connection: Connection, customers: set[int], now: datetime) -> dict[int, list[Word]]:
    query = select(word).where(word.c.play != "hold", word.c.at <= now).order_by(word.c.at, word.c.id)
    found: dict[int, list[Word]] = {}
    for row in rows_where(connection, query, word.c.customer_id, customers):
        said = Word(row.id, row.at, Play(row.play), row.anchor_id, Turn(row.turn), row.until)
        found.setdefault(row.customer_id, []).append(said)
    return found


def customers_said_of(connection: Connection) -> set[int]:
    """Customers of whom the rep said something since they were last judged."""
    return set(connection.scalars(select(customer.c.id).where(customer.c.said)))


def heard(connection: Connection, now: datetime) -> None:
    """What the rep said by `now` has been taken into account; what they said later is still to be."""
    later = _spoken_of_after(now)
    connection.execute(
        update(customer).where(customer.c.said, customer.c.id.not_in(later)).values(said=False)
    )


def unheard_after(connection: Connection, now: datetime) -> None:
    """Judging as of an earlier moment: what the rep said since then is to be heard anew."""
    later = _spoken_of_after(now)
    connection.execute(update(customer).where(customer.c.id.in_(later)).values(said=True))


def _spoken_of_after(now: datetime) -> CompoundSelect[tuple[int]]:
    """The customers of whom there is a word or a move later than `now`."""
    moved = select(deal.c.customer_id).join(stage_move).where(stage_move.c.at > now)
    return select(word.c.customer_id).where(word.c.at > now).union(moved)


def aliases(connection: Connection) -> dict[str, str]:
    """Whose a company or an address is, where the public suffix list does not say it: the key of a customer
    by the key of what was merged into it, and by each address that is a customer of its own.
    """
    query = (
        select(customer_key.c.key, customer.c.key.label("canonical"))
        .join(customer)
        .where(or_(customer_key.c.key != customer.c.key, customer_key.c.key.contains("@")))
    )
    return {row.key: row.canonical for row in connection.execute(query)}
