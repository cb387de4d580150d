"""What a new message touches: its conversation, and everything of the customers in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from watcher.store.asking import chunks, distinct
from watcher.store.tables import customer, customer_key, mention, message, participant, thread


def pending(now: datetime) -> Select[Any]:
    """Messages that nobody has judged since they came or changed."""
    return select(message.c.id).where(message.c.pending, message.c.sent_at <= now)


def unjudged_after(connection: Connection, now: datetime) -> None:
    """Judging as of an earlier moment: what came since then is to be judged anew."""
    connection.execute(update(message).where(message.c.sent_at > now).values(pending=True))


def messages_of_customers(connection: Connection, numbers: Iterable[int]) -> set[int]:
    """The messages on which a customer's people stand, for each of the customers given by number."""
    keys = distinct(connection, customer_key.c.key, customer_key.c.customer_id, numbers)
    by_company = distinct(connection, participant.c.message_id, participant.c.company, keys)
    return by_company | distinct(connection, participant.c.message_id, participant.c.address, keys)


def customers_to_recheck(connection: Connection, now: datetime) -> set[int]:
    """Customers whose verdict the calendar has changed."""
    return set(connection.scalars(select(customer.c.id).where(customer.c.recheck_at <= now)))


def keys_of(connection: Connection, numbers: Iterable[int]) -> set[str]:
    """What the customers given by number are known by."""
    return distinct(connection, customer.c.key, customer.c.id, numbers)


def numbers_of(connection: Connection, keys: Iterable[str]) -> set[int]:
    """The numbers of the customers that are known by these keys."""
    return distinct(connection, customer.c.id, customer.c.key, keys)


def threads_of(connection: Connection, customers: Iterable[int]) -> set[int]:
    """The threads of customers, by number."""
    return distinct(connection, thread.c.id, thread.c.customer_id, customers)


def neighbourhood(connection: Connection, numbers: set[int]) -> set[int]:
    """Everything that shares a conversation, a Message-ID, the server's or Outlook's own conversation or, for
    replies without references, a subject.
    """
    seen: set[int] = set()
    frontier = set(numbers)
    while frontier:
        seen |= frontier
        names = distinct(connection, mention.c.name, mention.c.message_id, frontier)
        found = distinct(connection, mention.c.message_id, mention.c.name, names)
        talks = distinct(connection, message.c.conversation, message.c.id, frontier) - {None}
        found |= distinct(connection, message.c.id, message.c.conversation, talks)
        for hint in (message.c.server_thread, message.c.thread_index):
            named = distinct(connection, hint, message.c.id, frontier) - {""}
            found |= distinct(connection, message.c.id, hint, named)
        found |= _same_subject(connection, frontier)
        frontier = found - seen
    return seen


def _same_subject(connection: Connection, numbers: set[int]) -> set[int]:
    subjects = distinct(connection, message.c.base_subject, message.c.id, numbers) - {""}
    asked: set[str] = set()
    for chunk in chunks(subjects):
        orphans = select(message.c.base_subject).where(
            message.c.orphan_reply, message.c.base_subject.in_(chunk)
        )
        asked |= set(connection.scalars(orphans.distinct()))
    return distinct(connection, message.c.id, message.c.base_subject, asked)


def customers_on(
    connection: Connection, numbers: Iterable[int], customer_of: Callable[[str], str | None]
) -> set[str]:
    """The keys of the customers who stand on these messages."""
    addresses = distinct(connection, participant.c.address, participant.c.message_id, numbers)
    return {key for one in addresses if (key := customer_of(one))}


def messages_with(connection: Connection, customers: Iterable[str], aliases: Mapping[str, str]) -> set[int]:
    """Every message on which one of these customers stands, under any name that was merged into it."""
    wanted = set(customers)
    keys = wanted | {key for key, canonical in aliases.items() if canonical in wanted}
    by_company = distinct(connection, participant.c.message_id, participant.c.company, keys)
    return by_company | distinct(connection, participant.c.message_id, participant.c.address, keys)
