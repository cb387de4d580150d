"""`watcher reminders`: the ledger of nudges."""

from __future__ import annotations

from datetime import datetime

import click

from watcher import paths
from watcher.cli.common import Options, now_option, print_json, reporting, shown
from watcher.clock import system_clock
from watcher.domain.blindness import told


@click.command()
@click.option("--all", "everything", is_flag=True, help="Withdrawn ones and the first day's too.")
@now_option
@reporting
@click.pass_obj
def reminders(options: Options, everything: bool, now: datetime | None) -> None:
    """What was planned, shown and withdrawn, newest first.

    \b
    Examples:
      watcher reminders
      watcher reminders --all --json
    """
    from watcher.store.glance import ledger

    moment = now or system_clock()
    rows = [one for one in ledger(paths.store_path(options.config)) if now is None or one.changed_at <= now]
    listed = [one for one in rows if everything or one.state not in ("withdrawn", "baseline")]
    if options.json:
        print_json([one.document() for one in listed])
        return
    for one in listed:
        when = told(one.fire_at, moment, options.zone)
        answer = f" {shown(one.answer, 60)}" if one.answer else ""
        line = f"{one.state:<9} {when:<17} {one.stage:<11} {one.rule:<11} step {one.step}"
        click.echo(f"{line}  {shown(one.customer, 40)}{answer}")
    if not listed:
        click.echo("Nothing planned, nothing shown.")
