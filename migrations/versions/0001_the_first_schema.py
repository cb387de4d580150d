"""The first schema, and the view `glance`: one row for each clock that runs.

Revision 0001, after None.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# What `watcher status` reads with plain sqlite3 (watcher/store/glance.py).
GLANCE = """
CREATE VIEW glance AS
SELECT customer.key AS customer, customer.name AS name, customer.country AS country,
       deal.stage AS stage, wait.policy AS policy, wait.rule AS rule, wait.turn AS turn,
       wait.reason AS reason, wait.since AS since, wait.due AS due, wait.dormant_from AS dormant_from,
       wait.thread_id AS thread, thread.subject AS subject, wait.contact AS contact,
       thread.decided_by AS decided_by, wait.follow_ups AS follow_ups, wait.zone AS zone,
       wait.workdays AS workdays
FROM wait
JOIN customer ON customer.id = wait.customer_id
JOIN deal ON deal.id = wait.deal_id
LEFT JOIN thread ON thread.id = wait.thread_id
"""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
    )
    op.create_table(
        "contact",
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("address", name="pk_contact"),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("role_said", sa.Boolean(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("recheck_at", sa.BigInteger(), nullable=True),
        sa.Column("said", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("key", name="uq_customer_key"),
    )
    op.create_table(
        "id_host",
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("theirs", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_id_host"),
    )
    op.create_table(
        "learned_address",
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_learned_address"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=1200), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("base_subject", sa.Text(), nullable=False),
        sa.Column("orphan_reply", sa.Boolean(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("recipients", sa.JSON(), nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=False),
        sa.Column("server_thread", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("unread_report", sa.Boolean(), nullable=False),
        sa.Column("in_sent", sa.Boolean(), nullable=False),
        sa.Column("in_junk", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("conversation", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("key", name="uq_message_key"),
    )
    op.create_index("ix_message_base_subject", "message", ["base_subject"], unique=False)
    op.create_index("ix_message_conversation", "message", ["conversation"], unique=False)
    op.create_index(
        "ix_message_pending",
        "message",
        ["id"],
        unique=False,
        sqlite_where=sa.text("pending"),
        postgresql_where=sa.text("pending"),
    )

    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )
    op.create_table(
        "customer_key",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_customer_key_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_customer_key"),
    )
    op.create_index("ix_customer_key_customer_id", "customer_key", ["customer_id"], unique=False)

    op.create_table(
        "deal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("shipped_at", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("expected_on", sa.String(length=10), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_deal_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deal"),
    )
    op.create_index("ix_deal_customer_id", "deal", ["customer_id"], unique=False)

    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_fact_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fact"),
        sa.UniqueConstraint("message_id", "name", name="uq_fact_message_id_name"),
    )
    op.create_index("ix_fact_message_id", "fact", ["message_id"], unique=False)

    op.create_table(
        "folder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.String(length=200), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("highestmodseq", sa.BigInteger(), nullable=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("rereading", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_folder_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_folder"),
        sa.UniqueConstraint("account_id", "name", name="uq_folder_account_id_name"),
    )
    op.create_index("ix_folder_account_id", "folder", ["account_id"], unique=False)

    op.create_table(
        "mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_mention_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mention"),
    )
    op.create_index("ix_mention_message_id", "mention", ["message_id"], unique=False)
    op.create_index("ix_mention_name", "mention", ["name"], unique=False)

    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("company", sa.String(length=400), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_participant_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_participant"),
    )
    op.create_index("ix_participant_address", "participant", ["address"], unique=False)
    op.create_index("ix_participant_company", "participant", ["company"], unique=False)
    op.create_index("ix_participant_message_id", "participant", ["message_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=1200), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("reach", sa.String(length=8), nullable=False),
        sa.Column("fire_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_reminder_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("key", name="uq_reminder_key"),
    )
    op.create_index("ix_reminder_customer_id", "reminder", ["customer_id"], unique=False)
    op.create_index("ix_reminder_state", "reminder", ["state"], unique=False)

    op.create_table(
        "word",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("play", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("anchor_id", sa.Integer(), nullable=True),
        sa.Column("turn", sa.String(length=8), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["message.id"], name="fk_word_anchor_id_message", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_word_customer_id_customer", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_word"),
    )
    op.create_index("ix_word_anchor_id", "word", ["anchor_id"], unique=False)
    op.create_index("ix_word_customer_id", "word", ["customer_id"], unique=False)

    op.create_table(
        "deal_thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("anchor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["message.id"], name="fk_deal_thread_anchor_id_message", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name="fk_deal_thread_deal_id_deal", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_deal_thread"),
    )
    op.create_index("ix_deal_thread_anchor_id", "deal_thread", ["anchor_id"], unique=False)
    op.create_index("ix_deal_thread_deal_id", "deal_thread", ["deal_id"], unique=False)

    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name="fk_location_folder_id_folder", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_location_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
        sa.UniqueConstraint("folder_id", "uid", name="uq_location_folder_id_uid"),
    )
    op.create_index("ix_location_message_id", "location", ["message_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminder.id"], name="fk_notification_reminder_id_reminder", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )
    op.create_index("ix_notification_reminder_id", "notification", ["reminder_id"], unique=False)

    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("folder_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["folder.id"], name="fk_quarantine_folder_id_folder", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("folder_id", "uid", name="uq_quarantine_folder_id_uid"),
    )
    op.create_table(
        "stage_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deal.id"], name="fk_stage_move_deal_id_deal", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stage_move"),
    )
    op.create_index("ix_stage_move_deal_id", "stage_move", ["deal_id"], unique=False)

    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("turn", sa.String(length=8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("follow_ups", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("dormant_from", sa.BigInteger(), nullable=True),
        sa.Column("last_contact", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.JSON(), nullable=False),
        sa.Column("stubs", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_thread_customer_id_customer", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name="fk_thread_deal_id_deal", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_thread"),
    )
    op.create_index("ix_thread_conversation", "thread", ["conversation"], unique=False)
    op.create_index("ix_thread_customer_id", "thread", ["customer_id"], unique=False)
    op.create_index("ix_thread_deal_id", "thread", ["deal_id"], unique=False)

    op.create_table(
        "thread_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_thread_message_message_id_message", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name="fk_thread_message_thread_id_thread", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_thread_message"),
    )
    op.create_index("ix_thread_message_message_id", "thread_message", ["message_id"], unique=False)
    op.create_index("ix_thread_message_thread_id", "thread_message", ["thread_id"], unique=False)

    op.create_table(
        "wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("turn", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("dormant_from", sa.BigInteger(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("follow_ups", sa.Integer(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.String(length=12), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("workdays", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_wait_customer_id_customer", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["deal_id"], ["deal.id"], name="fk_wait_deal_id_deal", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name="fk_wait_thread_id_thread", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wait"),
    )
    op.create_index("ix_wait_customer_id", "wait", ["customer_id"], unique=False)
    op.create_index("ix_wait_deal_id", "wait", ["deal_id"], unique=False)
    op.create_index("ix_wait_thread_id", "wait", ["thread_id"], unique=False)
    op.execute(GLANCE)
