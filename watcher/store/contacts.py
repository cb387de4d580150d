"""What is learned on the way: our unknown addresses, whom we wrote to, who makes which Message-IDs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from watcher.domain.identity import Us
from watcher.domain.messages import Direction, Kind, Message
from watcher.store.asking import chunks, distinct, rows_where
from watcher.store.tables import (
    contact,
    folder,
    id_host,
    learned_address,
    location,
    message,
    participant,
)


def learned_addresses(connection: Connection) -> frozenset[str]:
    """Addresses of ours that showed themselves in Sent."""
    return frozenset(connection.scalars(select(learned_address.c.address)))


def learn_addresses(connection: Connection, us: Us, pending: Select[Any], now: datetime) -> list[str]:
    """Senders of these messages that lie in Sent, that nobody told us of and that we never wrote to, are ours
    from now on.
    """
    query = (
        select(message.c.author, folder.c.name)
        .join(location, location.c.message_id == message.c.id)
        .join(folder, folder.c.id == location.c.folder_id)
        .where(message.c.in_sent, message.c.author != "", folder.c.role == "sent")
        .distinct()
    )
    rows = connection.execute(query.where(message.c.id.in_(pending)))
    found = {row.author: row.name for row in rows if row.author not in us}
    written_to = distinct(connection, contact.c.address, contact.c.address, found)
    new = {address: name for address, name in found.items() if address not in written_to}
    if new:
        learned = [{"address": address, "folder": name, "at": now} for address, name in new.items()]
        connection.execute(insert(learned_address), learned)
    return list(new)


def note_contacts(connection: Connection, messages: Iterable[Message], us: Us) -> set[str]:
    """Keep when we first wrote to each outside address. Returns those whose moment is new or earlier now."""
    first: dict[str, datetime] = {}
    for one in messages:
        if one.direction is not Direction.OUTBOUND or one.kind not in (Kind.PERSONAL, Kind.BULK):
            continue
        for address in one.recipients:
            if address not in us and (address not in first or one.at < first[address]):
                first[address] = one.at
    known = known_since(connection, first)
    changed = {one: at for one, at in first.items() if one not in known or at < known[one]}
    for address, at in changed.items():
        if address in known:
            connection.execute(update(contact).where(contact.c.address == address).values(written_at=at))
    new = [{"address": one, "name": "", "written_at": at} for one, at in changed.items() if one not in known]
    if new:
        connection.execute(insert(contact), new)
    return set(changed)


def known_since(connection: Connection, addresses: Iterable[str] | None = None) -> dict[str, datetime]:
    """When we first wrote to each address (to all of them for None)."""
    query = select(contact.c.address, contact.c.written_at)
    if addresses is None:
        return {row.address: row.written_at for row in connection.execute(query)}
    return {
        row.address: row.written_at
        for chunk in chunks(addresses)
        for row in connection.execute(query.where(contact.c.address.in_(chunk)))
    }


def bulk_from(connection: Connection, addresses: Iterable[str]) -> set[int]:
    """List mail of these authors: it is theirs once we know them."""
    found: set[int] = set()
    for chunk in chunks(addresses):
        # Authors are participants, and those have an index by address.
        theirs = participant.join(message, message.c.id == participant.c.message_id)
        query = (
            select(message.c.id)
            .select_from(theirs)
            .where(participant.c.address.in_(chunk), message.c.author == participant.c.address)
            .where(message.c.kind == Kind.BULK.value)
        )
        found |= set(connection.scalars(query))
    return found


def note_hosts(connection: Connection, made: Iterable[tuple[str, bool]]) -> set[str]:
    """Keep who makes Message-IDs with which right-hand side, by ids and whether we made them. Returns those
    that only we make from now on, or no longer only we.
    """
    seen: dict[str, tuple[bool, bool]] = {}
    for name, by_us in made:
        host = id_host_of(name)
        ours, theirs = seen.get(host, (False, False))
        seen[host] = (ours or by_us, theirs or not by_us)
    seen.pop("", None)
    stored = {
        row.host: (row.ours, row.theirs)
        for row in rows_where(connection, select(id_host), id_host.c.host, seen)
    }
    now = {host: _either(stored.get(host, (False, False)), new) for host, new in seen.items()}
    if new := [host for host in now if host not in stored]:
        connection.execute(insert(id_host), [_host_row(host, *now[host]) for host in new])
    for host, known in stored.items():
        if now[host] != known:
            connection.execute(
                update(id_host).where(id_host.c.host == host).values(_host_row(host, *now[host]))
            )
    alone = (True, False)
    return {host for host in now if (now[host] == alone) is not (stored.get(host) == alone)}


def _either(one: tuple[bool, bool], other: tuple[bool, bool]) -> tuple[bool, bool]:
    return (one[0] or other[0], one[1] or other[1])


def _host_row(host: str, ours: bool, theirs: bool) -> dict[str, Any]:
    return {"host": host, "ours": ours, "theirs": theirs}


def answers_to(connection: Connection, hosts: set[str]) -> set[int]:
    """Messages that answer one whose Message-ID has one of these right-hand sides."""
    if not hosts:
        return set()
    query = select(message.c.id, message.c.in_reply_to).where(message.c.in_reply_to != "")
    return {row.id for row in connection.execute(query) if id_host_of(row.in_reply_to) in hosts}


def id_host_of(message_id: str) -> str:
    """The right-hand side of a Message-ID, in lower case."""
    return message_id.rpartition("@")[2].rstrip(">").casefold()[:300] if "@" in message_id else ""


def our_id_hosts(connection: Connection) -> frozenset[str]:
    """Right-hand sides of Message-IDs that only we make. A big provider's is everybody's."""
    return frozenset(connection.scalars(select(id_host.c.host).where(id_host.c.ours, ~id_host.c.theirs)))


def first_sent_at(connection: Connection) -> datetime | None:
    """The time of the oldest mail we hold from a Sent folder."""
    query = select(message.c.sent_at).where(message.c.in_sent).order_by(message.c.sent_at).limit(1)
    found: datetime | None = connection.scalar(query)
    return found
