"""`watcher threads`: every thread, and whose turn it is."""

from __future__ import annotations

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


@click.command()
@click.option("--all", "everyone", is_flag=True, help="Dormant threads, and mail of no customer, too.")
@click.option("--unsorted", is_flag=True, help="Only those who wrote first and were never answered.")
@click.option("--customer", metavar="NAME", help="Only those whose name begins so.")
@now_option
@reporting
@click.pass_obj
def threads(
    options: Options, everyone: bool, unsorted: bool, customer: str | None, now: datetime | None
) -> None:
    """Every thread: whose turn, since when, and why.

    \b
    Examples:
      watcher threads --unsorted
      watcher threads --json --now 2026-03-19T09:00:00+01:00
    """
    moment = now or system_clock()
    found = [one for one in read_threads(options, now) if _wanted(one, customer, unsorted=unsorted)]
    if options.json:
        print_json([thread_document(one, moment) for one in found])
        return
    listed = [one for one in found if everyone or _awake(one, moment)]
    for one in listed:
        click.echo(_line(one, moment, options.zone))
    hidden = len(found) - len(listed)
    if hidden:
        click.echo(f"{hidden} dormant threads and threads of no customer are not listed: --all")


def read_threads(options: Options, now: datetime | None, number: int | None = None) -> list[ThreadGlance]:
    """The stored threads, or as they were judged at a moment; all of them, or the one of a number."""
    if now is None:
        from watcher.store.glance import threads as stored

        return stored(paths.store_path(options.config), number)
    from watcher.app import threads_as_of

    with opened(options, now) as app:
        return [one for one in threads_as_of(app, now) if number in (None, one.thread)]


def _wanted(one: ThreadGlance, customer: str | None, *, unsorted: bool) -> bool:
    named = customer is None or (one.customer or "").startswith(customer.casefold())
    return named and (not unsorted or one.role == "unsorted")


def _awake(one: ThreadGlance, now: datetime) -> bool:
    return one.customer is not None and (one.dormant_from is None or now < one.dormant_from)


def _line(one: ThreadGlance, now: datetime, zone: tzinfo) -> str:
    from watcher.cli.columns import fit

    whose = {"theirs": "they owe", "ours": "you owe", "nobody": "nobody"}[one.turn]
    since = told(one.since, now, zone) if one.since else ""
    head = f"{one.thread:>4} {fit(whose, 8)} {fit(since, 16)} {fit(shown(one.customer or '-', 80), 24)}"
    return f"{head} {fit(shown(one.subject, 80), 23)}".rstrip()
