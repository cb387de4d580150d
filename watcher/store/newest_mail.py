"""Which mail of a thread is opened when the thread is."""

from __future__ import annotations

from sqlalchemy import Connection, select

from watcher.domain.mail_links import NO_ID
from watcher.store.tables import account, folder, location, message, thread, thread_message


def is_thread(connection: Connection, number: int) -> bool:
    """Whether there is a thread of that number."""
    return connection.scalar(select(thread.c.id).where(thread.c.id == number)) is not None


def newest_mail(connection: Connection, number: int) -> tuple[str, str] | None:
    """The Message-ID and the account of a thread's newest mail by a person, else of its newest mail; None
    where none has an id that still lies in a folder.
    """
    query = (
        select(message.c.message_id, account.c.name)
        .join(thread_message, thread_message.c.message_id == message.c.id)
        .join(location, location.c.message_id == message.c.id)
        .join(folder, folder.c.id == location.c.folder_id)
        .join(account, account.c.id == folder.c.account_id)
        .where(thread_message.c.thread_id == number, message.c.message_id.not_like(f"%{NO_ID}>"))
        .order_by((thread_message.c.kind == "personal").desc(), thread_message.c.position.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row[0], row[1]) if row else None
