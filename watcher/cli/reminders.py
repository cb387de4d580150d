"""`watcher reminders`: the ledger of nudges."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from watcher import paths
from watcher.cli.columns import fit, terminal_width, widest
from watcher.cli.common import Options, now_option, print_json, reporting, shown
from watcher.clock import system_clock
from watcher.domain.blindness import told

if TYPE_CHECKING:
    from watcher.store.glance import LedgerRow

# What became of a reminder, in the order it is told; the last two are for --all.
TITLES = {
    "planned": "NEXT",
    "claimed": "BEGUN  (no answer was noted: each is shown again, and says so)",
    "delivered": "SHOWN",
    "pressed": "ANSWERED",
    "withdrawn": "WITHDRAWN  (the ball moved before they were shown)",
    "baseline": "FIRST DAY  (overdue when everything was read first: listed, never popped up)",
}
_ON_REQUEST = ("withdrawn", "baseline")
_PRESSES = {
    "open": "Open",
    "snooze": "Snooze a day",
    "done": "Done",
    "closed": "closed",
    "taken_down": "taken off the screen, for the ball had moved",
}
_REACHES = {"pop_up": "pop-up", "digest": "digest"}


@click.command()
@click.option("--all", "everything", is_flag=True, help="Withdrawn ones and the first day's too.")
@now_option
@reporting
@click.pass_obj
def reminders(options: Options, everything: bool, now: datetime | None) -> None:
    """What is planned next, and what was shown, over which channel, with what answer.

    \b
    Examples:
      watcher reminders
      watcher reminders --all --json
    """
    from watcher.store.glance import ledger

    moment = now or system_clock()
    rows = [one for one in ledger(paths.store_path(options.config)) if now is None or one.changed_at <= now]
    listed = [one for one in rows if everything or one.state not in _ON_REQUEST]
    if options.json:
        print_json([one.document() for one in listed])
        return
    for state, title in TITLES.items():
        _section(title, _in_order(listed, state), moment, options.zone)
    if not listed:
        click.echo("Nothing planned, nothing shown.")


def _in_order(rows: Iterable[LedgerRow], state: str) -> list[LedgerRow]:
    """What comes next is told soonest first, what is over latest first."""
    ahead = state == "planned"
    return sorted((one for one in rows if one.state == state), key=_moment, reverse=not ahead)


def _moment(one: LedgerRow) -> datetime:
    """When it is to fire, or when something became of it."""
    return one.fire_at if one.state in ("planned", "baseline") else one.changed_at


def _section(title: str, rows: list[LedgerRow], now: datetime, zone: tzinfo) -> None:
    if not rows:
        return
    click.secho(title, bold=True)
    day = widest((told(_moment(one), now, zone) for one in rows), 16)
    name = widest((shown(one.customer, 60) for one in rows), 24)
    for one in rows:
        head = f"  {fit(told(_moment(one), now, zone), day)}  {fit(shown(one.customer, 60), name)}"
        click.echo(fit(f"{head}  {_told(one)}", terminal_width()).rstrip())


def _told(one: LedgerRow) -> str:
    """About what; and where it was shown, or why it could not be."""
    thread = f", thread {one.thread}" if one.thread is not None else ""
    nudge = f", nudge {one.step + 1}" if one.step else ""
    again = " (again)" if one.tries > 1 else ""
    return f"{one.rule}{thread}{nudge}{again} · {_how(one)}"


def _how(one: LedgerRow) -> str:
    """What was pressed and what came of it, else what the channel answered, else how it is to come."""
    if one.pressed:
        outcome = f": {shown(one.outcome, 80)}" if one.outcome else ""
        return f"{_PRESSES.get(one.pressed, one.pressed)}{outcome}"
    if one.channel:
        return f"{shown(one.channel, 20)}: {shown(one.answer, 80)}"
    return _REACHES.get(one.reach, one.reach)
