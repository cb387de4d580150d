"""When people last wrote in a thread before a moment: what tells whether a mail woke it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select

from watcher.store.asking import rows_where
from watcher.store.tables import thread_message


def last_before(connection: Connection, moments: Mapping[int, datetime]) -> dict[int, datetime]:
    """By thread, the last mail of a person before its moment; threads without one are left out."""
    query = select(thread_message.c.thread_id, thread_message.c.at).where(thread_message.c.kind == "personal")
    found: dict[int, datetime] = {}
    for row in rows_where(connection, query, thread_message.c.thread_id, moments):
        if row.at < moments[row.thread_id]:
            found[row.thread_id] = max(found.get(row.thread_id, row.at), row.at)
    return found
