"""Which IMAP server goes with an address: a bundled table, the domain's mail host, autoconfig, SRV records.

The order: table → MX of a company's domain → the domain's own autoconfig file → Thunderbird's list of
providers, by the domain and by its mail host → SRV (RFC 6186) → a guess by name → None: ask. No connection is
made to a mail server here; the sign-in proves the answer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from publicsuffixlist import PublicSuffixList

from watcher import config_checks as check
from watcher.mailbox.autoconfig import Offer, best_offer, listed_url, own_urls
from watcher.mailbox.lookups import Dns, Https, Names, Service, Web

Source = Literal["table", "mx", "autoconfig", "ispdb", "srv", "guess"]
OAuth = Literal["", "microsoft", "google"]
_TLS_PORT = 993
# RFC 8314 5.1: TLS from the first byte before STARTTLS.
_SERVICES: tuple[tuple[str, Literal["implicit", "starttls"]], ...] = (
    ("_imaps._tcp", "implicit"),
    ("_imap._tcp", "starttls"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An IMAP server, and what the person must do there first ("" where nothing is known).

    `user` is the name to sign in with, "" for the address. `oauth` names whose page takes sign-ins for it, at
    Microsoft for which `tenant`; `oauth_only` says that no password is taken. `sure`: a password may be sent
    there without asking.
    """

    host: str
    port: int = _TLS_PORT
    tls: Literal["implicit", "starttls"] = "implicit"
    user: str = ""
    provider: str = ""
    first: str = ""
    oauth: OAuth = ""
    tenant: str = ""
    oauth_only: bool = False
    source: Source = "table"
    sure: bool = False


def find_server(address: str, names: Names | None = None, web: Web | None = None) -> Server | None:
    """The server for an address, or None. Offline it only knows the table.

    Takes 16 s at the very most: 3 s for all of DNS, 5 s each for the domain's own file and for Thunderbird's
    list, by domain and by mail host at once.
    """
    local, _, domain = address.strip().rpartition("@")
    if not (ascii_domain := _ascii(domain)):
        return None
    if entry := _by_domain().get(ascii_domain):
        return replace(_server(entry, local), source="table", sure=True)
    return _Search(f"{local}@{domain}", ascii_domain, names or Dns(), web or Https()).run()


def known_host(host: str) -> Server | None:
    """What the table knows of a host that a person named."""
    entry = _by_host().get(host.lower())
    return replace(_server(entry, ""), sure=True) if entry else None


def known_personal(address: str) -> bool:
    """Whether an address is of a provider's own domain: a person's, no company's. Asks nobody."""
    entry = _by_domain().get(_ascii(address.rpartition("@")[2]))
    return entry is not None and entry.get("tenant") != "organizations"


def _ascii(domain: str) -> str:
    """The domain as DNS and URLs write it; "" where it is none."""
    try:
        found = check.domain(domain.rstrip(".")).encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""
    return found if "." in found else ""


@dataclass(frozen=True, slots=True)
class _Search:
    """One address, and whom to ask."""

    address: str
    domain: str
    names: Names
    web: Web

    def run(self) -> Server | None:
        hosts = self.names.mail_hosts(self.domain)
        steps: Sequence[Callable[[], Server | None]] = (
            lambda: _by_mail_host(hosts, self.local),
            self._own_file,
            lambda: self._listed(hosts),
            self._service,
            self._guess,
        )
        found = next(filter(None, (step() for step in steps)), None)
        return found and self._told(found)

    @property
    def local(self) -> str:
        return self.address.rpartition("@")[0]

    def _told(self, found: Server) -> Server:
        """With what our table knows of that host. Sure is a host of the domain itself, told over HTTPS."""
        known = _by_host().get(found.host)
        if known and not found.first:
            found = replace(_server(known, self.local), user=found.user, source=found.source)
        vouched = found.source in ("autoconfig", "ispdb") and found.host.endswith(f".{self.domain}")
        return replace(found, sure=vouched)

    def _own_file(self) -> Server | None:
        return self._offered(self.web.fetch(own_urls(self.domain, self.address)), "autoconfig")

    def _listed(self, hosts: Sequence[str]) -> Server | None:
        keepers = [_registrable(host) for host in hosts[:1]]
        domains = dict.fromkeys(one for one in (self.domain, *keepers) if one)
        return self._offered(self.web.fetch([listed_url(one) for one in domains]), "ispdb")

    def _offered(self, answers: Iterable[bytes | None], source: Source) -> Server | None:
        offer = next(filter(None, (best_offer(one, self.address) for one in answers)), None)
        return _from_offer(offer, self.address, source) if offer else None

    def _service(self) -> Server | None:
        for name, tls in _SERVICES:
            if record := _first(self.names.services(f"{name}.{self.domain}")):
                return Server(host=record.host, port=record.port, tls=tls, source="srv")
        return None

    def _guess(self) -> Server | None:
        guesses = (f"{prefix}.{self.domain}" for prefix in ("imap", "mail"))
        host = next(filter(self.names.exists, guesses), None)
        return Server(host=host, source="guess") if host else None


def _from_offer(offer: Offer, address: str, source: Source) -> Server:
    user = "" if offer.user == address else offer.user
    return Server(host=offer.host, port=offer.port, tls=offer.tls, user=user, source=source)


def _first(records: Iterable[Service]) -> Service | None:
    """The most preferred record; a target of "." says that the service is not offered (RFC 2782)."""
    usable = [one for one in records if _is_host(one.host) and one.port]
    return min(usable, key=lambda one: (one.priority, -one.weight, one.host), default=None)


def _is_host(name: str) -> bool:
    try:
        return bool(check.host(name))
    except ValueError:
        return False


def _by_mail_host(hosts: Iterable[str], local: str) -> Server | None:
    for host in hosts:
        for entry in _table():
            if any(host == end or host.endswith("." + end) for end in entry["mx"]):
                return replace(_server(entry, local), source="mx")
    return None


def _server(entry: dict[str, Any], local: str) -> Server:
    return Server(
        host=entry["host"],
        user=local if entry.get("user") == "local" else "",
        provider=entry["name"],
        first=entry["first"],
        oauth=entry.get("oauth", ""),
        tenant=entry.get("tenant", ""),
        oauth_only=entry.get("oauth_only", False),
    )


@cache
def _registrable(host: str) -> str:
    return PublicSuffixList().privatesuffix(host) or ""


@cache
def _table() -> tuple[dict[str, Any], ...]:
    text = files("watcher.mailbox").joinpath("providers.toml").read_text("utf-8")
    return tuple(tomllib.loads(text).values())


@cache
def _by_domain() -> dict[str, dict[str, Any]]:
    return {domain: entry for entry in _table() for domain in entry["domains"]}


@cache
def _by_host() -> dict[str, dict[str, Any]]:
    """Of two rows with one host the later one: what leads here is a company's domain."""
    return {entry["host"]: entry for entry in _table()}
