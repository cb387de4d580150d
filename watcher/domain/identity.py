"""Who is who: us, the author of a mail, and the company behind an address (DESIGN 2.1).

A company is a registrable domain; where the domain is a mail provider or a platform, it is the
address. What is registrable is looked up in the public suffix list, which the caller brings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from watcher.domain.data import table, words
from watcher.domain.messages import Address, Direction, Envelope

Registrable = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Us:
    """The rep's own addresses (aliases and learned ones included), colleagues' domains, shared addresses."""

    addresses: frozenset[str]
    domains: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    def __contains__(self, address: str) -> bool:
        return address in self.addresses or address in self.shared or self._colleague(address)

    def _colleague(self, address: str) -> bool:
        host = address.rpartition("@")[2] if "@" in address else ""
        return host in self.domains or any(host.endswith(f".{domain}") for domain in self.domains)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who wrote a message, which way it went, and why where that is not simply its From."""

    author: Address | None
    direction: Direction
    relayed: bool = False  # the author is the Reply-To of a form or platform mail


def attribute(envelope: Envelope, us: Us, *, in_sent: bool) -> Attribution:
    """Name the author of a message and its direction.

    A message in a folder with the role `sent` is ours whatever its From.
    """
    author, relayed = envelope.author, False
    if not in_sent:
        buyer = _author_behind(envelope, us)
        author, relayed = (buyer or author), buyer is not None
    ours = in_sent or (author is not None and author.address in us)
    if not ours:
        return Attribution(author, Direction.INBOUND, relayed)
    everyone = (*envelope.to, *envelope.cc, *envelope.bcc)
    outside = any(one.address not in us for one in everyone)
    return Attribution(author, Direction.OUTBOUND if outside else Direction.INTERNAL)


def _author_behind(envelope: Envelope, us: Us) -> Address | None:
    """The Reply-To that wrote a web-form or platform mail, None where From is the author."""
    sender = envelope.author
    if sender is None:
        return None
    buyer = next((one for one in envelope.reply_to if _is_buyer(one, us)), None)
    if buyer is None or buyer.address == sender.address:
        return None
    if is_platform(sender.domain):
        return buyer
    # Our own web form writes to us alone; our own mail to a customer may carry any Reply-To.
    to_us_alone = all(one.address in us for one in (*envelope.to, *envelope.cc, *envelope.bcc))
    return buyer if sender.address in us and (to_us_alone or _through_our_group(sender)) else None


def _through_our_group(sender: Address) -> bool:
    """A group address of ours passes on "'Anna Meyer' via Sales", so that DMARC holds (RFC 7960, 4.1.3):
    whoever else got it, Anna wrote it.
    """
    return " via " in f" {sender.name.casefold()} "


def _is_buyer(one: Address, us: Us) -> bool:
    """Nobody stands behind a no-reply address: that is the platform's own news."""
    return one.address not in us and one.local not in words("automatic", "no_reply")


@cache
def _platform_domains() -> frozenset[str]:
    return words("relays", "platforms")


@cache
def is_platform(host: str) -> bool:
    """Whether a host belongs to a form service or a trade platform."""
    return any(part in _platform_domains() for part in _parents(host))


@cache
def is_freemail(host: str) -> bool:
    """Whether a host is a mail provider, where anybody may have an address."""
    editions = table("freemail")["names_under_any_ending"]
    name, _, ending = host.partition(".")
    # "yahoo.co.jp" and "hotmail.fr" are editions, "live.acme.com" and "live.abc.com" are not.
    edition = name in editions and _ENDING.fullmatch(ending) is not None
    return edition or host in words("freemail", "domains")


_ENDING = re.compile(r"[a-z]{2,3}|(?:co|com|net|org|ne|or)\.[a-z]{2}")


def _parents(host: str) -> Iterable[str]:
    labels = host.split(".")
    return (".".join(labels[start:]) for start in range(len(labels)))


def company_key(address: str, registrable: Registrable) -> str:
    """What a customer is known by: the registrable domain, or the address where the domain is no company."""
    host = address.rpartition("@")[2]
    if not host or is_freemail(host) or is_platform(host):
        return address
    return registrable(host) or address
