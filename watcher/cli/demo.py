"""`watcher demo`: the whole main job on a mailbox that is made up, and gone afterwards."""

from __future__ import annotations

import contextlib
import signal
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from watcher.cli.common import global_options, shown
from watcher.cli.table import count, print_status
from watcher.clock import system_clock
from watcher.domain.blindness import stale_after, told
from watcher.errors import UsageError
from watcher.report import Status
from watcher.report import status as sort_out
from watcher.store.glance import Clock, Overview, overview

if TYPE_CHECKING:
    from watcher.alerts.channel import PopUp
    from watcher.app import App
    from watcher.daemon import Daemon
    from watcher.demo.mailbox import DemoMailbox
    from watcher.demo.server import DemoServer
    from watcher.remind import RemindReport


# Of a history that is made up (watcher.demo.past).
SHAPES = ("healthy", "bottom-wide", "top-heavy", "negotiation", "unpaid")


@click.command()
@click.option("--once", is_flag=True, help="End after the first round.")
@click.option("--history", is_flag=True, help="Months of selling instead: the pyramid, and what it says.")
@click.option(
    "--shape", type=click.Choice(SHAPES), default="healthy", show_default=True, help="Of the history."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another number makes another history.")
@click.option("--months", type=click.IntRange(1, 36), default=6, show_default=True, help="How long it is.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave config and store there, to try on.",
)
@global_options
def demo(once: bool, history: bool, shape: str, seed: int, months: int, keep: Path | None) -> None:
    """Show the whole job on a made-up mailbox: no account, no server, nothing left behind.

    \b
    Examples:
      watcher demo            (goes on: new mail changes the table; Ctrl-C ends it)
      watcher demo --history --shape top-heavy
    """
    _end_by_interrupt()
    if history:
        from watcher.cli.past import show_past

        show_past(shape, seed, months, keep)
        return
    if keep is not None:
        raise UsageError("--keep is for a history.", "watcher demo --history --keep FOLDER")
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="watcher-demo-") as folder,
    ):
        _play(Path(folder), once=once)
    with contextlib.suppress(OSError):  # the window may be closed
        click.echo("The demo is over; nothing is left of it.")


def _end_by_interrupt() -> None:
    """Make SIGTERM and a closed window unwind the stack as Ctrl-C does, so that the folder goes."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    if hasattr(signal, "SIGHUP"):
        # To whoever handles SIGTERM at that time: the daemon has a handler of its own.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def _play(folder: Path, *, once: bool) -> None:
    from watcher.app import open_app
    from watcher.demo.mailbox import demo_mailbox
    from watcher.demo.play import ZONE, demo_clock, demo_config, demo_server, fill, tell_stages

    clock = demo_clock(system_clock())
    start = clock().astimezone(ZONE)
    box = demo_mailbox(start)
    click.echo(f"Wei Chen sells pumps. It is {start:%A}, {start.day} {start:%B %Y, %H:%M} in Shanghai.")
    with demo_server() as server:
        click.echo(f"A real IMAP server on {server.host}:{server.port} takes {len(box.mails)} mails …")
        fill(server, box)
        click.echo("Read and judged for the first time: a baseline, and no pop-up.")
        with open_app(demo_config(server, folder), clock) as app:
            if not once:
                app.listen(app.answer)
            _first_day(app)
            _tell_proposals(app)
            click.echo(f"Wei says where {len(box.stages)} of the customers stand.\n")
            tell_stages(app, box.stages)
            _tell_pop_ups(app.remind())
            _table(_status(app), app)
            _guide()
            if not once:
                _go_on(app, server, box)


def _first_day(app: App) -> None:
    """The first review sets a baseline and fires nothing (DESIGN 2.8), for Wei as for anybody."""
    done = app.round()
    for error in done.errors:
        raise error
    app.remind()


# ── what is shown ──


def _tell_proposals(app: App) -> None:
    from watcher.propose import propose

    found = propose(app.store, app.config, app.clock()).open
    click.echo(f"The mail shows that {count(found, 'deal')} moved (watcher stage --proposals would ask).")


def _tell_pop_ups(report: RemindReport) -> None:
    refused = next((one.answer for one in report.answers if not one.delivered), None)
    if refused is None:
        click.echo(f"Popped up on your desktop, taken by {report.answers[0].answer}:")
    else:
        click.echo(f"No pop-up: {refused}. This would have popped up:")
    for one in report.shown:
        _pop_up(one)
    click.echo()


def _pop_up(one: PopUp) -> None:
    click.echo(f"  ▸ {shown(one.title)}")
    click.secho(f"    {shown(one.text)}", dim=True)


def _seen(app: App) -> Overview:
    return overview(app.store.path, app.clock(), stale_after(app.config.sync.poll_seconds))


def _status(app: App) -> Status:
    return sort_out(_seen(app), app.clock(), app.config.rep.zone)


def _table(found: Status, app: App) -> None:
    click.echo("$ watcher status")
    print_status(found, app.config.rep.zone, app.config.labels(), everyone=False)


def _guide() -> None:
    click.secho(
        "\n● they owe a reply, ◐ you owe one; in working days of that side, nearest to an order first."
        "\nYour own mailbox: watcher init",
        dim=True,
    )


# ── going on ──


def _go_on(app: App, server: DemoServer, box: DemoMailbox) -> None:
    """Run on as the daemon; mail that comes in changes the table within a poll."""
    from watcher.daemon import Daemon
    from watcher.demo.play import POLL_SECONDS, Postman

    screen = _Screen(app)
    daemon = Daemon(app, lambda: screen.after_round(daemon))
    click.echo(
        f"\nWatching on, a poll each {POLL_SECONDS} seconds; mail is on its way. Ctrl-C ends the demo."
    )
    with Postman(server, box.deliveries, app.clock, screen.mail_arrived):
        daemon.run()
    click.echo()


class _Screen:
    """What is on the terminal; two threads write to it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._overdue = _status(app).overdue
        self._writing = threading.Lock()

    def mail_arrived(self) -> None:
        """Say that the server has a new mail, which the next poll will find."""
        with self._writing, contextlib.suppress(OSError):
            click.secho("\n(a mail has arrived on the server)", dim=True)

    def after_round(self, daemon: Daemon) -> None:
        """Print the table where it has changed."""
        now = _status(self._app)
        before, self._overdue = self._overdue, now.overdue
        gone = _without(before, now.overdue)
        come = _without(now.overdue, before)
        if not gone and not come:
            return
        try:
            with self._writing:
                self._tell(gone, come)
                _table(now, self._app)
        except OSError:  # nobody reads any more: the window is closed, or `| head` has enough
            daemon.stop()

    def _tell(self, gone: Iterable[Clock], come: Iterable[Clock]) -> None:
        click.echo()
        for one in gone:
            click.secho(f"{_name(one)}: off the list.{self._answer_by(one.customer)}", bold=True)
        for one in come:
            click.secho(f"{_name(one)}: on the list.", bold=True)

    def _answer_by(self, customer: str) -> str:
        """Who left the list by writing has the ball back at our foot."""
        ours = [one.due for one in _seen(self._app).clocks if (one.customer, one.turn) == (customer, "ours")]
        if not ours:
            return ""
        due = told(min(ours), self._app.clock(), self._app.config.rep.zone)
        return f" They wrote: yours to answer by {due}."


def _without(some: Iterable[Clock], others: Iterable[Clock]) -> list[Clock]:
    names = {one.customer for one in others}
    return [one for one in some if one.customer not in names]


def _name(one: Clock) -> str:
    return shown(one.name or one.customer, 60)
