"""Where and how an account signs in: by the options, by what is known of the address, by asking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher import config_checks
from watcher.cli import questions
from watcher.cli.common import shown
from watcher.cli.questions import ask
from watcher.errors import UsageError

if TYPE_CHECKING:
    from watcher.mailbox.providers import Server

AUTHS = ("password", "oauth-microsoft", "oauth-google")
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
    auth: str | None
    client_id: str | None
    tenant: str | None
    device_code: bool
    sent: str | None
    ca_file: Path | None
    name: str | None
    country: str | None
    time_zone: str | None
    working_hours: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where to sign in, what is known of it, and what must be done there first."""

    host: str
    port: int
    tls: str
    known: Server | None = None

    @property
    def user(self) -> str:
        """The name to sign in with, "" for the address."""
        return self.known.user if self.known else ""

    @property
    def first(self) -> str:
        """What the person must do there first, "" where nothing is known."""
        return self.known.first if self.known else ""


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in: the config's words."""

    auth: str = "password"
    client_id: str = ""
    tenant: str = ""


def place_of(address: str, wishes: Wishes, asks: bool) -> Place:
    """The server of an account. Raises UsageError where it is not known and nobody can be asked."""
    found = _told(wishes.host) if wishes.host else _found(address, asks)
    host = wishes.host or (found.host if found else ask("The IMAP server", asks, "--host", questions.HOST))
    port = wishes.port or (found.port if found and not wishes.host else None)
    if port is None and not wishes.host:
        port = _asked_port(wishes)
    usual = found.tls if found and not wishes.host else "starttls" if port == _PLAIN_PORT else "implicit"
    tls = wishes.tls or usual
    if tls == "off" and not config_checks.is_loopback(host):
        raise UsageError(
            f"--tls off would send the password in the clear to {shown(host)}.", "Use implicit or starttls."
        )
    return Place(host, port or _usual_port(tls), tls, found)


def _usual_port(tls: str | None) -> int:
    return _PLAIN_PORT if tls in ("starttls", "off") else _TLS_PORT


def _asked_port(wishes: Wishes) -> int:
    return int(click.prompt("Its port", default=_usual_port(wishes.tls), type=questions.PORT))


def _told(host: str) -> Server | None:
    """What is known of a host that was named."""
    from watcher.mailbox.providers import known_host

    return known_host(host)


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


# ── password or OAuth ──


def auth_of(place: Place, wishes: Wishes, asks: bool) -> Auth:
    """How to sign in there: as the options say, else on the provider's page where a person wants that.

    Raises UsageError where OAuth is wanted and nobody can say for which client.
    """
    provider = place.known.oauth if place.known else ""
    auth = wishes.auth or (f"oauth-{provider}" if _on_its_page(place, wishes, asks) else "password")
    if auth == "password":
        return Auth()
    client_id = wishes.client_id or ask("Client id", asks, "--client-id", questions.TEXT)
    known_tenant = place.known.tenant if place.known else ""
    return Auth(auth, client_id, wishes.tenant or known_tenant)


def _on_its_page(place: Place, wishes: Wishes, asks: bool) -> bool:
    if place.known is None or not place.known.oauth:
        return False
    if wishes.client_id:
        return True
    if wishes.password_command or not asks:
        return False
    instead = "" if place.known.oauth_only else " instead of with an app password"
    return click.confirm(
        f"Sign in on the provider's own page{instead}? It needs a client id (README.md says how to get one)",
        default=place.known.oauth_only,
    )
