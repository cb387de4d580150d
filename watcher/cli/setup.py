"""`watcher init`: from an address to a config that has proved it can sign in."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher import paths
from watcher.cli import common, questions
from watcher.cli.common import Options, global_options
from watcher.cli.places import AUTHS, Place, Wishes, auth_of, place_of
from watcher.cli.proving import Proof, command_instead, keep, prove, sent_folder, tell_folders
from watcher.cli.questions import ask, guessed_country
from watcher.errors import ConfigError, ServerUnreachable, UsageError

if TYPE_CHECKING:
    from watcher.config import Account, Answers, Config


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
@click.option("--auth", type=click.Choice(AUTHS), help="How to sign in [default: what the provider takes].")
@click.option("--client-id", metavar="ID", help="OAuth: the program that the provider knows (see README.md).")
@click.option("--tenant", metavar="NAME", help="OAuth at Microsoft: your company's domain, or consumers.")
@click.option("--device-code", is_flag=True, help="OAuth at Microsoft: by a code on any device.")
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
@click.option("--add", is_flag=True, help="Add another account to an existing config.")
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
    add: bool,
    force: bool,
    **said: Any,
) -> None:
    """Connect a mailbox: find the server, prove the password by signing in, write the config.

    \b
    Examples:
      watcher init wei@acme.test
      watcher init wei@acme.test --host imap.acme.test --password-command "pass show mail" --yes
      watcher init --add wei@other.test
    """
    options = ctx.ensure_object(Options)
    path = options.config
    asks = common.on_terminal() and not yes
    wishes = Wishes(**said)
    if only_password:
        _replace_passwords(path, asks, by_code=wishes.device_code)
        return
    if path.exists() and not (force or add):
        raise UsageError(
            f"{path} is there already.",
            "--add connects another account, --password changes the password alone, --force replaces it.",
        )
    if add:
        _add(path, address, wishes, asks=asks)
    else:
        _connect(path, address, wishes, asks=asks, force=force)
    if read_now is None:
        read_now = asks and click.confirm("Read the mailbox now?", default=True)
    if read_now:
        _read(ctx, asks=asks)
    _tell_next(already_read=read_now)


def _connect(path: Path, address: str | None, wishes: Wishes, *, asks: bool, force: bool) -> None:
    """Ask, prove, and only then keep: the password in the keyring, the config at `path`."""
    from watcher.config import write_config

    address = address or ask("Your mail address", asks, "ADDRESS", questions.ADDRESS)
    account, proof, sent = _proved(address, wishes, asks)
    text = _text(_answers(account, sent, wishes, asks), wishes.ca_file)
    _read_back(text, path)
    keep(account, proof)
    write_config(path, text, replace=force)
    click.echo(f"\nThe config is in {path}; nobody else can read it.")


def _add(path: Path, address: str | None, wishes: Wishes, *, asks: bool) -> None:
    """Another account for an existing config: proved, and put below what is there, which stays as it is."""
    from watcher.config import load_config, render_account, write_config

    known = load_config(path)
    address = address or ask("Its mail address", asks, "ADDRESS", questions.ADDRESS)
    if address.lower() in (one.address for one in known.accounts):
        raise UsageError(f"{address} has an account already.", "watcher init --password changes a password.")
    account, proof, sent = _proved(address, wishes, asks)
    name = address.partition("@")[0]
    taken = name.lower() in (one.name.lower() for one in known.accounts)
    answers = _account_answers(account, sent, name=address if taken else None)
    text = f"{path.read_text('utf-8').rstrip()}\n\n{_with_authority(render_account(answers), wishes.ca_file)}"
    _read_back(text, path)
    keep(account, proof)
    write_config(path, text, replace=True)
    click.echo(f"\nThe account was added to {path}.")


def _proved(address: str, wishes: Wishes, asks: bool) -> tuple[Account, Proof, str | None]:
    """An account that was signed in to, what that brought, and its Sent folder to name in the config."""
    place = place_of(address, wishes, asks)
    if place.first:
        click.echo(f"First: {place.first}")
    account = _account(address, place, wishes, asks)
    with _nothing_written():
        proof = prove(account, asks, place.first, by_code=wishes.device_code)
    tell_folders(proof.folders)
    return account, proof, sent_folder(proof.folders, wishes.sent, asks)


@contextmanager
def _nothing_written() -> Iterator[None]:
    try:
        yield
    except ServerUnreachable as error:
        raise ServerUnreachable(
            error.message,
            "Nothing was written. Check --host, --port and --tls; --ca-file trusts a private authority.",
        ) from error


# ── account and rep ──


def _account(address: str, place: Place, wishes: Wishes, asks: bool) -> Account:
    from watcher.config import Account

    user = wishes.user or ask("User name", asks, "--user", questions.TEXT, place.user or address)
    auth = auth_of(place, wishes, asks)
    by_password = auth.auth == "password"
    return Account.model_validate(
        {
            "address": address,
            "host": place.host,
            "port": place.port,
            "tls": place.tls,
            "user": user,
            "auth": auth.auth,
            "client_id": auth.client_id or None,
            "tenant": auth.tenant or "common",
            "password_command": wishes.password_command or command_instead(asks) if by_password else None,
            "sent": wishes.sent or None,
            "ca_file": str(wishes.ca_file.absolute()) if wishes.ca_file else None,
        }
    )


def _answers(account: Account, sent: str | None, wishes: Wishes, asks: bool) -> Answers:
    """What goes into the config; the rep is asked last, when it is sure that the mailbox opens."""
    name = wishes.name or ask("\nYour name", asks, "--name", questions.TEXT, "")
    here = paths.system_time_zone()
    zone = wishes.time_zone or ask("Your time zone", asks, "--time-zone", questions.TIME_ZONE, here)
    country = wishes.country or ask(
        "Your country, whose holidays are yours", asks, "--country", questions.COUNTRY, guessed_country(zone)
    )
    hours = wishes.working_hours or ask(
        "Your working hours", asks, "--working-hours", questions.HOURS, "09:00-18:00"
    )
    return replace(
        _account_answers(account, sent),
        name=name,
        country=country or None,
        time_zone=zone,
        working_hours=hours,
    )


def _account_answers(account: Account, sent: str | None, name: str | None = None) -> Answers:
    from watcher.config import Answers

    return Answers(
        account_name=name,
        address=account.address,
        host=account.host,
        port=account.port,
        tls=account.tls,
        user=account.user,
        auth=account.auth,
        client_id=account.client_id,
        tenant=account.tenant,
        password_command=account.password_command,
        sent=sent,
    )


def _text(answers: Answers, ca_file: Path | None) -> str:
    from watcher.config import render_config

    return _with_authority(render_config(answers), ca_file)


def _with_authority(text: str, ca_file: Path | None) -> str:
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


def _replace_passwords(path: Path, asks: bool, *, by_code: bool) -> None:
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
        _replace_password(account, by_code=by_code)


def _replace_password(account: Account, *, by_code: bool) -> None:
    from watcher.checks import keyring_name

    if not keyring_name():
        raise ConfigError(
            "This machine has no keyring to keep a password in.", "Set password_command in the config."
        )
    click.echo(f"{account.name}: {account.user} at {account.host}")
    proof = prove(account, asks=True, advice="The stored password is as it was.", by_code=by_code)
    keep(account, proof)
    what = "The new password" if account.provider is None else "What you allowed"
    click.echo(f"Signed in. {what} is in the keyring.")
