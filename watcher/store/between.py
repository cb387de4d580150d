"""Which mail is between us and the customer of its thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from watcher.domain.messages import Direction
from watcher.store.asking import rows_where
from watcher.store.tables import customer_key, participant


def between_us(connection: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Mail by the thread's customer, and ours to them; a third party's is left out (DESIGN 2.1.3).

    A row has a message's `id`, `direction` and `author`, and the `customer_id` of its thread.
    """
    people: dict[int, list[Row[Any]]] = {}
    numbers = list(dict.fromkeys(row.id for row in rows))
    for one in rows_where(connection, select(participant), participant.c.message_id, numbers):
        people.setdefault(one.message_id, []).append(one)
    keys = {key for each in people.values() for one in each for key in (one.address, one.company)}
    owned = rows_where(connection, select(customer_key), customer_key.c.key, keys)
    owner_of = {row.key: row.customer_id for row in owned}
    return [row for row in rows if row.customer_id in _owners(row, people.get(row.id, ()), owner_of)]


def _owners(row: Row[Any], people: Iterable[Row[Any]], owner_of: Mapping[str, int]) -> set[int | None]:
    """The customers who wrote a message, or to whom we did."""
    inbound = row.direction == Direction.INBOUND.value
    counting = (one for one in people if not inbound or one.address == row.author)
    return {owner_of.get(one.address) or owner_of.get(one.company) for one in counting}
