"""How often something was kept that later steps look at: until the next time they may rest."""

from __future__ import annotations

from sqlalchemy import Connection

from watcher.store import settings

_NAME = "news"


def news(connection: Connection) -> int:
    """The count now: as it was, where nothing was kept since."""
    return int(settings.get_setting(connection, _NAME) or 0)


def note_news(connection: Connection) -> None:
    """Mail was found somewhere, a folder changed, or something was judged."""
    settings.put_setting(connection, _NAME, str(news(connection) + 1))
