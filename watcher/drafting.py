"""store + mailbox → a draft: what a reply to a thread would be, its last mail quoted."""

from __future__ import annotations

from datetime import datetime, timedelta

from watcher.config import Account, Config
from watcher.domain.calendars import customer_calendar
from watcher.domain.countries import country_of_domain
from watcher.domain.drafting import language_of, matter_of, reply_headers, template_name
from watcher.domain.messages import Message
from watcher.domain.plain import plain
from watcher.domain.stages import Stage
from watcher.domain.turns import Turn
from watcher.domain.worktime import nth_working_day
from watcher.drafts.texts import words_of
from watcher.drafts.writing import Draft
from watcher.errors import ConfigError, ServerUnreachable, SignInRefused, UsageError
from watcher.links import Links
from watcher.mailbox.texts import read_text
from watcher.review import us_of
from watcher.store.contacts import learned_addresses
from watcher.store.engine import Store
from watcher.store.replying import Replying, replying

_AHEAD_DAYS = 2  # working days of theirs until the day that a draft names
_TEXT_LIMIT = 64 * 1024  # octets of the mail that is quoted
_MOST_QUOTED = 60  # lines
_WEEKDAYS = "一二三四五六日"


def prepare(
    store: Store, config: Config, links: Links, now: datetime, number: int, language: str = ""
) -> tuple[Draft, Account]:
    """The draft of a reply in a thread, and the account it goes out from; `language` "" is found out.

    Raises UsageError where the thread has no mail of a person with a customer, ConfigError, StoreError. A
    mail that cannot be read is not quoted, and the draft's note says why.
    """
    with store.reading() as connection:
        us = us_of(config, learned_addresses(connection))
        known = replying(connection, number, us, now)
    sender = _account(config, known)
    country = known.country or country_of_domain(known.domain) or ""
    spoken = language or config.drafts.language
    spoken = language_of(country, (known.last.subject, known.name)) if spoken in ("", "auto") else spoken
    greeting, text, closing = words_of(
        _texts(known),
        spoken,
        {
            "name": known.name,
            "company": plain(known.company, 60),
            "matter": matter_of(known.last.subject),
            "day": _day(config, country, now, spoken),
            "rep": plain(config.rep.name, 60) or sender.address,
        },
        config.drafts.templates,
    )
    quoted, note = _quoted(links, sender, known)
    draft = Draft(
        sender=(sender.address, config.rep.name),
        headers=reply_headers(known.last, lambda address: address in us),
        text=f"{greeting}\n\n{text}\n\n{closing}",
        attribution=_attribution(known.last, config, spoken) if quoted else "",
        quoted=quoted,
        note=note,
    )
    if not draft.headers.to:
        raise UsageError(f"nobody outside is written to in thread {number}.")
    return draft, sender


def _texts(known: Replying) -> str:
    """Which ones; whoever is lost and written to again asks anew."""
    stage = Stage.INQUIRY.value if known.policy == Stage.LOST.value else known.policy
    return template_name(stage, turn_is_ours=known.turn is Turn.OURS, follow_ups=known.follow_ups)


def _account(config: Config, known: Replying) -> Account:
    """Whose folder holds the thread's last mail; the first one where it lies nowhere any more."""
    named = known.place.account if known.place else ""
    return next((one for one in config.accounts if one.name == named), config.accounts[0])


def _day(config: Config, country: str, now: datetime, language: str) -> str:
    calendar = customer_calendar(country, "", None, config.rep.zone, config.corrections())
    day = nth_working_day(now.astimezone(calendar.zone).date(), _AHEAD_DAYS, calendar)
    if language == "zh":
        return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
    return f"{day:%A}, {day.day} {day:%B}"


def _quoted(links: Links, sender: Account, known: Replying) -> tuple[str, str]:
    """The text of the last mail, and why there is none."""
    place = known.place
    if place is None:
        return "", "The mail it answers lies in no folder any more: nothing is quoted."
    try:
        with links.to(sender) as session:
            if session.examine(place.folder).uidvalidity != place.uidvalidity:
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
