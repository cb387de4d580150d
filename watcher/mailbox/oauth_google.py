"""Google's OAuth 2 through google-auth-oauthlib; what its Credentials write down is the grant's state.

In the browser of this machine alone: Google's device flow refuses mail scopes.
https://developers.google.com/gmail/imap/xoauth2-protocol
"""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import oauthlib.oauth2
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError

from watcher.clock import system_clock
from watcher.errors import ConfigError, WatcherError
from watcher.mailbox.grants import WAIT_SECONDS, AccessToken, Client, Grant, new_grant, refused, unreachable

_SCOPES = ("https://mail.google.com/",)
_AUTH = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_MARGIN = timedelta(minutes=5)


def ask_in_browser(client: Client, client_secret: str) -> Grant:
    """Open the page on this machine. `client_secret` is the desktop client's own, "" where it has none.

    Raises SignInRefused, ServerUnreachable.
    """
    known = {
        "client_id": client.client_id,
        "client_secret": client_secret,
        "auth_uri": _AUTH,
        "token_uri": _TOKEN,
    }
    with _translated(client):
        flow = InstalledAppFlow.from_client_config({"installed": known}, scopes=list(_SCOPES))
        allowed = flow.run_local_server(
            port=0,
            authorization_prompt_message="",
            success_message="Signed in. You may close this page.",
            timeout_seconds=WAIT_SECONDS,
            login_hint=client.user,
            access_type="offline",
            prompt="consent",
        )
        return new_grant(str(allowed.to_json()))


def access_token(client: Client, grant: Grant) -> tuple[AccessToken, Grant]:
    """A token that lasts five minutes, and the grant as it is from now on. Raises likewise."""
    with _translated(client):
        known = Credentials.from_authorized_user_info(json.loads(grant.state))  # type: ignore[no-untyped-call]
        soon = (system_clock() + _MARGIN).replace(tzinfo=None)  # google-auth's times are naive, in UTC
        if not (known.token and known.expiry and known.expiry > soon):
            known.refresh(Request())
        return AccessToken(str(known.token)), grant.with_state(str(known.to_json()))


def _not_renewed(client: Client, error: RefreshError) -> WatcherError:
    """Google refused only where it said so in OAuth's own form (RFC 6749 5.2); a page of HTML is not."""
    answer = next((one for one in error.args if isinstance(one, Mapping) and "error" in one), None)
    if answer is None or error.retryable:
        return unreachable(client, error)
    return refused(client, answer)


@contextmanager
def _translated(client: Client) -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, TransportError) as error:
        raise unreachable(client, error) from error
    except RefreshError as error:
        raise _not_renewed(client, error) from error
    except oauthlib.oauth2.OAuth2Error as error:
        raise refused(client, {"error_description": error.description or error.error}) from error
    except webbrowser.Error as error:
        raise ConfigError(
            "This machine has no browser to open Google's page in.", "Use an app password."
        ) from error
    except WSGITimeoutError as error:
        raise refused(client, {"error_description": "nobody finished on the page"}) from error
