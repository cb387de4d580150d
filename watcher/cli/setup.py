"""`watcher init`: from an address to a config that has proved it can sign in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher import paths
from watcher.cli.common import Options, global_options, shown
from watcher.errors import ConfigError, SignInRefused, UsageError

if TYPE_CHECKING:
    from watcher.config import Account, Config
    from watcher.mailbox.providers import Server

_TRIES = 3


@click.command()
@click.argument("address", required=False)
@click.option(
    "--password", "only_password", is_flag=True, help="Replace the stored password; keep the config."
)
@click.option("--host", help="The IMAP server.")
@click.option("--port", type=int, help="Its port [993, or 143 with starttls].")
@click.option("--tls", type=click.Choice(("implicit", "starttls", "off")), help="How the link is secured.")
@click.option("--user", help="The name to sign in with [default: the address].")
@click.option(
    "--password-command", metavar="CMD", help="A command that prints the password, instead of the keyring."
)
@click.option("--sent", help="The Sent folder, where it is not found.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="A private certificate authority.")
@click.option("--name", help="Your name.")
@click.option("--country", metavar="CODE", help="Your country: whose holidays are yours.")
@click.option("--time-zone", help="Your time zone, such as Asia/Shanghai.")
@click.option("--working-hours", help="Your hours, such as 09:00-18:00.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.option("--force", is_flag=True, help="Replace an existing config.")
@global_options
@click.pass_obj
def init(options: Options, /, address: str | None, only_password: bool, **said: Any) -> None:
    """Connect a mailbox: find the server, store the password, prove it by signing in.

    \b
    Examples:
      watcher init wei@acme.test
      watcher init wei@acme.test --host imap.acme.test --password-command "pass show mail" --yes
    """
    path = options.config
    if only_password:
        _replace_password(path)
        return
    if path.exists() and not said["force"]:
        raise UsageError(
            f"{path} is there already.", "watcher init --password changes the password; or --force."
        )
    asks = not said["yes"] and sys.stdin.isatty()
    address = (address or _ask("Your mail address", asks, "ADDRESS")).strip().casefold()
    if "@" not in address:
        raise UsageError(f"{shown(address)!r} is no mail address.", "Such as wei@acme.test.")
    config, text = _config(path, address, said, asks)
    account = config.accounts[0]
    _prove(account, asks)
    from watcher.config import write_config

    write_config(path, text, replace=said["force"])
    click.echo(f"\nThe config is in {path}. Now:")
    click.echo("  watcher sync                     read the mailbox once")
    click.echo(
        "  watcher stage CUSTOMER STAGE     say where your customers stand: without stages, no pop-ups"
    )
    click.echo("  watcher service install          watch from now on")


def _ask(question: str, asks: bool, option: str, default: str | None = None) -> str:
    if asks:
        return str(click.prompt(question, default=default))
    if default is None:
        raise UsageError(f"{option} is missing.", "Name it, or run watcher init on a terminal.")
    return default


def _config(path: Path, address: str, said: dict[str, Any], asks: bool) -> tuple[Config, str]:
    """The config that follows from the answers, and its text; not written yet. Raises ConfigError."""
    import tomllib

    from watcher.config import Answers, config_from, render_config

    server = None if said["host"] else _find(address, asks)
    host = said["host"] or (server.host if server else _ask("The IMAP server", asks, "--host"))
    tls = said["tls"] or (server.tls if server else "implicit")
    port = said["port"] or (server.port if server else 993 if tls == "implicit" else 143)
    answers = Answers(
        address=address,
        host=host,
        port=port,
        tls=tls,
        user=said["user"] or address,
        name=said["name"] or _ask("Your name", asks, "--name", ""),
        country=said["country"] or _ask("Your country (two letters)", asks, "--country", "") or None,
        time_zone=said["time_zone"] or _ask("Your time zone", asks, "--time-zone", paths.system_time_zone()),
        working_hours=said["working_hours"] or _ask("Your hours", asks, "--working-hours", "09:00-18:00"),
        password_command=said["password_command"],
        sent=said["sent"],
    )
    text = render_config(answers)
    if said["ca_file"]:
        place = _quoted(str(said["ca_file"].absolute()))
        text = text.replace("[[account]]\n", f"[[account]]\nca_file = {place}\n", 1)
    return config_from(tomllib.loads(text), path), text


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def _find(address: str, asks: bool) -> Server | None:
    """The server of an address. What is not in our table is shown and confirmed before a password is sent."""
    from watcher.mailbox.providers import find_server

    found = find_server(address)
    if found is None:
        return None
    click.echo(f"Server: {found.host}:{found.port} ({found.provider or 'found by its name'})")
    if found.first:
        click.echo(f"First: {found.first}")
    if found.source == "table":
        return found
    if not asks:
        raise UsageError(f"{found.host} is only a guess.", f"Confirm it with --host {found.host}.")
    return found if click.confirm(f"Send your password to {found.host}?") else None


def _prove(account: Account, asks: bool) -> None:
    """Sign in, naming the folders that will be watched; the password goes into the keyring. Three tries."""
    from watcher.app import sign_in
    from watcher.mailbox.signin import store_password

    for left in reversed(range(_TRIES)):
        if account.password_command is None and asks:
            password = click.prompt(f"Password of {account.user}", hide_input=True)
            store_password(account.user, account.host, password)
        try:
            with sign_in(account) as session:
                _name_folders(session.folders())
                return
        except SignInRefused as error:
            if not left or not asks or account.password_command is not None:
                raise
            click.echo(f"{error.message} Once more:")


def _name_folders(folders: Any) -> None:
    watched = [one for one in folders if one.watched]
    click.echo(f"Signed in. {len(watched)} folders will be watched:")
    for one in watched:
        click.echo(f"  {shown(one.name, 60)} ({one.role})")
    left_out = [f"{shown(one.name, 40)} ({one.left_out})" for one in folders if not one.watched]
    if left_out:
        click.echo(f"Left out: {', '.join(left_out)}")
    if not any(one.role == "sent" for one in watched):
        click.echo(
            "No Sent folder was found: what you answered will not be seen. Name it: --sent FOLDER", err=True
        )


def _replace_password(path: Path) -> None:
    from watcher.config import load_config

    config = load_config(path)
    for account in config.accounts:
        if account.password_command is not None:
            click.echo(f"{account.name}: the password comes from password_command.")
            continue
        if not sys.stdin.isatty():
            raise ConfigError("there is no terminal to ask for a password on.", "Use password_command.")
        _prove(account, asks=True)
