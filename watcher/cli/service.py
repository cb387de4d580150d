"""`watcher service`: the daemon in the hands of systemd, launchd or the Task Scheduler."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from watcher import service as services


@click.group()
def service() -> None:
    """Start watcher at login, and again when it fails.

    \b
    Examples:
      watcher service install
      watcher service install --print
    """


@service.command()
@click.option("--print", "only_print", is_flag=True, help="Show the definition; write and run nothing.")
@click.pass_context
def install(ctx: click.Context, only_print: bool) -> None:
    """Write the service definition for this login and start it.

    \b
    Examples:
      watcher service install
      watcher --config ~/work.toml service install --print
    """
    planned = _planned(ctx)
    if only_print:
        click.echo(planned.text, nl=False)
        return
    services.install(planned, click.echo)


@service.command()
@click.pass_context
def uninstall(ctx: click.Context) -> None:
    """Stop the daemon and remove its definition; mail, store and config stay.

    \b
    Examples:
      watcher service uninstall
      watcher service status && watcher service uninstall
    """
    services.uninstall(_planned(ctx), click.echo)


@service.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Whether the service is installed and running, in the platform's own words.

    \b
    Examples:
      watcher service status
      watcher service status --json
    """
    found = services.status(_planned(ctx))
    if as_json or _global(ctx, "json"):
        click.echo(json.dumps({**asdict(found), "path": str(found.path)}, ensure_ascii=False))
        return
    click.echo(f"{'installed' if found.installed else 'not installed'}: {found.path}")
    click.echo(f"{'running' if found.running else 'not running'}\n{found.answer}".rstrip())


def _planned(ctx: click.Context) -> services.ServiceFiles:
    return services.render(sys.platform, services.installed_program(), _config_path(ctx))


def _config_path(ctx: click.Context) -> Path | None:
    """--config, else $WATCHER_CONFIG: the service starts without this shell's environment."""
    named = _global(ctx, "config_path") or os.environ.get("WATCHER_CONFIG")
    return Path(str(named)).expanduser().absolute() if named else None


def _global(ctx: click.Context, name: str) -> object:
    return getattr(ctx.obj, name, None)
