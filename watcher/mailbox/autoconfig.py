"""Thunderbird's autoconfig files: which IMAP server they name. What they say is a stranger's word.

Format: https://www.bucksch.org/1/projects/thunderbird/autoconfiguration/config-file-format.html. Offers
without TLS are not seen. A document type is refused, and with it every entity that could be expanded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote
from xml.parsers import expat

from watcher.config_checks import host as checked_host

_TLS: Mapping[str, Literal["implicit", "starttls"]] = {"SSL": "implicit", "STARTTLS": "starttls"}
_LONGEST_USER = 200
_FIELDS = ("hostname", "port", "socketType", "username")


@dataclass(frozen=True, slots=True)
class Offer:
    """One IMAP server of a file. `user` is how one signs in there, "" where it says nothing usable."""

    host: str
    port: int
    tls: Literal["implicit", "starttls"]
    user: str = ""


def own_urls(domain: str, address: str) -> list[str]:
    """Where a domain may keep its file. The address goes to the domain's own host for it and nowhere else."""
    return [
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(address, safe='')}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


def listed_url(domain: str) -> str:
    """Where Thunderbird's list of providers keeps the file of a domain; it learns the domain alone."""
    return f"https://autoconfig.thunderbird.net/v1.1/{domain}"


def best_offer(file: bytes | None, address: str) -> Offer | None:
    """The first offer with TLS from the first byte (RFC 8314 3), else the first with STARTTLS."""
    if file is None:
        return None
    try:
        offers = [one for table in _incoming(file) if (one := _offer(table, address))]
    except (expat.ExpatError, ValueError):
        return None
    return min(offers, key=lambda one: one.tls != "implicit", default=None)


def _offer(table: Mapping[str, str], address: str) -> Offer | None:
    tls = _TLS.get(table.get("socketType", ""))
    port = table.get("port", "")
    if tls is None or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        return None
    try:
        host = checked_host(table.get("hostname", "")).lower()
    except ValueError:
        return None
    return Offer(host, int(port), tls, _user(table.get("username", ""), address))


def _user(pattern: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    named = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}
    for name, value in named.items():
        pattern = pattern.replace(name, value)
    usable = pattern.isprintable() and "%" not in pattern and len(pattern) <= _LONGEST_USER
    return pattern if usable else ""


class _Reader:
    """Collects the fields of each incoming server of type imap, wherever it stands."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []
        self._field = ""
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "incomingServer":
            self._inside = attributes.get("type") == "imap"
            if self._inside:
                self.found.append({})
        self._field = name if self._inside and name in _FIELDS else ""

    def end(self, name: str) -> None:
        self._field = ""
        self._inside = self._inside and name != "incomingServer"

    def text(self, text: str) -> None:
        if self._field:
            self.found[-1][self._field] = self.found[-1].get(self._field, "") + text


def _incoming(file: bytes) -> Iterator[dict[str, str]]:
    """Raises ExpatError where it is no XML, ValueError where it has a document type."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refused
    parser.Parse(file, True)
    for table in reader.found:
        yield {name: value.strip() for name, value in table.items()}


def _refused(*_: object) -> None:
    raise ValueError("a document type: nobody needs one here")
