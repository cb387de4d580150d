"""`watcher threads`: every thread, and whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import click

from watcher import paths
from watcher.cli.common import Options, now_option, opened, print_json, reporting, shown
from watcher.clock import system_clock
from watcher.domain.blindness import told
from watcher.report import thread_document

if TYPE_CHECKING:
    from watcher.store.glance import ThreadGlance

_WHOSE = {"theirs": ("they owe", "red"), "ours": ("you owe", "yellow"), "nobody": ("nobody", "")}


@click.command()
@click.option("--all", "everyone", is_flag=True, help="Dormant threads, and mail of no customer, too.")
@click.option("--unsorted", is_flag=True, help="Only those who wrote first and were never answered.")
@click.option("--customer", metavar="NAME", help="Only those whose key or name begins so.")
@now_option
@reporting
@click.pass_obj
def threads(
    options: Options, everyone: bool, unsorted: bool, customer: str | None, now: datetime | None
) -> None:
    """Every thread: its number, whose turn, since when, with whom, about what.

    \b
    Examples:
      watcher threads --customer meyer
      watcher threads --json --now 2026-03-19T09:00:00+01:00
    """
    moment = now or system_clock()
    named = _named(options, customer)
    wanted = [
        one for one in read_threads(options, now) if named(one) and (not unsorted or one.role == "unsorted")
    ]
    if options.json:
        print_json([thread_document(one, moment) for one in wanted])
        return
    listed = [one for one in wanted if everyone or _awake(one, moment)]
    print_threads(listed, moment, options.zone)
    hidden = len(wanted) - len(listed)
    if hidden:
        click.echo(f"{hidden} more are dormant or no customer's: --all")
    if not wanted:
        click.echo("No thread.")


def read_threads(options: Options, now: datetime | None, number: int | None = None) -> list[ThreadGlance]:
    """The stored threads, or as they were judged at a moment; all of them, or the one of a number."""
    if now is None:
        from watcher.store.glance import threads as stored

        return stored(paths.store_path(options.config), number)
    from watcher.app import threads_as_of

    with opened(options, now) as app:
        return [one for one in threads_as_of(app, now) if number in (None, one.thread)]


def _named(options: Options, text: str | None) -> Callable[[ThreadGlance], bool]:
    """Whether a thread is with a customer whose key or name begins with the text."""
    if text is None:
        return lambda _: True
    from watcher.store.glance import places

    wanted = text.strip().casefold()
    names = places(paths.store_path(options.config)).names

    def fits(one: ThreadGlance) -> bool:
        key = one.customer or ""
        return key.startswith(wanted) or names.get(key, "").casefold().startswith(wanted)

    return fits


def _awake(one: ThreadGlance, now: datetime) -> bool:
    return one.customer is not None and (one.dormant_from is None or now < one.dormant_from)


def print_threads(listed: Sequence[ThreadGlance], now: datetime, zone: tzinfo) -> None:
    """A line each, in columns as wide as what stands in them; an overdue turn is coloured."""
    from watcher.cli.columns import fit, terminal_width, widest

    def since(one: ThreadGlance) -> str:
        return told(one.since, now, zone) if one.since else ""

    def who(one: ThreadGlance) -> str:
        return shown(one.customer or "-", 80)

    number = widest((str(one.thread) for one in listed), 6)
    day, name = widest(map(since, listed), 16), widest(map(who, listed), terminal_width() * 3 // 10)
    rest = max(terminal_width() - number - len("they owe") - day - name - 4 * 2, 10)
    for one in listed:
        whose, colour = _WHOSE[one.turn]
        overdue = one.due is not None and one.due <= now
        turn = click.style(f"{whose:<8}", fg=colour) if overdue and colour else f"{whose:<8}"
        head = f"{one.thread:>{number}}  {turn}  {fit(since(one), day)}  {fit(who(one), name)}"
        click.echo(f"{head}  {fit(shown(one.subject, 120), rest)}".rstrip())
