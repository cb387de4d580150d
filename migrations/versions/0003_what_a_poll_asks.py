"""Indexes for what every poll asks, so that its answer takes no longer in a large store.

SQLite takes a partial index only for a query with the very term of its WHERE (sqlite.org/partialindex.html):
SQLAlchemy writes a boolean there as "= 1".

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _partial(name: str, table: str, column: str, flag: str, holds: str = "= 1") -> None:
    op.create_index(
        name,
        table,
        [column],
        sqlite_where=sa.text(f"{flag} {holds}"),
        postgresql_where=sa.text(flag if holds == "= 1" else f"{flag} {holds}"),
    )


def upgrade() -> None:
    op.drop_index("ix_message_pending", "message")
    _partial("ix_message_pending", "message", "id", "pending")
    _partial("ix_message_doubtful", "message", "id", "doubtful")
    _partial("ix_message_in_sent", "message", "sent_at", "in_sent")
    _partial("ix_customer_said", "customer", "id", "said")
    _partial("ix_thread_stubs", "thread", "id", "stubs", "> 0")
    op.create_index("ix_customer_recheck_at", "customer", ["recheck_at"])
    op.create_index("ix_wait_dormant_from", "wait", ["dormant_from"])
