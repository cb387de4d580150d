"""The command line: `watcher COMMAND`.

Commands are imported when they are called: `watcher status` loads neither SQLAlchemy nor imapclient.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from watcher import __version__
from watcher.cli.common import Options, config_option, json_option, verbose_option
from watcher.errors import ConfigError, WatcherError

# Command to module and object, in the order of `watcher --help`.
_COMMANDS = {
    "init": "watcher.cli.setup:init",
    "check": "watcher.cli.check:check",
    "run": "watcher.cli.run:run",
    "sync": "watcher.cli.run:sync",
    "status": "watcher.cli.status:status",
    "plan": "watcher.cli.plan:plan",
    "threads": "watcher.cli.threads:threads",
    "show": "watcher.cli.show:show",
    "open": "watcher.cli.opening:open_thread",
    "customer": "watcher.cli.customers:customer",
    "deal": "watcher.cli.deals:deal",
    "stage": "watcher.cli.words:stage",
    "snooze": "watcher.cli.words:snooze",
    "done": "watcher.cli.words:done",
    "hold": "watcher.cli.words:hold",
    "log": "watcher.cli.words:log",
    "quiet": "watcher.cli.quiet:quiet",
    "pyramid": "watcher.cli.pyramid:pyramid",
    "reminders": "watcher.cli.reminders:reminders",
    "draft": "watcher.cli.draft:draft",
    "push": "watcher.cli.push:push",
    "sheet": "watcher.cli.sheet:sheet",
    "team": "watcher.cli.team:team",
    "service": "watcher.cli.service:service",
    "demo": "watcher.cli.demo:demo",
}

INTERRUPTED = 130  # 128 + SIGINT, as shells count


class _UnreadError(Exception):
    """Whoever read us has enough (`watcher threads | head`)."""


@contextmanager
def _until_nobody_reads() -> Iterator[None]:
    """Before click hears of it, which calls it a failure."""
    try:
        yield
    except BrokenPipeError as error:
        raise _UnreadError from error


class _Lazy(click.Group):
    """A group that imports a command when it is named."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        with _until_nobody_reads():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _until_nobody_reads(), _every_problem(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@contextmanager
def _every_problem(ctx: click.Context) -> Iterator[None]:
    """Who glances at a few keys of the config finds one problem; whoever mends it wants to see them all."""
    try:
        yield
    except ConfigError as error:
        if error.problems:
            from watcher.config import load_config

            load_config(ctx.ensure_object(Options).config)
        raise


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="watcher")
@config_option
@json_option
@verbose_option
@click.pass_context
def cli(ctx: click.Context, config_path: str | None, json: bool, verbose: int) -> None:
    """Whose turn is it on every customer thread?

    \b
    Begin with:
      watcher init        connect a mailbox
      watcher run         watch it (or: watcher service install)
      watcher status      who is overdue, top of the pyramid first
    """
    options = ctx.ensure_object(Options)
    options.config_path = config_path or options.config_path
    options.json = json or options.json
    options.verbose = verbose or options.verbose


def main() -> NoReturn:
    """Run the command line; errors become one helpful line and their exit code."""
    try:
        code = cli.main(prog_name="watcher", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except WatcherError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except _UnreadError:
        # Keep Python from complaining at exit about what could not be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a bug: one line for the person, the traceback for us
        _tell_bug(error)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: WatcherError) -> None:
    problems = error.problems if isinstance(error, ConfigError) else ()
    head = error.message if problems else str(error)
    click.echo(f"error: {head} (exit {error.exit_code})", err=True)
    for line in problems:
        click.echo(f"  {line}", err=True)
    if problems and error.mend:
        click.echo(error.mend, err=True)


def _tell_bug(error: Exception) -> None:
    import traceback

    from platformdirs import user_log_path

    report = "".join(traceback.format_exception(error))
    try:
        folder = user_log_path("watcher", appauthor=False)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = folder / "error.log"
        _append(place, report)
        where = f"The details are in {place}."
    except OSError:
        where = report
    click.echo(f"error: this is a bug in watcher ({type(error).__name__}). {where} (exit 1)", err=True)


def _append(place: Path, report: str) -> None:
    place.touch(mode=0o600)
    with place.open("a", encoding="utf-8") as file:
        file.write(f"{report}\n")
