"""What review keeps: customers, deals opened by rule, threads with their turns, the clocks that run.

A customer is kept whole: what the judgement no longer says is taken away. Thread numbers stay with their
messages, through merges and splits of conversations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from watcher.domain.customers import FirstContact, Role
from watcher.domain.judgement import Judgement, ReviewedCustomer, ReviewedThread
from watcher.domain.marks import workday_marks, zone_name
from watcher.domain.messages import Message
from watcher.domain.stages import OLD_AFTER_SHIPPED_DAYS
from watcher.store.asking import chunks, distinct, rows_where
from watcher.store.tables import (
    customer,
    customer_key,
    deal,
    message,
    stage_move,
    thread,
    thread_message,
    wait,
)


def keep(connection: Connection, judgement: Judgement, loaded: Iterable[int], keys: set[str]) -> int:
    """Keep a judgement of the `loaded` messages. Only customers in `keys` were judged with all their mail.
    Returns how many threads were kept.
    """
    loaded = set(loaded)
    whole = [one for one in judgement.customers if one.key in keys]
    numbers = _keep_customers(connection, whole)
    deals = _keep_deals(connection, whole, numbers)
    owners = set(numbers.values()) | _without_mail(connection, keys, numbers)
    threads: list[tuple[int | None, ReviewedThread]] = [
        (numbers[one.key], each) for one in whole for each in one.threads
    ]
    threads += [(None, each) for each in judgement.others]
    known = _ThreadNumbers(connection, owners, loaded)
    placed = [(known.number(owner, each), owner, each) for owner, each in threads]
    _replace_threads(connection, placed, known.unclaimed(), deals)
    _stop_clocks(connection, owners)
    _keep_waits(connection, whole, numbers, deals, placed)
    _note_rechecks(connection, whole, numbers)
    _note_conversations(connection, judgement)
    return len(placed)


# ── customers and deals ───────────────────────────────────────────────────────────────────────────


def _keep_customers(connection: Connection, whole: Sequence[ReviewedCustomer]) -> dict[str, int]:
    stored = _stored(connection, [one.key for one in whole])
    new: list[dict[str, Any]] = [
        {"key": one.key, "name": "", "role": one.role.value, "role_said": False}
        for one in whole
        if one.key not in stored
    ]
    if new:
        connection.execute(insert(customer), new)
        fresh = _stored(connection, [row["key"] for row in new])
        connection.execute(
            insert(customer_key), [{"key": key, "customer_id": row.id} for key, row in fresh.items()]
        )
        stored |= fresh
    for one in whole:
        row = stored[one.key]
        if not row.role_said and row.role != one.role.value:
            connection.execute(update(customer).where(customer.c.id == row.id).values(role=one.role.value))
    return {key: row.id for key, row in stored.items()}


def _without_mail(connection: Connection, keys: set[str], judged: Mapping[str, int]) -> set[int]:
    """Customers of whom the judgement says nothing: what was a person's mail proved to be a machine's, or an
    address turned out to be ours. They keep their name and no thread.
    """
    rows = rows_where(connection, select(customer.c.id, customer.c.key), customer.c.key, keys)
    gone = {row.id for row in rows if row.key not in judged}
    for chunk in chunks(gone):
        guessed = customer.c.id.in_(chunk) & ~customer.c.role_said
        connection.execute(update(customer).where(guessed).values(role=Role.UNSORTED.value))
    return gone


def _stored(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    query = select(customer.c.id, customer.c.key, customer.c.role, customer.c.role_said)
    return {row.key: row for row in rows_where(connection, query, customer.c.key, keys)}


def _keep_deals(
    connection: Connection, whole: Sequence[ReviewedCustomer], numbers: Mapping[str, int]
) -> dict[int, int]:
    """Open first deals, and mend the start of those of which nobody has said anything. Returns the number of
    the deal that was opened, by customer.
    """
    leads = {numbers[one.key]: one.opening for one in whole if one.role is Role.LEAD and one.opening}
    query = select(deal.c.id, deal.c.customer_id, deal.c.stage, deal.c.opened_at).order_by(deal.c.id)
    held: dict[int, list[Row[Any]]] = {}
    for row in rows_where(connection, query, deal.c.customer_id, leads):
        held.setdefault(row.customer_id, []).append(row)
    said = _spoken_of(connection, [row.id for rows in held.values() for row in rows])
    opened: dict[int, int] = {}
    for owner, opening in leads.items():
        rows = held.get(owner, [])
        if not rows:
            opened[owner] = _open_deal(connection, owner, opening)
        elif len(rows) == 1 and rows[0].id not in said:
            _mend_deal(connection, rows[0], opening)
    return opened


def _spoken_of(connection: Connection, deals: Iterable[int]) -> set[int]:
    """Deals that somebody moved, not the rule alone."""
    query = select(stage_move.c.deal_id).where(stage_move.c.source != "rule")
    return {row.deal_id for row in rows_where(connection, query, stage_move.c.deal_id, deals)}


def _open_deal(connection: Connection, owner: int, opening: FirstContact) -> int:
    values = {"customer_id": owner, "stage": opening.stage, "opened_at": opening.at}
    number: int = connection.execute(insert(deal).values(values).returning(deal.c.id)).scalar_one()
    connection.execute(insert(stage_move).values(_rule_move(number, opening)))
    return number


def _mend_deal(connection: Connection, row: Row[Any], opening: FirstContact) -> None:
    if (row.stage, row.opened_at) == (opening.stage, opening.at):
        return
    values = {"stage": opening.stage, "opened_at": opening.at}
    connection.execute(update(deal).where(deal.c.id == row.id).values(values))
    connection.execute(delete(stage_move).where(stage_move.c.deal_id == row.id))
    connection.execute(insert(stage_move).values(_rule_move(row.id, opening)))


def _rule_move(number: int, opening: FirstContact) -> dict[str, Any]:
    return {
        "deal_id": number,
        "stage": opening.stage,
        "at": opening.at,
        "source": "rule",
        "evidence": opening.evidence,
    }


# ── threads ───────────────────────────────────────────────────────────────────────────────────────


class _ThreadNumbers:
    """Which number a thread keeps: the lowest one that any of its messages had with this customer.

    `loaded` are the messages that were judged: their threads that were nobody's are free too.
    """

    def __init__(self, connection: Connection, customers: set[int], loaded: set[int]) -> None:
        self._free: set[int] = set()
        self._of: dict[tuple[int | None, int], list[int]] = {}
        self._next = (connection.scalar(select(func.max(thread.c.id))) or 0) + 1
        query = select(thread_message.c.thread_id, thread_message.c.message_id, thread.c.customer_id).join(
            thread
        )
        rows = rows_where(connection, query, thread.c.customer_id, customers)
        nobodys = query.where(thread.c.customer_id.is_(None))
        rows += rows_where(connection, nobodys, thread_message.c.message_id, loaded)
        for row in rows:
            self._free.add(row.thread_id)
            if row.message_id is not None:
                self._of.setdefault((row.customer_id, row.message_id), []).append(row.thread_id)

    def number(self, owner: int | None, reviewed: ReviewedThread) -> int:
        """The number of one thread; each is given once."""
        had = {old for one in reviewed.thread.messages for old in self._of.get((owner, one.id), ())}
        if still := had & self._free:
            number = min(still)
            self._free.discard(number)
            return number
        self._next += 1
        return self._next - 1

    def unclaimed(self) -> set[int]:
        """Threads that are no more."""
        return set(self._free)


Placed = tuple[int, int | None, ReviewedThread]


def _replace_threads(
    connection: Connection, placed: Sequence[Placed], gone: set[int], opened: Mapping[int, int]
) -> None:
    there = distinct(connection, thread.c.id, thread.c.id, [number for number, _, _ in placed])
    for chunk in chunks(gone):
        connection.execute(delete(thread).where(thread.c.id.in_(chunk)))
    for chunk in chunks(there):
        connection.execute(delete(thread_message).where(thread_message.c.thread_id.in_(chunk)))
    rows = [_thread_row(number, owner, one, opened) for number, owner, one in placed]
    if new := [row for row in rows if row["id"] not in there]:
        connection.execute(insert(thread), new)
    for row in rows:
        if row["id"] in there:
            connection.execute(update(thread).where(thread.c.id == row["id"]).values(row))
    members = [row for number, _, one in placed for row in _member_rows(number, one)]
    if members:
        connection.execute(insert(thread_message), members)


def _thread_row(
    number: int, owner: int | None, reviewed: ReviewedThread, opened: Mapping[int, int]
) -> dict[str, Any]:
    decision = reviewed.decision
    return {
        "id": number,
        "conversation": reviewed.thread.conversation,
        "customer_id": owner,
        "deal_id": _deal_number(owner, reviewed.deal.id if reviewed.deal else None, opened),
        "subject": reviewed.thread.messages[0].subject,
        "turn": decision.turn.value,
        "since": decision.since,
        "reason": decision.reason.value,
        "decided_by": decision.decided_by,
        "contact": decision.contact,
        "follow_ups": decision.follow_ups,
        "due": reviewed.wait.due if reviewed.wait else None,
        "snoozed_until": decision.snoozed_until,
        "dormant_from": reviewed.dormant_from,
        "last_contact": decision.last_contact,
        "failed": list(decision.failed),
        "stubs": decision.stubs,
    }


def _deal_number(owner: int | None, number: int | None, opened: Mapping[int, int]) -> int | None:
    """A deal that the judgement opened (0) has its number by now."""
    return opened.get(owner) if number == 0 and owner is not None else number


def _member_rows(number: int, reviewed: ReviewedThread) -> list[dict[str, Any]]:
    follow_ups = dict(reviewed.decision.asked_again)
    return [
        {
            "thread_id": number,
            "message_id": None if one.stub else one.id,
            "position": position,
            "name": one.message_id,
            "at": one.at,
            "direction": one.direction.value,
            "kind": one.kind.value,
            "author": one.author.address if one.author else "",
            "author_name": one.author.name if one.author else "",
            "why": one.why,
            "because": one.facts.because,
            "named_on": named_on(one),
            "follow_up": follow_ups.get(one.message_id, 0),
        }
        for position, one in enumerate(reviewed.thread.messages)
    ]


def named_on(one: Message) -> str:
    """The day that a message's text names (ISO 8601), "" where it names none."""
    day = one.facts.promised or one.facts.returns
    return day.isoformat() if day else ""


# ── clocks ────────────────────────────────────────────────────────────────────────────────────────


def _stop_clocks(connection: Connection, owners: Iterable[int]) -> None:
    for chunk in chunks(owners):
        connection.execute(delete(wait).where(wait.c.customer_id.in_(chunk)))
        connection.execute(update(customer).where(customer.c.id.in_(chunk)).values(recheck_at=None))


def _keep_waits(
    connection: Connection,
    whole: Sequence[ReviewedCustomer],
    numbers: Mapping[str, int],
    opened: Mapping[int, int],
    placed: Sequence[Placed],
) -> None:
    thread_of = {(owner, one.thread.conversation): number for number, owner, one in placed}
    rows = []
    for one in whole:
        owner = numbers[one.key]
        for each in one.waits:
            running = each.wait
            rows.append(
                {
                    "customer_id": owner,
                    "deal_id": _deal_number(owner, each.deal.id, opened),
                    "thread_id": thread_of.get((owner, running.conversation or -1)),
                    "rule": running.rule.value,
                    "turn": running.turn.value,
                    "reason": running.reason.value,
                    "since": running.since,
                    "due": running.due,
                    "dormant_from": running.dormant_from,
                    "contact": running.contact,
                    "follow_ups": running.follow_ups,
                    "begun_by": running.begun_by,
                    "quiet": running.quiet,
                    "policy": each.policy,
                    "zone": zone_name(each.calendar, running.due),
                    "workdays": workday_marks(running.since, each.calendar),
                }
            )
    if rows:
        connection.execute(insert(wait), rows)


def _note_rechecks(
    connection: Connection, whole: Sequence[ReviewedCustomer], numbers: Mapping[str, int]
) -> None:
    """A won deal becomes an old customer's by the calendar alone."""
    for one in whole:
        turns = [
            each.deal.shipped_at + timedelta(days=OLD_AFTER_SHIPPED_DAYS)
            for each in one.waits
            if each.deal.shipped_at and each.policy == "won"
        ]
        if turns:
            place = customer.c.id == numbers[one.key]
            connection.execute(update(customer).where(place).values(recheck_at=min(turns)))


def _note_conversations(connection: Connection, judgement: Judgement) -> None:
    everyone = [each for one in judgement.customers for each in one.threads] + list(judgement.others)
    rows = {
        each.id: one.thread.conversation for one in everyone for each in one.thread.messages if not each.stub
    }
    statement = (
        update(message)
        .where(message.c.id == bindparam("number"))
        .values(conversation=bindparam("talk"))
        .execution_options(synchronize_session=False)
    )
    if rows:
        connection.execute(statement, [{"number": one, "talk": talk} for one, talk in rows.items()])


def judged(connection: Connection, numbers: Select[Any]) -> int:
    """These messages have been looked at. Returns how many there are."""
    return connection.execute(update(message).where(message.c.id.in_(numbers)).values(pending=False)).rowcount
