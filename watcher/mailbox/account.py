"""One account of the config, signed in."""

from __future__ import annotations

from collections.abc import Callable

from watcher.config import Account
from watcher.errors import ConfigError
from watcher.mailbox import oauth
from watcher.mailbox.grants import MEND, AccessToken, Client, Grant, grant_from
from watcher.mailbox.session import ImapSession, connect
from watcher.mailbox.signin import from_keyring, password_for, store_password


def stored_for(account: Account, stopping: Callable[[], bool] = lambda: False) -> str | Grant:
    """What is stored to sign an account in: its password, or what a person allowed.

    A `password_command` is cut off once `stopping` says so. Raises ConfigError.
    """
    if account.provider is None:
        who = (account.name, account.user, account.host)
        return password_for(*who, account.password_command, stopping=stopping)
    text = from_keyring(_entry(account), account.host)
    if text is None:
        raise ConfigError(f"No sign-in is stored for {account.user} at {account.host}.", MEND)
    return grant_from(text)


def secret_from(account: Account, stored: str | Grant) -> str | AccessToken:
    """What signs it in now: the password, or a token, renewed and kept where that was due.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    if isinstance(stored, str):
        return stored
    token, newer = oauth.access_token(client_of(account), stored)
    if newer != stored:
        keep_grant(account, newer)
    return token


def client_of(account: Account) -> Client:
    """Who an account is to its provider. Only for accounts that sign in by OAuth."""
    if account.provider is None or account.client_id is None:
        raise ValueError(f"account {account.name} signs in by a password")
    return Client(account.provider, account.client_id, account.user, account.tenant)


def keep_grant(account: Account, grant: Grant) -> None:
    """Put it into the keyring. Raises ConfigError where there is none."""
    store_password(_entry(account), account.host, grant.to_text())


def _entry(account: Account) -> str:
    return f"oauth:{account.user}"


def signed_in(
    account: Account, secret: str | AccessToken, *, timeout_connect: float = 10, timeout_read: float = 60
) -> ImapSession:
    """A read-only session; the time-outs are in seconds.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    return connect(
        account.host,
        account.port,
        account.tls,
        account.user,
        secret,
        timeout_connect=timeout_connect,
        timeout_read=timeout_read,
        sent=account.sent,
        folders=account.folders,
        ca_file=account.ca_file,
    )
