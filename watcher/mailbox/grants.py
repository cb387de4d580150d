"""What a person allowed on a provider's page (OAuth 2), as data: it lies in the keyring alone."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from watcher.errors import ConfigError, ServerUnreachable, SignInRefused
from watcher.mailbox.encoded_words import one_line

Provider = Literal["microsoft", "google"]
Show = Callable[[str], None]
NAMES = {"microsoft": "Microsoft", "google": "Google"}
WAIT_SECONDS = 300  # for a person to finish on the page
HTTP_SECONDS = 10
MEND = "watcher init --password"
_MOST_WORDS = 200
# Not what the person allowed: the provider is not well just now (RFC 6749 4.1.2.1).
_PASSING = ("temporarily_unavailable", "server_error")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What stands for the password in one sign-in; it lasts an hour or so."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """A program that the provider knows, and who signs in with it.

    `tenant` is Microsoft's: a company's, "consumers" (personal mailboxes), "organizations" or "common".
    """

    provider: Provider
    client_id: str
    user: str
    tenant: str = "common"

    @property
    def name(self) -> str:
        """What the provider is called."""
        return NAMES[self.provider]


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed. `stamp` is new each time a person does; `state` is the library's, with its tokens."""

    stamp: str
    state: str = field(repr=False)

    def to_text(self) -> str:
        """As it lies in the keyring."""
        return json.dumps({"stamp": self.stamp, "state": self.state})

    def with_state(self, state: str) -> Grant:
        """The same, with the tokens of now."""
        return self if state == self.state else replace(self, state=state)


def new_grant(state: str) -> Grant:
    """A person has just allowed it."""
    return Grant(secrets.token_hex(8), state)


def grant_from(text: str) -> Grant:
    """A grant out of the keyring. Raises ConfigError where it is none."""
    try:
        kept = json.loads(text)
        return Grant(str(kept["stamp"]), str(kept["state"]))
    except (ValueError, TypeError, LookupError) as error:
        raise ConfigError("What the keyring holds for this sign-in cannot be read.", MEND) from error


def refused(client: Client, answer: Mapping[str, Any]) -> SignInRefused | ServerUnreachable:
    """What an error of the provider's means (RFC 6749 5.2); its words are shown."""
    if answer.get("error") in _PASSING:
        return ServerUnreachable(f"{client.name} signs nobody in just now.", "It will be tried again.")
    said = str(answer.get("error_description") or answer.get("error") or "no reason given")
    words = one_line(said)[:_MOST_WORDS].rstrip(".")
    return SignInRefused(f"{client.name} does not sign {client.user} in ({words}).", f"Sign in anew: {MEND}.")


def unreachable(client: Client, error: Exception) -> ServerUnreachable:
    """The provider's page was not reached."""
    return ServerUnreachable(
        f"{client.name} cannot be reached to sign in ({type(error).__name__}).", "It will be tried again."
    )
