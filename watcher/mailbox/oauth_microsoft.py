"""Microsoft's OAuth 2 through msal, whose cache of tokens is the grant's state.

msal renews a token five minutes before it expires.

https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msal
import msal.exceptions
import requests

from watcher.clock import system_clock
from watcher.errors import ConfigError
from watcher.mailbox.encoded_words import one_line
from watcher.mailbox.grants import (
    HTTP_SECONDS,
    WAIT_SECONDS,
    AccessToken,
    Client,
    Grant,
    Show,
    new_grant,
    refused,
    unreachable,
)

_LOGIN = "https://login.microsoftonline.com"
_SCOPES = ("https://outlook.office.com/IMAP.AccessAsUser.All",)


def ask_in_browser(client: Client) -> Grant:
    """Open the page on this machine. Raises ConfigError, SignInRefused, ServerUnreachable."""
    with _translated(client):
        app, cache = _app(client)
        answer = app.acquire_token_interactive(list(_SCOPES), login_hint=client.user, timeout=WAIT_SECONDS)
        return _allowed(client, answer, cache)


def ask_by_code(client: Client, show: Show) -> Grant:
    """Show a code that is typed in on any device, and wait (RFC 8628). Raises as `ask_in_browser` does."""
    with _translated(client):
        app, cache = _app(client)
        flow = app.initiate_device_flow(list(_SCOPES))
        if "user_code" not in flow:
            raise refused(client, flow)
        show(f"Open {flow['verification_uri']} on any device and type the code {flow['user_code']}")
        flow["expires_at"] = min(flow["expires_at"], system_clock().timestamp() + WAIT_SECONDS)
        return _allowed(client, app.acquire_token_by_device_flow(flow), cache)


def access_token(client: Client, grant: Grant) -> tuple[AccessToken, Grant]:
    """A token that lasts, and the grant as it is from now on. Raises as `ask_in_browser` does."""
    with _translated(client):
        app, cache = _app(client, grant.state)
        accounts = app.get_accounts()  # one person a grant, whatever their name on the page was
        answer = app.acquire_token_silent_with_error(list(_SCOPES), accounts[0]) if accounts else None
        if not answer or "access_token" not in answer:
            raise refused(client, answer or {})
        state = cache.serialize() if cache.has_state_changed else grant.state
        return AccessToken(answer["access_token"]), grant.with_state(state)


def _app(client: Client, state: str = "") -> tuple[msal.PublicClientApplication, msal.SerializableTokenCache]:
    cache = msal.SerializableTokenCache()
    if state:
        cache.deserialize(state)
    app = msal.PublicClientApplication(
        client.client_id,
        authority=f"{_LOGIN}/{client.tenant}",
        token_cache=cache,
        timeout=HTTP_SECONDS,
        instance_discovery=False,  # asks which host is Microsoft's, which we know
    )
    return app, cache


def _allowed(client: Client, answer: Mapping[str, Any], cache: msal.SerializableTokenCache) -> Grant:
    if "access_token" not in answer:
        raise refused(client, answer or {"error_description": "nobody finished on the page"})
    return new_grant(cache.serialize())


@contextmanager
def _translated(client: Client) -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, msal.exceptions.MsalServiceError) as error:  # the latter: HTTP 5xx
        raise unreachable(client, error) from error
    except RuntimeError as error:  # an answer that is not to our question
        raise refused(client, {"error_description": str(error)}) from error
    except ValueError as error:  # a tenant that does not exist
        words = one_line(str(error))[:200]
        raise ConfigError(
            f"Microsoft takes no sign-in with this tenant or client_id: {words}", "Mend the config."
        ) from error
