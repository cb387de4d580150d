"""The status table: readable at 80 columns, in colour only on a terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime, tzinfo
from itertools import groupby

import click

from watcher.cli.common import shown
from watcher.domain.blindness import told
from watcher.report import STAGE_ORDER, Status
from watcher.store.glance import Clock

STAGE_NAMES = {
    "won": "WON",
    "pi": "PI",
    "opportunity": "OPPORTUNITY",
    "inquiry": "INQUIRY",
    "cold": "COLD",
    "lost": "LOST",
}
# These wait in the digest; the table counts them.
_QUIET = ("inquiry", "cold")
_MARKS = {"theirs": ("●", "red"), "ours": ("◐", "yellow"), "nobody": ("○", "cyan")}
CALL_AFTER = 4  # unanswered follow-ups


def print_status(found: Status, zone: tzinfo, *, everyone: bool) -> None:
    """The whole table on stdout."""
    _heading(found, zone)
    rows = [one for one in found.overdue if everyone or one.stage not in _QUIET]
    quiet = [] if everyone else [one for one in found.overdue if one.stage in _QUIET]
    room = _name_room((*rows, *found.dormant) if everyone else rows)
    for stage, group in groupby(rows, key=lambda one: one.stage):
        click.secho(f"  {STAGE_NAMES[stage]}", bold=True)
        for one in group:
            _row(one, found.as_of, zone, room)
    _digest(quiet)
    if everyone and found.dormant:
        click.secho("  DORMANT", bold=True)
        for one in found.dormant:
            _row(one, found.as_of, zone, room)
    _footer(found, rows, zone)


def _heading(found: Status, zone: tzinfo) -> None:
    local = found.as_of.astimezone(zone)
    for line in found.blind:
        click.secho(shown(line, 300), fg="red")
    if not found.blind:
        customers = _count(found.customers, "customer")
        click.echo(f"{local:%a} {local.day} {local:%b %H:%M} · {customers} · all folders read")
    if found.quarantined:
        click.echo(f"{_count(found.quarantined, 'message')} could not be read and were set aside.")
    click.echo()


def _name(one: Clock) -> str:
    place = f" ({one.country})" if one.country else ""
    return f"{shown(one.name or one.customer, 60)}{place}"


def _name_room(rows: Iterable[Clock]) -> int:
    """Columns for the names: as many as the longest needs, and not more than leaves room for the rest."""
    from rich.cells import cell_len

    return min(max((cell_len(_name(one)) for one in rows), default=0), 25)


def _row(one: Clock, now: datetime, zone: tzinfo, room: int) -> None:
    width = max(60, min(shutil.get_terminal_size((80, 24)).columns, 120))
    mark, colour = _MARKS[one.turn]
    number = f"{one.thread:>4}" if one.thread is not None else "    "
    head = f" {fit(_name(one), room)}  {fit(_whose(one), 18)}{number} "
    rest = fit(_told(one, now, zone), width - room - 29).rstrip()
    click.echo(f"  {click.style(mark, fg=colour)}{head}{rest}".rstrip())


def _whose(one: Clock) -> str:
    days = _count(one.waited, "day")
    if one.rule == "undelivered":
        return "not delivered"
    if one.rule == "payment":
        return f"unpaid · {days}"
    return {"theirs": f"they owe · {days}", "ours": f"you owe · {days}", "nobody": f"idle · {days}"}[one.turn]


def _told(one: Clock, now: datetime, zone: tzinfo) -> str:
    subject = shown(one.subject, 80)
    if one.rule == "payment":
        return "signed, and no payment yet"
    if one.rule == "idle":
        return "no contact: what is the next step?"
    if one.reason == "answer_in_junk":
        return f"their answer lies in Junk: {subject}"
    if one.follow_ups >= CALL_AFTER:
        return f"{one.follow_ups} follow-ups unanswered: call them, or move them down"
    if one.follow_ups and one.turn == "theirs":
        return f"{_count(one.follow_ups, 'follow-up')} unanswered · {subject}"
    if one.turn == "ours":
        return subject
    return subject


def _digest(quiet: Iterable[Clock]) -> None:
    counted = list(quiet)
    for stage in STAGE_ORDER:
        many = sum(1 for one in counted if one.stage == stage)
        if many:
            name = click.style(f"{STAGE_NAMES[stage]:<9}", bold=True)
            click.echo(f"  {name} {many} in today's digest · watcher status --all")


def _footer(found: Status, rows: list[Clock], zone: tzinfo) -> None:
    if found.overdue:
        click.echo()
    if found.unsorted:
        click.echo(f"{_count(found.unsorted, 'sender')} never answered: watcher threads --unsorted")
    threads = [one.thread for one in rows if one.thread is not None]
    if not found.overdue:
        click.echo(f"Nothing overdue.{_next(found, zone)}")
    elif threads:
        first = threads[0]
        click.echo(
            f"{len(found.overdue)} overdue, top first. "
            f"watcher show {first} · watcher snooze {first} 2d · watcher done {first}"
        )
    else:
        click.echo(f"{len(found.overdue)} overdue.")


def _next(found: Status, zone: tzinfo) -> str:
    if found.upcoming is None:
        return ""
    who = shown(found.upcoming.name or found.upcoming.customer, 40)
    return f" Next: {who}, {told(found.upcoming.due, found.as_of, zone)}."


def _count(many: int, what: str) -> str:
    return f"{many} {what}" if many == 1 else f"{many} {what}s"


def fit(text: str, width: int) -> str:
    """Padded or cut to a number of columns; wide characters (Chinese) take two."""
    from rich.cells import cell_len, set_cell_size

    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"
