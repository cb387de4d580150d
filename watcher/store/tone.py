"""Tone marks as they were read off our own mail since a PI: advice for `show`, a hint for the diagnosis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from watcher.domain.reading.tone import DOUBT, ToneMark, from_fact
from watcher.store.tables import fact, message, thread, thread_message

_GROUP = "tone"


@dataclass(frozen=True, slots=True)
class MarkedMail:
    """One mail of ours with its marks; `at` is when it was sent."""

    deal: int
    thread: int
    message_id: str
    at: datetime
    marks: tuple[ToneMark, ...]


def marked_mails(connection: Connection, thread_number: int | None = None) -> list[MarkedMail]:
    """Every mail of ours that has marks (of one thread, or of all), the oldest first."""
    query = (
        select(
            thread.c.deal_id,
            thread.c.id.label("thread"),
            message.c.message_id,
            thread_message.c.at,
            fact.c.value,
        )
        .join(thread_message, thread_message.c.message_id == fact.c.message_id)
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .join(message, message.c.id == fact.c.message_id)
        .where(fact.c.name == _GROUP, thread.c.deal_id.is_not(None))
        .order_by(thread_message.c.at, message.c.id)
    )
    if thread_number is not None:
        query = query.where(thread.c.id == thread_number)
    rows = ((row, from_fact(row.value)) for row in connection.execute(query))
    return [
        MarkedMail(row.deal_id, row.thread, row.message_id, row.at, marks) for row, marks in rows if marks
    ]


def doubts(connection: Connection, now: datetime) -> Mapping[int, tuple[str, ...]]:
    """By deal, the phrases of ours up to `now` that hint at doubt, each once."""
    found: dict[int, tuple[str, ...]] = {}
    for one in marked_mails(connection):
        if one.at <= now:
            said = (mark.phrase for mark in one.marks if mark.kind == DOUBT)
            found[one.deal] = tuple(dict.fromkeys((*found.get(one.deal, ()), *said)))
    return {deal: phrases for deal, phrases in found.items() if phrases}
