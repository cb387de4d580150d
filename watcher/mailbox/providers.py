"""Which IMAP server goes with an address: a bundled table, else the domain's MX, else a guess by DNS.

No connection is made to a mail server here; the sign-in proves the answer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Protocol

import dns.exception
import dns.resolver

from watcher.clock import monotonic_seconds

Source = Literal["table", "mx", "guess"]
_TLS_PORT = 993
_DNS_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Server:
    """An IMAP server, and what the person must do there first ("" where nothing is known)."""

    host: str
    port: int = _TLS_PORT
    tls: Literal["implicit", "starttls"] = "implicit"
    provider: str = ""
    first: str = ""
    source: Source = "table"


class Resolver(Protocol):
    """The two questions asked of DNS. Both answer with nothing where there is no network."""

    def mail_hosts(self, domain: str) -> list[str]:
        """The MX hosts of a domain, lower case, most preferred first."""

    def exists(self, host: str) -> bool:
        """Whether a host has an address."""


def find_server(address: str, resolver: Resolver | None = None) -> Server | None:
    """The server for an address, or None. Takes 3 s at most; offline it only knows the table."""
    domain = address.rpartition("@")[2].strip().lower().rstrip(".")
    if not domain:
        return None
    if entry := _by_domain().get(domain):
        return _server(entry, "table")
    resolver = resolver or Dns()
    return _by_mail_host(resolver.mail_hosts(domain)) or _guess(domain, resolver)


class Dns:
    """dnspython, with one budget of 3 s for all questions."""

    def __init__(self, seconds: float = _DNS_SECONDS) -> None:
        self._seconds = seconds

    def mail_hosts(self, domain: str) -> list[str]:
        answers = sorted(self._ask(domain, "MX"), key=lambda mx: mx.preference)
        return [str(mx.exchange).rstrip(".").lower() for mx in answers]

    def exists(self, host: str) -> bool:
        return bool(self._ask(host, "A"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        if self._seconds <= 0:
            return []
        began = monotonic_seconds()
        try:
            return list(dns.resolver.Resolver().resolve(name, kind, lifetime=self._seconds))
        except (dns.exception.DNSException, OSError, ValueError):
            return []
        finally:
            self._seconds -= monotonic_seconds() - began


def _by_mail_host(hosts: Iterable[str]) -> Server | None:
    for host in hosts:
        for entry in _table():
            if any(host == end or host.endswith("." + end) for end in entry["mx"]):
                return _server(entry, "mx")
    return None


def _guess(domain: str, resolver: Resolver) -> Server | None:
    names = (f"{prefix}.{domain}" for prefix in ("imap", "mail"))
    host = next(filter(resolver.exists, names), None)
    return Server(host, source="guess") if host else None


def _server(entry: dict[str, Any], source: Source) -> Server:
    return Server(entry["host"], provider=entry["name"], first=entry["first"], source=source)


@cache
def _table() -> tuple[dict[str, Any], ...]:
    text = files("watcher.mailbox").joinpath("providers.toml").read_text("utf-8")
    return tuple(tomllib.loads(text).values())


@cache
def _by_domain() -> dict[str, dict[str, Any]]:
    return {domain: entry for entry in _table() for domain in entry["domains"]}
