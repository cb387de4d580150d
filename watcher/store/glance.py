"""Reading the store with the standard library alone: what `watcher status` and `watcher threads` print.

SQLAlchemy takes a third of a second to import; this takes none. The view `glance` (migrations/) is the
documented shape: one row for each clock that runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from watcher.domain.blindness import FolderSight, Sight
from watcher.errors import OtherSchema, StoreError
from watcher.store.revision import HEAD


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock that runs: of which customer and deal, on which thread (None for a clock of the deal)."""

    customer: str
    name: str
    country: str
    stage: str
    policy: str
    rule: str
    turn: str
    reason: str
    since: datetime
    due: datetime
    dormant_from: datetime
    thread: int | None
    subject: str
    contact: str
    decided_by: str
    follow_ups: int
    waited: int  # working days since `since`, of the side whose turn it is
    overdue_days: int
    zone: str = ""  # of the side whose turn it is (watcher.domain.marks.zone_named)


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """One message of a thread, as it was judged."""

    message_id: str
    at: datetime
    direction: str
    kind: str
    why: str
    author: str
    author_name: str
    folders: tuple[str, ...]
    stub: bool
    because: str = ""  # the phrase of our tables that its text was judged by
    named_on: str = ""  # the day its text names, ISO 8601
    follow_up: int = 0  # which follow-up of its wait it was


@dataclass(frozen=True, slots=True)
class ThreadGlance:
    """One thread with its verdict."""

    thread: int
    conversation: int
    subject: str
    customer: str | None
    role: str | None
    deal: int | None
    stage: str | None
    turn: str
    since: datetime | None
    reason: str
    decided_by: str | None
    contact: str
    due: datetime | None
    snoozed_until: datetime | None
    dormant_from: datetime | None
    follow_ups: int
    failed: tuple[str, ...]
    messages: tuple[ThreadMessage, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """What stands behind names and numbers.

    Stored thread numbers by customer and message, the folders of each message, what customers are called.
    """

    threads: dict[tuple[str | None, int], tuple[int, ...]]
    folders: dict[int, tuple[str, ...]]
    names: dict[str, str]
    countries: dict[str, str]
    first_deals: dict[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything `watcher status` needs."""

    clocks: tuple[Clock, ...]
    sight: Sight
    quarantined: int
    customers: int
    unsorted: int
    proposals: int = 0  # stage proposals that wait for the rep's word
    quiet_until: datetime | None = None  # until then nothing pops up, because the rep says so
    sheet_note: str = ""  # what the rep should know of the watched sheet


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.exists():
        raise StoreError(f"there is no store at {path} yet.", "Run watcher sync, or start watcher run.")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            _check_revision(connection, path)
            yield connection
    except sqlite3.DatabaseError as error:
        mend = "It is brought up to date by watcher sync or watcher run; watcher check tells more."
        raise StoreError(f"the store {path} cannot be read: {error}.", mend) from error


def _check_revision(connection: sqlite3.Connection, path: Path) -> None:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None or row[0] != HEAD:
        raise OtherSchema(
            f"the store {path} is of another version of watcher.",
            "watcher sync or watcher run brings it up to date.",
        )


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def overview(path: Path, now: datetime, stale_after: timedelta, *, dormant: bool = True) -> Overview:
    """The clocks that run, in no order, the `dormant` ones too unless nobody wants them, and what was seen of
    the mailbox. Raises StoreError.
    """
    # Of a large store nearly all is dormant: an index leads past it.
    asleep = -1 if dormant else int(now.timestamp())
    with _reading(path) as connection:
        rows = connection.execute("SELECT * FROM glance WHERE dormant_from > ?", (asleep,))
        return Overview(
            clocks=tuple(_clock(row, now) for row in rows),
            sight=_sight(connection, stale_after),
            quarantined=_count(connection, "SELECT COUNT(*) FROM quarantine"),
            customers=_count(connection, "SELECT COUNT(*) FROM customer WHERE role = 'lead'"),
            unsorted=_count(
                connection,
                "SELECT COUNT(*) FROM customer WHERE role = 'unsorted' AND EXISTS (SELECT 1 FROM thread"
                " WHERE customer_id = customer.id AND turn = 'ours' AND dormant_from > ?)",
                int(now.timestamp()),
            ),
            proposals=_count(
                connection,
                "SELECT COUNT(*) FROM proposal WHERE kind = 'stage' AND state = 'open' AND found_at <= ?",
                int(now.timestamp()),
            ),
            quiet_until=_quiet_until(connection, now),
            sheet_note=_setting(connection, "sheet_note"),
        )


def _count(connection: sqlite3.Connection, query: str, *values: int) -> int:
    return int(connection.execute(query, values).fetchone()[0])


def _setting(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row["value"]) if row else ""


def _quiet_until(connection: sqlite3.Connection, now: datetime) -> datetime | None:
    said = _setting(connection, "quiet_until")
    until = datetime.fromisoformat(said) if said else None
    return until if until and until > now else None


def _clock(row: sqlite3.Row, now: datetime) -> Clock:
    from watcher.domain.marks import marked_days

    since, due = _at(row["since"]), _at(row["due"])
    marks = (row["workdays"], row["zone"], since)
    return Clock(
        customer=row["customer"],
        name=row["name"],
        country=row["country"] or "",
        stage=row["stage"],
        policy=row["policy"],
        rule=row["rule"],
        turn=row["turn"],
        reason=row["reason"],
        since=since,
        due=due,
        dormant_from=_at(row["dormant_from"]),
        thread=row["thread"],
        subject=row["subject"] or "",
        contact=row["contact"],
        decided_by=row["decided_by"] or "",
        follow_ups=row["follow_ups"],
        waited=marked_days(*marks, since, now),
        overdue_days=marked_days(*marks, due, now) if due <= now else 0,
        zone=row["zone"],
    )


def _sight(connection: sqlite3.Connection, stale_after: timedelta) -> Sight:
    query = "SELECT folder.*, account.name AS account FROM folder JOIN account ON account.id = account_id"
    folders = tuple(
        FolderSight(
            account=row["account"],
            name=row["name"],
            role=row["role"],
            left_out=row["left_out"],
            synced_at=_moment(row["synced_at"]),
            failed_at=_moment(row["failed_at"]),
            failure=row["failure"],
            rereading=bool(row["rereading"]),
        )
        for row in connection.execute(f"{query} ORDER BY account.id, folder.id")
    )
    return Sight(
        folders, _count(connection, "SELECT COALESCE(SUM(stubs), 0) FROM thread WHERE stubs > 0"), stale_after
    )


def sight(path: Path, stale_after: timedelta) -> Sight:
    """When each folder was read. Raises StoreError."""
    with _reading(path) as connection:
        return _sight(connection, stale_after)


def places(path: Path) -> Places:
    """Names and numbers as they are stored. Raises StoreError."""
    with _reading(path) as connection:
        numbers: dict[tuple[str | None, int], tuple[int, ...]] = {}
        for row in connection.execute(_NUMBERS):
            place = (row["customer"], row["message"])
            numbers[place] = (*numbers.get(place, ()), row["thread"])
        rows = connection.execute("SELECT key, name, country FROM customer").fetchall()
        deals = connection.execute(_FIRST_DEALS).fetchall()
        return Places(
            threads=numbers,
            folders=_places(connection),
            names={row["key"]: row["name"] for row in rows},
            countries={row["key"]: row["country"] or "" for row in rows},
            first_deals={row["key"]: row["number"] for row in deals},
        )


_NUMBERS = """
    SELECT customer.key AS customer, thread_message.message_id AS message, thread.id AS thread
    FROM thread_message JOIN thread ON thread.id = thread_message.thread_id
    LEFT JOIN customer ON customer.id = thread.customer_id
    WHERE thread_message.message_id IS NOT NULL
"""

_FIRST_DEALS = """
    SELECT customer.key AS key, MIN(deal.id) AS number
    FROM deal JOIN customer ON customer.id = deal.customer_id GROUP BY customer.key
"""

_THREADS = """
    SELECT thread.*, customer.key AS customer, customer.role AS role, deal.stage AS stage
    FROM thread LEFT JOIN customer ON customer.id = thread.customer_id
    LEFT JOIN deal ON deal.id = thread.deal_id
"""

_MESSAGES = """
    SELECT thread_message.*, message.id AS number FROM thread_message
    LEFT JOIN message ON message.id = thread_message.message_id
"""

_FOLDERS = """
    SELECT location.message_id AS number, folder.name AS name FROM location
    JOIN folder ON folder.id = location.folder_id
"""


def threads(path: Path, number: int | None = None) -> list[ThreadGlance]:
    """Every thread with its messages, or the one of that number. Raises StoreError."""
    with _reading(path) as connection:
        only = "" if number is None else " WHERE thread.id = :number"
        rows = connection.execute(f"{_THREADS}{only} ORDER BY thread.id", {"number": number}).fetchall()
        only = "" if number is None else " WHERE thread_id = :number"
        members: dict[int, list[sqlite3.Row]] = {}
        for row in connection.execute(f"{_MESSAGES}{only} ORDER BY thread_id, position", {"number": number}):
            members.setdefault(row["thread_id"], []).append(row)
        places = _places(connection)
    return [_thread(row, members.get(row["id"], []), places) for row in rows]


def _places(connection: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for row in connection.execute(_FOLDERS):
        found[row["number"]] = (*found.get(row["number"], ()), row["name"])
    return found


def _thread(row: sqlite3.Row, members: list[sqlite3.Row], places: dict[int, tuple[str, ...]]) -> ThreadGlance:
    import json

    failed: list[Any] = json.loads(row["failed"])
    return ThreadGlance(
        thread=row["id"],
        conversation=row["conversation"],
        subject=row["subject"],
        customer=row["customer"],
        role=row["role"],
        deal=row["deal_id"],
        stage=row["stage"],
        turn=row["turn"],
        since=_moment(row["since"]),
        reason=row["reason"],
        decided_by=row["decided_by"],
        contact=row["contact"],
        due=_moment(row["due"]),
        snoozed_until=_moment(row["snoozed_until"]),
        dormant_from=_moment(row["dormant_from"]),
        follow_ups=row["follow_ups"],
        failed=tuple(failed),
        messages=tuple(_message(one, places) for one in members),
    )


def _message(row: sqlite3.Row, places: dict[int, tuple[str, ...]]) -> ThreadMessage:
    return ThreadMessage(
        message_id=row["name"],
        at=_at(row["at"]),
        direction=row["direction"],
        kind=row["kind"],
        why=row["why"],
        author=row["author"],
        author_name=row["author_name"],
        folders=places.get(row["number"], ()),
        stub=row["message_id"] is None,
        because=row["because"],
        named_on=row["named_on"],
        follow_up=row["follow_up"],
    )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One reminder, and the last thing a channel said about it."""

    customer: str
    thread: int | None
    rule: str
    stage: str
    step: int
    reach: str
    fire_at: datetime
    state: str
    tries: int
    changed_at: datetime
    channel: str
    answer: str
    pressed: str = ""  # open, snooze, done, closed: what a person did last with its pop-up
    outcome: str = ""

    def document(self) -> dict[str, Any]:
        """Its JSON; times are ISO 8601."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in found.items()}


_LEDGER = """
    SELECT reminder.*, customer.key AS customer, notification.channel AS channel,
           notification.answer AS answer, press.answer AS pressed, press.outcome AS outcome
    FROM reminder JOIN customer ON customer.id = reminder.customer_id
    LEFT JOIN notification ON notification.id =
        (SELECT MAX(last.id) FROM notification AS last WHERE last.reminder_id = reminder.id)
    LEFT JOIN press ON press.id =
        (SELECT MAX(last.id) FROM press AS last WHERE last.reminder_id = reminder.id)
    ORDER BY reminder.fire_at DESC, reminder.id DESC
"""


def ledger(path: Path) -> list[LedgerRow]:
    """Every reminder, the latest first. Raises StoreError."""
    with _reading(path) as connection:
        return [
            LedgerRow(
                customer=row["customer"],
                thread=row["thread_id"],
                rule=row["rule"],
                stage=row["stage"],
                step=row["step"],
                reach=row["reach"],
                fire_at=_at(row["fire_at"]),
                state=row["state"],
                tries=row["tries"],
                changed_at=_at(row["changed_at"]),
                channel=row["channel"] or "",
                answer=row["answer"] or "",
                pressed=row["pressed"] or "",
                outcome=row["outcome"] or "",
            )
            for row in connection.execute(_LEDGER)
        ]
