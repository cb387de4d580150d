"""`watcher push`: keep a service's address in the keyring, and try whether a push arrives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from watcher.cli.common import Options, global_options, shown
from watcher.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from watcher.config import Config

_HOST = "push"  # of an entry in the keyring


@click.group()
def push() -> None:
    """Push to your telephone or chat group, by [push] in the config.

    \b
    Examples:
      watcher push set telegram     (asks for its address, and keeps it in the keyring)
      watcher push test
    """


@push.command("set")
@click.argument("name")
@global_options
@click.pass_obj
def keep(options: Options, name: str) -> None:
    """Keep the address of a service in the keyring; the config names it "keyring:NAME".

    \b
    Examples:
      watcher push set telegram
      watcher push set dingtalk
    """
    from watcher.mailbox.signin import store_password

    if not re.fullmatch(r"[\w.-]{1,40}", name):
        raise UsageError(f"{name!r} is no name.", "Letters, digits, dots and dashes: telegram.")
    address = click.prompt("Its address (apprise: tgram://…, ntfy://…)", hide_input=True).strip()
    if "://" not in address:
        raise UsageError(
            "that is no address of a service.", "apprise lists them: tgram://TOKEN/CHAT, ntfy://TOPIC"
        )
    store_password(name, _HOST, address)
    click.echo(f'Kept. In the config: [push] urls = ["keyring:{name}"], and push among [alerts] channels.')


@push.command("test")
@global_options
@click.pass_obj
def try_out(options: Options) -> None:
    """Send a push that says it is a test, to every service of the config.

    \b
    Examples:
      watcher push test
      watcher --config other.toml push test
    """
    from watcher.alerts.channel import PopUp
    from watcher.app import push_channel
    from watcher.config import load_config

    channel = push_channel(_named(load_config(options.config)))
    answer = channel.deliver(PopUp("watcher: this is a test", ""))
    click.echo(f"{'Taken' if answer.delivered else 'Not taken'}: {shown(answer.answer, 400)}")
    if not answer.delivered:
        raise SystemExit(1)


def _named(config: Config) -> Config:
    if not config.push.urls:
        raise ConfigError("push.urls names no service.", 'For example [push] urls = ["keyring:telegram"].')
    return config
