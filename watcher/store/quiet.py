"""Until when the rep wants to hear nothing (`watcher quiet`): what is due then is shown later."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from watcher.store.settings import get_setting, put_setting

_NAME = "quiet_until"


def quiet_until(connection: Connection, now: datetime) -> datetime | None:
    """When the quiet ends, None where none is kept at `now`."""
    said = get_setting(connection, _NAME)
    until = datetime.fromisoformat(said) if said else None
    return until if until and until > now else None


def keep_quiet(connection: Connection, until: datetime) -> None:
    """Let nothing pop up before `until`."""
    put_setting(connection, _NAME, until.astimezone(UTC).isoformat())


def end_quiet(connection: Connection) -> None:
    """Speak again."""
    put_setting(connection, _NAME, "")
