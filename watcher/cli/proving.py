"""A password that is proved by signing in, and only then kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from watcher.cli.common import shown
from watcher.cli.questions import COMMAND
from watcher.errors import ConfigError, SignInRefused, UsageError

if TYPE_CHECKING:
    from watcher.config import Account
    from watcher.mailbox.grants import Grant
    from watcher.mailbox.protocol import Folder

TRIES = 3
_MOST_NAMED = 20
_EXAMPLE = '"pass show mail"'


@dataclass(frozen=True, slots=True)
class Proof:
    """What a sign-in brought: the folders, and what is to be kept: the password that was typed, or what was
    allowed on the provider's page (None: it came from a place that knows it already).
    """

    folders: Sequence[Folder]
    typed: str | None = None
    grant: Grant | None = None


def command_instead(asks: bool) -> str | None:
    """The password_command to use where this machine has no keyring; None where it has one."""
    from watcher.checks import keyring_name

    if keyring_name() or not asks:
        return None
    click.echo(
        "This machine has no keyring to keep a password in. Name a command that prints the password\n"
        f"as its first line, such as {_EXAMPLE}; watcher runs it without a shell (password_command)."
    )
    return str(click.prompt("Command", type=COMMAND))


def prove(account: Account, asks: bool, advice: str = "", *, by_code: bool = False) -> Proof:
    """Sign in, asking for the password anew where it is refused, three times at most; by OAuth on the
    provider's page, or `by_code` on any device.

    `advice` is added to a refusal. Raises SignInRefused, ServerUnreachable, ConfigError, UsageError.
    """
    from watcher.checks import proved_folders

    if account.provider is not None:
        return _prove_by_oauth(account, asks, by_code)
    for left in reversed(range(TRIES)):
        password, typed = _password(account, asks)
        try:
            return Proof(proved_folders(account, password), password if typed else None)
        except SignInRefused as error:
            refusal = SignInRefused(error.message, advice)
            if not (left and typed):
                raise refusal from error
        click.echo(f"{shown(str(refusal), 600)} Once more:", err=True)
    raise AssertionError("the last refusal was raised")


def _prove_by_oauth(account: Account, asks: bool, by_code: bool) -> Proof:
    from watcher.checks import found_secret, keyring_name, proved_folders
    from watcher.mailbox import oauth
    from watcher.mailbox.account import client_of

    if not keyring_name():
        raise ConfigError("This machine has no keyring to keep the sign-in in.", "OAuth needs one.")
    if not asks:
        return Proof(proved_folders(account, found_secret(account)[0]))
    client = client_of(account)
    if by_code and client.provider == "microsoft":
        grant = oauth.ask_by_code(client, click.echo)
    else:
        grant = oauth.ask_in_browser(client, _client_secret(account))
    token, grant = oauth.access_token(client, grant)
    return Proof(proved_folders(account, token), grant=grant)


def _client_secret(account: Account) -> str:
    """Google gives one with the id of a desktop client; it is kept in the keyring, never in the config."""
    secret = ""
    if account.provider == "google":
        secret = click.prompt("Client secret (not shown)", default="", hide_input=True, show_default=False)
    click.echo(f"Your browser opens: sign in there as {account.user}. Waiting …")
    return secret


def _password(account: Account, asks: bool) -> tuple[str, bool]:
    """The password, and whether somebody typed it just now."""
    from watcher.checks import found_password

    if asks and account.password_command is None:
        return str(click.prompt(f"Password of {account.user} (not shown)", hide_input=True)), True
    try:
        return found_password(account)[0], False
    except ConfigError as error:
        if account.password_command is not None:
            raise
        raise UsageError(
            f"{error.message} Nobody can be asked here.",
            f"Name a command that prints it: --password-command {_EXAMPLE}.",
        ) from error


def keep(account: Account, proof: Proof) -> None:
    """Put into the keyring what was typed or allowed. Raises ConfigError where it does not stay there."""
    from watcher.checks import found_password
    from watcher.mailbox.account import keep_grant, stored_for
    from watcher.mailbox.signin import store_password

    if proof.grant is not None:
        keep_grant(account, proof.grant)
        if stored_for(account) != proof.grant:
            raise ConfigError("The keyring did not keep the sign-in.", "watcher check")
    if proof.typed is None:
        return
    store_password(account.user, account.host, proof.typed)
    if found_password(account)[0] != proof.typed:
        raise ConfigError("The keyring did not keep the password.", "Use password_command.")


# ── folders ──


def tell_folders(folders: Sequence[Folder]) -> None:
    """Name what will be watched, with its role, and what is left out and why."""
    watched = [f"{shown(one.name, 60)} ({one.role})" for one in folders if one.watched]
    click.echo(f"\nSigned in. {len(watched)} folders will be watched:")
    for one in watched[:_MOST_NAMED]:
        click.echo(f"  {one}")
    if len(watched) > _MOST_NAMED:
        click.echo(f"  and {len(watched) - _MOST_NAMED} more")
    if left_out := [f"{shown(one.name, 60)} ({one.left_out})" for one in folders if not one.watched]:
        click.echo(f"Left out: {', '.join(left_out)}")


def sent_folder(folders: Sequence[Folder], wanted: str | None, asks: bool) -> str | None:
    """The Sent folder to name in the config; None where it is found by itself, or by nobody.

    Raises UsageError where `wanted` is not among the folders.
    """
    if wanted:
        return _among(folders, wanted)
    if any(one.watched and one.role == "sent" for one in folders):
        return None
    click.secho("No Sent folder was found: what you answered will NOT be seen.", bold=True, err=True)
    if not asks:
        click.echo("Name the folder of what you send: --sent FOLDER", err=True)
        return None
    answer = click.prompt(
        "Which folder holds what you send? (Enter: none)",
        default="",
        show_default=False,
        value_proc=lambda text: _chosen(folders, text),
    )
    return str(answer) or None


def _chosen(folders: Iterable[Folder], text: str) -> str:
    try:
        return _among(folders, text.strip()) if text.strip() else ""
    except UsageError as error:
        raise click.UsageError(error.message) from error  # asked again


def _among(folders: Iterable[Folder], wanted: str) -> str:
    selectable = [one.name for one in folders if one.left_out != "not selectable"]
    for name in selectable:
        if name.casefold() == wanted.casefold():
            return name
    names = ", ".join(shown(one, 40) for one in selectable[:_MOST_NAMED])
    raise UsageError(f"there is no folder {shown(wanted)!r} (--sent).", f"There are: {names}.")
