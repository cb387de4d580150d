"""`watcher init`: from an address to a config that has proved it can sign in."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher import config_checks, paths
from watcher.cli import common, questions
from watcher.cli.common import Options, global_options, shown
from watcher.cli.proving import command_instead, keep_password, prove, sent_folder, tell_folders
from watcher.cli.questions import ask, guessed_country
from watcher.errors import ConfigError, ServerUnreachable, UsageError

if TYPE_CHECKING:
    from watcher.config import Account, Answers, Config
    from watcher.mailbox.providers import Server

_TLS_PORT, _PLAIN_PORT = 993, 143  # RFC 8314 3.2, RFC 3501 2.1
_FOUND_BY = {
    "mx": "by the domain's mail host",
    "autoconfig": "in a file of the domain",
    "ispdb": "in Thunderbird's list of providers",
    "srv": "in the domain's DNS",
    "guess": "a guess by its name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options; None where nothing was said."""

    host: str | None
    port: int | None
    tls: str | None
    user: str | None
    password_command: str | None
    sent: str | None
    ca_file: Path | None
    name: str | None
    country: str | None
    time_zone: str | None
    working_hours: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to sign in, and what must be done there first."""

    host: str
    port: int
    tls: str
    user: str = ""
    first: str = ""


@click.command()
@click.argument("address", required=False, type=questions.ADDRESS)
@click.option(
    "--password", "only_password", is_flag=True, help="Replace the stored password; keep the config."
)
@click.option("--host", type=questions.HOST, help="The IMAP server [default: found by the address].")
@click.option("--port", type=questions.PORT, help="Its port [default: 993, or 143 with starttls].")
@click.option("--tls", type=click.Choice(("implicit", "starttls", "off")), help="How the link is secured.")
@click.option("--user", help="The name to sign in with [default: the address].")
@click.option(
    "--password-command",
    type=questions.COMMAND,
    help="A command that prints the password, instead of the keyring.",
)
@click.option("--sent", metavar="FOLDER", help="The folder of what you send, where it is not found.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A private certificate authority.",
)
@click.option("--name", help="Your name.")
@click.option(
    "--country", type=questions.COUNTRY, help="Your country, two letters: whose holidays are yours."
)
@click.option("--time-zone", type=questions.TIME_ZONE, help="Your time zone, such as Asia/Shanghai.")
@click.option("--working-hours", type=questions.HOURS, help="Your hours, such as 09:00-18:00.")
@click.option("--sync/--no-sync", "read_now", default=None, help="Read the mailbox at once [default: asks].")
@click.option("--yes", is_flag=True, help="Ask nothing: take the options and the defaults.")
@click.option("--force", is_flag=True, help="Replace an existing config.")
@global_options
@click.pass_context
def init(
    ctx: click.Context,
    /,
    address: str | None,
    only_password: bool,
    read_now: bool | None,
    yes: bool,
    force: bool,
    **said: Any,
) -> None:
    """Connect a mailbox: find the server, prove the password by signing in, write the config.

    \b
    Examples:
      watcher init wei@acme.test
      watcher init wei@acme.test --host imap.acme.test --password-command "pass show mail" --yes
    """
    options = ctx.ensure_object(Options)
    path = options.config
    asks = common.on_terminal() and not yes
    if only_password:
        _replace_passwords(path, asks)
        return
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already.", "watcher init --password changes the password alone; or --force."
        )
    _connect(path, address, Wishes(**said), asks=asks, force=force)
    if read_now is None:
        read_now = asks and click.confirm("Read the mailbox now?", default=True)
    if read_now:
        _read(ctx, asks=asks)
    _tell_next(already_read=read_now)


def _connect(path: Path, address: str | None, wishes: Wishes, *, asks: bool, force: bool) -> None:
    """Ask, prove, and only then keep: the password in the keyring, the config at `path`."""
    from watcher.config import write_config

    address = address or ask("Your mail address", asks, "ADDRESS", questions.ADDRESS)
    place = _place(address, wishes, asks)
    if place.first:
        click.echo(f"First: {place.first}")
    account = _account(address, place, wishes, asks)
    with _nothing_written():
        proof = prove(account, asks, place.first)
    tell_folders(proof.folders)
    sent = sent_folder(proof.folders, wishes.sent, asks)
    text = _text(_answers(account, sent, wishes, asks), wishes.ca_file)
    _read_back(text, path)
    keep_password(account, proof)
    write_config(path, text, replace=force)
    click.echo(f"\nThe config is in {path}; nobody else can read it.")


@contextmanager
def _nothing_written() -> Iterator[None]:
    try:
        yield
    except ServerUnreachable as error:
        raise ServerUnreachable(
            error.message,
            "Nothing was written. Check --host, --port and --tls; --ca-file trusts a private authority.",
        ) from error


# ── the server ──


def _place(address: str, wishes: Wishes, asks: bool) -> Place:
    found = None if wishes.host else _found(address, asks)
    host = wishes.host or (found.host if found else ask("The IMAP server", asks, "--host", questions.HOST))
    port = wishes.port or (found.port if found else None)
    if port is None and not wishes.host:
        port = _asked_port(wishes)
    tls = wishes.tls or (found.tls if found else "starttls" if port == _PLAIN_PORT else "implicit")
    if tls == "off" and not config_checks.is_loopback(host):
        raise UsageError(
            f"--tls off would send the password in the clear to {shown(host)}.", "Use implicit or starttls."
        )
    user, first = (found.user, found.first) if found else ("", "")
    return Place(host, port or _usual_port(tls), tls, user, first)


def _usual_port(tls: str | None) -> int:
    return _PLAIN_PORT if tls in ("starttls", "off") else _TLS_PORT


def _asked_port(wishes: Wishes) -> int:
    return int(click.prompt("Its port", default=_usual_port(wishes.tls), type=questions.PORT))


def _found(address: str, asks: bool) -> Server | None:
    """The server of an address. What is not known for sure is confirmed before a password is sent."""
    from watcher.mailbox.providers import find_server

    found = find_server(address)
    if found is None:
        return None
    provider = f" ({found.provider})" if found.provider else ""
    how = f", found {_FOUND_BY[found.source]}" if found.source in _FOUND_BY else ""
    plain = ", TLS by STARTTLS" if found.tls == "starttls" else ""
    click.echo(f"Server: {shown(found.host)}:{found.port}{provider}{plain}{how}")
    if found.sure:
        return found
    if not asks:
        there = f"--host {shown(found.host)} --port {found.port} --tls {found.tls}"
        raise UsageError(f"{shown(found.host)} is not known for sure.", f"Confirm it: {there}.")
    return found if click.confirm("Is your password to be sent there?") else None


# ── account and rep ──


def _account(address: str, place: Place, wishes: Wishes, asks: bool) -> Account:
    from watcher.config import Account

    user = wishes.user or ask("User name", asks, "--user", questions.TEXT, place.user or address)
    return Account.model_validate(
        {
            "address": address,
            "host": place.host,
            "port": place.port,
            "tls": place.tls,
            "user": user,
            "password_command": wishes.password_command or command_instead(asks),
            "sent": wishes.sent or None,
            "ca_file": str(wishes.ca_file.absolute()) if wishes.ca_file else None,
        }
    )


def _answers(account: Account, sent: str | None, wishes: Wishes, asks: bool) -> Answers:
    """What goes into the config; the rep is asked last, when it is sure that the mailbox opens."""
    from watcher.config import Answers

    name = wishes.name or ask("\nYour name", asks, "--name", questions.TEXT, "")
    here = paths.system_time_zone()
    zone = wishes.time_zone or ask("Your time zone", asks, "--time-zone", questions.TIME_ZONE, here)
    country = wishes.country or ask(
        "Your country, whose holidays are yours", asks, "--country", questions.COUNTRY, guessed_country(zone)
    )
    hours = wishes.working_hours or ask(
        "Your working hours", asks, "--working-hours", questions.HOURS, "09:00-18:00"
    )
    return Answers(
        address=account.address,
        host=account.host,
        port=account.port,
        tls=account.tls,
        user=account.user,
        name=name,
        country=country or None,
        time_zone=zone,
        working_hours=hours,
        password_command=account.password_command,
        sent=sent,
    )


def _text(answers: Answers, ca_file: Path | None) -> str:
    from watcher.config import render_config

    text = render_config(answers)
    if ca_file is None:
        return text
    # [[account]] is the last table; JSON's strings are TOML's.
    place = json.dumps(str(ca_file.absolute()), ensure_ascii=False)
    return f"{text}ca_file = {place}  # vouches for the server\n"


def _read_back(text: str, path: Path) -> Config:
    """The config as it will be read. Raises ConfigError rather than writing one that will be refused."""
    from watcher.config import config_from

    return config_from(tomllib.loads(text), path)


# ── afterwards ──


def _read(ctx: click.Context, *, asks: bool) -> None:
    """One pass, one review and the table; then where the deals stand, as far as mail shows it."""
    from watcher.cli.proposals import first_day
    from watcher.cli.run import sync
    from watcher.cli.status import status

    ctx.invoke(sync, now=None)
    ctx.invoke(status, everyone=False, now=None)
    first_day(ctx.ensure_object(Options), asks=asks)


def _tell_next(*, already_read: bool) -> None:
    click.echo("\nNext:")
    if not already_read:
        click.echo("  watcher sync                   read the mailbox once")
    click.echo("  watcher status                 who is overdue")
    click.echo("  watcher service install        watch from now on, from every login")
    click.echo(
        "  watcher stage CUSTOMER STAGE   say where a customer stands (inquiry, opportunity, pi, won):"
    )
    click.echo("                                 without stages there are no pop-ups")


def _replace_passwords(path: Path, asks: bool) -> None:
    """Ask for the password of each account, prove it, keep it; the config stays as it is."""
    from watcher.config import load_config

    config = load_config(path)
    for account in config.accounts:
        if account.password_command is not None:
            click.echo(f"{account.name}: its password comes from password_command; nothing is stored.")
            continue
        if not asks:
            raise UsageError(
                "--password needs a terminal to ask on.", "Elsewhere, set password_command in the config."
            )
        _replace_password(account)


def _replace_password(account: Account) -> None:
    from watcher.checks import keyring_name

    if not keyring_name():
        raise ConfigError(
            "This machine has no keyring to keep a password in.", "Set password_command in the config."
        )
    click.echo(f"{account.name}: {account.user} at {account.host}")
    keep_password(account, prove(account, asks=True, advice="The stored password is as it was."))
    click.echo("Signed in. The new password is in the keyring.")
