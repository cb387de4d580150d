"""Sign-in on the provider's own page instead of a password, whoever the provider is.

A person allows it once, in a browser or, at Microsoft, by a code on any device. The libraries come with the
extra `oauth`, and are imported only where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from watcher.errors import ConfigError
from watcher.mailbox.grants import AccessToken, Client, Grant, Show


def ask_in_browser(client: Client, client_secret: str = "") -> Grant:
    """Open the provider's page on this machine and wait until a person allowed it, five minutes at most.

    Raises ConfigError, SignInRefused, ServerUnreachable.
    """
    if client.provider == "google":
        with _installed(client):
            from watcher.mailbox import oauth_google
        return oauth_google.ask_in_browser(client, client_secret)
    with _installed(client):
        from watcher.mailbox import oauth_microsoft
    return oauth_microsoft.ask_in_browser(client)


def ask_by_code(client: Client, show: Show) -> Grant:
    """Show a code for any device, and wait as long. Microsoft only. Raises as `ask_in_browser` does."""
    with _installed(client):
        from watcher.mailbox import oauth_microsoft
    return oauth_microsoft.ask_by_code(client, show)


def access_token(client: Client, grant: Grant) -> tuple[AccessToken, Grant]:
    """A token that lasts five minutes at least, and the grant as it is to be kept from now on.

    Raises ConfigError, SignInRefused where the provider takes the grant no longer, ServerUnreachable.
    """
    with _installed(client):
        if client.provider == "google":
            from watcher.mailbox.oauth_google import access_token as ask
        else:
            from watcher.mailbox.oauth_microsoft import access_token as ask
    return ask(client, grant)


@contextmanager
def _installed(client: Client) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise ConfigError(
            f"Sign-in through {client.name} needs more than is installed.",
            "pipx install 'followup-watcher[oauth]'",
        ) from error
