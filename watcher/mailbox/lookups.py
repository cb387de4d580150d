"""What is asked of the network to find a mail server: DNS, and files over HTTPS. Nothing here decides.

Each answers with nothing where there is no network or no answer in time. Plain http is never spoken.
"""

from __future__ import annotations

import http.client
import queue
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

import dns.exception
import dns.resolver

from watcher import __version__
from watcher.clock import monotonic_seconds

DNS_SECONDS = 3.0
HTTPS_SECONDS = 5.0
LARGEST_FILE = 64 * 1024  # octets: the longest of Thunderbird's list has 6,000
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True, order=True)
class Service:
    """One SRV record (RFC 2782): the lowest priority comes first."""

    priority: int
    weight: int
    port: int
    host: str


class Names(Protocol):
    """The questions asked of DNS."""

    def mail_hosts(self, domain: str) -> list[str]:
        """The MX hosts of a domain, lower case, most preferred first."""

    def services(self, name: str) -> list[Service]:
        """The SRV records of a name such as _imaps._tcp.acme.test."""

    def exists(self, host: str) -> bool:
        """Whether a host has an address."""


class Web(Protocol):
    """Files over HTTPS."""

    def fetch(self, urls: Sequence[str]) -> list[bytes | None]:
        """What lies at each URL; None where nothing came."""


class Dns:
    """dnspython, with one budget of 3 s for all questions. `resolver` is the system's where none is given."""

    def __init__(
        self, seconds: float = DNS_SECONDS, resolver: Callable[[], dns.resolver.Resolver] | None = None
    ) -> None:
        self._seconds = seconds
        self._resolver = resolver or dns.resolver.Resolver

    def mail_hosts(self, domain: str) -> list[str]:
        answers = sorted(self._ask(domain, "MX"), key=lambda mx: mx.preference)
        return [_host(mx.exchange) for mx in answers]

    def services(self, name: str) -> list[Service]:
        return [
            Service(one.priority, one.weight, one.port, _host(one.target)) for one in self._ask(name, "SRV")
        ]

    def exists(self, host: str) -> bool:
        return bool(self._ask(host, "A"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        if self._seconds <= 0:
            return []
        began = monotonic_seconds()
        try:
            return list(self._resolver().resolve(name, kind, lifetime=self._seconds))
        except (dns.exception.DNSException, OSError, ValueError):
            return []
        finally:
            self._seconds -= monotonic_seconds() - began


def _host(name: Any) -> str:
    return str(name).rstrip(".").lower()


class Https:
    """urllib, with certificates verified by the system's authorities (SSL_CERT_FILE is honoured), small files
    and redirects to https alone. All URLs of a call are asked at once; after `seconds` nobody is waited for.
    """

    def __init__(self, seconds: float = HTTPS_SECONDS) -> None:
        self._seconds = seconds

    def fetch(self, urls: Sequence[str]) -> list[bytes | None]:
        answers: queue.SimpleQueue[tuple[str, bytes | None]] = queue.SimpleQueue()
        for url in urls:
            # Left behind when it is late: a look-up of a name cannot be interrupted.
            threading.Thread(
                target=lambda url=url: answers.put((url, self._get(url))), name="https", daemon=True
            ).start()
        ends, got = monotonic_seconds() + self._seconds, dict[str, bytes | None]()
        while len(got) < len(set(urls)):
            try:
                url, answer = answers.get(timeout=max(ends - monotonic_seconds(), 0.001))
            except queue.Empty:
                break
            got[url] = answer
        return [got.get(url) for url in urls]

    def _get(self, url: str) -> bytes | None:
        if not url.startswith("https://"):
            return None
        request = urllib.request.Request(url, headers={"User-Agent": f"watcher/{__version__}"})  # noqa: S310
        try:
            with _opener().open(request, timeout=self._seconds) as answer:
                file: bytes = answer.read(LARGEST_FILE + 1)
        except (OSError, http.client.HTTPException, ValueError):  # URLError is an OSError
            return None
        return file if len(file) <= LARGEST_FILE else None


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    max_redirections = _MOST_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith("https://"):
            raise urllib.error.HTTPError(req.full_url, code, "not https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Knows https alone: there is no handler for http, ftp or files."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _HttpsOnly(),
    ):
        opener.add_handler(handler)
    return opener
