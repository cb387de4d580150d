"""Proposals of who may be whom, kept until the rep decides: joins of customers, addresses of our own.

A key is proposed once: what was refused is not proposed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from watcher.domain.joins import Alias, Join, Person
from watcher.domain.messages import Kind
from watcher.domain.reading.signature import Signature
from watcher.store.asking import distinct
from watcher.store.tables import customer, fact, learned_address, message, proposal

GROUP = "signature"  # of the facts that are read off texts


@dataclass(frozen=True, slots=True)
class Proposal:
    """One that waits for the rep. `kind` is "join" or "alias"; `into` is the customer's key, "" for an alias;
    `other` the key of the customer to join, or the address; `evidence` what speaks for it.
    """

    id: int
    kind: str
    into: str
    other: str
    evidence: str
    found_at: datetime


def people(connection: Connection, whose: Callable[[str], str | None]) -> list[Person]:
    """Everybody outside who wrote to us, under each display name they used."""
    query = (
        select(message.c.author, message.c.author_name)
        .where(message.c.kind == Kind.PERSONAL.value, ~message.c.in_sent, message.c.author != "")
        .order_by(message.c.author, message.c.author_name)
        .distinct()
    )
    found = ((row.author, row.author_name, whose(row.author)) for row in connection.execute(query))
    return [Person(address, name, key) for address, name, key in found if key]


def names_in_sent(connection: Connection) -> list[str]:
    """The display names under which mail lies in Sent."""
    query = select(message.c.author_name).where(message.c.in_sent, message.c.author_name != "")
    return sorted(connection.scalars(query.distinct()))


def signatures(connection: Connection) -> dict[str, Signature]:
    """What was read off signatures, by author: of all their mails together."""
    query = (
        select(message.c.author, fact.c.value)
        .join(message, message.c.id == fact.c.message_id)
        .where(fact.c.name == GROUP, ~message.c.in_sent)
        .order_by(message.c.id)
    )
    hosts: dict[str, dict[str, None]] = {}
    phones: dict[str, dict[str, None]] = {}
    for row in connection.execute(query):
        if isinstance(row.value, dict):
            hosts.setdefault(row.author, {}).update(dict.fromkeys(row.value.get("hosts", ())))
            phones.setdefault(row.author, {}).update(dict.fromkeys(row.value.get("phones", ())))
    return {one: Signature(tuple(hosts[one]), tuple(phones[one])) for one in hosts}


def keep_joins(connection: Connection, found: Iterable[Join], now: datetime) -> None:
    """Keep joins that nobody proposed before; of customers that are known."""
    joins = {one.key: one for one in found}
    named = {key for one in joins.values() for key in (one.into, one.other)}
    query = select(customer.c.key, customer.c.id)
    numbers = {row.key: row.id for row in connection.execute(query) if row.key in named}
    known = distinct(connection, proposal.c.key, proposal.c.key, joins)
    for key, one in joins.items():
        if key not in known and one.into in numbers and one.other in numbers:
            row = {"key": key, "kind": "join", "customer_id": numbers[one.into], "other": one.other}
            _keep(connection, {**row, "evidence": one.evidence, "found_at": now})


def keep_aliases(connection: Connection, found: Iterable[Alias], now: datetime) -> None:
    """Keep addresses that may be ours and that nobody proposed before."""
    aliases = {one.key: one for one in found}
    known = distinct(connection, proposal.c.key, proposal.c.key, aliases)
    for key, one in aliases.items():
        if key not in known:
            row = {"key": key, "kind": "alias", "other": one.address, "evidence": "name", "found_at": now}
            _keep(connection, row)


def _keep(connection: Connection, row: dict[str, object]) -> None:
    connection.execute(insert(proposal).values(row))


def open_joins(connection: Connection) -> list[Proposal]:
    """What waits for the rep, the oldest first. A join whose other side was merged already is left out."""
    query = (
        select(proposal, customer.c.key.label("into"))
        .outerjoin(customer, customer.c.id == proposal.c.customer_id)
        .where(proposal.c.state == "open", proposal.c.kind.in_(("join", "alias")))
        .order_by(proposal.c.id)
    )
    rows = connection.execute(query).all()
    there = distinct(connection, customer.c.key, customer.c.key, [row.other for row in rows])
    return [
        Proposal(row.id, row.kind, row.into or "", row.other, row.evidence, row.found_at)
        for row in rows
        if row.kind == "alias" or (row.other in there and row.other != row.into)
    ]


def decide(connection: Connection, number: int, state: str, now: datetime) -> None:
    """The rep accepted or refused one."""
    values = {"state": state, "decided_at": now}
    connection.execute(update(proposal).where(proposal.c.id == number).values(values))


def merged(connection: Connection, into: str, other: str, now: datetime) -> None:
    """The rep merged two customers: that accepts what proposed it."""
    key = Join(into, other, "").key
    values = {"state": "accepted", "decided_at": now}
    connection.execute(
        update(proposal).where(proposal.c.key == key, proposal.c.state == "open").values(values)
    )


def call_ours(connection: Connection, address: str, now: datetime) -> None:
    """The rep says that an address is ours: no folder showed it. The next review judges everything anew."""
    known = select(learned_address.c.address).where(learned_address.c.address == address)
    if connection.scalar(known) is None:
        connection.execute(insert(learned_address).values(address=address, folder="", at=now))
