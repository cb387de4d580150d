"""`watcher quiet`: nothing pops up until a moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, opened, print_json, reporting
from watcher.cli.dates import later
from watcher.domain.blindness import told

if TYPE_CHECKING:
    from watcher.app import App


@click.command()
@click.argument("until", required=False)
@reporting
@click.pass_obj
def quiet(options: Options, until: str | None) -> None:
    """Let nothing pop up until a moment; what is due meanwhile is shown after it. `off` ends it.

    \b
    Examples:
      watcher quiet 2h
      watcher quiet tomorrow
      watcher quiet off
    """
    with opened(options) as app:
        found = _kept(app) if until is None else _keep(app, until)
        if options.json:
            print_json({"quiet_until": found.isoformat() if found else None})
        elif found:
            click.echo(f"Quiet until {told(found, app.clock(), app.config.rep.zone)}. watcher quiet off")
        else:
            click.echo("Not quiet: pop-ups come in your working hours.")


def _kept(app: App) -> datetime | None:
    from watcher.store.quiet import quiet_until

    with app.store.reading() as connection:
        return quiet_until(connection, app.clock())


def _keep(app: App, text: str) -> datetime | None:
    """Begin or end it. Raises UsageError where the moment cannot be read, or is over."""
    from watcher.store.quiet import end_quiet, keep_quiet

    rep = app.config.rep
    over = text.strip().casefold() == "off"
    until = None if over else later(text, app.clock(), rep.zone, rep.opening)
    with app.store.writing() as connection:
        if until is None:
            end_quiet(connection)
        else:
            keep_quiet(connection, until)
    return until
