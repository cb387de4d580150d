"""A thread as whoever replies in it needs it: its last mail, where that lies, who is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from watcher.domain.identity import Us
from watcher.domain.messages import Direction, Kind, Message
from watcher.domain.plain import plain
from watcher.domain.stages import Stage
from watcher.domain.turns import Turn
from watcher.errors import UsageError
from watcher.store import words
from watcher.store.between import between_us
from watcher.store.messages import load_messages
from watcher.store.tables import (
    account,
    contact,
    customer,
    deal,
    folder,
    location,
    thread,
    thread_message,
    wait,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies; `uid` holds while the folder has this UIDVALIDITY (RFC 9051 2.3.1.1)."""

    account: str
    folder: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Replying:
    """What the store knows of the thread. `place` is None where its last mail lies nowhere any more."""

    last: Message
    name: str  # of the one who is written to; "" where nothing says
    company: str
    domain: str  # of their key, which may be an address
    country: str  # as the rep said; "" where nobody did
    turn: Turn
    follow_ups: int
    policy: str  # the stage whose policy times it
    place: Place | None


def replying(connection: Connection, number: int, us: Us, now: datetime) -> Replying:
    """Raises UsageError where there is no such thread, or no mail of a person with a customer in it."""
    words.find_thread(connection, number)
    query = (
        select(
            thread.c.turn,
            thread.c.follow_ups,
            deal.c.stage,
            wait.c.policy,
            customer.c.key,
            customer.c.country,
            customer.c.name.label("called"),
        )
        .join(customer, customer.c.id == thread.c.customer_id)
        .outerjoin(deal, deal.c.id == thread.c.deal_id)
        .outerjoin(wait, wait.c.thread_id == thread.c.id)
        .where(thread.c.id == number)
        .limit(1)
    )
    row = connection.execute(query).one()
    last = _last(connection, number, us, now)
    if last is None:
        raise UsageError(f"nobody of theirs has a mail in thread {number}.", f"watcher show {number}")
    return Replying(
        last=last,
        name=_name(connection, last, us),
        company=row.called or "",
        domain=row.key.rpartition("@")[2],
        country=row.country or "",
        turn=Turn(row.turn),
        follow_ups=row.follow_ups,
        policy=row.policy or row.stage or Stage.COLD.value,
        place=_place(connection, last.id),
    )


def _last(connection: Connection, number: int, us: Us, now: datetime) -> Message | None:
    query = (
        select(
            thread_message.c.message_id.label("id"),
            thread_message.c.direction,
            thread_message.c.author,
            thread.c.customer_id,
        )
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .where(
            thread_message.c.thread_id == number,
            thread_message.c.kind == Kind.PERSONAL.value,
            thread_message.c.message_id.is_not(None),
        )
        .order_by(thread_message.c.position)
    )
    rows: Sequence[Row[Any]] = between_us(connection, list(connection.execute(query)))
    found = load_messages(connection, [rows[-1].id], us, now) if rows else []
    return found[0] if found else None


def _name(connection: Connection, last: Message, us: Us) -> str:
    """As their own mail has it."""
    if last.direction is Direction.INBOUND and last.author:
        return plain(last.author.name, 60)
    people = [one for one in last.recipients if one not in us]
    known = select(contact.c.name).where(contact.c.address.in_(people[:1]))
    return plain(connection.scalar(known) or "", 60)


def _place(connection: Connection, message: int) -> Place | None:
    query = (
        select(account.c.name, folder.c.name, folder.c.uidvalidity, location.c.uid)
        .select_from(location)
        .join(folder, folder.c.id == location.c.folder_id)
        .join(account, account.c.id == folder.c.account_id)
        .where(location.c.message_id == message)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Place(*row)
