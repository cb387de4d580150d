"""The status table: readable at 80 columns, in colour only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby

import click

from watcher.cli.columns import first_that_fits, fit, terminal_width, widest
from watcher.cli.common import shown
from watcher.domain.blindness import told
from watcher.domain.countries import country_of_domain
from watcher.domain.order import STAGE_ORDER
from watcher.domain.stages import CALL_AFTER_FOLLOW_UPS
from watcher.report import Status
from watcher.store.glance import Clock

# These wait in the digest; the table counts them.
_QUIET = ("inquiry", "cold")
_MARKS = {"theirs": ("●", "red"), "ours": ("◐", "yellow"), "nobody": ("○", "cyan")}


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide each column is: as wide as what stands in it, so that the subject gets what is left."""

    name: int
    whose: int
    number: int
    rest: int


Labels = Mapping[str, str]


def print_status(
    found: Status, zone: tzinfo, labels: Labels, *, everyone: bool, read_at: datetime | None = None
) -> None:
    """The whole table on stdout. `read_at` is when the folder that was read longest ago was read."""
    rows = [one for one in found.overdue if everyone or one.stage not in _QUIET]
    quiet = [] if everyone else [one for one in found.overdue if one.stage in _QUIET]
    dormant = found.dormant if everyone else ()
    columns = _columns((*rows, *dormant))
    _heading(found, zone, read_at)
    _stages(rows, columns, found.as_of, zone, labels)
    _digest(quiet, labels)
    _group("DORMANT", dormant, columns, found.as_of, zone)
    _footer(found, rows, zone)


def print_rows(rows: Sequence[Clock], now: datetime, zone: tzinfo, labels: Labels) -> None:
    """The clocks under their stages, without a heading."""
    _stages(rows, _columns(rows), now, zone, labels)


def _stages(rows: Sequence[Clock], columns: _Columns, now: datetime, zone: tzinfo, labels: Labels) -> None:
    for stage, group in groupby(rows, key=lambda one: one.stage):
        _group(labels[stage].upper(), group, columns, now, zone)


def _columns(rows: Sequence[Clock]) -> _Columns:
    width = terminal_width()
    name = widest((name_of(one) for one in rows), width * 3 // 10)
    whose = widest(map(_whose, rows), 20)
    number = widest((str(one.thread or "") for one in rows), 6)
    margins = len("  ● ") + 3 * len("  ")
    return _Columns(name, whose, number, max(width - name - whose - number - margins, 10))


def _heading(found: Status, zone: tzinfo, read_at: datetime | None) -> None:
    local = found.as_of.astimezone(zone)
    for line in found.blind:
        click.secho(shown(line, 300), fg="red")
    if not found.blind:
        customers = count(found.customers, "customer")
        age = f" {_ago(found.as_of, read_at)}" if read_at and read_at <= found.as_of else ""
        click.echo(f"{local:%a} {local.day} {local:%b %H:%M} · {customers} · all folders read{age}")
    if found.quiet_until:
        end = told(found.quiet_until, found.as_of, zone)
        click.echo(f"Quiet until {end}, as you said: nothing pops up. watcher quiet off")
    if found.sheet_note:
        click.echo(f"Sheet: {shown(found.sheet_note, 300)}")
    if found.quarantined:
        were = "was" if found.quarantined == 1 else "were"
        click.echo(f"{count(found.quarantined, 'message')} could not be read and {were} set aside.")
    click.echo()


def _ago(now: datetime, then: datetime) -> str:
    minutes = int((now - then).total_seconds()) // 60
    if minutes < 1:
        return "just now"
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} hours ago"


def _group(title: str, rows: Iterable[Clock], columns: _Columns, now: datetime, zone: tzinfo) -> None:
    for place, one in enumerate(rows):
        if place == 0:
            click.secho(f"  {title}", bold=True)
        _row(one, columns, now, zone)


def _row(one: Clock, columns: _Columns, now: datetime, zone: tzinfo) -> None:
    number = f"{one.thread or '':>{columns.number}}"
    known = f"{name_of(one, columns.name)}  {fit(_whose(one), columns.whose)}  {number}"
    rest = first_that_fits(_told(one, now, zone), columns.rest)
    click.echo(f"  {mark(one)} {known}  {rest}".rstrip())


def mark(one: Clock) -> str:
    """Whose turn it is, as a coloured dot."""
    dot, colour = _MARKS[one.turn]
    return click.style(dot, fg=colour)


def name_of(one: Clock, width: int | None = None) -> str:
    """Who, and where: the country that was said, else the one their domain names. It survives a cut."""
    country = one.country or country_of_domain(one.customer.rpartition("@")[2])
    place = f" ({country})" if country else ""
    name = shown(one.name or one.customer, 60)
    if width is not None:
        name = first_that_fits([name], width - len(place))
    return f"{name}{place}" if width is None else fit(f"{name}{place}", width)


def _whose(one: Clock) -> str:
    days = count(one.waited, "day")
    if one.rule == "undelivered":
        return "not delivered"
    if one.rule == "payment":
        return f"unpaid · {days}"
    return {"theirs": f"they owe · {days}", "ours": f"you owe · {days}", "nobody": f"idle · {days}"}[one.turn]


def _told(one: Clock, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What else there is to say: the richest first, for whoever has the room."""
    subject, since = shown(one.subject, 80), told(one.since, now, zone)
    if one.rule == "payment":
        return f"signed {since}, no payment noted: ask for the slip", "signed, and no payment yet", "not paid"
    if one.reason == "no_mail":
        return f"no mail yet, on your list since {since}: write, or log a call", "no mail yet: write"
    if one.rule == "idle":
        return f"last contact {since}: what is the next step?", "what is the next step?"
    if one.rule == "undelivered":
        return f"{subject} · did not reach {shown(one.contact, 60)}", subject
    if one.reason == "answer_in_junk":
        return f"{subject} · their answer lies in Junk", f"in Junk: {subject}"
    if one.turn == "ours":
        return f"{subject} · {_OURS.get(one.reason, 'since')} {since}", subject
    return _asked(one, subject, since)


_OURS = {"received_last": "their mail", "we_promised": "you promised", "logged": "logged"}


def _asked(one: Clock, subject: str, since: str) -> tuple[str, ...]:
    many = count(one.follow_ups, "follow-up")
    if one.follow_ups >= CALL_AFTER_FOLLOW_UPS:
        return f"{many} unanswered: call them, or move them down", f"call them: {many}", "call them"
    if one.follow_ups:
        return f"{subject} · {many} unanswered", f"{subject} · {many}", f"{many} · {subject}"
    return (f"{subject} · your mail {since}", subject) if one.reason == "sent_last" else (subject,)


def _digest(quiet: Sequence[Clock], labels: Labels) -> None:
    width = max(widest((labels[one.stage] for one in quiet), 20), len("inquiry  "))
    for stage in STAGE_ORDER:
        many = sum(1 for one in quiet if one.stage == stage)
        if many:
            name = click.style(fit(labels[stage].upper(), width), bold=True)
            click.echo(f"  {name} {many} in today's digest · watcher status --all")


def _footer(found: Status, rows: Sequence[Clock], zone: tzinfo) -> None:
    if found.overdue:
        click.echo()
    if found.unsorted:
        click.echo(f"{count(found.unsorted, 'sender')} never answered: watcher threads --unsorted")
    if found.proposals:
        click.echo(f"{count(found.proposals, 'stage proposal')}: watcher stage --proposals")
    if not found.overdue:
        click.echo(f"Nothing overdue.{_next(found, zone)}")
        return
    first = next((one.thread for one in rows if one.thread is not None), None)
    if first is None:
        click.echo(f"{len(found.overdue)} overdue.")
        return
    do = f"watcher show {first} · watcher snooze {first} 2d · watcher done {first}"
    click.echo(f"{len(found.overdue)} overdue, top first. {do}")


def _next(found: Status, zone: tzinfo) -> str:
    if found.upcoming is None:
        return ""
    who = shown(found.upcoming.name or found.upcoming.customer, 40)
    return f" Next: {who}, {told(found.upcoming.due, found.as_of, zone)}."


def count(many: int, what: str) -> str:
    """So many of something, in words."""
    return f"{many} {what}" if many == 1 else f"{many} {what}s"
