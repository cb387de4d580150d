"""One account of the config, signed in."""

from __future__ import annotations

from watcher.config import Account
from watcher.mailbox.session import ImapSession, connect


def signed_in(account: Account, password: str, *, timeout_read: float = 60) -> ImapSession:
    """A read-only session; the time-out is in seconds.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    return connect(
        account.host,
        account.port,
        account.tls,
        account.user,
        password,
        timeout_read=timeout_read,
        sent=account.sent,
        folders=account.folders,
        ca_file=account.ca_file,
    )
