"""`watcher status`: who is overdue, top of the pyramid first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from watcher import paths
from watcher.cli.common import Options, now_option, opened, print_json, reporting
from watcher.clock import system_clock
from watcher.report import status as sort_out
from watcher.report import status_document

if TYPE_CHECKING:
    from watcher.store.glance import Overview


@click.command()
@click.option("--all", "everyone", is_flag=True, help="Inquiries, cold prospects and dormant threads too.")
@now_option
@reporting
@click.pass_obj
def status(options: Options, everyone: bool, now: datetime | None) -> None:
    """The overdue customers, top-down.

    \b
    Examples:
      watcher status
      watcher status --all --json
    """
    moment = now or system_clock()
    seen = overview_at(options, now, moment, dormant=everyone)
    found = sort_out(seen, moment, options.zone)
    if options.json:
        print_json(status_document(found, dormant=everyone))
        return
    from watcher.cli.table import print_status

    print_status(found, options.zone, options.labels, everyone=everyone, read_at=_read_at(seen))


def _read_at(seen: Overview) -> datetime | None:
    """When the watched folder that was read longest ago was read."""
    watched = (one.synced_at for one in seen.sight.folders if not one.left_out)
    return min(filter(None, watched), default=None)


def overview_at(
    options: Options, asked: datetime | None, moment: datetime, *, dormant: bool = False
) -> Overview:
    """The clocks as they are stored, or as they were judged at the moment that was asked for."""
    if asked is not None:
        from watcher.app import overview_as_of

        with opened(options, asked) as app:
            return overview_as_of(app, asked)
    from watcher.domain.blindness import stale_after
    from watcher.store.glance import overview

    path = paths.store_path(options.config)
    return overview(path, moment, stale_after(paths.poll_seconds(options.config)), dormant=dormant)
