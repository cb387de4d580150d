"""What has been read of the mailbox, and when."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, select

from watcher.domain.blindness import FolderSight, Sight
from watcher.store.tables import account, folder, thread


def sight(connection: Connection, stale_after: timedelta) -> Sight:
    """Every folder of every account, and the answers of ours that no folder holds."""
    query = select(folder, account.c.name.label("account")).join(account).order_by(account.c.id, folder.c.id)
    folders = tuple(
        FolderSight(
            account=row.account,
            name=row.name,
            role=row.role,
            left_out=row.left_out,
            synced_at=row.synced_at,
            failed_at=row.failed_at,
            failure=row.failure,
            rereading=row.rereading,
        )
        for row in connection.execute(query)
    )
    unseen = connection.scalar(select(func.sum(thread.c.stubs)).where(thread.c.stubs > 0)) or 0
    return Sight(folders, int(unseen), stale_after)
