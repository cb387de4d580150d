"""For tests that keep headers alone: every text was read, and said nothing that matters."""

from __future__ import annotations

from sqlalchemy import Connection, select

from watcher.store.facts import keep_facts
from watcher.store.tables import fact, message
from watcher.store.texts import DECISIVE


def read_plainly(connection: Connection) -> None:
    """Note it for each message that was not read yet."""
    read = select(fact.c.message_id)
    for number in connection.scalars(select(message.c.id).where(message.c.id.not_in(read))).all():
        for group in DECISIVE:
            keep_facts(connection, number, group, {}, 1)
