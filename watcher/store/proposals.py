"""Stage proposals as they are kept: what mail shows of deals, and what the rep said to it.

A proposal is open until the rep accepts or refuses it, or the deal moved past it (`overtaken`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from watcher.domain.customers import Role
from watcher.domain.deals import Deal
from watcher.domain.messages import Direction, Kind
from watcher.domain.proposals import DealFile, Refusal, StageProposal, Step, Witness, alone, key_of
from watcher.domain.reading.evidence import Evidence, from_fact, read_evidence
from watcher.domain.reading.text import Text
from watcher.domain.stages import Stage
from watcher.errors import UsageError
from watcher.store import words
from watcher.store.asking import chunks, rows_where
from watcher.store.between import between_us
from watcher.store.files import customer_files
from watcher.store.tables import (
    customer,
    deal,
    fact,
    message,
    proposal,
    thread,
    thread_message,
)

EVIDENCE = "evidence"  # the group of facts (watcher.store.facts)
OPEN, ACCEPTED, REFUSED, OVERTAKEN = "open", "accepted", "refused", "overtaken"
_KIND = "stage"
_NO_TEXT = Text()


# ── what is known of deals ────────────────────────────────────────────────────────────────────────


def deal_files(connection: Connection, customers: Iterable[int] | None, now: datetime) -> list[DealFile]:
    """The deals of leads (of these, of all for None) with what the mail of their threads shows at `now`.

    Threads that are dormant are left out.
    """
    rows = _messages(connection, customers, now)
    shown = _shown(connection, rows)
    witnesses: dict[int, list[Witness]] = {}
    for row in between_us(connection, [one for one in rows if one.id in shown]):
        one = Witness(row.id, row.at, Direction(row.direction), shown[row.id])
        witnesses.setdefault(row.deal_id, []).append(one)
    owners = {row.customer_id: row.key for row in rows if row.id in shown}
    decided = _decided(connection, owners)
    known = customer_files(connection, now, lambda _: False, owners.values())
    return [
        _file(one, known[key].deals, witnesses.get(one.id, []), decided.get(owner, []))
        for owner, key in owners.items()
        for one in known[key].deals
    ]


def _messages(connection: Connection, customers: Iterable[int] | None, now: datetime) -> list[Row[Any]]:
    """What people wrote in threads of deals that are awake."""
    query = (
        select(
            thread_message.c.message_id.label("id"),
            thread_message.c.at,
            thread_message.c.direction,
            thread_message.c.author,
            thread.c.deal_id,
            thread.c.customer_id,
            customer.c.key,
            message.c.subject,
        )
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .join(customer, customer.c.id == thread.c.customer_id)
        .join(message, message.c.id == thread_message.c.message_id)
        .where(
            thread.c.deal_id.is_not(None),
            customer.c.role == Role.LEAD.value,
            thread_message.c.kind == Kind.PERSONAL.value,
            thread_message.c.at <= now,
            or_(thread.c.dormant_from.is_(None), thread.c.dormant_from > now),
        )
    )
    if customers is None:
        return list(connection.execute(query))
    return rows_where(connection, query, thread.c.customer_id, customers)


def _shown(connection: Connection, rows: Iterable[Row[Any]]) -> dict[int, tuple[Evidence, ...]]:
    """By message, what its text has shown, and its subject."""
    found = {row.id: read_evidence(_NO_TEXT, row.subject, Direction(row.direction)) for row in rows}
    query = select(fact.c.message_id, fact.c.value).where(fact.c.name == EVIDENCE)
    for row in rows_where(connection, query, fact.c.message_id, list(found)):
        found[row.message_id] = (*from_fact(row.value), *found[row.message_id])
    return {number: evidence for number, evidence in found.items() if evidence}


def _decided(connection: Connection, owners: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """The proposals that the rep said yes or no to, by customer."""
    query = select(proposal).where(proposal.c.kind == _KIND, proposal.c.state.in_((ACCEPTED, REFUSED)))
    found: dict[int, list[Row[Any]]] = {}
    for row in rows_where(connection, query, proposal.c.customer_id, owners):
        found.setdefault(row.customer_id, []).append(row)
    return found


def _file(
    one: Deal, deals: Sequence[Deal], witnesses: Sequence[Witness], decided: Iterable[Row[Any]]
) -> DealFile:
    mine = [row for row in decided if row.deal_id in (one.id, None)]
    return DealFile(
        deal=one,
        witnesses=tuple(witnesses),
        refusals=tuple(
            Refusal(Step(row.stage), row.decided_at, anew=row.deal_id is None)
            for row in mine
            if row.state == REFUSED
        ),
        pi_sent=any((row.stage, row.state) == (Step.PI_SENT, ACCEPTED) for row in mine),
        alone=alone(deals, one),
    )


# ── proposals ─────────────────────────────────────────────────────────────────────────────────────


def keep(
    connection: Connection, found: Sequence[StageProposal], customers: Iterable[int] | None, now: datetime
) -> None:
    """Keep what is proposed of these customers (of all for None); what is proposed no more is overtaken."""
    query = select(proposal.c.id, proposal.c.key, proposal.c.state).where(proposal.c.kind == _KIND)
    rows = (
        connection.execute(query).all()
        if customers is None
        else rows_where(connection, query, proposal.c.customer_id, customers)
    )
    known = {row.key: row for row in rows}
    wanted = {key_of(one): one for one in found}
    gone = [row.id for key, row in known.items() if row.state == OPEN and key not in wanted]
    back = [known[key].id for key in wanted if key in known and known[key].state == OVERTAKEN]
    _set_state(connection, gone, OVERTAKEN, now)
    _set_state(connection, back, OPEN, None)
    fresh = [one for key, one in wanted.items() if key not in known]
    owners = _owners_of_deals(connection, [one.deal for one in fresh])
    if fresh:
        connection.execute(insert(proposal), [_row(one, owners[one.deal], now) for one in fresh])


def _row(one: StageProposal, owner: int, now: datetime) -> dict[str, Any]:
    return {
        "key": key_of(one),
        "kind": _KIND,
        "customer_id": owner,
        "deal_id": None if one.anew else one.deal,
        "stage": one.step.value,
        "other": "",
        "evidence": one.evidence.value,
        "phrase": one.because,
        "message_id": one.message,
        "found_at": now,
        "state": OPEN,
    }


def _owners_of_deals(connection: Connection, deals: Iterable[int]) -> dict[int, int]:
    rows = rows_where(connection, select(deal.c.id, deal.c.customer_id), deal.c.id, deals)
    return {row.id: row.customer_id for row in rows}


def _set_state(connection: Connection, numbers: Iterable[int], state: str, at: datetime | None) -> None:
    for chunk in chunks(numbers):
        change = {"state": state, "decided_at": at}
        connection.execute(update(proposal).where(proposal.c.id.in_(chunk)).values(change))


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal as the rep sees one. `deal` is None where it opens a further one; `stage` is where the deal
    stands today; `thread` is None where the thread is no more. `at` is when the mail was written.
    """

    id: int
    customer_id: int
    customer: str
    name: str
    deal: int | None
    stage: str | None
    step: Step
    evidence: str
    because: str
    message_id: str
    direction: str
    at: datetime
    thread: int | None
    subject: str


def open_proposals(connection: Connection, limit: int | None = None) -> list[OpenProposal]:
    """What waits for the rep's word, by the mail's date, the newest first."""
    query = _listed().where(proposal.c.state == OPEN)
    ordered = query.order_by(thread_message.c.at.desc().nulls_last(), proposal.c.id.desc()).limit(limit)
    return [_open(row) for row in connection.execute(ordered)]


def top_down(found: Iterable[OpenProposal]) -> list[OpenProposal]:
    """The nearest to an order first, in the order they came within a step."""
    height = list(Step)
    return sorted(found, key=lambda one: -height.index(one.step))


def find(connection: Connection, number: int) -> OpenProposal:
    """The open proposal of that number. Raises UsageError where there is none."""
    row = connection.execute(_listed().where(proposal.c.id == number)).one_or_none()
    if row is None:
        raise UsageError(f"there is no proposal {number}.", "watcher stage --proposals lists them.")
    if row.state != OPEN:
        raise UsageError(f"proposal {number} is no longer open: {_CLOSED[row.state]}.")
    return _open(row)


_CLOSED = {ACCEPTED: "you accepted it", REFUSED: "you refused it", OVERTAKEN: "the deal has moved"}


def _listed() -> Select[Any]:
    here = (thread_message.c.message_id == proposal.c.message_id) & (
        thread.c.customer_id == proposal.c.customer_id
    )
    return (
        select(
            proposal,
            customer.c.key.label("customer"),
            customer.c.name,
            deal.c.stage.label("stands_on"),
            message.c.message_id.label("named"),
            message.c.subject,
            message.c.sent_at,
            thread_message.c.at,
            thread_message.c.direction,
            thread.c.id.label("thread"),
        )
        .join(customer, customer.c.id == proposal.c.customer_id)
        .outerjoin(deal, deal.c.id == proposal.c.deal_id)
        .join(message, message.c.id == proposal.c.message_id)
        .outerjoin(thread_message.join(thread, thread.c.id == thread_message.c.thread_id), here)
        .where(proposal.c.kind == _KIND)
    )


def _open(row: Row[Any]) -> OpenProposal:
    return OpenProposal(
        id=row.id,
        customer_id=row.customer_id,
        customer=row.customer,
        name=row.name,
        deal=row.deal_id,
        stage=row.stands_on,
        step=Step(row.stage),
        evidence=row.evidence,
        because=row.phrase,
        message_id=row.named,
        direction=row.direction or "",
        at=row.at or row.sent_at,
        thread=row.thread,
        subject=row.subject,
    )


# ── the rep's word ────────────────────────────────────────────────────────────────────────────────


def refuse(connection: Connection, number: int, now: datetime) -> OpenProposal:
    """No: what was written until now does not propose it again. Raises UsageError."""
    found = find(connection, number)
    _set_state(connection, [number], REFUSED, now)
    return found


def accept(connection: Connection, number: int, now: datetime) -> OpenProposal:
    """Yes: the deal is moved as of the day of the mail that shows it. Raises UsageError."""
    found = find(connection, number)
    if found.deal is None:
        _open_deal(connection, found)
    elif found.step is Step.SHIPPED:
        words.change_deal(connection, found.deal, {"shipped_at": found.at})
    elif found.step.stage and found.step.stage.height > Stage(found.stage or Stage.COLD).height:
        _move(connection, found.deal, found, found.step.stage)
    _set_state(connection, [number], ACCEPTED, now)
    return found


def _move(connection: Connection, number: int, found: OpenProposal, to: Stage) -> None:
    words.move(connection, number, to, found.at, source="proposal", evidence=found.message_id)


def _open_deal(connection: Connection, found: OpenProposal) -> None:
    """A further deal; the thread that shows it goes on in there."""
    owner = words.find_customer(connection, found.customer)
    stage = found.step.stage or Stage.INQUIRY
    number = words.open_deal(
        connection, owner, "", stage, found.at, source="proposal", evidence=found.message_id
    )
    if found.thread is not None:
        words.put_thread_into_deal(connection, words.find_thread(connection, found.thread), number)
