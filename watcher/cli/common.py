"""What the commands share: global options before or after the name, opening the parts, printing JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from watcher import paths
from watcher.domain.plain import plain
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.app import App

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Options:
    """What was said before or after the command's name."""

    config_path: str | None = None
    json: bool = False
    verbose: int = 0

    @property
    def config(self) -> Path:
        """The config file that counts."""
        return paths.config_path(self.config_path)

    @property
    def labels(self) -> dict[str, str]:
        """What each stage is called."""
        return paths.stage_labels(self.config)

    @property
    def zone(self) -> tzinfo:
        """The rep's time zone."""
        return paths.rep_time_zone(self.config)


def _global(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Keep an option on ctx.obj, wherever it stood."""

    def keep(ctx: click.Context, _parameter: click.Parameter, value: Any) -> Any:
        options = ctx.ensure_object(Options)
        if os.environ.get("NO_COLOR"):  # https://no-color.org; contexts below inherit it
            ctx.color = False
        if value:
            setattr(options, name, value)
        return value

    return keep


def config_option(command: F) -> F:
    """`--config FILE`."""
    return click.option(
        "--config",
        "config_path",
        metavar="FILE",
        callback=_global("config_path"),
        help="The config file [default: $WATCHER_CONFIG, else the platform's config folder].",
    )(command)


def json_option(command: F) -> F:
    """`--json`."""
    return click.option("--json", is_flag=True, callback=_global("json"), help="Print JSON.")(command)


def verbose_option(command: F) -> F:
    """`-v`."""
    keep = _global("verbose")
    return click.option("-v", "--verbose", count=True, callback=keep, help="Say more on stderr.")(command)


def global_options(command: F) -> F:
    """`--config` and `-v` after the command's name; the values are on ctx.obj."""

    def hidden(*arguments: Any, **extra: Any) -> Callable[[F], F]:
        return click.option(*arguments, expose_value=False, hidden=True, **extra)

    command = hidden("--config", metavar="FILE", callback=_global("config_path"))(command)
    return hidden("-v", "--verbose", count=True, callback=_global("verbose"))(command)


def reporting(command: F) -> F:
    """A command that reports: `--json`, `--config` and `-v` stand before or after its name."""
    option = click.option(
        "--json", is_flag=True, expose_value=False, callback=_global("json"), help="Print JSON."
    )
    return global_options(option(command))


class Moment(click.ParamType[datetime]):
    """An ISO 8601 moment; one without an offset is in UTC."""

    name = "ISO8601"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 moment such as 2026-03-19T09:02:00+01:00.", param, ctx)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def now_option(command: F) -> F:
    """`--now ISO8601`."""
    return click.option("--now", type=Moment(), help="Judge as of that moment; what came later is ignored.")(
        command
    )


@contextmanager
def opened(options: Options, now: datetime | None = None) -> Iterator[App]:
    """Everything put together, for commands that need more than a glance. Raises ConfigError, StoreError."""
    from watcher.app import as_of, open_app
    from watcher.config import load_config

    with open_app(load_config(options.config), as_of(now)) as app:
        yield app


def print_json(document: Any) -> None:
    """One JSON document on stdout. Non-ASCII stays readable; JSON escapes control characters by itself."""
    import json

    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def shown(text: str, limit: int = 200) -> str:
    """A string from a mail, safe for a terminal."""
    return plain(text, limit)


def on_terminal() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def number(text: str, what: str) -> int:
    """A small number as a rep types it. Raises UsageError."""
    if not text.isdigit():
        raise UsageError(f"{text!r} is no {what} number.")
    return int(text)
