"""Stored messages as the judgement sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from watcher.domain.identity import Us, attribute
from watcher.domain.messages import NO_FACTS, Address, Direction, Envelope, Facts, Kind, Message
from watcher.domain.reports import DeliveryReport
from watcher.store.asking import rows_where
from watcher.store.facts import facts_of_turns
from watcher.store.tables import message

_ROWS = 1000  # read at once


def load_messages(
    connection: Connection, numbers: Iterable[int] | None, us: Us, now: datetime
) -> list[Message]:
    """Messages by number (all of them for None), none later than `now`, as the judgement sees them."""
    base = select(message).where(message.c.sent_at <= now)
    if numbers is None:
        facts = facts_of_turns(connection, None)
        return [_message(row, us, facts) for row in connection.execute(base)]
    numbers = set(numbers)
    facts = facts_of_turns(connection, numbers)
    rows = rows_where(connection, base, message.c.id, numbers)
    return [_message(row, us, facts) for row in rows]


def made_by_us(connection: Connection, us: Us, now: datetime) -> Iterator[tuple[str, bool]]:
    """The Message-ID of every message up to `now`, and whether we wrote it."""
    sent = select(message.c.message_id).where(message.c.sent_at <= now, message.c.in_sent)
    for name in connection.scalars(sent.execution_options(yield_per=_ROWS)):
        yield name, True
    columns = (message.c.message_id, message.c.author, message.c.author_name, message.c.recipients)
    others = select(*columns).where(message.c.sent_at <= now, ~message.c.in_sent)
    for row in connection.execute(others.execution_options(yield_per=_ROWS)):
        yield row.message_id, attribute(_envelope(row), us, in_sent=False).direction is not Direction.INBOUND


def _envelope(row: Any) -> Envelope:
    people = row.recipients
    return Envelope(
        author=Address(row.author, row.author_name) if row.author else None,
        reply_to=tuple(Address(address, name) for address, name in people.get("reply_to", ())),
        to=tuple(map(Address, people.get("to", ()))),
        cc=tuple(map(Address, people.get("cc", ()))),
        bcc=tuple(map(Address, people.get("bcc", ()))),
    )


def _message(row: Row[Any], us: Us, facts: Mapping[int, Facts]) -> Message:
    to, cc, bcc = (tuple(row.recipients.get(part, ())) for part in ("to", "cc", "bcc"))
    envelope = _envelope(row)
    who = attribute(envelope, us, in_sent=row.in_sent)
    kind = Kind(row.kind)
    return Message(
        id=row.id,
        message_id=row.message_id,
        at=row.sent_at,
        # A form service or a platform marks its mail as a list's or a machine's: a person is behind it.
        kind=Kind.PERSONAL if who.relayed and kind in (Kind.BULK, Kind.AUTO_REPLY) else kind,
        direction=who.direction,
        subject=row.subject,
        author=who.author,
        to=to,
        cc=cc,
        bcc=bcc,
        references=tuple(row.references),
        in_reply_to=row.in_reply_to,
        server_thread=row.server_thread,
        thread_index=row.thread_index,
        offset_minutes=row.offset_minutes,
        why=row.why,
        in_junk=row.in_junk,
        report=_report(row.report),
        facts=facts.get(row.id, NO_FACTS),
    )


def _report(stored: Mapping[str, Any] | None) -> DeliveryReport | None:
    if not stored:
        return None
    return DeliveryReport(stored["action"], stored.get("status", ""), tuple(stored.get("failed", ())))
