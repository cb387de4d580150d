"""What the rep says: stages, snoozes, holds, calls, roles. It wins over every rule (DESIGN 2.4.6).

Whoever writes here marks the customer as spoken of; the next review judges them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from watcher.domain.customers import Role
from watcher.domain.stages import Stage
from watcher.domain.turns import Play, Turn
from watcher.errors import UsageError
from watcher.store.tables import (
    customer,
    customer_key,
    deal,
    deal_thread,
    proposal,
    reminder,
    stage_move,
    thread,
    thread_message,
    word,
)

_MANY = 8  # candidates named in a question


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the rep sees one. `deals` are (number, name, stage) from the oldest on."""

    id: int
    key: str
    name: str
    role: Role
    role_said: bool
    country: str
    deals: tuple[tuple[int, str, Stage], ...]


def find_customer(connection: Connection, text: str) -> Customer:
    """The customer a rep means: a key, an address, the number of a thread, or how a key or name begins.

    Raises UsageError where none or several match, and names them.
    """
    wanted = text.strip().casefold()
    row = _by_thread(connection, wanted) or _by_key(connection, wanted)
    if row is not None:
        return _customer(connection, row)
    query = select(customer).where(
        or_(
            func.lower(customer.c.key).startswith(wanted, autoescape=True),
            func.lower(customer.c.name).startswith(wanted, autoescape=True),
        )
    )
    rows = connection.execute(query.order_by(customer.c.key).limit(_MANY + 1)).all() if wanted else []
    if len(rows) == 1:
        return _customer(connection, rows[0])
    if not rows:
        raise UsageError(f"no customer begins with {text!r}.", "watcher customer lists them.")
    names = ", ".join(one.key for one in rows[:_MANY]) + (", …" if len(rows) > _MANY else "")
    raise UsageError(f"{text!r} is several customers: {names}.", "Type more of the name.")


def _by_thread(connection: Connection, text: str) -> Row[Any] | None:
    if not text.isdigit():
        return None
    return connection.execute(
        select(customer).join(thread, thread.c.customer_id == customer.c.id).where(thread.c.id == int(text))
    ).one_or_none()


def _by_key(connection: Connection, text: str) -> Row[Any] | None:
    keys = [text, text.rpartition("@")[2]]
    owned = select(customer_key.c.key, customer).join(customer).where(customer_key.c.key.in_(keys))
    rows = {row.key: row for row in connection.execute(owned)}
    number = rows[text].id if text in rows else rows[keys[1]].id if keys[1] in rows else None
    return (
        connection.execute(select(customer).where(customer.c.id == number)).one_or_none() if number else None
    )


def _customer(connection: Connection, row: Row[Any]) -> Customer:
    query = (
        select(deal.c.id, deal.c.name, deal.c.stage).where(deal.c.customer_id == row.id).order_by(deal.c.id)
    )
    deals = tuple((one.id, one.name, Stage(one.stage)) for one in connection.execute(query))
    return Customer(row.id, row.key, row.name, Role(row.role), row.role_said, row.country or "", deals)


def customers(connection: Connection, role: Role | None = None) -> list[Customer]:
    """Everyone, or everyone with a role, by key."""
    query = select(customer).order_by(customer.c.key)
    rows = connection.execute(query if role is None else query.where(customer.c.role == role.value)).all()
    return [_customer(connection, row) for row in rows]


def customer_of_deal(connection: Connection, number: int) -> Customer | None:
    """Whose deal it is, None where there is no such deal."""
    query = select(customer).join(deal, deal.c.customer_id == customer.c.id).where(deal.c.id == number)
    row = connection.execute(query).one_or_none()
    return _customer(connection, row) if row else None


@dataclass(frozen=True, slots=True)
class ThreadPlace:
    """A thread to say something about: its customer, and the message that stands for it from now on.

    `thread` 0 and `anchor` None: a lead without mail, of whom something is said all the same.
    """

    thread: int
    customer_id: int
    customer: str
    anchor: int | None
    subject: str
    stage: Stage | None


def find_thread(connection: Connection, number: int) -> ThreadPlace:
    """The thread of that number. Raises UsageError where there is none, or it is no customer's."""
    query = (
        select(thread.c.id, thread.c.subject, customer.c.id.label("owner"), customer.c.key, deal.c.stage)
        .outerjoin(customer, customer.c.id == thread.c.customer_id)
        .outerjoin(deal, deal.c.id == thread.c.deal_id)
        .where(thread.c.id == number)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UsageError(f"there is no thread {number}.", "watcher threads lists them.")
    if row.owner is None:
        raise UsageError(f"thread {number} is no customer's: nobody's turn is watched in it.")
    stage = Stage(row.stage) if row.stage else None
    return ThreadPlace(number, row.owner, row.key, _anchor(connection, number), row.subject, stage)


def _anchor(connection: Connection, number: int) -> int:
    """The newest message of a thread: a word said of it now is said after that one."""
    query = (
        select(thread_message.c.message_id)
        .where(thread_message.c.thread_id == number, thread_message.c.message_id.is_not(None))
        .order_by(thread_message.c.position.desc())
        .limit(1)
    )
    return int(connection.execute(query).scalar_one())


def newest_place(connection: Connection, owner: Customer) -> ThreadPlace:
    """Where something that names no thread is said of a customer: the newest thread, if there is one."""
    number = newest_thread(connection, owner)
    return find_thread(connection, number) if number else ThreadPlace(0, owner.id, owner.key, None, "", None)


def newest_thread(connection: Connection, owner: Customer) -> int | None:
    """The number of a customer's newest thread, None where there is no mail with them."""
    return newest_thread_of(connection, owner.id)


def newest_thread_of(connection: Connection, owner: int) -> int | None:
    """The same, by the customer's row."""
    query = (
        select(thread.c.id)
        .where(thread.c.customer_id == owner)
        .order_by(thread.c.last_contact.desc().nulls_last(), thread.c.id.desc())
        .limit(1)
    )
    found: int | None = connection.scalar(query)
    return found


def say(
    connection: Connection,
    place: ThreadPlace,
    play: Play,
    at: datetime,
    *,
    turn: Turn = Turn.THEIRS,
    until: datetime | None = None,
    channel: str = "",
    text: str = "",
) -> None:
    """Say `done`, `snoozed` or `logged` of a thread."""
    row = {
        "customer_id": place.customer_id,
        "play": play.value,
        "at": at,
        "anchor_id": place.anchor,
        "turn": turn.value,
        "until": until,
        "channel": channel,
        "text": text,
    }
    connection.execute(insert(word).values(row))
    _spoken_of(connection, place.customer_id)


def hold(connection: Connection, owner: Customer, at: datetime, until: datetime, reason: str) -> None:
    """Leave a customer alone until a moment, because."""
    row = {
        "customer_id": owner.id,
        "play": "hold",
        "at": at,
        "until": until,
        "text": reason,
        "turn": "theirs",
    }
    connection.execute(insert(word).values(row))
    _spoken_of(connection, owner.id)


def move(
    connection: Connection,
    number: int,
    stage: Stage,
    at: datetime,
    *,
    source: str = "rep",
    evidence: str = "",
) -> None:
    """Move a deal to a stage, and keep the step."""
    values = {"deal_id": number, "stage": stage.value, "at": at, "source": source, "evidence": evidence}
    connection.execute(insert(stage_move).values(values))
    last = (
        select(stage_move.c.stage)
        .where(stage_move.c.deal_id == number)
        .order_by(stage_move.c.at.desc(), stage_move.c.id.desc())
        .limit(1)
    )
    connection.execute(update(deal).where(deal.c.id == number).values(stage=connection.scalar(last)))
    owner = connection.scalar(select(deal.c.customer_id).where(deal.c.id == number))
    # Whoever stands on the pyramid is a lead, whatever was guessed.
    lead = {"role": Role.LEAD.value, "role_said": True}
    connection.execute(update(customer).where(customer.c.id == owner).values(lead))
    _spoken_of(connection, int(owner or 0))


def add_customer(connection: Connection, key: str, name: str = "", country: str | None = None) -> Customer:
    """Enter a lead by hand, known by `key`: a domain, an address, or what they are called.

    Raises UsageError for one that is there already.
    """
    if connection.scalar(select(customer_key.c.key).where(customer_key.c.key == key)) is not None:
        raise UsageError(f"{key} is a customer already.", f"watcher customer {key}")
    lead = {"key": key, "name": name, "country": country, "role": Role.LEAD.value, "role_said": True}
    number = connection.execute(insert(customer).values(lead).returning(customer.c.id)).scalar_one()
    connection.execute(insert(customer_key).values(key=key, customer_id=number))
    _spoken_of(connection, number)
    return Customer(number, key, name, Role.LEAD, True, country or "", ())


def open_deal(
    connection: Connection,
    owner: Customer,
    name: str,
    stage: Stage,
    at: datetime,
    *,
    source: str = "rep",
    evidence: str = "",
) -> int:
    """Open a further deal of a customer; returns its number."""
    values = {"customer_id": owner.id, "name": name, "stage": stage.value, "opened_at": at}
    number: int = connection.execute(insert(deal).values(values).returning(deal.c.id)).scalar_one()
    move(connection, number, stage, at, source=source, evidence=evidence)
    return number


def change_deal(connection: Connection, number: int, values: Mapping[str, Any]) -> None:
    """Change what is noted of a deal, by its columns. Raises UsageError where there is none."""
    if connection.execute(update(deal).where(deal.c.id == number).values(**values)).rowcount == 0:
        raise UsageError(f"there is no deal {number}.", "watcher customer NAME shows a customer's deals.")
    owner = connection.scalar(select(deal.c.customer_id).where(deal.c.id == number))
    _spoken_of(connection, int(owner or 0))


def put_thread_into_deal(connection: Connection, place: ThreadPlace, number: int) -> None:
    """This thread is about that deal. Raises UsageError where the deal is another customer's."""
    owner = connection.scalar(select(deal.c.customer_id).where(deal.c.id == number))
    if owner != place.customer_id:
        raise UsageError(
            f"deal {number} is not one of {place.customer}.", f"watcher customer {place.customer}"
        )
    members = select(thread_message.c.message_id).where(thread_message.c.thread_id == place.thread)
    connection.execute(delete(deal_thread).where(deal_thread.c.anchor_id.in_(members)))
    connection.execute(insert(deal_thread).values(deal_id=number, anchor_id=place.anchor))
    _spoken_of(connection, place.customer_id)


def change_customer(connection: Connection, owner: Customer, values: Mapping[str, Any]) -> None:
    """Change name, role or country of a customer."""
    connection.execute(update(customer).where(customer.c.id == owner.id).values(**values))
    _spoken_of(connection, owner.id)


def merge(connection: Connection, into: Customer, other: Customer) -> None:
    """`other` is the same customer as `into`: mail, deals, words and the ledger go over.

    Its name stays known. Raises UsageError for a customer and itself.
    """
    if into.id == other.id:
        raise UsageError(f"{into.key} is that customer already.")
    _drop_deals_by_rule(connection, other)
    for table in (customer_key, deal, word, reminder, thread, proposal):
        connection.execute(update(table).where(table.c.customer_id == other.id).values(customer_id=into.id))
    connection.execute(delete(customer).where(customer.c.id == other.id))
    _spoken_of(connection, into.id)


def _drop_deals_by_rule(connection: Connection, owner: Customer) -> None:
    """A deal of which nobody said anything was only opened by a first contact: it makes no second one."""
    said = select(stage_move.c.deal_id).where(stage_move.c.source != "rule")
    silent = select(deal.c.id).where(deal.c.customer_id == owner.id, deal.c.id.not_in(said))
    connection.execute(update(thread).where(thread.c.deal_id.in_(silent)).values(deal_id=None))
    connection.execute(delete(deal).where(deal.c.id.in_(silent)))


def split(connection: Connection, address: str, of: Customer, role: Role) -> None:
    """`address` is a customer of its own, no longer part of `of`. Raises UsageError where it is already."""
    if connection.scalar(select(customer_key.c.key).where(customer_key.c.key == address)) is not None:
        found = find_customer(connection, address)
        if found.key == address:
            raise UsageError(f"{address} is a customer of its own already.")
        connection.execute(delete(customer_key).where(customer_key.c.key == address))
    values = {"key": address, "name": "", "role": role.value, "role_said": False, "said": True}
    number = connection.execute(insert(customer).values(values).returning(customer.c.id)).scalar_one()
    connection.execute(insert(customer_key).values(key=address, customer_id=number))
    _spoken_of(connection, of.id)


def _spoken_of(connection: Connection, owner: int) -> None:
    connection.execute(update(customer).where(customer.c.id == owner).values(said=True))
