"""store + mailbox → a draft: what a reply to a thread would be, its last mail quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from watcher.config import Account, Config
from watcher.domain.calendars import country_of_domain, customer_calendar
from watcher.domain.drafting import language_of, matter_of, reply_headers, template_name
from watcher.domain.identity import Us
from watcher.domain.messages import Direction, Kind, Message
from watcher.domain.plain import plain
from watcher.domain.stages import Stage
from watcher.domain.worktime import nth_working_day
from watcher.drafts.texts import words_of
from watcher.drafts.writing import Draft
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused, UsageError
from watcher.links import Links
from watcher.mailbox.texts import read_text
from watcher.review import us_of
from watcher.store import words
from watcher.store.between import between_us
from watcher.store.contacts import learned_addresses
from watcher.store.engine import Store
from watcher.store.messages import load_messages
from watcher.store.tables import (
    account,
    contact,
    customer,
    deal,
    folder,
    location,
    thread,
    thread_message,
    wait,
)

_AHEAD_DAYS = 2  # working days of theirs until the day that a draft names
_TEXT_LIMIT = 64 * 1024  # octets of the mail that is quoted
_MOST_QUOTED = 60  # lines
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows of the thread: its last mail between us and them, and where that lies."""

    row: Any
    last: Message
    us: Us
    name: str
    place: Any  # folder and UID; None where it lies nowhere any more


def prepare(
    store: Store, config: Config, links: Links, now: datetime, number: int, language: str = ""
) -> tuple[Draft, Account]:
    """The draft of a reply in a thread, and the account it goes out from; `language` "" is found out.

    Raises UsageError where the thread has no mail of a person with a customer, ConfigError, StoreError. A
    mail that cannot be read is not quoted, and the draft's note says why.
    """
    with store.reading() as connection:
        known = _known(connection, config, now, number)
    sender = _account(config, known)
    country = known.row.country or country_of_domain(known.row.key.rpartition("@")[2]) or ""
    spoken = language or config.drafts.language
    spoken = language_of(country, (known.last.subject, known.name)) if spoken in ("", "auto") else spoken
    greeting, text, closing = words_of(
        template_name(
            _policy(known.row),
            turn_is_ours=known.row.turn == "ours",
            follow_ups=known.row.follow_ups,
        ),
        spoken,
        {
            "name": known.name,
            "company": plain(known.row.called, 60),
            "matter": matter_of(known.last.subject),
            "day": _day(config, country, now, spoken),
            "rep": plain(config.rep.name, 60) or sender.address,
        },
        config.drafts.templates,
    )
    quoted, note = _quoted(links, sender, known)
    draft = Draft(
        sender=(sender.address, config.rep.name),
        headers=reply_headers(known.last, lambda address: address in known.us),
        text=f"{greeting}\n\n{text}\n\n{closing}",
        attribution=_attribution(known.last, config, spoken) if quoted else "",
        quoted=quoted,
        note=note,
    )
    if not draft.headers.to:
        raise UsageError(f"nobody outside is written to in thread {number}.")
    return draft, sender


def _known(connection: Connection, config: Config, now: datetime, number: int) -> _Known:
    words.find_thread(connection, number)
    query = (
        select(
            thread.c.turn,
            thread.c.follow_ups,
            deal.c.stage,
            wait.c.policy,
            customer.c.key,
            customer.c.country,
            customer.c.name.label("called"),
        )
        .join(customer, customer.c.id == thread.c.customer_id)
        .outerjoin(deal, deal.c.id == thread.c.deal_id)
        .outerjoin(wait, wait.c.thread_id == thread.c.id)
        .where(thread.c.id == number)
        .limit(1)
    )
    row: Any = connection.execute(query).one()
    us = us_of(config, learned_addresses(connection))
    last = _last(connection, number, us, now)
    if last is None:
        raise UsageError(f"nobody of theirs has a mail in thread {number}.", f"watcher show {number}")
    return _Known(row, last, us, _name(connection, last, us), _place(connection, last.id))


def _policy(row: Any) -> str:
    """Which texts: those of the policy that times it; whoever is lost and written to again asks anew."""
    stage = row.policy or row.stage or Stage.COLD.value
    return Stage.INQUIRY.value if stage == Stage.LOST.value else str(stage)


def _last(connection: Connection, number: int, us: Us, now: datetime) -> Message | None:
    query = (
        select(
            thread_message.c.message_id.label("id"),
            thread_message.c.direction,
            thread_message.c.author,
            thread.c.customer_id,
        )
        .join(thread, thread.c.id == thread_message.c.thread_id)
        .where(
            thread_message.c.thread_id == number,
            thread_message.c.kind == Kind.PERSONAL.value,
            thread_message.c.message_id.is_not(None),
        )
        .order_by(thread_message.c.position)
    )
    rows: Sequence[Row[Any]] = between_us(connection, list(connection.execute(query)))
    found = load_messages(connection, [rows[-1].id], us, now) if rows else []
    return found[0] if found else None


def _name(connection: Connection, last: Message, us: Us) -> str:
    """What the one who is written to is called, as their own mail has it; "" where nothing says."""
    if last.direction is Direction.INBOUND and last.author:
        return plain(last.author.name, 60)
    people = [one for one in last.recipients if one not in us]
    known = select(contact.c.name).where(contact.c.address.in_(people[:1]))
    return plain(connection.scalar(known) or "", 60)


def _place(connection: Connection, message: int) -> Any:
    query = (
        select(location.c.uid, folder.c.name, folder.c.uidvalidity, account.c.name.label("account"))
        .join(folder, folder.c.id == location.c.folder_id)
        .join(account, account.c.id == folder.c.account_id)
        .where(location.c.message_id == message)
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _account(config: Config, known: _Known) -> Account:
    """Whose folder holds the thread's last mail; the first one where it lies nowhere any more."""
    named = known.place.account if known.place else ""
    return next((one for one in config.accounts if one.name == named), config.accounts[0])


def _day(config: Config, country: str, now: datetime, language: str) -> str:
    calendar = customer_calendar(country, "", None, config.rep.zone, config.corrections())
    day = nth_working_day(now.astimezone(calendar.zone).date(), _AHEAD_DAYS, calendar)
    if language == "zh":
        return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
    return f"{day:%A}, {day.day} {day:%B}"


def _quoted(links: Links, sender: Account, known: _Known) -> tuple[str, str]:
    """The text of the last mail, and why there is none."""
    place = known.place
    if place is None:
        return "", "The mail it answers lies in no folder any more: nothing is quoted."
    try:
        with links.to(sender) as session:
            if session.examine(place.name).uidvalidity != place.uidvalidity:
                return "", "The folder was made anew: watcher sync, then again. Nothing is quoted."
            source = session.source(place.uid, _TEXT_LIMIT)
    except (ServerUnreachable, SignInRefused, ConfigError) as error:
        return "", f"{error.message.rstrip('.')}: nothing is quoted."
    if source is None:
        return "", "The mail it answers is gone from its folder: nothing is quoted."
    try:
        said = read_text(source).said
    except ValueError:
        return "", "The mail it answers cannot be read: nothing is quoted."
    lines = [plain(line, 500) for line in said.splitlines()]
    more = ["[…]"] if len(lines) > _MOST_QUOTED else []
    return "\n".join([*lines[:_MOST_QUOTED], *more]).strip(), ""


def _attribution(last: Message, config: Config, language: str) -> str:
    author = last.author
    who = plain((author.name or author.address) if author else "", 60)
    zone = timedelta(minutes=last.offset_minutes) if last.offset_minutes is not None else None
    local = last.at.astimezone(config.rep.zone) if zone is None else last.at + zone
    if language == "zh":
        return f"{who} 于{local.year}年{local.month}月{local.day}日 {local:%H:%M} 写道："
    return f"On {local:%a}, {local.day} {local:%b %Y} at {local:%H:%M}, {who} wrote:"
