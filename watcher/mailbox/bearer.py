"""SASL for access tokens: OAUTHBEARER (RFC 7628) and the older XOAUTH2 of Google and Microsoft.

Both send the token at once. A server that refuses it says why, as a line of JSON in a challenge that wants an
empty answer (https://developers.google.com/gmail/imap/xoauth2-protocol#error_response), and then NO.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from watcher.errors import SignInRefused
from watcher.mailbox.grants import AccessToken


@dataclass(slots=True)
class Bearer:
    """One sign-in, as `IMAPClient.sasl_login` calls it. `reason` is what the server said against it."""

    mechanism: str
    first: str = field(repr=False)
    last: str = ""
    reason: str = ""
    _sent: bool = False

    @classmethod
    def offered(
        cls, offers: Callable[[str], bool], host: str, port: int, user: str, token: AccessToken
    ) -> Bearer:
        """By the mechanism that a server offers. Raises SignInRefused where it takes no token."""
        if offers("AUTH=OAUTHBEARER"):
            name = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 4: saslname
            first = f"n,a={name},\1host={host}\1port={port}\1auth=Bearer {token.text}\1\1"
            return cls("OAUTHBEARER", first, last="\1")
        if offers("AUTH=XOAUTH2"):
            return cls("XOAUTH2", f"user={user}\1auth=Bearer {token.text}\1\1")
        raise SignInRefused(
            f"{host} takes no sign-in by OAuth.", 'Set auth = "password" in the config, or mend host.'
        )

    def __call__(self, challenge: bytes) -> str:
        """The token, and then, whatever is asked, the empty answer that brings the NO."""
        if self._sent:
            self.reason = challenge.decode("utf-8", "replace")
            return self.last
        self._sent = True
        return self.first
