"""What sync keeps: folders with their checkpoints, messages with where they lie.

Every function works inside the caller's transaction, so that messages and the checkpoint behind them are
kept together or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from watcher.domain.kinds import KINDS_VERSION, KindVerdict
from watcher.domain.messages import Address, Envelope, Kind, Role, moment
from watcher.domain.reports import DeliveryReport
from watcher.domain.subjects import read_subject
from watcher.domain.thread_index import read_thread_index
from watcher.store.asking import chunks, rows_where
from watcher.store.news import note_news
from watcher.store.tables import (
    account,
    folder,
    location,
    mention,
    message,
    participant,
    passed_over,
    quarantine,
)

# A mail to thousands is a newsletter: its tail changes nothing.
_MOST_RECIPIENTS = 1000


@dataclass(frozen=True, slots=True)
class KnownFolder:
    """A folder as the store knows it, with its checkpoint; up to `last_uid` lay so many `messages`."""

    id: int
    name: str
    role: Role
    watched: bool
    left_out: str = ""
    uidvalidity: int | None = None
    last_uid: int = 0
    messages: int = 0
    highestmodseq: int | None = None
    synced_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    rereading: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it was found in a folder."""

    uid: int
    internal_date: datetime
    envelope: Envelope
    verdict: KindVerdict
    server_thread: str = ""


def account_id(connection: Connection, name: str) -> int:
    """The number of an account, new where it was not known."""
    found: int | None = connection.scalar(select(account.c.id).where(account.c.name == name))
    if found is not None:
        return found
    return int(connection.execute(insert(account).values(name=name).returning(account.c.id)).scalar_one())


def forget_accounts(connection: Connection, keep: Iterable[str]) -> None:
    """Accounts that the config no longer names: nobody waits for their folders. Their messages stay known."""
    connection.execute(delete(account).where(account.c.name.not_in(list(keep))))


def folders(connection: Connection, account_name: str) -> dict[str, KnownFolder]:
    """The folders of one account, by name."""
    query = select(folder).join(account).where(account.c.name == account_name).order_by(folder.c.id)
    return {row.name: _known_folder(row) for row in connection.execute(query)}


def _known_folder(row: Row[Any]) -> KnownFolder:
    return KnownFolder(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        watched=row.watched,
        left_out=row.left_out,
        uidvalidity=row.uidvalidity,
        last_uid=row.last_uid,
        messages=row.messages,
        highestmodseq=row.highestmodseq,
        synced_at=row.synced_at,
        failed_at=row.failed_at,
        failure=row.failure,
        rereading=row.rereading,
    )


def keep_folder(connection: Connection, account: int, name: str, role: Role, left_out: str) -> None:
    """Note a folder of the server's listing, new or changed. `left_out` says why it is not watched."""
    values = {"role": role.value, "watched": not left_out, "left_out": left_out}
    place = (folder.c.account_id == account) & (folder.c.name == name)
    if connection.execute(update(folder).where(place).values(values)).rowcount == 0:
        connection.execute(insert(folder).values(account_id=account, name=name, **values))
    note_news(connection)


def forget_folder(connection: Connection, known: KnownFolder) -> None:
    """A folder that is gone from the server. Its messages stay known: the ball does not come back."""
    connection.execute(delete(folder).where(folder.c.id == known.id))


def begin_reading_again(connection: Connection, known: KnownFolder, uidvalidity: int) -> None:
    """UIDVALIDITY changed (RFC 3501 2.3.1.1): every UID we knew means nothing now. Nothing fires until the
    folder was read once more; messages are recognised by their keys.
    """
    connection.execute(delete(location).where(location.c.folder_id == known.id))
    connection.execute(delete(quarantine).where(quarantine.c.folder_id == known.id))
    connection.execute(delete(passed_over).where(passed_over.c.folder_id == known.id))
    connection.execute(
        update(folder)
        .where(folder.c.id == known.id)
        .values(
            uidvalidity=uidvalidity,
            last_uid=0,
            messages=0,
            highestmodseq=None,
            rereading=known.uidvalidity is not None,
        )
    )


def keep_arrivals(
    connection: Connection,
    known: KnownFolder,
    arrivals: Sequence[Arrival],
    last_uid: int,
    company_of: Callable[[str], str],
) -> int:
    """Keep messages found in a folder and move its checkpoint to `last_uid`. Returns how many were new.

    `company_of` names the company behind an address. Doing it twice changes nothing.
    """
    rows = {_key(one): one for one in arrivals}
    existing = _existing(connection, rows)
    fresh = [_message_row(key, one, known.role) for key, one in rows.items() if key not in existing]
    if fresh:
        connection.execute(insert(message), fresh)
    numbers = {key: row.id for key, row in _existing(connection, rows).items()}
    _keep_mentions(connection, {numbers[row["key"]]: row for row in fresh})
    envelopes = {numbers[row["key"]]: rows[row["key"]].envelope for row in fresh}
    people = {number: _addresses(envelope) for number, envelope in envelopes.items()}
    _keep_participants(connection, people, company_of)
    _seen_again(connection, existing.values(), known.role)
    _keep_locations(connection, known.id, {one.uid: numbers[_key(one)] for one in arrivals})
    behind = (folder.c.id == known.id) & (folder.c.last_uid < last_uid)  # a checkpoint never goes back
    connection.execute(update(folder).where(behind).values(last_uid=last_uid))
    return len(fresh)


def _existing(connection: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    query = select(message.c.key, message.c.id, message.c.in_sent, message.c.in_junk)
    return {row.key: row for row in rows_where(connection, query, message.c.key, keys)}


def _key(arrival: Arrival) -> str:
    """What makes a message itself, wherever it lies: its Message-ID, its author and its Date.

    Message-ID alone is not enough: some senders use one twice, and whoever got a mail of ours knows its id.
    When it arrived tells nothing where there is an id: a copy elsewhere may have come at another time.
    """
    envelope = arrival.envelope
    author = envelope.author.address if envelope.author else ""
    if envelope.message_id:
        written = envelope.date.isoformat() if envelope.date else ""
        return f"{envelope.message_id[:1000]} {_digest(author, written)}"
    written = (envelope.date or arrival.internal_date).isoformat()
    everyone = sorted(one.address for one in (*envelope.to, *envelope.cc))
    # A Content-Type names its boundary, which is made anew for each mail; Return-Path differs between copies.
    kept = sorted(f"{field}:{value}" for field, value in envelope.marks if field != "return-path")
    named = (author, written, envelope.subject, *everyone, *envelope.references, *kept)
    return f"<{_digest(*named)}@no-message-id.invalid>"


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _message_row(key: str, arrival: Arrival, role: Role) -> dict[str, Any]:
    envelope = arrival.envelope
    author = envelope.author or Address("")
    subject = read_subject(envelope.subject)
    direct = envelope.in_reply_to[-1] if envelope.in_reply_to else ""
    chain = [one for one in (*envelope.references, *envelope.in_reply_to) if one != envelope.message_id]
    return {
        "key": key,
        "message_id": envelope.message_id or key,
        "sent_at": moment(envelope.date, arrival.internal_date),
        "offset_minutes": envelope.offset_minutes,
        "subject": envelope.subject,
        "base_subject": subject.base,
        "orphan_reply": subject.reply and not chain,
        "author": author.address,
        "author_name": author.name,
        "recipients": _recipients(envelope),
        "references": list(dict.fromkeys(chain)),
        "in_reply_to": direct or (chain[-1] if chain else ""),
        "server_thread": arrival.server_thread,
        "thread_index": read_thread_index(envelope.mark("thread-index") or ""),
        "kind": arrival.verdict.kind.value,
        "why": arrival.verdict.why,
        "doubtful": arrival.verdict.suspect,
        "kind_version": KINDS_VERSION,
        "in_sent": role is Role.SENT,
        "in_junk": role is Role.JUNK,
    }


def _recipients(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = {
        part: [one.address for one in people[:_MOST_RECIPIENTS]]
        for part, people in (("to", envelope.to), ("cc", envelope.cc), ("bcc", envelope.bcc))
        if people
    }
    if envelope.reply_to:
        found["reply_to"] = [[one.address, one.name] for one in envelope.reply_to[:10]]
    return found


def _keep_mentions(connection: Connection, fresh: Mapping[int, Mapping[str, Any]]) -> None:
    """The Message-IDs by which the neighbours of new messages are found."""
    rows = [
        {"name": name, "message_id": number}
        for number, row in fresh.items()
        for name in dict.fromkeys((row["message_id"], *row["references"]))
    ]
    if rows:
        connection.execute(insert(mention), rows)


def _keep_participants(
    connection: Connection, people: Mapping[int, Iterable[str]], company_of: Callable[[str], str]
) -> None:
    """Who stands on which message: a review looks at it together with all mail of theirs."""
    rows = [
        {"address": address, "company": company_of(address), "message_id": number}
        for number, addresses in people.items()
        for address in dict.fromkeys(addresses)
    ]
    if rows:
        connection.execute(insert(participant), rows)


def _addresses(envelope: Envelope) -> list[str]:
    author = [envelope.author] if envelope.author else []
    people = (*author, *envelope.reply_to, *envelope.to, *envelope.cc, *envelope.bcc)
    return [one.address for one in people[:_MOST_RECIPIENTS] if one.address]


def _seen_again(connection: Connection, rows: Iterable[Row[Any]], role: Role) -> None:
    """A message found in another folder: a copy in Sent makes it ours, one outside Junk frees it."""
    for row in rows:
        changes = {}
        if role is Role.SENT and not row.in_sent:
            changes["in_sent"] = True
        if role is not Role.JUNK and row.in_junk:
            changes["in_junk"] = False
        if changes:
            connection.execute(update(message).where(message.c.id == row.id).values(pending=True, **changes))


def _keep_locations(connection: Connection, folder_id: int, places: Mapping[int, int]) -> None:
    uids = list(places)
    taken = select(location.c.uid).where(location.c.folder_id == folder_id, location.c.uid.in_(uids))
    there = set(connection.scalars(taken)) if uids else set()
    rows = [
        {"folder_id": folder_id, "uid": uid, "message_id": number}
        for uid, number in places.items()
        if uid not in there
    ]
    if rows:
        connection.execute(insert(location), rows)
        note_news(connection)


def known_uids(connection: Connection, known: KnownFolder) -> set[int]:
    """The UIDs under which messages of a folder are known, or were passed over."""
    kept = select(location.c.uid).where(location.c.folder_id == known.id)
    passed = select(passed_over.c.uid).where(passed_over.c.folder_id == known.id)
    return set(connection.scalars(kept)) | set(connection.scalars(passed))


def forget_locations(connection: Connection, known: KnownFolder, uids: Iterable[int]) -> None:
    """Messages that were moved or deleted: they lie there no more, and stay known."""
    for chunk in chunks(uids):
        for place in (location, passed_over):
            there = (place.c.folder_id == known.id) & place.c.uid.in_(chunk)
            connection.execute(delete(place).where(there))


def keep_broken(connection: Connection, known: KnownFolder, uid: int, problem: str, at: datetime) -> None:
    """One bad message costs one message: it is counted, and sync goes on."""
    place = (quarantine.c.folder_id == known.id) & (quarantine.c.uid == uid)
    if connection.scalar(select(func.count()).select_from(quarantine).where(place)) == 0:
        row = {"folder_id": known.id, "uid": uid, "problem": problem[:500], "at": at}
        connection.execute(insert(quarantine).values(row))


def more_lie_there(connection: Connection, known: KnownFolder, count: int) -> None:
    """So many messages were read past the checkpoint. A folder that was never read to its end counts none."""
    connection.execute(
        update(folder)
        .where(folder.c.id == known.id, folder.c.messages > 0)
        .values(messages=folder.c.messages + count)
    )


def folder_was_read(
    connection: Connection,
    known: KnownFolder,
    messages: int,
    at: datetime,
    highestmodseq: int | None = None,
) -> None:
    """A folder was read to its end. Whether it is still being read anew says `known`: a folder beside it that
    cannot be read does not keep the rep waiting for ever.
    """
    connection.execute(
        update(folder)
        .where(folder.c.id == known.id)
        .values(
            messages=messages,
            highestmodseq=highestmodseq,
            synced_at=at,
            failed_at=None,
            failure="",
            rereading=known.rereading,
        )
    )


def folder_failed(connection: Connection, known: KnownFolder, why: str, at: datetime) -> None:
    """A folder could not be read: said until it can."""
    first = at if known.failed_at is None else known.failed_at
    connection.execute(
        update(folder).where(folder.c.id == known.id).values(failed_at=first, failure=why[:500])
    )


def account_failed(connection: Connection, account_name: str, why: str, at: datetime) -> None:
    """Nothing of an account could be read: its watched folders say so."""
    for known in folders(connection, account_name).values():
        if known.watched:
            folder_failed(connection, known, why, at)


def end_reading_again(connection: Connection) -> None:
    """The cycle that read folders anew is over: reminders may speak again."""
    connection.execute(update(folder).where(folder.c.rereading).values(rereading=False))


# ── Junk ──


def written_to(connection: Connection, addresses: Iterable[str]) -> set[str]:
    """Which of these addresses stand on mail that lies in Sent, its sender aside."""
    query = _on_sent().with_only_columns(participant.c.address).distinct()
    wanted = dict.fromkeys(addresses)
    return {row.address for row in rows_where(connection, query, participant.c.address, wanted)}


def _on_sent() -> Select[Any]:
    """Whom we wrote to. Junk that gives our own address for its sender is no mail of ours."""
    joined = participant.join(message, message.c.id == participant.c.message_id)
    other = participant.c.address != message.c.author
    return select(participant.c.id).select_from(joined).where(message.c.in_sent, other)


def pass_over(connection: Connection, known: KnownFolder, authors: Mapping[int, str]) -> None:
    """Note mail of people nobody wrote to, by its UID: it is looked at again once somebody has."""
    taken = select(passed_over.c.uid).where(passed_over.c.folder_id == known.id)
    there = {row.uid for row in rows_where(connection, taken, passed_over.c.uid, authors)}
    rows = [
        {"folder_id": known.id, "uid": uid, "author": author}
        for uid, author in authors.items()
        if author and uid not in there
    ]
    if rows:
        connection.execute(insert(passed_over), rows)


def no_longer_strangers(connection: Connection, known: KnownFolder) -> list[int]:
    """The UIDs, ascending, of what was passed over and whose author was written to since."""
    known_now = _on_sent().where(participant.c.address == passed_over.c.author).exists()
    query = select(passed_over.c.uid).where(passed_over.c.folder_id == known.id, known_now)
    return list(connection.scalars(query.order_by(passed_over.c.uid)))


def looked_again(connection: Connection, known: KnownFolder, uids: Iterable[int]) -> None:
    """What was passed over under these UIDs was read, or is gone."""
    for chunk in chunks(uids):
        there = (passed_over.c.folder_id == known.id) & passed_over.c.uid.in_(chunk)
        connection.execute(delete(passed_over).where(there))


@dataclass(frozen=True, slots=True)
class OldKind:
    """A message whose kind older rules told, and where it lies."""

    message: int
    uid: int
    folder: str
    uidvalidity: int | None


def older_kinds(connection: Connection, account_name: str, after: datetime, limit: int) -> list[OldKind]:
    """Messages of one account sent after a moment whose headers older rules judged, newest first."""
    query = (
        select(message.c.id, location.c.uid, folder.c.name, folder.c.uidvalidity)
        .join(location, location.c.message_id == message.c.id)
        .join(folder, folder.c.id == location.c.folder_id)
        .join(account, account.c.id == folder.c.account_id)
        .where(message.c.kind_version < KINDS_VERSION, message.c.sent_at > after)
        .where(account.c.name == account_name, folder.c.watched)
        .order_by(message.c.sent_at.desc())
        .limit(limit)
    )
    rows = connection.execute(query)
    return list({row.id: OldKind(row.id, row.uid, row.name, row.uidvalidity) for row in rows}.values())


def keep_kind(
    connection: Connection, number: int, verdict: KindVerdict | None, thread_index: str = ""
) -> None:
    """The kind by today's rules; None where the message is gone, and stays what it was. Where the text has
    the last word, it is to be read again. What older versions did not keep of the header is kept now.
    """
    values: dict[str, Any] = {"kind_version": KINDS_VERSION}
    if thread_index:
        values |= {"thread_index": thread_index, "pending": True}
    stored = connection.scalar(select(message.c.kind).where(message.c.id == number))
    if verdict and (verdict.suspect or verdict.kind.value != stored):
        values |= {"kind": verdict.kind.value, "why": verdict.why, "doubtful": verdict.suspect}
        values["pending"] = True
    connection.execute(update(message).where(message.c.id == number).values(values))


def keep_report(
    connection: Connection,
    number: int,
    verdict: KindVerdict,
    report: DeliveryReport | None,
    company_of: Callable[[str], str],
) -> None:
    """Keep what a delivery report said. The mail it returns becomes the one it answers; where it names none,
    it concerns those whom it names.
    """
    values: dict[str, Any] = {"kind": verdict.kind.value, "why": verdict.why, "doubtful": False}
    if report is not None:
        values["report"] = {"action": report.action, "status": report.status, "failed": list(report.failed)}
    if report is not None and report.returned_message_id:
        stored = connection.scalar(select(message.c.references).where(message.c.id == number)) or []
        chain = [one for one in stored if one != report.returned_message_id]
        values["references"] = [*chain, report.returned_message_id]
        row = {"name": report.returned_message_id, "message_id": number}
        connection.execute(insert(mention).values(row))
    elif report is not None and verdict.kind is Kind.BOUNCE:
        query = select(participant.c.address).where(participant.c.message_id == number)
        named = set(connection.scalars(query))
        failed = [one for one in report.failed if one not in named]
        _keep_participants(connection, {number: failed}, company_of)
    connection.execute(update(message).where(message.c.id == number).values(pending=True, **values))


def judge_again(connection: Connection, number: int) -> None:
    """Something was learned of a message: the next review looks at it."""
    connection.execute(update(message).where(message.c.id == number).values(pending=True))
