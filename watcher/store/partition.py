"""A mailbox in parts that can be judged one after the other (docs/decisions/0031).

Whoever shares a customer, a conversation, a Message-ID, a server's or Outlook's conversation or, for replies
without references, a subject stays together: what is decided in one part hangs on no other.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from watcher.store.tables import customer, mention, message, participant

_ROWS = 1000  # read at once


@dataclass(slots=True)
class Part:
    """Messages, and the keys of all customers who stand on them."""

    messages: array[int] = field(default_factory=lambda: array("q"))
    customers: set[str] = field(default_factory=set)


def parts(
    connection: Connection, now: datetime, customer_of: Callable[[str], str | None], most: int
) -> list[Part]:
    """All messages up to `now`, in parts of about `most` where what belongs together is not more. The last
    part is what is stored beside them: later messages, and customers who have no mail.
    """
    links = _Links(connection)
    for query in _shared():
        _join_equal(connection, query, links)
    homes = _join_customers(connection, customer_of, links)
    found, part_of = _filled(connection, now, links, most)
    rest = Part(array("q", connection.scalars(select(message.c.id).where(message.c.sent_at > now))))
    for key, number in homes.items():
        root = links.root(number)
        (found[part_of[root]] if root in part_of else rest).customers.add(key)
    stored = set(connection.scalars(select(customer.c.key)))
    rest.customers |= stored.difference(homes)
    return [*found, rest]


class _Links:
    """Disjoint sets of message numbers (union-find with path halving), a few octets each."""

    def __init__(self, connection: Connection) -> None:
        self._parent = array("q", range((connection.scalar(select(func.max(message.c.id))) or 0) + 1))

    def root(self, number: int) -> int:
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(self, one: int, other: int) -> None:
        """The lower root stays, so that parts follow the order of arrival."""
        first, second = self.root(one), self.root(other)
        self._parent[max(first, second)] = min(first, second)


def _shared() -> Iterator[Select[Any]]:
    """What a message shares with those it belongs to, the same beside the same."""
    yield select(mention.c.name, mention.c.message_id).order_by(mention.c.name)
    for column in (message.c.conversation, message.c.server_thread, message.c.thread_index):
        named = column.is_not(None) if column is message.c.conversation else column != ""
        yield select(column, message.c.id).where(named).order_by(column)
    orphans = select(message.c.base_subject).where(message.c.orphan_reply, message.c.base_subject != "")
    alike = message.c.base_subject.in_(orphans)
    yield select(message.c.base_subject, message.c.id).where(alike).order_by(message.c.base_subject)


def _join_equal(connection: Connection, query: Select[Any], links: _Links) -> None:
    last, before = None, 0
    for name, number in connection.execute(query.execution_options(yield_per=_ROWS)):
        if name == last:
            links.join(before, number)
        last, before = name, number


def _join_customers(
    connection: Connection, customer_of: Callable[[str], str | None], links: _Links
) -> dict[str, int]:
    """One message of each customer."""
    homes: dict[str, int] = {}
    query = select(participant.c.address, participant.c.message_id).order_by(participant.c.address)
    last, key = None, None
    for address, number in connection.execute(query.execution_options(yield_per=_ROWS)):
        if address != last:
            last, key = address, customer_of(address)
        if key is not None:
            links.join(homes.setdefault(key, number), number)
    return homes


def _filled(
    connection: Connection, now: datetime, links: _Links, most: int
) -> tuple[list[Part], dict[int, int]]:
    """The parts, and in which of them each set is."""
    found: list[Part] = [Part()]
    part_of: dict[int, int] = {}
    query = select(message.c.id).where(message.c.sent_at <= now).order_by(message.c.id)
    for number in connection.scalars(query.execution_options(yield_per=_ROWS)):
        root = links.root(number)
        if root not in part_of:
            if len(found[-1].messages) >= most:
                found.append(Part())
            part_of[root] = len(found) - 1
        found[part_of[root]].messages.append(number)
    return found, part_of
