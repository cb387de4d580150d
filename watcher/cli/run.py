"""`watcher run` and `watcher sync`: the daemon, and one pass."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

import click

from watcher.cli.common import Options, global_options, now_option, opened, print_json, reporting
from watcher.progress import TEXTS

if TYPE_CHECKING:
    from watcher.app import Round
    from watcher.progress import Progress

_LEVELS = (logging.INFO, logging.DEBUG)
_MANY_TEXTS = 200  # a pass over so many takes its time


def start_logging(options: Options, levels: Sequence[int] = _LEVELS) -> None:
    """Log lines on stderr, where systemd picks them up; no subject and no address is ever in them. `levels`
    are those without -v, with one, with two.
    """
    level = levels[min(options.verbose, len(levels) - 1)]
    under_systemd = not sys.stderr.isatty()
    form = "%(levelname)s %(message)s" if under_systemd else "%(asctime)s %(levelname)s %(message)s"
    # Libraries name mailboxes, commands and job arguments; those that speak OAuth name tokens.
    logging.basicConfig(level=logging.WARNING, format=form, stream=sys.stderr)
    logging.getLogger("watcher").setLevel(level)


@click.command()
@global_options
@click.pass_obj
def run(options: Options) -> None:
    """Watch: poll, judge, remind, until told to end (Ctrl-C, SIGTERM).

    \b
    Examples:
      watcher run
      watcher service install     (the same, at every login)
    """
    from watcher.daemon import Daemon

    start_logging(options)
    with opened(options) as app:
        Daemon(app).run()


@click.command()
@now_option
@reporting
@click.pass_obj
def sync(options: Options, now: datetime | None) -> None:
    """Read the mailbox once, judge, and end. Reminds of nothing.

    \b
    Examples:
      watcher sync
      watcher sync --json
    """
    from watcher.app import alone

    start_logging(options, (logging.ERROR, *_LEVELS))  # what fails is told at the end, in words
    with opened(options, now) as app, alone(app.store.path), _Line() as progress:
        done = app.round(progress, to_the_end=True)
    if done.reports:
        _tell(options, done)
    if done.errors:
        raise done.errors[0]


class _Line:
    """Progress: one line that is written over on a terminal, a log line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._told: dict[str, int] = {}
        self._written = False

    def __call__(self, progress: Progress) -> None:
        text = f"{progress.folder}: {progress.done} of {progress.total}"
        if self._terminal:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)
            self._written = True
        elif self._is_worth_a_line(progress):
            self._told[progress.folder] = progress.done
            click.echo(text, err=True)

    def _is_worth_a_line(self, progress: Progress) -> bool:
        """Every few thousand headers, and each full pass over texts."""
        texts = progress.folder == TEXTS and progress.done == progress.total >= _MANY_TEXTS
        return texts or progress.done - self._told.get(progress.folder, 0) >= 5000

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Clear the line."""
        if self._written:
            click.echo("\r\x1b[K", nl=False, err=True)


def _tell(options: Options, done: Round) -> None:
    judged = done.judged
    new = sum(one.new for one in done.reports.values())
    broken = sum(one.broken for one in done.reports.values())
    failures = [(folder, why) for one in done.reports.values() for folder, why in one.failures]
    if options.json:
        print_json(
            {
                "new": new,
                "quarantined": broken,
                "threads_judged": judged.threads,
                "texts_read": sum(one.read for one in done.texts.values()),
                "learned": list(judged.learned),
                "failed": [{"folder": folder, "why": why} for folder, why in failures],
            }
        )
        return
    click.echo(f"{new} new messages, {judged.threads} threads judged.")
    if broken:
        click.echo(f"{broken} messages could not be read and were set aside.")
    for address in judged.learned:
        click.echo(f"{address} writes from Sent: taken as yours. (aliases in the config make it permanent)")
    for folder, why in failures:
        click.echo(f"{folder} was not read: {why}", err=True)
