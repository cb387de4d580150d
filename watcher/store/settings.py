"""Single values the program keeps for itself."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from watcher.store.tables import setting

# Made once: a poll asks it a dozen times, and to make it takes longer than to ask it.
_VALUE = select(setting.c.value).where(setting.c.name == bindparam("asked"))


def get_setting(connection: Connection, name: str) -> str | None:
    """A kept value, None where there is none."""
    found: str | None = connection.scalar(_VALUE, {"asked": name})
    return found


def put_setting(connection: Connection, name: str, value: str) -> None:
    """Keep a value."""
    if connection.execute(update(setting).where(setting.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(setting).values(name=name, value=value))
