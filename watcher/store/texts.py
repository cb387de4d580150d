"""Which texts are still to be read, and where they lie (docs/decisions/0010)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, update

from watcher.domain.kinds import KINDS_MATTER, KindVerdict
from watcher.domain.messages import Direction, Kind
from watcher.domain.stages import Stage
from watcher.store.asking import chunks, distinct, rows_where
from watcher.store.tables import (
    account,
    customer_key,
    deal,
    fact,
    folder,
    location,
    message,
    participant,
    stage_move,
    thread,
    thread_message,
)

# A thread ends in no more short replies than this; further back nothing changes a turn.
_FURTHEST_BACK = 5

# Without these nobody is called silent; the other groups only propose.
DECISIVE = ("reply", "away")

# By group of rules, the version that is read today.
Versions = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class WantedText:
    """A message whose text is wanted: where it lies, what is known of it, and for which groups of rules.

    `verdict` is the kind its headers gave; where it is doubtful (`verdict.suspect`) the text has the last
    word. `written` is the day on the writer's own calendar.
    """

    message: int
    uid: int
    folder: str
    uidvalidity: int | None
    direction: Direction
    subject: str
    written: date
    verdict: KindVerdict
    groups: tuple[str, ...] = ()


def judged_by_older_rules(connection: Connection, version: int, now: datetime) -> bool:
    """Whether an older version of the rules read a kind off a text that lies in a watched folder, of a
    message that still matters.
    """
    query = _older(version, now).join(location, location.c.message_id == message.c.id).join(folder)
    return connection.scalar(query.where(folder.c.watched).limit(1)) is not None


def doubt_again(connection: Connection, version: int, now: datetime) -> None:
    """Those kinds are doubtful again."""
    older = message.c.id.in_(_older(version, now))
    connection.execute(update(message).where(older).values(doubtful=True))


def _older(version: int, now: datetime) -> Select[Any]:
    read = select(fact.c.message_id).where(fact.c.name == "kind", fact.c.rule_version < version)
    return select(message.c.id).where(message.c.id.in_(read), message.c.sent_at > now - KINDS_MATTER)


def doubtful(connection: Connection, account_name: str, limit: int) -> list[WantedText]:
    """Messages of one account whose kind hangs on their text, newest first."""
    query = _placed(account_name).where(message.c.doubtful).order_by(message.c.sent_at.desc())
    rows = _each_once(connection.execute(query.limit(2 * limit)))
    return [_wanted(row, Direction.INBOUND, ()) for row in rows][:limit]


def waiting(
    connection: Connection,
    account_name: str,
    versions: Versions,
    now: datetime,
    limit: int,
    among: Iterable[int] | None = None,
) -> list[WantedText]:
    """Texts of one account that turns, pauses or proposals hang on (`among` threads), newest first."""
    asked = _asked(connection, versions, now, among)
    rows = _each_once(rows_where(connection, _placed(account_name), message.c.id, asked))
    newest = sorted(rows, key=lambda row: (row.sent_at, row.id), reverse=True)[:limit]
    return [_wanted(row, *asked[row.id]) for row in newest]


def unread_threads(connection: Connection, now: datetime, among: Iterable[int] | None = None) -> set[int]:
    """Threads (of these, of all for None) whose turn may change by a text that lies in a watched folder and
    was never read.
    """
    asked = _asked(connection, dict.fromkeys(DECISIVE, 0), now, among)
    lies = select(location.c.message_id).join(folder).where(folder.c.watched).distinct()
    held = [row.message_id for row in rows_where(connection, lies, location.c.message_id, asked)]
    return distinct(connection, thread_message.c.thread_id, thread_message.c.message_id, held)


def any_doubtful(connection: Connection) -> bool:
    """Whether mail lies in a watched folder whose kind hangs on a text that was never read. What older rules
    read of it is a reading: nobody waits for the better one.
    """
    lies = select(location.c.id).join(folder).where(location.c.message_id == message.c.id, folder.c.watched)
    read = select(fact.c.id).where(fact.c.message_id == message.c.id, fact.c.name == "kind")
    query = select(message.c.id).where(message.c.doubtful, lies.exists(), ~read.exists())
    return connection.scalar(query.limit(1)) is not None


# ── which ──

_Asked = dict[int, tuple[Direction, tuple[str, ...]]]
_OF_PEOPLE = ("reply", "evidence", "signature", "opening")
_OF_MACHINES = ("away",)
_ONLY_THEIRS = ("signature", "opening")


def _asked(
    connection: Connection, versions: Versions, now: datetime, among: Iterable[int] | None = None
) -> _Asked:
    """By message, its direction and the groups it is wanted for: the last personal message of each thread
    that is not dormant, back through short replies; automatic replies there, for the day they name; where
    the last word is ours, the customer side's last one, for what it shows of the deal; and what we wrote
    since a PI was signed, for its tone.
    """
    awake = _awake(now)
    people, machines = (_of(connection, query, awake, among) for query in (_tails, _automatic))
    ours = _of(connection, _since_the_pi, awake, among)
    read = _read_by(connection, {row.message_id for row in (*people, *machines, *ours)})
    wanted: list[tuple[Row[Any], tuple[str, ...]]] = [(row, _OF_MACHINES) for row in machines]
    wanted += [(row, ("tone",)) for row in ours]
    for _, members in groupby(people, key=lambda row: row.thread_id):
        tail = list(members)
        wanted += [*_their_last(tail), *((row, _groups_of(row)) for row in _walked_back(tail, read))]
    asked: _Asked = {}
    for row, groups in wanted:
        if missing := _missing(groups, read.get(row.message_id, {}), versions):
            _, before = asked.get(row.message_id, (None, ()))
            asked[row.message_id] = (
                Direction(row.direction),
                (*before, *(one for one in missing if one not in before)),
            )
    return asked


def _awake(now: datetime) -> ColumnElement[bool]:
    return and_(thread.c.customer_id.is_not(None), thread.c.dormant_from > now)


def _of(
    connection: Connection,
    query: Callable[[ColumnElement[bool]], Select[Any]],
    awake: ColumnElement[bool],
    threads: Iterable[int] | None,
) -> Sequence[Row[Any]]:
    if threads is None:
        return connection.execute(query(awake)).all()
    asked = (query(and_(awake, thread.c.id.in_(chunk))) for chunk in chunks(threads))
    return [row for one in asked for row in connection.execute(one)]


def _their_last(tail: Iterable[Row[Any]]) -> list[tuple[Row[Any], tuple[str, ...]]]:
    """A signed PI that we have answered is no last word, and yet what the deal stands on."""
    theirs = next((row for row in tail if row.direction == Direction.INBOUND.value), None)
    return [(theirs, ("evidence",))] if theirs is not None else []


def _tails(which: ColumnElement[bool]) -> Select[Any]:
    """The last personal messages between us and the customer in each of these threads, newest first: what a
    factory writes in it decides nothing.
    """
    nearest = func.row_number().over(
        partition_by=thread_message.c.thread_id, order_by=thread_message.c.position.desc()
    )
    members = (
        select(
            thread_message.c.thread_id,
            thread_message.c.message_id,
            thread_message.c.kind,
            thread_message.c.direction,
            nearest.label("nearest"),
        )
        .join(thread)
        .where(which)
        .where(thread_message.c.kind == Kind.PERSONAL.value, thread_message.c.message_id.is_not(None))
        .where(_concerns_the_customer())
        .subquery()
    )
    return (
        select(members)
        .where(members.c.nearest <= _FURTHEST_BACK)
        .order_by(members.c.thread_id, members.c.nearest)
    )


def _concerns_the_customer() -> ColumnElement[bool]:
    """Whether the thread's customer wrote a message, or got one of ours."""
    theirs = or_(participant.c.company == customer_key.c.key, participant.c.address == customer_key.c.key)
    wrote = participant.c.address == thread_message.c.author
    return (
        select(participant.c.id)
        .join(customer_key, theirs)
        .where(participant.c.message_id == thread_message.c.message_id)
        .where(customer_key.c.customer_id == thread.c.customer_id)
        .where(or_(thread_message.c.direction == Direction.OUTBOUND.value, wrote))
        .exists()
    )


def _automatic(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            thread_message.c.thread_id,
            thread_message.c.message_id,
            thread_message.c.kind,
            thread_message.c.direction,
        )
        .join(thread)
        .where(which)
        .where(thread_message.c.kind == Kind.AUTO_REPLY.value)
        .order_by(thread_message.c.thread_id)
    )


def _since_the_pi(which: ColumnElement[bool]) -> Select[Any]:
    """What we wrote, in deals that stand at the PI, since it was signed: for its tone."""
    signed = (
        select(func.max(stage_move.c.at))
        .where(stage_move.c.deal_id == deal.c.id, stage_move.c.stage == Stage.PI.value)
        .scalar_subquery()
    )
    return (
        select(
            thread_message.c.thread_id,
            thread_message.c.message_id,
            thread_message.c.kind,
            thread_message.c.direction,
        )
        .select_from(thread_message)
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .join(deal, deal.c.id == thread.c.deal_id)
        .where(which, deal.c.stage == Stage.PI.value, thread_message.c.at > signed)
        .where(
            thread_message.c.kind == Kind.PERSONAL.value,
            thread_message.c.direction == Direction.OUTBOUND.value,
            thread_message.c.message_id.is_not(None),
        )
        .where(_concerns_the_customer())
    )


_ReadBy = dict[int, dict[str, tuple[int, Any]]]


def _read_by(connection: Connection, numbers: Iterable[int]) -> _ReadBy:
    """By message and group: the version that read it, and what it found."""
    query = select(fact.c.message_id, fact.c.name, fact.c.rule_version, fact.c.value)
    found: _ReadBy = {}
    for row in rows_where(connection, query, fact.c.message_id, numbers):
        found.setdefault(row.message_id, {})[row.name] = (row.rule_version, row.value)
    return found


def _walked_back(tail: Iterable[Row[Any]], read: _ReadBy) -> Iterator[Row[Any]]:
    """From the last message back, as long as what was read is a short reply that passes no ball."""
    for row in tail:
        yield row
        _, said = read.get(row.message_id, {}).get("reply", (0, {}))
        short = isinstance(said, dict) and (said.get("holding") or said.get("closing"))
        if not short:
            return


def _groups_of(row: Row[Any]) -> tuple[str, ...]:
    theirs = row.direction == Direction.INBOUND.value
    return _OF_PEOPLE if theirs else tuple(one for one in _OF_PEOPLE if one not in _ONLY_THEIRS)


def _missing(
    wanted: Iterable[str], read: Mapping[str, tuple[int, Any]], versions: Versions
) -> tuple[str, ...]:
    known = [one for one in wanted if one in versions]
    return tuple(one for one in known if one not in read or read[one][0] < versions[one])


# ── where ──


def _placed(account_name: str) -> Select[Any]:
    # The sums keep SQLite from starting at the folders, to walk all their mail for a few messages of it
    # (sqlite.org/optoverview.html: an expression takes no index).
    lies_in, lies_there = location.c.folder_id + 0, message.c.id + 0
    return (
        select(
            message.c.id,
            message.c.sent_at,
            message.c.offset_minutes,
            message.c.subject,
            message.c.kind,
            message.c.why,
            message.c.doubtful,
            location.c.uid,
            folder.c.name.label("folder"),
            folder.c.uidvalidity,
        )
        .join(location, location.c.message_id == lies_there)
        .join(folder, folder.c.id == lies_in)
        .join(account, account.c.id == folder.c.account_id)
        .where(account.c.name == account_name, folder.c.watched)
    )


def _each_once(rows: Iterable[Row[Any]]) -> list[Row[Any]]:
    """A message that lies in several folders is read in one."""
    return list({row.id: row for row in rows}.values())


def _wanted(row: Row[Any], direction: Direction, groups: tuple[str, ...]) -> WantedText:
    local = row.sent_at + timedelta(minutes=row.offset_minutes or 0)
    return WantedText(
        message=row.id,
        uid=row.uid,
        folder=row.folder,
        uidvalidity=row.uidvalidity,
        direction=direction,
        subject=row.subject,
        written=local.date(),
        verdict=KindVerdict(Kind(row.kind), row.why, suspect=row.doubtful),
        groups=groups,
    )
