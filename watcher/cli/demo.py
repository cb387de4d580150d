"""`watcher demo`: the whole main job on a mailbox that is made up, and gone afterwards."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from watcher.cli.common import Options, global_options
from watcher.cli.table import print_status
from watcher.clock import system_clock

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.demo.mailbox import DemoMailbox
    from watcher.demo.server import DemoServer
    from watcher.remind import RemindReport
    from watcher.report import Status

POLL_SECONDS = 3


@click.command()
@click.option("--once", is_flag=True, help="End after the first round.")
@global_options
@click.pass_obj
def demo(options: Options, once: bool) -> None:
    """Show the whole job on a made-up mailbox: no account, no server, nothing left behind.

    \b
    Examples:
      watcher demo --once
      watcher demo            (goes on: new mail changes the table; Ctrl-C ends it)
    """
    folder = Path(tempfile.mkdtemp(prefix="watcher-demo-"))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _play(folder, once=once)
    except KeyboardInterrupt:
        click.echo("\nThe demo is over; nothing is left of it.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _play(folder: Path, *, once: bool) -> None:
    from watcher.app import open_app
    from watcher.demo.mailbox import USER, demo_mailbox
    from watcher.demo.play import PASSWORD, demo_clock, demo_config, tell_stages
    from watcher.demo.server import DemoServer

    clock = demo_clock(system_clock())
    box = demo_mailbox(clock())
    with DemoServer(user=USER, password=PASSWORD) as server:
        click.echo(f"A real IMAP server on {server.host}:{server.port}, filled with {len(box.mails)} mails …")
        _fill(server, box)
        config = demo_config(server, folder, POLL_SECONDS)
        with open_app(config, clock) as app:
            click.echo("Reading, judging …")
            app.sync()
            _first_day(app)
            tell_stages(app, box.stages)
            _tell_pop_ups(app.remind())
            _table(app)
            if not once:
                _go_on(app, server, box)


def _fill(server: DemoServer, box: DemoMailbox) -> None:
    for name in box.folders:
        server.create(name)
    for mail in box.mails:
        server.append(mail.folder, mail.raw, mail.internal_date)


def _first_day(app: App) -> None:
    """The first review sets a baseline and fires nothing, as on any rep's first day."""
    app.review()
    app.remind()
    click.echo(
        "First day: a baseline, and no pop-up. Then the rep says where each deal stands, and works on."
    )


def _tell_pop_ups(report: RemindReport) -> None:
    from watcher.alerts.desktop import desktop_report

    missing = desktop_report().missing
    delivered = [one for one, answer in zip(report.shown, report.answers, strict=False) if answer.delivered]
    if missing:
        click.echo(f"No pop-up: {missing}. They would have said:")
    elif len(delivered) < len(report.shown):
        why = next(one.answer for one in report.answers if not one.delivered)
        click.echo(f"No pop-up: {why}. They would have said:")
    else:
        click.echo("Popped up:")
    for one in report.shown:
        click.echo(f"  ▸ {one.title}")
    click.echo()


def _status(app: App) -> Status:
    from watcher.domain.blindness import stale_after
    from watcher.report import status
    from watcher.store.glance import overview

    now = app.clock()
    seen = overview(app.store.path, now, stale_after(app.config.sync.poll_seconds))
    return status(seen, now, app.config.rep.zone)


def _table(app: App) -> None:
    click.echo("$ watcher status")
    print_status(_status(app), app.config.rep.zone, everyone=False)


def _go_on(app: App, server: DemoServer, box: DemoMailbox) -> None:
    """Run on as the daemon; mail that comes in changes the table within a poll."""
    from watcher.daemon import Daemon

    shown = {one.customer for one in _status(app).overdue}

    def after_round() -> None:
        nonlocal shown
        now = {one.customer for one in _status(app).overdue}
        if now != shown:
            for name in sorted(shown - now):
                click.echo(f"\n{name} wrote: off the list.")
            for name in sorted(now - shown):
                click.echo(f"\n{name} is on the list now.")
            shown = now
            _table(app)

    over = threading.Event()
    postman = threading.Thread(target=_deliver, args=(server, box, app, over), daemon=True)
    postman.start()
    click.echo("\nWatching on, a poll each 3 seconds; new mail is on its way. Ctrl-C ends the demo.")
    try:
        Daemon(app, after_round).run()
    finally:
        over.set()
        postman.join(5)
    click.echo("The demo is over; nothing is left of it.")


def _deliver(server: DemoServer, box: DemoMailbox, app: App, over: threading.Event) -> None:
    waited = 0.0
    for one in box.deliveries:
        if over.wait(max(one.after_seconds - waited, 0)):
            return
        waited = one.after_seconds
        server.append(one.mail.folder, one.mail.raw, app.clock())
        click.echo("\n(new mail has just arrived on the server)")
