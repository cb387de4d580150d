"""What is known of a customer and their deals besides the verdicts: for `show`, `customer` and `deal`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from watcher.domain.identity import Us
from watcher.domain.threads import hints
from watcher.review import customer_of
from watcher.store import files
from watcher.store.asking import rows_where
from watcher.store.glance import ThreadGlance
from watcher.store.messages import load_messages
from watcher.store.tables import customer, customer_key, deal, mention, message, participant, stage_move, word

NOBODY = Us(frozenset())


@dataclass(frozen=True, slots=True)
class Step:
    """One move on the pyramid: when, to which stage, and its source (watcher.domain.deals.StageMove)."""

    at: datetime
    stage: str
    source: str


@dataclass(frozen=True, slots=True)
class DealSheet:
    """One deal with everything that was noted of it; "" where nothing was."""

    number: int
    name: str
    stage: str
    value: str
    currency: str
    expected_on: str
    note: str
    shipped_at: datetime | None
    owner: str
    steps: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        """Its JSON; times are ISO 8601."""
        return {
            "deal": self.number,
            "name": self.name,
            "stage": self.stage,
            "value": self.value or None,
            "currency": self.currency or None,
            "expected": self.expected_on or None,
            "shipped": self.shipped_at.isoformat() if self.shipped_at else None,
            "note": self.note or None,
            "owner": self.owner or None,
            "moves": [
                {"stage": one.stage, "at": one.at.isoformat(), "source": one.source} for one in self.steps
            ],
        }


@dataclass(frozen=True, slots=True)
class Dossier:
    """One customer: what they are called, the names merged into them, and until when they are on hold."""

    key: str
    name: str
    country: str
    aliases: tuple[str, ...] = ()
    held_until: datetime | None = None
    held_because: str = ""


def dossier(connection: Connection, key: str, now: datetime) -> Dossier:
    """What is known of a customer at `now`; the bare key where nothing is."""
    row = connection.execute(select(customer).where(customer.c.key == key)).one_or_none()
    if row is None:
        return Dossier(key, "", "")
    aliases = select(customer_key.c.key).where(
        customer_key.c.customer_id == row.id, customer_key.c.key != key
    )
    holds = (
        select(word.c.until, word.c.text)
        .where(word.c.customer_id == row.id, word.c.play == "hold", word.c.at <= now)
        .order_by(word.c.at.desc(), word.c.id.desc())
        .limit(1)
    )
    hold = connection.execute(holds).one_or_none()
    until = hold.until if hold and hold.until and hold.until > now else None
    names = tuple(connection.scalars(aliases.order_by(customer_key.c.key)))
    return Dossier(key, row.name, row.country or "", names, until, hold.text if hold and until else "")


def deal_sheets(connection: Connection, owner: int) -> list[DealSheet]:
    """The deals of a customer, the oldest first."""
    rows = connection.execute(select(deal).where(deal.c.customer_id == owner).order_by(deal.c.id)).all()
    return [
        DealSheet(
            number=row.id,
            name=row.name,
            stage=row.stage,
            value=row.value or "",
            currency=row.currency or "",
            expected_on=row.expected_on or "",
            note=row.note,
            shipped_at=row.shipped_at,
            owner=row.owner,
            steps=_steps(connection, row.id),
        )
        for row in rows
    ]


def _steps(connection: Connection, number: int) -> tuple[Step, ...]:
    query = (
        select(stage_move).where(stage_move.c.deal_id == number).order_by(stage_move.c.at, stage_move.c.id)
    )
    return tuple(Step(row.at, row.stage, row.source) for row in connection.execute(query))


def stands_on_mail(connection: Connection, key: str) -> bool:
    """Whether a company or an address, somebody's customer or not, takes part in any mail."""
    there = or_(participant.c.company == key, participant.c.address == key)
    return connection.scalar(select(participant.c.id).where(there).limit(1)) is not None


def owner_of(connection: Connection, us: Us = NOBODY) -> Callable[[str], str | None]:
    """Whose an address is: the key of its customer, merges and splits included; None for one of `us`."""
    return customer_of(us, files.aliases(connection))


def hints_of(connection: Connection, found: ThreadGlance, us: Us, now: datetime) -> dict[str, str]:
    """By what the mails of a thread that name none they answer were put into it, by Message-ID."""
    names = [one.message_id for one in found.messages]
    query = (
        select(message.c.id)
        .join(mention, mention.c.message_id == message.c.id)
        .where(message.c.message_id == mention.c.name)
    )
    rows = rows_where(connection, query, mention.c.name, dict.fromkeys(names))
    loaded = load_messages(connection, [row.id for row in rows], us, now)
    joined = hints(loaded, owner_of(connection, us))
    return {one.message_id: joined[one.id] for one in loaded if one.id in joined}


def recipients(connection: Connection, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Whom each of these messages, given by their Message-IDs, went to."""
    query = (
        select(message.c.message_id, message.c.recipients)
        .join(mention, mention.c.message_id == message.c.id)
        .where(message.c.message_id == mention.c.name)
    )
    rows = rows_where(connection, query, mention.c.name, dict.fromkeys(names))
    return {
        row.message_id: tuple(one for part in ("to", "cc", "bcc") for one in row.recipients.get(part, ()))
        for row in rows
    }
