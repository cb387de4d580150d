"""`watcher show`: one thread, with every message and why the turn is what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from typing import TYPE_CHECKING

import click

from watcher.cli.columns import fit, terminal_width, widest
from watcher.cli.common import Options, now_option, number, opened, print_json, reporting, shown
from watcher.cli.explain import KIND_NAMES, Stranger, author, why
from watcher.cli.reckoning import Counted, reckoned
from watcher.cli.threads import read_threads
from watcher.clock import system_clock
from watcher.domain.blindness import told
from watcher.domain.calendars import Calendar, Corrections, customer_calendar
from watcher.domain.countries import country_name, country_of_domain
from watcher.domain.marks import zone_named
from watcher.domain.stages import BELOW, CALL_AFTER_FOLLOW_UPS
from watcher.domain.worktime import ours_due_time
from watcher.errors import UsageError
from watcher.report import thread_document

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.app import App
    from watcher.cli.dossier import Dossier
    from watcher.domain.identity import Us
    from watcher.store.glance import Clock, ThreadGlance, ThreadMessage
    from watcher.store.tone import MarkedMail

_ARROWS = {"inbound": "←", "outbound": "→", "internal": "↔"}
_TURNS = {"theirs": "they owe a reply", "ours": "you owe a reply", "nobody": "nobody's turn"}
_WIDEST_WHAT = 48  # columns, so that what stands behind it is not far away on a wide terminal
_CLOSE = time(18)  # what is due at the end of a customer's day is told in their time


@dataclass(frozen=True, slots=True)
class _Case:
    """A thread with all that explains it."""

    thread: ThreadGlance
    clock: Clock | None
    known: Dossier
    is_stranger: Stranger
    hints: Mapping[str, str]
    now: datetime
    ours: _Ours
    corrections: Corrections
    labels: Mapping[str, str]
    tone: Sequence[MarkedMail]

    @property
    def zone(self) -> tzinfo:
        """The rep's."""
        return self.ours.calendar.zone


@dataclass(frozen=True, slots=True)
class _Ours:
    """The rep's days, and when a due of ours falls on one of them."""

    calendar: Calendar
    at: time


@click.command()
@click.argument("thread")
@now_option
@reporting
@click.pass_obj
def show(options: Options, thread: str, now: datetime | None) -> None:
    """One thread: its messages, and why the turn is what it is.

    \b
    Examples:
      watcher show 17
      watcher show 17 --json
    """
    moment = now or system_clock()
    wanted = number(thread, "thread")
    found = next(iter(read_threads(options, now, wanted)), None)
    if found is None:
        raise UsageError(f"there is no thread {wanted}.", "watcher threads lists them.")
    if options.json:
        print_json(thread_document(found, moment))
        return
    with opened(options, now) as app:
        _print(_case(app, found, now, moment))


def _case(app: App, found: ThreadGlance, asked: datetime | None, now: datetime) -> _Case:
    from watcher.cli.dossier import dossier, hints_of
    from watcher.store.tone import marked_mails

    with app.store.reading() as connection:
        known = dossier(connection, found.customer or "", now)
        is_stranger = _stranger(connection, app, found)
        tone = [one for one in marked_mails(connection, found.thread) if one.at <= now]
        hints = hints_of(connection, found, _us(connection, app), now)
    clock = _clock(app, found.thread, asked, now)
    ours = _Ours(app.config.rep_calendar(), ours_due_time(app.config.rep.closing))
    config = app.config
    return _Case(
        found, clock, known, is_stranger, hints, now, ours, config.corrections(), config.labels(), tone
    )


def _stranger(connection: Connection, app: App, found: ThreadGlance) -> Stranger:
    """Whether a person's mail is not between us and the thread's customer: from somebody else, or from us to
    somebody else alone.
    """
    from watcher.cli.dossier import owner_of, recipients

    owner = owner_of(connection, _us(connection, app))
    written_to = recipients(connection, [one.message_id for one in found.messages])

    def is_stranger(one: ThreadMessage) -> bool:
        if found.customer is None or one.kind != "personal" or one.stub:
            return False
        if one.direction == "inbound":
            return owner(one.author) != found.customer
        outside = {owner(address) for address in written_to.get(one.message_id, ())} - {None}
        return bool(outside) and found.customer not in outside

    return is_stranger


def _us(connection: Connection, app: App) -> Us:
    from watcher.review import us_of
    from watcher.store.contacts import learned_addresses

    return us_of(app.config, learned_addresses(connection))


def _clock(app: App, thread: int, asked: datetime | None, now: datetime) -> Clock | None:
    from watcher.app import overview_as_of
    from watcher.domain.blindness import stale_after
    from watcher.store.glance import overview

    stale = stale_after(app.config.sync.poll_seconds)
    seen = overview_as_of(app, asked) if asked else overview(app.store.path, now, stale)
    return next((one for one in seen.clocks if one.thread == thread), None)


# ── what is told ──


def _print(case: _Case) -> None:
    found = case.thread
    click.secho(shown(found.subject, 100) or "(no subject)", bold=True)
    click.echo(_head(case))
    first, *others = why(found, case.known, case.is_stranger, case.hints, case.now, case.zone)
    click.echo(f"Why: {first}")
    for line in filter(None, (*others, _reckoned(case))):
        click.echo(f"     {line[:1].upper()}{line[1:]}")
    names = widest(map(author, found.messages), 24)
    for one in found.messages:
        click.echo(_line(one, case, names))
    for advice in _advice(case):
        click.echo(f"Tone: {advice}")
    click.echo(f"Do: {' · '.join(_next_commands(found))}")


def _advice(case: _Case) -> list[str]:
    """What in our mail since the PI is better not said."""
    what = {"doubt": "hints at doubt", "selling": "goes on selling"}
    return [
        f'"{shown(mark.phrase, 60)}" in your mail of {told(one.at, case.now, case.zone)}'
        f" {what[mark.kind]}: it {shown(mark.why, 100)}. Expect the order."
        for one in case.tone
        for mark in one.marks
    ]


def _head(case: _Case) -> str:
    found, known = case.thread, case.known
    country = _country(case)
    place = f" ({country})" if country else ""
    stage = case.labels.get(found.stage or "", "")
    parts = [
        f"{shown(known.name or known.key, 60)}{place}" if known.key else "no customer",
        shown(found.contact, 60),
        stage,
        _turn(case),
    ]
    return " · ".join(filter(None, parts))


def _turn(case: _Case) -> str:
    found = case.thread
    if found.turn == "nobody" or found.since is None:
        return _TURNS[found.turn]
    facts = "; ".join(filter(None, (_waited(case), _due(case))))
    since = f"{_TURNS[found.turn]} since {told(found.since, case.now, case.zone)}"
    return f"{since} ({facts})" if facts else since


def _waited(case: _Case) -> str:
    """How long, in the days of the side whose turn it is."""
    if case.clock is None:
        asleep = case.thread.dormant_from is not None and case.thread.dormant_from <= case.now
        return "asleep: too long ago" if asleep else ""
    days = "1 working day" if case.clock.waited == 1 else f"{case.clock.waited} working days"
    theirs = case.thread.turn == "theirs" and _country(case)
    return f"{days} in {country_name(theirs)}" if theirs and country_name(theirs) else days


def _due(case: _Case) -> str:
    due = case.thread.due
    if due is None:
        return ""
    is_or_was = "due was" if due <= case.now else "due"
    country = _country(case)
    if case.thread.turn == "theirs" and country:
        zone = customer_calendar(country, "", None, case.zone).zone
        if due.astimezone(zone).time() == _CLOSE:
            where = "there" if _waited(case).endswith(country_name(country)) else country
            return f"{is_or_was} {told(due, case.now, zone)} {where}"
    return f"{is_or_was} {told(due, case.now, case.zone)}"


def _reckoned(case: _Case) -> str:
    """How the due was counted, unless somebody named the day, or the wait rests meanwhile."""
    found, clock = case.thread, case.clock
    named = found.snoozed_until or case.known.held_until or any(one.named_on for one in found.messages)
    if clock is None or named or found.since is None or found.due is None:
        return ""
    if found.turn == "ours":
        return reckoned(Counted(found.since, found.due, case.ours.calendar, case.ours.at), case.now)
    country = _country(case)
    if found.turn != "theirs" or not country:
        return ""
    theirs = customer_calendar(country, "", None, case.zone, case.corrections)
    theirs = replace(theirs, zone=zone_named(clock.zone))
    return reckoned(Counted(found.since, found.due, theirs, _CLOSE, country_name(country)), case.now)


def _country(case: _Case) -> str:
    """The country that was said, else the one their domain names; "" where neither does."""
    return case.known.country or country_of_domain(case.known.key.rpartition("@")[2]) or ""


def _line(one: ThreadMessage, case: _Case, names: int) -> str:
    when = fit(told(one.at, case.now, case.zone), 16)
    head = f"  {when}  {_ARROWS[one.direction]} {fit(author(one), names)}"
    note = f"  follow-up {one.follow_up}" if one.follow_up else ""
    room = max(terminal_width() - len("  ") - 16 - len("  ← ") - names - 2, 20)
    what = fit(_what(one, case), min(room, _WIDEST_WHAT if note else room) - len(note))
    return f"{head}  {what.rstrip() if not note else what}{note}".rstrip()


def _what(one: ThreadMessage, case: _Case) -> str:
    """What a message is besides a person's mail, and where it lies."""
    if one.stub:
        return "an answer of yours that no folder holds"
    place = shown(", ".join(one.folders), 60) or "in no folder any more"
    if case.is_stranger(one):
        return f"{'to a ' if one.direction == 'outbound' else ''}third party · {place}"
    return place if one.kind == "personal" else f"{KIND_NAMES.get(one.kind, one.kind)} · {place}"


def _next_commands(found: ThreadGlance) -> list[str]:
    number = found.thread
    if found.customer is None:
        return ["nothing: no customer takes part in it"]
    snooze, finish = f"watcher snooze {number} 2d", f"watcher done {number}"
    if found.role == "unsorted":
        return [f"watcher customer {number} --role lead (or partner, ignored)"]
    if found.role != "lead":
        return [f"nothing is asked of a {found.role}: watcher customer {number} --role lead"]
    if found.turn == "ours":
        first = "check the address, or call" if found.reason == "undelivered" else "answer it"
        return [first, snooze, finish, f'watcher log {number} call "…"']
    if found.turn == "theirs" and found.follow_ups >= CALL_AFTER_FOLLOW_UPS:
        below = BELOW.get(found.stage or "")
        down = [f"or move them down: watcher stage {number} {below}"] if below else []
        return [f'call them: watcher log {number} call "…"', *down, finish]
    if found.turn == "theirs":
        return [f"watcher draft {number}", snooze, f"watcher hold {number} --until 2w"]
    return [f'watcher log {number} call "…"', f"watcher hold {number} --until 2w"]
