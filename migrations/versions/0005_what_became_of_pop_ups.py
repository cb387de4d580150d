"""What people do with pop-ups, and by what a later process takes back those that stand.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "press",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(12), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminder.id"], name="fk_press_reminder_id_reminder", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_press"),
    )
    op.create_index("ix_press_reminder_id", "press", ["reminder_id"])
    op.add_column("notification", sa.Column("handle", sa.Text(), nullable=False, server_default=""))
    op.add_column("notification", sa.Column("heard", sa.Boolean(), nullable=False, server_default=sa.false()))
