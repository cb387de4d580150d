"""`watcher check`: a line each for what must be right, and how to mend what is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher import paths
from watcher.cli.columns import terminal_width
from watcher.cli.common import Options, print_json, reporting, shown
from watcher.errors import ConfigError

if TYPE_CHECKING:
    from watcher.checks import CheckLine
    from watcher.config import Config

_LONGEST = 2000  # characters: a list of folders may be long
_INDENT = " " * 13


@click.command()
@click.option("--offline", is_flag=True, help="Do not go to the mail server.")
@reporting
@click.pass_obj
def check(options: Options, offline: bool) -> None:
    """Look at config, sign-in, folders, keyring, desktop and store; change nothing.

    \b
    Examples:
      watcher check
      watcher check --offline --json
    """
    from watcher.checks import config_lines

    config, known = config_lines(options.config)
    several = config is not None and len(config.accounts) > 1
    lines: list[CheckLine] = []
    for one in chain(known, _lines(options.config, config, offline=offline)):
        lines.append(one)
        if not options.json:
            _print(one, several)
    if options.json:
        print_json([asdict(one) for one in lines])
    elif wrong := sum(not one.ok for one in lines):
        click.echo(f"\n{wrong} to look at, marked !!")
    code = next((one.code for one in lines if one.code), 0)
    if code:
        raise SystemExit(code)


def _lines(path: Path, config: Config | None, *, offline: bool) -> Iterator[CheckLine]:
    """Each as soon as it is known: the network may take its time."""
    from watcher.checks import account_lines, desktop_line, keyring_line, push_line

    yield keyring_line(config)
    for account in config.accounts if config else ():
        yield from account_lines(account, offline=offline)
    yield desktop_line()
    if config and (line := push_line(config)):
        yield line
    yield from _store_lines(path, config)


def _store_lines(path: Path, config: Config | None) -> Iterator[CheckLine]:
    """The store is found even where the rest of the config has problems; those were told already."""
    from watcher.clock import system_clock
    from watcher.domain.blindness import stale_after
    from watcher.store_checks import reading_lines, store_lines

    try:
        store, zone = paths.store_path(path), paths.rep_time_zone(path)
        stale = stale_after(paths.poll_seconds(path))
    except ConfigError:
        return
    accounts = config.accounts if config else ()
    ours = {address for one in accounts for address in (one.address, *one.aliases, *one.shared)}
    yield from store_lines(store)
    yield from reading_lines(store, stale, system_clock(), zone, ours)


def _print(line: CheckLine, several: bool) -> None:
    """`several` accounts: each line says which one it is about."""
    mark = click.style("ok", fg="green") if line.ok else click.style("!!", fg="red")
    about = f"{line.account}: " if several and line.account else ""
    says = shown(f"{about}{line.says}", _LONGEST)
    first, *more = _wrapped(says)
    click.echo(f"{mark} {line.name:<9} {first}")
    if line.mend and not line.ok:
        more += _wrapped(f"→ {line.mend}")
    for one in more:
        click.echo(f"{_INDENT}{one}")


def _wrapped(text: str) -> list[str]:
    width = terminal_width() - len(_INDENT)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
