"""Facts by groups of rules; proposals; which rules told a kind; Outlook's thread index; junk passed over.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing wrote facts before this.
    with op.batch_alter_table("fact") as batch:
        batch.alter_column("value", existing_type=sa.Text(), type_=sa.JSON(), existing_nullable=False)
    with op.batch_alter_table("message") as batch:
        batch.add_column(sa.Column("thread_index", sa.String(length=32), nullable=False, server_default=""))
        batch.add_column(sa.Column("kind_version", sa.Integer(), nullable=False, server_default="0"))
        batch.alter_column(
            "unread_report", existing_type=sa.Boolean(), existing_nullable=False, new_column_name="doubtful"
        )
    with op.batch_alter_table("thread_message") as batch:
        batch.add_column(sa.Column("because", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("named_on", sa.String(length=10), nullable=False, server_default=""))
        batch.add_column(sa.Column("follow_up", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_message_server_thread", "message", ["server_thread"])
    op.create_index("ix_message_thread_index", "message", ["thread_index"])
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=1200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=12), nullable=True),
        sa.Column("other", sa.String(length=400), nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_proposal_customer_id_customer", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name="fk_proposal_deal_id_deal", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_proposal_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("key", name="uq_proposal_key"),
    )
    op.create_index("ix_proposal_customer_id", "proposal", ["customer_id"])
    op.create_index("ix_proposal_deal_id", "proposal", ["deal_id"])
    op.create_index("ix_proposal_message_id", "proposal", ["message_id"])
    op.create_table(
        "passed_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name="fk_passed_over_folder_id_folder", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passed_over"),
        sa.UniqueConstraint("folder_id", "uid", name="uq_passed_over_folder_id_uid"),
    )
    # Nobody noted what was passed over so far: Junk is read once more, from the beginning of the window.
    op.execute("UPDATE folder SET last_uid = 0, messages = 0 WHERE role = 'junk'")
