"""The tables, as SQLAlchemy Core. The SQL stays portable: PostgreSQL comes later.

Times are whole seconds since 1970 UTC (a moment has one form, and a plain `sqlite3` reader can compare
them). No text of a mail is kept: headers and facts only.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime kept as whole seconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


# Names for constraints: SQLite cannot alter what has no name (Alembic, "Running batch migrations").
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    return Column(
        name, Integer, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable, index=index
    )


def _index_where(name: str, column: Column[Any], flag: Column[Any]) -> None:
    """An index of the few rows that bear a flag. SQLite takes it only for a query with the very term of its
    WHERE (sqlite.org/partialindex.html), and SQLAlchemy writes a boolean there as "= 1".
    """
    Index(name, column, sqlite_where=text(f"{flag.name} = 1"), postgresql_where=flag)


account = Table("account", metadata, _id(), Column("name", String(200), nullable=False, unique=True))

folder = Table(
    "folder",
    metadata,
    _id(),
    _ref("account_id", "account"),
    Column("name", String(1000), nullable=False),
    Column("role", String(10), nullable=False),
    Column("watched", Boolean, nullable=False),
    Column("left_out", String(200), nullable=False, default=""),
    # the checkpoint (RFC 3501 2.3.1.1; RFC 7162 for highestmodseq)
    Column("uidvalidity", BigInteger),
    Column("last_uid", BigInteger, nullable=False, default=0),
    Column("highestmodseq", BigInteger),
    Column("messages", Integer, nullable=False, default=0),  # EXISTS when it was last read
    # whether it was read
    Column("synced_at", Moment),
    Column("failed_at", Moment),
    Column("failure", Text, nullable=False, default=""),
    Column("rereading", Boolean, nullable=False, default=False),  # UIDVALIDITY changed: nothing fires
    UniqueConstraint("account_id", "name"),
)

message = Table(
    "message",
    metadata,
    _id(),
    Column("key", String(1200), nullable=False, unique=True),
    Column("message_id", Text, nullable=False),
    Column("sent_at", Moment, nullable=False),  # the time that counts
    Column("offset_minutes", Integer),
    Column("subject", Text, nullable=False),
    Column("base_subject", Text, nullable=False),
    Column("orphan_reply", Boolean, nullable=False),  # a reply that names no message: joined by its subject
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column(
        "recipients", JSON, nullable=False
    ),  # {"to": [...], "cc": [...], "bcc": [...], "reply_to": [[a, n]]}
    Column("references", JSON, nullable=False),  # Message-IDs, the nearest last
    Column("in_reply_to", Text, nullable=False),
    Column("server_thread", String(100), nullable=False, default=""),
    Column(
        "thread_index", String(32), nullable=False, default=""
    ),  # Outlook's conversation (MS-OXOMSG 2.2.1.3)
    Column("kind", String(12), nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column("report", JSON(none_as_null=True)),  # what a delivery report said
    Column("doubtful", Boolean, nullable=False, default=False),  # its text is still to be fetched
    Column("kind_version", Integer, nullable=False, default=0),  # of the rules for headers that told the kind
    Column("in_sent", Boolean, nullable=False, default=False),
    Column("in_junk", Boolean, nullable=False, default=False),  # seen in Junk and nowhere else
    Column("pending", Boolean, nullable=False, default=True),  # not judged since it came or changed
    Column("conversation", Integer, index=True),
)
Index("ix_message_base_subject", message.c.base_subject)
Index("ix_message_server_thread", message.c.server_thread)
Index("ix_message_thread_index", message.c.thread_index)

_index_where("ix_message_pending", message.c.id, message.c.pending)
_index_where("ix_message_doubtful", message.c.id, message.c.doubtful)
_index_where("ix_message_in_sent", message.c.sent_at, message.c.in_sent)

location = Table(
    "location",
    metadata,
    _id(),
    _ref("folder_id", "folder", index=False),
    Column("uid", BigInteger, nullable=False),
    _ref("message_id", "message"),
    UniqueConstraint("folder_id", "uid"),
)

# Every Message-ID that a message has or names: how neighbours are found.
mention = Table(
    "mention",
    metadata,
    _id(),
    Column("name", Text, nullable=False, index=True),
    _ref("message_id", "message"),
)

# Everybody on a message, with the company behind the address: how a customer's mail is found.
participant = Table(
    "participant",
    metadata,
    _id(),
    Column("address", String(400), nullable=False, index=True),
    Column("company", String(400), nullable=False, index=True),
    _ref("message_id", "message"),
)

quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    _ref("folder_id", "folder", index=False),
    Column("uid", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("folder_id", "uid"),
)

# Mail in Junk from people nobody had written to: looked at again once somebody has.
passed_over = Table(
    "passed_over",
    metadata,
    _id(),
    _ref("folder_id", "folder", index=False),
    Column("uid", BigInteger, nullable=False),
    Column("author", String(400), nullable=False),
    UniqueConstraint("folder_id", "uid"),
)

customer = Table(
    "customer",
    metadata,
    _id(),
    Column("key", String(400), nullable=False, unique=True),
    Column("name", Text, nullable=False, default=""),
    Column("role", String(10), nullable=False),
    Column("role_said", Boolean, nullable=False, default=False),
    Column("country", String(2)),
    Column("recheck_at", Moment, index=True),
    Column("said", Boolean, nullable=False, default=False),  # the rep said something new: judge again
)
_index_where("ix_customer_said", customer.c.id, customer.c.said)

# What belongs to a customer: company domains and addresses. A merge moves these.
customer_key = Table(
    "customer_key",
    metadata,
    Column("key", String(400), primary_key=True),
    _ref("customer_id", "customer"),
)

deal = Table(
    "deal",
    metadata,
    _id(),
    _ref("customer_id", "customer"),
    Column("name", Text, nullable=False, default=""),
    Column("stage", String(12), nullable=False),  # the last move's, for readers that glance
    Column("opened_at", Moment, nullable=False),
    Column("shipped_at", Moment),
    Column("value", String(40)),
    Column("currency", String(3)),
    Column("expected_on", String(10)),
    Column("note", Text, nullable=False, default=""),
    Column("owner", String(200), nullable=False, default=""),  # which rep of the team it is
)

stage_move = Table(
    "stage_move",
    metadata,
    _id(),
    _ref("deal_id", "deal"),
    Column("stage", String(12), nullable=False),
    Column("at", Moment, nullable=False),
    Column("source", String(12), nullable=False),
    Column("evidence", Text, nullable=False, default=""),
)

# What the rep said: done, snoozed, logged (of a thread, by an anchor message), hold (of a customer).
word = Table(
    "word",
    metadata,
    _id(),
    _ref("customer_id", "customer"),
    Column("play", String(12), nullable=False),
    Column("at", Moment, nullable=False),
    _ref("anchor_id", "message", nullable=True),
    Column("turn", String(8), nullable=False, default="theirs"),
    Column("until", Moment),
    Column("channel", String(40), nullable=False, default=""),
    Column("text", Text, nullable=False, default=""),
)

# The rep put the thread of this message into this deal.
deal_thread = Table(
    "deal_thread",
    metadata,
    _id(),
    _ref("deal_id", "deal"),
    _ref("anchor_id", "message"),
)

thread = Table(
    "thread",
    metadata,
    _id(),
    Column("conversation", Integer, nullable=False, index=True),
    _ref("customer_id", "customer", nullable=True),
    _ref("deal_id", "deal", nullable=True),
    Column("subject", Text, nullable=False),
    Column("turn", String(8), nullable=False),
    Column("since", Moment),
    Column("reason", String(20), nullable=False),
    Column("decided_by", Text),
    Column("contact", Text, nullable=False, default=""),
    Column("follow_ups", Integer, nullable=False, default=0),
    Column("due", Moment),
    Column("snoozed_until", Moment),
    Column("dormant_from", Moment),
    Column("last_contact", Moment),
    Column("failed", JSON, nullable=False),
    Column("stubs", Integer, nullable=False, default=0),
)
Index("ix_thread_stubs", thread.c.id, sqlite_where=thread.c.stubs > 0, postgresql_where=thread.c.stubs > 0)

thread_message = Table(
    "thread_message",
    metadata,
    _id(),
    _ref("thread_id", "thread"),
    _ref("message_id", "message", nullable=True),  # None: a stub, an answer of ours that we never saw
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),  # its Message-ID
    Column("at", Moment, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column(
        "because", Text, nullable=False, default=""
    ),  # the phrase of our tables that its text was judged by
    Column(
        "named_on", String(10), nullable=False, default=""
    ),  # the day its text names: promised, or back again
    Column("follow_up", Integer, nullable=False, default=0),  # which follow-up of its wait it was, 0 for none
)

# The clocks that run: what `status` shows and reminders follow from.
wait = Table(
    "wait",
    metadata,
    _id(),
    _ref("customer_id", "customer"),
    _ref("deal_id", "deal"),
    _ref("thread_id", "thread", nullable=True),
    Column("rule", String(12), nullable=False),
    Column("turn", String(8), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("since", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("dormant_from", Moment, nullable=False, index=True),
    Column("contact", Text, nullable=False, default=""),
    Column("follow_ups", Integer, nullable=False, default=0),
    Column("begun_by", Text, nullable=False),
    Column("quiet", Boolean, nullable=False, default=False),
    Column("policy", String(12), nullable=False),  # the stage's, "old", or "inquiry" where it is lost
    # So that a reader without calendars can count days: the zone of the side whose turn it is, and marks of
    # its working days from the day of `since` on (watcher.domain.marks).
    Column("zone", String(60), nullable=False),
    Column("workdays", Text, nullable=False),
)

# The ledger: every nudge that was planned, and what became of it. A key is used once, for ever.
reminder = Table(
    "reminder",
    metadata,
    _id(),
    Column("key", String(1200), nullable=False, unique=True),
    _ref("customer_id", "customer"),
    Column("deal_id", Integer),
    Column("thread_id", Integer),
    Column("rule", String(12), nullable=False),
    Column("stage", String(12), nullable=False),
    Column("step", Integer, nullable=False),
    Column("reach", String(8), nullable=False),
    Column("fire_at", Moment, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("changed_at", Moment, nullable=False),
)

notification = Table(
    "notification",
    metadata,
    _id(),
    _ref("reminder_id", "reminder"),
    Column("channel", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    Column("handle", Text, nullable=False, default=""),  # by what a later process can take it back
    Column("heard", Boolean, nullable=False, default=False),  # what a person did with it came to us
)

# What a person did with a pop-up: open, snooze, done, closed; and what came of that. Or taken_down: the ball
# moved before anybody did anything.
press = Table(
    "press",
    metadata,
    _id(),
    _ref("reminder_id", "reminder"),
    Column("at", Moment, nullable=False),
    Column("answer", String(12), nullable=False),
    Column("outcome", Text, nullable=False),
)

# Addresses in From of what lies in Sent that nobody told us of.
learned_address = Table(
    "learned_address",
    metadata,
    Column("address", String(400), primary_key=True),
    Column("folder", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

# Outside addresses, and when we first wrote to them.
contact = Table(
    "contact",
    metadata,
    Column("address", String(400), primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("written_at", Moment),  # the first mail of ours to them
)

# Right-hand sides of Message-IDs, and who makes such: how a missing answer of ours is recognised.
id_host = Table(
    "id_host",
    metadata,
    Column("host", String(300), primary_key=True),
    Column("ours", Boolean, nullable=False, default=False),
    Column("theirs", Boolean, nullable=False, default=False),
)

# What was read off a text: one row a message and group of rules, also where nothing was found.
fact = Table(
    "fact",
    metadata,
    _id(),
    _ref("message_id", "message"),
    Column("name", String(40), nullable=False),  # the group: kind, away, reply, opening, evidence, ...
    Column("value", JSON, nullable=False),
    Column("rule_version", Integer, nullable=False),
    UniqueConstraint("message_id", "name"),
)

# What mail suggests and the rep decides: a stage (from evidence), a join of two customers, an alias of ours.
# The key makes it itself, so that what was refused is not proposed again.
proposal = Table(
    "proposal",
    metadata,
    _id(),
    Column("key", String(1200), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),  # stage, join, alias
    _ref("customer_id", "customer", nullable=True),
    _ref("deal_id", "deal", nullable=True),
    # watcher.domain.proposals.Step: a stage, "pi_sent" (a mark on an opportunity) or "shipped" (a day). Where
    # there is no deal, it opens a further one.
    Column("stage", String(12)),
    Column(
        "other", String(400), nullable=False, default=""
    ),  # the customer to join, the address to call ours
    Column("evidence", String(40), nullable=False),
    Column("phrase", Text, nullable=False, default=""),  # of our tables
    _ref("message_id", "message", nullable=True),
    Column("found_at", Moment, nullable=False),
    Column("state", String(10), nullable=False, default="open"),  # open, accepted, refused, overtaken
    Column("decided_at", Moment),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)
